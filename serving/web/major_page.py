"""The forms by which a major matter is reported, the report is received, and had as a document."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from serving import major
from serving.deps import DecideCaller, SignCaller, service_of
from serving.major import SentReport
from serving.row_numbers import RowNumber
from serving.web import matter_page
from serving.web.forms import Once, Short, tried
from serving.web.import_answers import check_csrf, to
from serving.web.work_view import WorkAttempt

router = APIRouter(include_in_schema=False)


@router.post("/matters/{matter_id}/major")
def report_form(
    request: Request,
    caller: DecideCaller,
    matter_id: str,
    once: Once,
    trigger: Short = "",
    handled: Annotated[str, Form(max_length=4000)] = "",
    decision: Short = "",
    csrf: Short = "",
) -> Response:
    """Report the matter and show it, or show the form again with what to mend."""
    service = service_of(request)
    sent = SentReport(trigger=trigger, handled=handled, decision=decision, once=once)

    def save() -> None:
        major.report(service, caller, matter_id, sent)

    refused = tried(request, caller, csrf, save)
    if refused is None:
        return to(f"/matters/{matter_id}#major")
    values = {"trigger": trigger, "handled": handled, "decision": decision}
    attempt = WorkAttempt(form="major", problem="", values=values)
    attempt = replace(attempt, problem=refused.problem, lines=refused.lines)
    return matter_page.answer(request, caller, matter_id, work_attempt=attempt, status=refused.status)


@router.post("/major/{report_id}/receive")
def receive_form(request: Request, caller: SignCaller, report_id: RowNumber, once: Once, csrf: Short = "") -> Response:
    """Note that the report was received and show its matter."""
    check_csrf(request, csrf)
    found = major.receive(service_of(request), caller, report_id, once=once)
    return to(f"/matters/{found.matter_id}#major")
