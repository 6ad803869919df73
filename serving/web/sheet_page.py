"""The form by which a factor of a matter's point sheet is graded at the desk."""

from fastapi import APIRouter, Request, Response

from serving.deps import DecideCaller, service_of
from serving.desk_sheet import SentGrade, give_grade
from serving.web import matter_page
from serving.web.forms import Once, Short, Text, tried
from serving.web.import_answers import to
from serving.web.work_view import WorkAttempt

router = APIRouter(include_in_schema=False)


@router.post("/matters/{matter_id}/sheet")
def grade_form(
    request: Request,
    caller: DecideCaller,
    matter_id: str,
    once: Once,
    factor: Short = "",
    grade: Short = "",
    reason: Text = "",
    csrf: Short = "",
) -> Response:
    """Grade the factor and show the matter, or show the form again with what to mend."""
    sent = SentGrade(factor=factor, grade=grade, reason=reason, once=once)

    def save() -> None:
        give_grade(service_of(request), caller, matter_id, sent)

    refused = tried(request, caller, csrf, save)
    if refused is None:
        return to(f"/matters/{matter_id}#sheet")
    values = {"factor": factor, "grade": grade, "reason": reason}
    attempt = WorkAttempt(form="sheet", problem=refused.problem, lines=refused.lines, values=values)
    return matter_page.answer(request, caller, matter_id, work_attempt=attempt, status=refused.status)
