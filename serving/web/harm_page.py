"""The page that tells leaders, approvers and auditors where flags were found to hurt, and takes the answer (G24)."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from data.errors import InputRefused, NotAllowed
from data.store import holds
from data.store.holds import Hold
from data.times import cutoff_day
from serving import harm, journal
from serving.deps import Caller, HarmCaller, Service, service_of
from serving.row_numbers import RowNumber
from serving.web import render, views
from serving.web.flag_view import who
from serving.web.forms import Refused, tried
from serving.web.text import translator

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldView:
    """A finding in words; `answered` is empty while it keeps the model out of service."""

    hold_id: int
    day: str
    found: str
    findings: list[tuple[str, str]]
    text: str
    answered: str
    may: bool


@router.get("/harm")
def show_harm(request: Request, caller: HarmCaller) -> Response:
    """What was found so far, what was answered, and the form for who may answer."""
    return _page(request, caller, None, 0, "")


@router.post("/harm/{hold_id}/answer")
def answer_form(
    request: Request,
    caller: HarmCaller,
    hold_id: RowNumber,
    text: Annotated[str, Form(max_length=4000)] = "",
    csrf: Annotated[str, Form(max_length=128)] = "",
) -> Response:
    """Keep the answer, or show the page again with what to mend."""
    service = service_of(request)

    def save() -> None:
        harm.answer(service, caller, hold_id, text=text)

    refused = tried(request, caller, csrf, save, refusals=(InputRefused, NotAllowed))
    if refused is None:
        return Response(status_code=303, headers={"Location": "/harm"})
    return _page(request, caller, refused, hold_id, text)


def _page(request: Request, caller: Caller, refused: Refused | None, tried_id: int, text: str) -> Response:
    service = service_of(request)
    service.journal.record(caller.entry(journal.VIEW_HARM, caller.person.office_id))
    may = harm.can_answer(service, caller.person)
    return render.page(
        request,
        caller,
        "harm.html",
        status=200 if refused is None else refused.status,
        rows=[_row(service, caller, one, may=may) for one in holds.read_holds(service.store)],
        refused=refused,
        tried_id=tried_id,
        text=text,
    )


def _row(service: Service, caller: Caller, one: Hold, *, may: bool) -> HoldView:
    t, zone, language = translator(caller.language), service.settings.time_zone, caller.language
    return HoldView(
        hold_id=one.hold_id,
        day=cutoff_day(one.as_of, zone).isoformat(),
        found=views.moment(one.found_at, zone),
        findings=[(finding["title"][language], finding["text"][language]) for finding in one.findings],
        text=one.text,
        answered=""
        if one.answered_by is None
        else t(
            "harm.answered",
            who=who(service, one.answered_by, one.role, t),
            when=views.moment(one.answered_at or 0, zone),
        ),
        may=may and one.answered_by is None,
    )
