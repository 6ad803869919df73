"""The page of the monthly list."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

from fastapi import APIRouter, Query, Request, Response

from data.store import flags, holds, register
from data.store.audit import Entry
from data.store.mark import work_mark
from data.store.screenings import Screening
from data.times import DAY_US, local_date
from serving import bulk, journal, lists, saved_views
from serving.deps import Caller, ListCaller, Service, service_of
from serving.web import list_view, render
from serving.web.kept_first import KeptFirst
from serving.web.list_around import Around, ListPage, around
from serving.web.list_view import Chosen
from serving.web.text import translator
from serving.web.views_page import links
from serving.web.work_view import WorkAttempt

router = APIRouter(include_in_schema=False, route_class=KeptFirst)
_Text = Annotated[str, Query(max_length=80)]
NO_ATTEMPT = WorkAttempt(form="", problem="")


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
        with service_of(request).store.view():
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
    service = service_of(request)
    found = around(service, caller, screening=screening, office=office)
    if found.found is not None:
        service.journal.record(_entry(chosen, found.found, found.frame.office_id, caller))
    values = _values(service, caller, found, chosen, page, attempt)
    return render.page(request, caller, "list.html", status=status, **values)


def _kept(request: Request, caller: Caller, chosen: Chosen, *, screening: str, page: int) -> Response | None:
    """The list of the one office a person has matters of, written again only when something changed; None for none."""
    service, (office,) = service_of(request), caller.matters.offices
    found = _found(service, caller, screening)
    if found is None:
        return None
    again = partial(_rests_on, service, screening)
    days = (caller.now - found.created_at) // DAY_US
    until = found.created_at + (days + 1) * DAY_US

    def make(rests_on: object) -> Mapping[str, Any]:
        day = local_date(caller.now, service.settings.time_zone)
        kept = service.lists.of(
            (caller.person.user_id, caller.language, screening),
            (caller.person, caller.scope, day, until, rests_on),
            lambda: around(service, caller, screening=screening, office=office),
        )
        return _values(service, caller, kept, chosen, page, NO_ATTEMPT)

    told = partial(_entry, chosen, found, office)
    return render.kept_page(request, caller, "list.html", again=again, told=told, until=until, make=make)


def _found(service: Service, caller: Caller, screening: str) -> Screening | None:
    """The list asked for, else the latest of the caller's scope. Raises NotFound for one that is not of the scope."""
    if screening:
        return lists.find(service.store, caller.matters, screening)
    return next(iter(lists.issued(service.store, caller.matters)), None)


def _rests_on(service: Service, screening: str, caller: Caller) -> object:
    """All that the list of the one office of a caller comes from."""
    store, scope = service.store, caller.matters
    (office,) = scope.offices
    sweeps = lists.issued(store, scope)
    asked = (one for one in sweeps if one.screening_id == screening) if screening else iter(sweeps)
    found = next(asked, None)
    if found is None:
        return None
    return (
        [one.screening_id for one in sweeps],
        work_mark(store, found.screening_id, office),
        flags.put_forward_for(store, found.cutoff, [office]),
        register.office_names(store),
        saved_views.kept(service, caller, "list"),
        bulk.last(service, caller, found.screening_id),
        holds.open_holds(store),
    )


def _entry(chosen: Chosen, seen: Screening, office_id: str, caller: Caller) -> Entry:
    """The record of a view of a list."""
    detail = {"screening": seen.screening_id, "list": seen.list_hash, "narrowed": sorted(chosen.query())}
    return caller.entry(journal.VIEW_LIST, office_id, detail)


def _values(
    service: Service, caller: Caller, found: Around, chosen: Chosen, page: int, attempt: WorkAttempt
) -> dict[str, Any]:
    return {
        "page": _shown(service, caller, found, chosen, page),
        "standing": found.standing,
        "bulk": found.bulk,
        "ticked": {tick for tick, _ in attempt.rows},
        "attempt": attempt,
        "held": found.held,
    }


def _shown(service: Service, caller: Caller, found: Around, chosen: Chosen, page: int) -> ListPage:
    """The page of a list with the rows that were chosen."""
    frame, t = found.frame, translator(caller.language)
    if frame.empty:
        return replace(frame, chosen=chosen)
    address = {"screening": frame.screening_id, "office": frame.office_id}
    query = chosen.query()
    parts = list_view.parts(
        found.lines,
        chosen,
        page=page,
        address=address,
        today_shift=found.shift,
        language=caller.language,
        t=t,
        heads=found.heads,
        decider=found.decider,
        closed=found.closed,
    )
    return replace(
        frame,
        here="/list?" + urlencode({**address, **query, "page": str(page)}),
        chosen=chosen,
        filtered=chosen.narrows,
        parts=parts,
        saved=links(service, caller, "list", {k: v for k, v in query.items() if k != "number"}),
    )
