"""The page of a matter."""

from fastapi import APIRouter, Request, Response

from data.store import register, screenings
from features.timing import timing_of
from serving.deps import Caller, MatterCaller, service_of
from serving.matters import can_see_timeline, is_spot_check, open_matter
from serving.standing import on_list
from serving.web import render
from serving.web.case_view import CaseAttempt, case_card
from serving.web.explanation_view import explanation_card
from serving.web.flag_view import Attempt, flag_card
from serving.web.major_view import major_card
from serving.web.matter_view import matter_page
from serving.web.reason_view import reason_views
from serving.web.seen_view import seen_card
from serving.web.sheet_view import sheet_card
from serving.web.sweeps_view import sweeps_card
from serving.web.text import translator
from serving.web.work_view import WorkAttempt, work_card

router = APIRouter(include_in_schema=False)


@router.get("/matters/{matter_id}")
def show_matter(request: Request, caller: MatterCaller, matter_id: str, *, propose: bool = False) -> Response:
    """Duties, reasons, help, clocks, timeline of one matter, and its place on the list; a later number leads there."""
    try:
        return answer(request, caller, matter_id, propose=propose)
    except register.AliasNumber as alias:
        return Response(status_code=303, headers={"Location": f"/matters/{alias.matter_id}#links"})


def answer(
    request: Request,
    caller: Caller,
    matter_id: str,
    *,
    attempt: Attempt | None = None,
    work_attempt: WorkAttempt | None = None,
    cases_attempt: CaseAttempt | None = None,
    propose: bool = False,
    status: int = 200,
) -> Response:
    """The page, with what was sent and not saved where there is an `attempt`; recorded as a view."""
    service = service_of(request)
    card, found = open_matter(service, caller, matter_id)
    names = {row["office_id"]: row["name"] for row in found.offices.iter_rows(named=True)}
    office = names.get(card.matter["office_id"], card.matter["office_id"])
    events = found.events if can_see_timeline(caller, card) else None
    listed = screenings.entries_of_matter(service.store, matter_id)
    spot = is_spot_check(listed)
    kinds = {kind.code: (str(kind.role), kind.zh, kind.en) for kind in register.read_kinds(service.store)}
    t, champion = translator(caller.language), service.champions.current()
    shown = matter_page(
        card,
        events,
        office=office,
        hidden_band=spot,
        kinds=kinds,
        now=caller.now,
        language=caller.language,
        t=t,
    )
    number = card.matter["matter_id"]
    stands = on_list(service.store, caller.matters, caller.person.role, card.matter["office_id"], number)
    flag = flag_card(service, caller, card, stands, attempt)
    work = work_card(service, caller, card, found, stands, work_attempt, propose=propose)
    return render.page(
        request,
        caller,
        "matter.html",
        status=status,
        page=shown,
        reasons=reason_views(
            card,
            found,
            kinds,
            None if champion is None or card.version is None else champion.feature_set,
            timing_of(service.settings.clock),
            timeline=events is not None,
            language=caller.language,
            t=t,
        ),
        flag=flag,
        work=work,
        sweeps=sweeps_card(service, caller, card, found, kinds, listed, timeline=events is not None),
        seen=seen_card(service, caller, card, names),
        cases=case_card(service, caller, card, events, cases_attempt),
        sheet=sheet_card(service, caller, card, found, work_attempt, hidden=spot),
        major=major_card(service, caller, card, work_attempt),
        explained=explanation_card(service, caller, card, cases_attempt),
        matter_id=number,
    )
