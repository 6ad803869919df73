"""What the page of a matter shows of who saw and did what with it: the newest records of the log, without its details.

Colleagues of the reader's own office are named, others by role and office only; the log itself is the auditor's.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from data.store import audit, users
from data.times import local_date
from serving import journal
from serving.card import Card
from serving.deps import Caller, Service
from serving.web import views
from serving.web.text import TEXTS, translator
from serving.web.views import Translate

#: Records read, the newest.
MOST = 50
#: What concerns the security of the service or the vault and not the handling of the matter: for the auditor alone.
_KEPT_BACK = frozenset({journal.TEXT_REFUSED, journal.VAULT_LOOKUP, journal.VAULT_LIMITED, journal.SCORE_CAPPED})


@dataclass(slots=True, kw_only=True)
class SeenRow:
    """What one person did with the matter, when (last), and how often on that day where they did it again."""

    what: str
    who: str
    when: str
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenCard:
    """The rows, the newest first; `more` where older records stand in the log."""

    rows: list[SeenRow]
    more: bool


def seen_card(service: Service, caller: Caller, card: Card, offices: Mapping[str, str]) -> SeenCard:
    """Who saw and did what with a matter in the caller's scope; `offices` are names by id."""
    t, zone = translator(caller.language), card.time_zone
    found = audit.newest_entries(service.store, limit=MOST, matter_id=card.matter["matter_id"])
    who = _named(service, caller, offices, t)
    rows: list[SeenRow] = []
    last: tuple[str, str, str] | None = None
    for entry in (one.entry for one in found):
        key = f"log.action.{entry.action}"
        if entry.action in _KEPT_BACK or key not in TEXTS:
            continue
        this = (entry.user_id, entry.action, local_date(entry.at, zone).isoformat())
        if this == last:
            rows[-1].times += 1
            continue
        last = this
        rows.append(SeenRow(what=t(key), who=who(entry.user_id), when=views.moment(entry.at, zone)))
    return SeenCard(rows=rows, more=len(found) == MOST)


def _named(service: Service, caller: Caller, offices: Mapping[str, str], t: Translate) -> Callable[[str], str]:
    """What a person of the log is called for this reader, each looked up once."""

    @cache
    def named(user_id: str) -> str:
        found = users.find_user(service.store, user_id)
        if found is None:
            return t("seen.machine")
        role = t(f"role.{found.role}")
        if found.office_id == caller.person.office_id:
            return t("flag.by", name=found.display_name, role=role)
        return t("seen.elsewhere", office=offices.get(found.office_id or "", "—"), role=role)

    return named
