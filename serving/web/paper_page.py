"""The forms by which people get documents to edit: a matter's plan, the sweep's report, the register of led matters."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request, Response

from data.errors import InputRefused, NotAllowed
from serving import papers
from serving.deps import ExportCaller, MatterCaller, service_of
from serving.papers import Paper
from serving.web import list_page, matter_page
from serving.web.forms import tried
from serving.web.work_view import WorkAttempt

router = APIRouter(include_in_schema=False)
_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_Purpose = Annotated[str, Form(max_length=4000)]
_Short = Annotated[str, Form(max_length=128)]


@router.post("/matters/{matter_id}/plan.docx")
def plan_form(
    request: Request, caller: MatterCaller, matter_id: str, purpose: _Purpose = "", csrf: _Short = ""
) -> Response:
    """The plan of a matter as a document, or the matter again with what to mend."""
    service = service_of(request)
    made: list[bytes] = []

    def save() -> None:
        made.append(papers.plan_document(service, caller, matter_id, purpose=purpose))

    refused = tried(request, caller, csrf, save, refusals=(InputRefused, NotAllowed))
    if refused is None:
        return _file(made[0], Paper.PLAN, matter_id[:8])
    sent = {"purpose": purpose}
    attempt = WorkAttempt(form="paper", problem=refused.problem, lines=refused.lines, values=sent)
    return matter_page.answer(request, caller, matter_id, work_attempt=attempt, status=refused.status)


@router.post("/matters/{matter_id}/major.docx")
def major_form(
    request: Request, caller: MatterCaller, matter_id: str, purpose: _Purpose = "", csrf: _Short = ""
) -> Response:
    """The latest report of a major matter as a document, or the matter again with what to mend."""
    service = service_of(request)
    made: list[bytes] = []

    def save() -> None:
        made.append(papers.major_document(service, caller, matter_id, purpose=purpose))

    refused = tried(request, caller, csrf, save, refusals=(InputRefused, NotAllowed))
    if refused is None:
        return _file(made[0], Paper.MAJOR, matter_id[:8])
    attempt = WorkAttempt(form="major", problem=refused.problem, lines=refused.lines)
    return matter_page.answer(request, caller, matter_id, work_attempt=attempt, status=refused.status)


@router.post("/lists/{screening_id}/paper")
def office_form(
    request: Request,
    caller: ExportCaller,
    screening_id: str,
    paper: Annotated[Literal["report", "led"], Form()],
    purpose: _Purpose = "",
    csrf: _Short = "",
) -> Response:
    """A document of the caller's office, or the list again with what to mend."""
    service = service_of(request)
    made: list[bytes] = []

    def save() -> None:
        made.append(papers.office_document(service, caller, screening_id, Paper(paper), purpose=purpose))

    refused = tried(request, caller, csrf, save, refusals=(InputRefused, NotAllowed))
    if refused is None:
        return _file(made[0], Paper(paper), caller.matters.offices[0])
    sent = {"purpose": purpose}
    attempt = WorkAttempt(form="paper", problem=refused.problem, lines=refused.lines, values=sent)
    return list_page.answer(request, caller, screening_id=screening_id, attempt=attempt, status=refused.status)


def _file(content: bytes, paper: Paper, name: str) -> Response:
    safe = "".join(sign for sign in name if sign.isascii() and (sign.isalnum() or sign in "-_"))[:40]
    where = {"Content-Disposition": f'attachment; filename="{paper}-{safe}.docx"'}
    return Response(content, media_type=_TYPE, headers=where)
