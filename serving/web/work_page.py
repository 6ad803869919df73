"""The forms by which people plan and record the work on a matter, and send an office's list up or take it back."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from serving import gathering, working
from serving.deps import Caller, DecideCaller, SubmitCaller, service_of
from serving.web import list_page, matter_page
from serving.web.forms import Once, Short, Text, tried
from serving.web.work_view import WorkAttempt
from serving.working import SentMeasure, SentPlan

router = APIRouter(include_in_schema=False)
_Many = Annotated[list[str], Form(max_length=2 * working.MOST_LINES)]


@router.post("/matters/{matter_id}/plan")
def plan_form(
    request: Request,
    caller: DecideCaller,
    matter_id: str,
    once: Once,
    action: _Many,
    due: _Many,
    owner: Short = "",
    csrf: Short = "",
) -> Response:
    """Save the plan and show the matter, or show the form again with what to mend."""
    rows = list(zip(action, due, strict=False))
    sent = WorkAttempt(form="plan", problem="", values={"owner": owner}, rows=rows)
    service = service_of(request)

    def save() -> None:
        working.save_plan(service, caller, matter_id, SentPlan(owner=owner, lines=rows, once=once))

    return _saved(request, caller, matter_id, sent, csrf, save)


@router.post("/matters/{matter_id}/measure")
def measure_form(
    request: Request,
    caller: DecideCaller,
    matter_id: str,
    once: Once,
    action: Short = "",
    done_on: Short = "",
    outcome: Short = "",
    document_no: Text = "",
    csrf: Short = "",
) -> Response:
    """Record a measure and show the matter, or show the form again with what to mend."""
    values = {"action": action, "done_on": done_on, "outcome": outcome, "document_no": document_no}
    service = service_of(request)

    def save() -> None:
        working.record_measure(service, caller, matter_id, SentMeasure(**values, once=once))

    return _saved(request, caller, matter_id, WorkAttempt(form="measure", problem="", values=values), csrf, save)


@router.post("/matters/{matter_id}/result")
def result_form(
    request: Request,
    caller: DecideCaller,
    matter_id: str,
    once: Once,
    result: Short = "",
    csrf: Short = "",
) -> Response:
    """Record that the work is done and show the matter, or show the form again with what to mend."""
    service = service_of(request)

    def save() -> None:
        working.record_result(service, caller, matter_id, result=result, once=once)

    attempt = WorkAttempt(form="result", problem="", values={"result": result})
    return _saved(request, caller, matter_id, attempt, csrf, save)


@router.post("/lists/{screening_id}/submit")
def submit_form(
    request: Request, caller: SubmitCaller, screening_id: str, once: Once, opinion: Text = "", csrf: Short = ""
) -> Response:
    """Send the office's list up and show it, or show it with what it lacks."""
    service = service_of(request)

    def save() -> None:
        gathering.submit(service, caller, screening_id, opinion=opinion, once=once)

    return _sent(request, caller, screening_id, opinion, csrf, save)


@router.post("/lists/{screening_id}/reopen")
def reopen_form(
    request: Request, caller: SubmitCaller, screening_id: str, once: Once, opinion: Text = "", csrf: Short = ""
) -> Response:
    """Take the office's list back and show it, or show what to mend."""
    service = service_of(request)

    def save() -> None:
        gathering.reopen(service, caller, screening_id, opinion=opinion, once=once)

    return _sent(request, caller, screening_id, opinion, csrf, save)


def _saved(
    request: Request, caller: Caller, matter_id: str, sent: WorkAttempt, csrf: str, save: Callable[[], None]
) -> Response:
    refused = tried(request, caller, csrf, save)
    if refused is None:
        return Response(status_code=303, headers={"Location": f"/matters/{matter_id}#work"})
    attempt = replace(sent, problem=refused.problem, lines=refused.lines)
    return matter_page.answer(request, caller, matter_id, work_attempt=attempt, status=refused.status)


def _sent(
    request: Request, caller: Caller, screening_id: str, opinion: str, csrf: str, save: Callable[[], None]
) -> Response:
    refused = tried(request, caller, csrf, save)
    if refused is None:
        where = f"/list?screening={screening_id}&office={caller.matters.offices[0]}#standing"
        return Response(status_code=303, headers={"Location": where})
    attempt = WorkAttempt(form="standing", problem=refused.problem, lines=refused.lines, values={"opinion": opinion})
    return list_page.answer(request, caller, screening_id=screening_id, attempt=attempt, status=refused.status)
