"""The forms by which a request for an explanation is recorded, answered on paper and closed, and the paper itself."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request, Response

from data.errors import InputRefused, NotAllowed
from data.times import local_date
from serving import explaining
from serving.deps import DecideCaller, MatterCaller, service_of
from serving.explanation_pdf import explanation_pdf
from serving.row_numbers import RowNumber
from serving.web import matter_page, render
from serving.web.case_view import CaseAttempt
from serving.web.forms import Once, Refused, Short, tried

router = APIRouter(include_in_schema=False)
_REFUSALS = (InputRefused, NotAllowed)


@router.post("/matters/{matter_id}/explanations")
def ask_form(
    request: Request, caller: DecideCaller, matter_id: str, once: Once, asked_on: Short = "", csrf: Short = ""
) -> Response:
    """Record that an explanation was asked for, or show the form again with what to mend."""
    service = service_of(request)

    def save() -> None:
        explaining.ask(service, caller, matter_id, asked_on=asked_on.strip(), once=once)

    return _answer(request, caller, matter_id, tried(request, caller, csrf, save, refusals=_REFUSALS))


@router.post("/matters/{matter_id}/explanations/{request_id}/paper")
def paper_form(
    request: Request,
    caller: DecideCaller,
    matter_id: str,
    request_id: RowNumber,
    language: Annotated[Literal["zh", "en"], Form()] = "zh",
    csrf: Short = "",
) -> Response:
    """Make the paper of a request and show it, or the matter with what is wrong."""
    service = service_of(request)
    made: list[int] = []

    def save() -> None:
        made.append(explaining.make_paper(service, caller, request_id, language=language))

    refused = tried(request, caller, csrf, save, refusals=_REFUSALS)
    if refused is None:
        return Response(status_code=303, headers={"Location": f"/explanations/{made[0]}"})
    return _answer(request, caller, matter_id, refused)


@router.post("/matters/{matter_id}/explanations/{request_id}/given")
def given_form(
    request: Request,
    caller: DecideCaller,
    matter_id: str,
    request_id: RowNumber,
    way: Short = "",
    given_on: Short = "",
    csrf: Short = "",
) -> Response:
    """Record that the paper was handed over, or show the matter with what to mend."""
    service = service_of(request)

    def save() -> None:
        explaining.hand_over(service, caller, request_id, way=way, given_on=given_on.strip())

    return _answer(request, caller, matter_id, tried(request, caller, csrf, save, refusals=_REFUSALS))


@router.get("/explanations/{paper_id}")
def show_paper(request: Request, caller: MatterCaller, paper_id: RowNumber) -> Response:
    """A paper as a page to read and print."""
    paper = explaining.open_paper(service_of(request), caller, paper_id)
    return render.page(request, caller, "explanation.html", paper=paper, content=paper.content)


@router.get("/explanations/{paper_id}/pdf")
def paper_pdf(request: Request, caller: MatterCaller, paper_id: RowNumber) -> Response:
    """A paper as a PDF, named by its serial."""
    service = service_of(request)
    paper = explaining.open_paper(service, caller, paper_id)
    out = explanation_pdf(paper.content, made_at=paper.made_at, demo=service.settings.demo)
    day = local_date(paper.made_at, service.settings.time_zone)
    where = {"Content-Disposition": f'attachment; filename="explanation-{paper.request_id}-{day}.pdf"'}
    return Response(out, media_type="application/pdf", headers=where)


def _answer(request: Request, caller: DecideCaller, matter_id: str, refused: Refused | None) -> Response:
    if refused is None:
        return Response(status_code=303, headers={"Location": f"/matters/{matter_id}#explanations"})
    attempt = CaseAttempt(form="explanations", problem=refused.problem, lines=refused.lines)
    return matter_page.answer(request, caller, matter_id, cases_attempt=attempt, status=refused.status)
