"""The pages and forms by which people confirm links, ask for corrections, and answer them."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request, Response

from data.errors import InputRefused
from data.store import links, register
from data.store.vault import VaultLimited
from serving import cases, explaining, journal, lookups
from serving.acts import NotNow
from serving.deps import AnswerCaller, Caller, CorrectionCaller, DecideCaller, LinkCaller, service_of
from serving.permissions import Right, can_use
from serving.row_numbers import RowNumber
from serving.web import matter_page, render
from serving.web.case_view import CaseAttempt, case_row, link_row
from serving.web.explanation_view import explanation_row
from serving.web.forms import Once, Short, Text, tried
from serving.web.text import translator

router = APIRouter(include_in_schema=False)
#: So many numbers are shown at a time; the next follow when these are settled.
SHOWN = 50


@router.get("/links")
def show_links(request: Request, caller: LinkCaller) -> Response:
    """The numbers of the caller that may belong to an earlier one."""
    return _links_page(request, caller)


def _links_page(request: Request, caller: Caller, *, problem: str = "", status: int = 200) -> Response:
    service, t = service_of(request), translator(caller.language)
    service.journal.record(caller.entry(journal.VIEW_LINKS, caller.person.office_id))
    found = cases.pairs(service, caller)
    office = caller.person.office_id or ""
    with service.store.read() as connection:
        shares, _ = links.checked_by_office(connection, register.batch_view(service.store), [office])
    share, least = shares.get(office), service.settings.learning.min_link_checks
    told = ""
    if share is not None:
        told = t("links.share", share=f"{share:.0%}") + (
            t("links.share_low", least=f"{least:.0%}") if share < least else ""
        )
    return render.page(
        request,
        caller,
        "links.html",
        status=status,
        rows=[link_row(pair, caller, service.settings.time_zone) for pair in found[:SHOWN]],
        more=max(0, len(found) - SHOWN),
        share=told,
        problem=problem,
    )


@router.post("/matters/{matter_id}/links")
def link_form(
    request: Request,
    caller: LinkCaller,
    matter_id: str,
    once: Once,
    choice: Short = "",
    back: Short = "",
    csrf: Short = "",
) -> Response:
    """Save what was chosen and go on, or show the page again with what is wrong."""
    service = service_of(request)
    from_list = back == "/links"
    where = f"/matters/{matter_id}#links"

    def save() -> None:
        nonlocal where
        where = f"/matters/{cases.decide_link(service, caller, matter_id, choice=choice, once=once)}#links"

    refused = tried(request, caller, csrf, save)
    if refused is None:
        return Response(status_code=303, headers={"Location": "/links" if from_list else where})
    if from_list:
        return _links_page(request, caller, problem=refused.problem, status=refused.status)
    attempt = CaseAttempt(form="links", problem=refused.problem, lines=refused.lines)
    return matter_page.answer(request, caller, matter_id, cases_attempt=attempt, status=refused.status)


@router.post("/matters/{matter_id}/earlier")
def look_up_form(
    request: Request,
    caller: LinkCaller,
    matter_id: str,
    once: Once,
    purpose: Short = "",
    csrf: Short = "",
) -> Response:
    """Ask the vault once about this number and show what it found, or show the page again with why not."""
    service = service_of(request)

    def save() -> None:
        lookups.look_up(service, caller, matter_id, purpose=purpose, once=once)

    refused = tried(request, caller, csrf, save, refusals=(InputRefused, NotNow, VaultLimited))
    if refused is None:
        return Response(status_code=303, headers={"Location": f"/matters/{matter_id}#links"})
    attempt = CaseAttempt(form="links", problem=refused.problem, lines=refused.lines)
    return matter_page.answer(request, caller, matter_id, cases_attempt=attempt, status=refused.status)


@router.get("/corrections")
def show_corrections(request: Request, caller: CorrectionCaller) -> Response:
    """The requests of the caller's office that wait for an answer."""
    return _corrections_page(request, caller)


def _corrections_page(request: Request, caller: Caller, *, problem: str = "", status: int = 200) -> Response:
    service = service_of(request)
    service.journal.record(caller.entry(journal.VIEW_CORRECTIONS, caller.person.office_id))
    may = can_use(caller.person, Right.ANSWER)
    waiting = cases.waiting(service, caller)
    aliases = register.some_matters(service.store, {one.dispute.target for one, _ in waiting}).to_dicts()
    names = {row["matter_id"]: row["matter_no"] for row in aliases}
    rows = [case_row(service, caller, one, row["matter_no"], names, may_answer=may) for one, row in waiting]
    owed = [
        explanation_row(service, caller, one, row["matter_no"], may=False)
        for one, row in explaining.waiting(service, caller)
    ]
    return render.page(request, caller, "corrections.html", status=status, rows=rows, explained=owed, problem=problem)


@router.post("/matters/{matter_id}/corrections")
def dispute_form(
    request: Request,
    caller: DecideCaller,
    matter_id: str,
    once: Once,
    about: Short = "",
    day: Short = "",
    code: Short = "",
    reason: Short = "",
    text: Text = "",
    csrf: Short = "",
) -> Response:
    """Save the request and show the matter, or show the form again with what to mend."""
    service = service_of(request)

    def save() -> None:
        cases.dispute(
            service,
            caller,
            matter_id,
            about=about,
            day=day.strip(),
            code=code,
            reason_class=reason,
            text=text,
            once=once,
        )

    refused = tried(request, caller, csrf, save)
    if refused is None:
        return Response(status_code=303, headers={"Location": f"/matters/{matter_id}#corrections"})
    attempt = CaseAttempt(form="corrections", problem=refused.problem, lines=refused.lines, text=text)
    return matter_page.answer(request, caller, matter_id, cases_attempt=attempt, status=refused.status)


@router.post("/corrections/{dispute_id}/answer")
def answer_form(
    request: Request,
    caller: AnswerCaller,
    dispute_id: RowNumber,
    answer: Annotated[Literal["accept", "refuse"], Form()],
    text: Text = "",
    csrf: Short = "",
) -> Response:
    """Save the answer, or show the requests again with what is wrong."""
    service = service_of(request)

    def save() -> None:
        cases.answer(service, caller, dispute_id, code=answer, text=text)

    refused = tried(request, caller, csrf, save)
    if refused is None:
        return Response(status_code=303, headers={"Location": "/corrections"})
    problem = "；".join([refused.problem, *refused.lines])
    return _corrections_page(request, caller, problem=problem, status=refused.status)
