"""A month of the log for who looks in from outside: how often what was done, by office, and no matter (G16)."""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from data.errors import NotFound
from data.store import looks
from data.store.engine import Store
from data.times import local_date, local_midnight
from serving import journal
from serving.deps import Caller, Service

#: What an outside reviewer is told of, in reading order; whatever else stands in the log is counted together.
TOLD = (
    journal.VIEW_MATTER, journal.VIEW_LIST, journal.SCORE, journal.DECIDE, journal.PUT_FORWARD, journal.PLAN,
    journal.MEASURE, journal.RESULT, journal.SIGN_ENTRY, journal.EVENTS_TOLD, journal.DISPUTE_RAISED,
    journal.DISPUTE_ANSWERED, journal.EXPLANATION_ASKED, journal.EXPLANATION_GIVEN, journal.TEXT_REFUSED,
    journal.SCORE_CAPPED, journal.VOLUME_CAPPED, journal.SIGN_IN_FAILED, journal.UNUSUAL_LOOKS, journal.HARM_FOUND,
    "export", "export_refused", "model_promoted", "model_rolled_back", "model_stopped",
)  # fmt: skip
OTHER = "other"
#: Counts under it are not told by office, only together: one reception day is no number about a person.
LEAST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A closed month: counts by action, over all offices and by office, and where the chain stood at its end.

    `by_office` leaves out what is under ten there; (None) `head` where nothing was logged before its end.
    """

    month: str
    totals: dict[str, int]
    by_office: dict[str, dict[str, int]]
    head: tuple[int, str] | None


def digest_of(store: Store, month: date, zone: str) -> Digest:
    """The digest of the month that begins on `month`."""
    since, until = local_midnight(month, zone), local_midnight(_following(month), zone)
    totals: Counter[str] = Counter()
    offices: dict[str, Counter[str]] = {}
    for office, action, count in looks.counts_between(store, since=since, until=until):
        name = action if action in TOLD else OTHER
        totals[name] += count
        if office:
            offices.setdefault(office, Counter())[name] += count
    return Digest(
        month=f"{month:%Y-%m}",
        totals=dict(totals),
        by_office={
            office: told
            for office, counts in sorted(offices.items())
            if (told := {name: count for name, count in counts.items() if count >= LEAST})
        },
        head=looks.last_before(store, until),
    )


def _following(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def chosen_month(service: Service, caller: Caller, month: str) -> tuple[date, date]:
    """The first day of the month asked for, and of the last closed one. Raises NotFound for one not closed yet."""
    today = local_date(caller.now, service.settings.time_zone)
    last = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    if not month:
        return last, last
    found = re.fullmatch(r"(20\d\d)-(0[1-9]|1[0-2])", month)
    chosen = None if found is None else date(int(found[1]), int(found[2]), 1)
    if chosen is None or chosen > last:
        raise NotFound(
            "no_such_month", "没有该月的摘要；只提供已结束的月份", "no digest of that month; only of closed ones"
        )
    return chosen, last


def months_told(service: Service, last: date) -> list[date]:
    """The months that have a digest, as their first days: from the last with a record, at most `last`, to the first."""
    zone = service.settings.time_zone
    found = looks.logged_between(service.store, local_midnight(_following(last), zone))
    if found is None:
        return []
    first, newest = (local_date(at, zone).replace(day=1) for at in found)
    months = [newest]
    while months[-1] > first:
        months.append((months[-1] - timedelta(days=1)).replace(day=1))
    return months


def read_digest(service: Service, caller: Caller, month: date) -> Digest:
    """The digest, after the view was put on record."""
    service.journal.record(caller.entry(journal.VIEW_DIGEST, caller.person.office_id, {"month": f"{month:%Y-%m}"}))
    return digest_of(service.store, month, service.settings.time_zone)
