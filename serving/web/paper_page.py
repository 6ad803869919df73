"""The forms by which people get documents to edit: a matter's plan, the sweep's report, the register of led matters."""

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request, Response

from data.errors import InputRefused, NotAllowed
from serving import papers
from serving.deps import Caller, ExportCaller, MatterCaller, service_of
from serving.papers import Paper
from serving.web import list_page, matter_page
from serving.web.forms import Refused, Short, tried
from serving.web.work_view import WorkAttempt

router = APIRouter(include_in_schema=False)
_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_Purpose = Annotated[str, Form(max_length=4000)]


@router.post("/matters/{matter_id}/plan.docx")
def plan_form(
    request: Request, caller: MatterCaller, matter_id: str, purpose: _Purpose = "", csrf: Short = ""
) -> Response:
    """The plan of a matter as a document, or the matter again with what to mend."""
    service = service_of(request)
    made = _tried(request, caller, csrf, lambda: papers.plan_document(service, caller, matter_id, purpose=purpose))
    if isinstance(made, bytes):
        return _file(made, Paper.PLAN, matter_id[:8])
    attempt = _attempt("paper", made, {"purpose": purpose})
    return matter_page.answer(request, caller, matter_id, work_attempt=attempt, status=made.status)


@router.post("/matters/{matter_id}/major.docx")
def major_form(
    request: Request, caller: MatterCaller, matter_id: str, purpose: _Purpose = "", csrf: Short = ""
) -> Response:
    """The latest report of a major matter as a document, or the matter again with what to mend."""
    service = service_of(request)
    made = _tried(request, caller, csrf, lambda: papers.major_document(service, caller, matter_id, purpose=purpose))
    if isinstance(made, bytes):
        return _file(made, Paper.MAJOR, matter_id[:8])
    attempt = _attempt("major", made, {})
    return matter_page.answer(request, caller, matter_id, work_attempt=attempt, status=made.status)


@router.post("/lists/{screening_id}/paper")
def office_form(
    request: Request,
    caller: ExportCaller,
    screening_id: str,
    paper: Annotated[Literal["report", "led"], Form()],
    purpose: _Purpose = "",
    csrf: Short = "",
) -> Response:
    """A document of the caller's office, or the list again with what to mend."""
    service, kind = service_of(request), Paper(paper)

    def make() -> bytes:
        return papers.office_document(service, caller, screening_id, kind, purpose=purpose)

    made = _tried(request, caller, csrf, make)
    if isinstance(made, bytes):
        return _file(made, kind, caller.matters.offices[0])
    attempt = _attempt("paper", made, {"purpose": purpose})
    return list_page.answer(request, caller, screening_id=screening_id, attempt=attempt, status=made.status)


def _tried(request: Request, caller: Caller, csrf: str, make: Callable[[], bytes]) -> bytes | Refused:
    """The document, or why there is none."""
    made: list[bytes] = []

    def save() -> None:
        made.append(make())

    return tried(request, caller, csrf, save, refusals=(InputRefused, NotAllowed)) or made[0]


def _attempt(form: str, refused: Refused, sent: dict[str, str]) -> WorkAttempt:
    return WorkAttempt(form=form, problem=refused.problem, lines=refused.lines, values=sent)


def _file(content: bytes, paper: Paper, name: str) -> Response:
    safe = "".join(sign for sign in name if sign.isascii() and (sign.isalnum() or sign in "-_"))[:40]
    where = {"Content-Disposition": f'attachment; filename="{paper}-{safe}.docx"'}
    return Response(content, media_type=_TYPE, headers=where)
