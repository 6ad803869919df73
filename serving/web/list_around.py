"""What a list's page says whatever is chosen on it: made once for a reader, and again where something changed."""

from dataclasses import dataclass, field
from typing import Any

from data.settings import Settings
from data.store import holds, register
from data.store.screenings import Screening
from data.store.users import User, UserRole
from data.times import cutoff_day, local_date
from data.vocabulary import CATEGORIES, CAUSES
from serving import lists
from serving.deps import Caller, Service
from serving.lists import Line
from serving.permissions import Right, can_use
from serving.standing import CLOSED, standing
from serving.web import list_view
from serving.web.bulk_view import BulkCard, bulk_card
from serving.web.list_view import CLOCK_STATES, SORTS, WORK_STATES, Chosen, PartView
from serving.web.standing_view import StandingCard, standing_card
from serving.web.text import translator
from serving.web.views import Option, Translate
from serving.web.views_page import ViewLink
from serving.workflow import FlagState, state_of

_HEADS = (UserRole.DEPARTMENT_HEAD, UserRole.PETITION_HEAD)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """Everything the template reads."""

    title: str
    empty: bool
    office: str = ""
    office_id: str = ""
    offices: list[Option]
    screening_id: str = ""
    sweeps: list[Option]
    cutoff: str = ""
    basis: str = ""
    counts: str = ""
    progress: str = ""
    here: str = ""
    rules_only: bool = False
    interval: str = ""
    choices: dict[str, list[Option]]
    chosen: Chosen = field(default_factory=Chosen)
    filtered: bool = False
    clear_url: str = "/list"
    parts: list[PartView] = field(default_factory=list[PartView])
    saved: list[ViewLink] = field(default_factory=list[ViewLink])


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """A list for one reader: `frame` is its page without rows, `lines` every entry they see.

    `shift`: whole days since the list's day; `heads`: whether its reader is a head; `decider`: the reader where this is
    the list on which they may decide now; `closed`: it has gone up to be signed.
    """

    found: Screening | None
    frame: ListPage
    lines: list[Line]
    shift: int = 0
    heads: bool = False
    decider: User | None = None
    closed: bool = False
    standing: StandingCard | None = None
    bulk: BulkCard | None = None
    held: bool = False


def around(service: Service, caller: Caller, *, screening: str, office: str) -> Around:
    """The list asked for (else the latest) of an office of the caller's scope (else the first with anything to see).

    Raises NotFound for a screening that is not of the scope.
    """
    t = translator(caller.language)
    scope = caller.matters
    sweeps = lists.issued(service.store, scope)
    found = lists.find(service.store, scope, screening) if screening else next(iter(sweeps), None)
    names = {office_id: name for office_id, _, name in register.office_names(service.store)}
    offices, office_id, mine = _of_office(service, caller, found, office)
    choices = [Option(value=one, label=names.get(one, one)) for one in offices]
    held = bool(holds.open_holds(service.store))
    if found is None or not mine:
        bare = ListPage(
            title=t("list.title_none"), empty=True, offices=choices, office_id=office_id, sweeps=[], choices={}
        )
        return Around(found=found, frame=bare, lines=[], held=held)
    decides = _decides(service, caller, found, office_id)
    day = cutoff_day(found.cutoff, service.settings.time_zone)
    today = local_date(caller.now, service.settings.time_zone)
    return Around(
        found=found,
        frame=_frame(service, caller, t, found, mine, names, choices, office_id, sweeps),
        lines=mine,
        shift=max(0, (today - day).days - 1),
        heads=caller.person.role in _HEADS,
        decider=caller.person if decides else None,
        closed=standing(service.store, found.screening_id, office_id).state in CLOSED,
        standing=standing_card(service, caller, found, office_id),
        bulk=bulk_card(service, caller, found) if decides else None,
        held=held,
    )


def _of_office(
    service: Service, caller: Caller, found: Screening | None, asked: str
) -> tuple[list[str], str, list[Line]]:
    """The offices to choose from, the one shown (that asked for, else the first with anything to see), its lines."""
    own = caller.matters.offices[0]
    if found is None:
        return [own], own, []
    role = caller.person.role
    listed = lists.offices_with(service.store, found, caller.matters, role)
    offices = listed if own in listed else [own, *listed]
    for one in [asked] if asked in offices else listed:
        lines = lists.lines(service.store, found, caller.matters, role, offices=[one])
        if lines:
            return offices, one, lines
    return offices, asked if asked in offices else own, []


def _frame(
    service: Service,
    caller: Caller,
    t: Translate,
    found: Screening,
    mine: list[Line],
    names: dict[str, str],
    offices: list[Option],
    office_id: str,
    sweeps: list[Screening],
) -> ListPage:
    language, day = caller.language, cutoff_day(found.cutoff, service.settings.time_zone)
    pending = sum(state_of(line.decision) is FlagState.PENDING for line in mine)
    totals = {code: sum(line.entry.part in gathered for line in mine) for code, gathered in list_view.PARTS}
    ruled = lists.by_rules(found, office_id)
    whole_office = caller.matters.department is None and caller.matters.handler is None
    range_ = list_view.expected(mine) if whole_office else None
    return ListPage(
        title=t("list.title", month=_month(day.year, day.month, language)),
        empty=False,
        office=names.get(office_id, office_id),
        office_id=office_id,
        offices=offices,
        screening_id=found.screening_id,
        sweeps=[Option(value=one.screening_id, label=_sweep_label(one, service.settings, t)) for one in sweeps[:36]],
        cutoff=day.isoformat(),
        basis=t("list.by_rules") if ruled else t("list.by_model", version=found.model_version),
        counts=t("list.counts_value", must=totals["must"], model=totals["model"], spot=totals["spot"]),
        progress=t("list.pending", n=pending) if pending else t("list.verified"),
        rules_only=ruled,
        interval="" if range_ is None else t("list.interval", n=range_[0], low=range_[1], high=range_[2]),
        choices=_choices(mine, language, t, heads=caller.person.role in _HEADS),
        clear_url=f"/list?screening={found.screening_id}&office={office_id}",
    )


def _choices(mine: list[Line], language: str, t: Translate, *, heads: bool) -> dict[str, list[Option]]:
    side = 0 if language == "zh" else 1
    held = {line.entry.part for line in mine}
    return {
        "part": [
            Option(value=code, label=t(f"list.part.{code}"))
            for code, _ in list_view.PARTS
            if _offered(code, held, heads=heads)
        ],
        "department": list_view.options(mine, "department"),
        "handler": list_view.options(mine, "handler"),
        "category": list_view.options(mine, "category", {code: labels[side] for code, labels in CATEGORIES.items()}),
        "cause": list_view.options(mine, "cause", {code: labels[side] for code, labels in CAUSES.items()}),
        "clock": [Option(value=state, label=t(f"list.clock.{state}")) for state in CLOCK_STATES],
        "state": [Option(value=state, label=t(f"list.state.{state}")) for state in WORK_STATES],
        "sort": [Option(value="", label=t("list.sort.rank"))]
        + [Option(value=sort, label=t(f"list.sort.{sort}")) for sort in SORTS],
    }


def _offered(code: str, held: set[str], *, heads: bool) -> bool:
    return (heads or code != "review") and (code != "hand" or lists.HAND in held)


def _decides(service: Service, caller: Caller, found: Screening, office_id: str) -> bool:
    latest = lists.current(service.store, office_id)
    own = can_use(caller.person, Right.DECIDE) and caller.person.office_id == office_id
    return own and latest is not None and latest.screening_id == found.screening_id


def _sweep_label(screening: Screening, settings: Settings, t: Translate) -> str:
    day = cutoff_day(screening.cutoff, settings.time_zone).isoformat()
    if screening.mode == "rules":
        return f"{day} · {t('list.by_rules')}"
    return f"{day} · {t('list.by_model', version=screening.model_version)}"


def _month(year: int, month: int, language: str) -> str:
    names: tuple[Any, ...] = (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    )
    return f"{year}年{month}月" if language == "zh" else f"{names[month - 1]} {year}"
