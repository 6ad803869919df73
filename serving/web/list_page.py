"""The page of the monthly list."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

from fastapi import APIRouter, Query, Request, Response

from data.settings import Settings
from data.store import flags, holds, register
from data.store.mark import work_mark
from data.store.screenings import Screening
from data.store.users import UserRole
from data.times import DAY_US, cutoff_day, local_date
from data.vocabulary import CATEGORIES, CAUSES
from serving import bulk, journal, lists, saved_views
from serving.deps import Caller, ListCaller, Service, service_of
from serving.lists import Line
from serving.permissions import Right, can_use
from serving.standing import CLOSED, standing
from serving.web import list_view, render
from serving.web.bulk_view import bulk_card
from serving.web.list_view import CLOCK_STATES, SORTS, WORK_STATES, Chosen, PartView
from serving.web.text import translator
from serving.web.views import Option, Translate
from serving.web.views_page import ViewLink, links
from serving.web.work_view import WorkAttempt, standing_card
from serving.workflow import FlagState, state_of

router = APIRouter(include_in_schema=False)
_HEADS = (UserRole.DEPARTMENT_HEAD, UserRole.PETITION_HEAD)
_Text = Annotated[str, Query(max_length=80)]
NO_ATTEMPT = WorkAttempt(form="", problem="")


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
    chosen: Chosen
    filtered: bool = False
    clear_url: str = "/list"
    parts: list[PartView]
    saved: list[ViewLink] = field(default_factory=list[ViewLink])


@router.get("/list")
def list_page(
    request: Request,
    caller: ListCaller,
    screening: _Text = "",
    office: _Text = "",
    number: _Text = "",
    part: _Text = "",
    department: _Text = "",
    handler: _Text = "",
    category: _Text = "",
    cause: _Text = "",
    clock: _Text = "",
    state: Literal["", "pending", "bare", "planned"] = "",
    sort: Literal["", "due", "number", "handler"] = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    """The latest list of an office of the caller's scope, or the one asked for."""
    chosen = Chosen(
        number=number,
        part=part,
        department=department,
        handler=handler,
        category=category,
        cause=cause,
        clock=clock,
        state=state,
        sort=sort,
    )
    if len(caller.matters.offices) == 1:
        kept = _kept(request, caller, chosen, screening=screening, page=page)
        if kept is not None:
            return kept
    return _answer(request, caller, chosen, screening=screening, office=office, page=page, attempt=NO_ATTEMPT)


def answer(
    request: Request, caller: Caller, *, screening_id: str, attempt: WorkAttempt, status: int, back: str = ""
) -> Response:
    """The caller's own office's list, as chosen at the address `back`, with what was not saved; recorded as a view."""
    office = caller.matters.offices[0]
    asked = dict(parse_qsl(urlsplit(back).query))
    page = asked.get("page", "")
    return _answer(
        request,
        caller,
        Chosen.of_query(asked),
        screening=screening_id,
        office=office,
        page=int(page) if page.isdecimal() and len(page) < 5 else 1,
        attempt=attempt,
        status=status,
    )


def _answer(
    request: Request,
    caller: Caller,
    chosen: Chosen,
    *,
    screening: str,
    office: str,
    page: int,
    attempt: WorkAttempt,
    status: int = 200,
) -> Response:
    shown, seen = _page(service_of(request), caller, chosen, screening=screening, office=office, page=page)
    if seen is not None:
        _on_record(request, caller, chosen, seen, shown.office_id)
    return render.page(
        request, caller, "list.html", status=status, **_values(service_of(request), caller, shown, seen, attempt)
    )


def _kept(request: Request, caller: Caller, chosen: Chosen, *, screening: str, page: int) -> Response | None:
    """The list of the one office a person has matters of, written again only when something changed; None for none."""
    service, store, scope = service_of(request), service_of(request).store, caller.matters
    (office,) = scope.offices
    sweeps = lists.issued(store, scope)
    found = lists.find(store, scope, screening) if screening else next(iter(sweeps), None)
    if found is None:
        return None
    last = bulk.last(service, caller, found.screening_id)
    rests_on = (
        [one.screening_id for one in sweeps],
        work_mark(store, found.screening_id, office),
        flags.put_forward_for(store, found.cutoff, [office]),
        register.office_names(store),
        saved_views.kept(service, caller, "list"),
        last,
        holds.open_holds(store),
    )

    def make() -> Mapping[str, Any]:
        shown, seen = _page(service, caller, chosen, screening=screening, office=office, page=page)
        return _values(service, caller, shown, seen, NO_ATTEMPT)

    _on_record(request, caller, chosen, found, office)
    days = (caller.now - found.created_at) // DAY_US
    until = found.created_at + (days + 1) * DAY_US
    return render.kept_page(request, caller, "list.html", rests_on=rests_on, until=until, make=make)


def _on_record(request: Request, caller: Caller, chosen: Chosen, seen: Screening, office_id: str) -> None:
    detail = {"screening": seen.screening_id, "list": seen.list_hash, "narrowed": sorted(chosen.query())}
    service_of(request).journal.record(caller.entry(journal.VIEW_LIST, office_id, detail))


def _values(
    service: Service, caller: Caller, shown: ListPage, seen: Screening | None, attempt: WorkAttempt
) -> dict[str, Any]:
    stands, many = None, None
    if seen is not None and not shown.empty:
        stands = standing_card(service, caller, seen, shown.office_id)
        if _decides(service, caller, seen, shown.office_id):
            many = bulk_card(service, caller, seen)
    return {
        "page": shown,
        "standing": stands,
        "bulk": many,
        "ticked": {tick for tick, _ in attempt.rows},
        "attempt": attempt,
        "held": bool(holds.open_holds(service.store)),
    }


def _page(
    service: Service, caller: Caller, chosen: Chosen, *, screening: str, office: str, page: int
) -> tuple[ListPage, Screening | None]:
    t = translator(caller.language)
    scope = caller.matters
    sweeps = lists.issued(service.store, scope)
    found = lists.find(service.store, scope, screening) if screening else next(iter(sweeps), None)
    names = {office_id: name for office_id, _, name in register.office_names(service.store)}
    offices, office_id, mine = _of_office(service, caller, found, office)
    choices = [Option(value=one, label=names.get(one, one)) for one in offices]
    if found is None or not mine:
        bare = ListPage(
            title=t("list.title_none"),
            empty=True,
            offices=choices,
            office_id=office_id,
            sweeps=[],
            choices={},
            chosen=chosen,
            parts=[],
        )
        return bare, found
    return _filled(service, caller, t, found, mine, chosen, names, choices, office_id, sweeps, page), found


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


def _filled(
    service: Service,
    caller: Caller,
    t: Translate,
    found: Screening,
    mine: list[Line],
    chosen: Chosen,
    names: dict[str, str],
    offices: list[Option],
    office_id: str,
    sweeps: list[Screening],
    page: int,
) -> ListPage:
    language, zone = caller.language, service.settings.time_zone
    day = cutoff_day(found.cutoff, zone)
    heads = caller.person.role in _HEADS
    address = {"screening": found.screening_id, "office": office_id}
    shift = max(0, (local_date(caller.now, zone) - day).days - 1)
    shown = list_view.parts(
        mine,
        chosen,
        page=page,
        address=address,
        today_shift=shift,
        language=language,
        t=t,
        heads=heads,
        decider=caller.person if _decides(service, caller, found, office_id) else None,
        closed=standing(service.store, found.screening_id, office_id).state in CLOSED,
    )
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
        here="/list?" + urlencode({**address, **chosen.query(), "page": str(page)}),
        rules_only=ruled,
        interval="" if range_ is None else t("list.interval", n=range_[0], low=range_[1], high=range_[2]),
        choices=_choices(mine, language, t, heads=heads),
        chosen=chosen,
        filtered=chosen.narrows,
        clear_url=f"/list?screening={found.screening_id}&office={office_id}",
        parts=shown,
        saved=links(service, caller, "list", {k: v for k, v in chosen.query().items() if k != "number"}),
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
