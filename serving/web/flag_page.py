"""The forms by which a person decides on an entry of the list, takes that back, or puts a matter forward by hand."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request, Response

from serving import bulk, workflow
from serving.deps import Caller, DecideCaller, service_of
from serving.web import matter_page
from serving.web.flag_view import Attempt
from serving.web.forms import Once, Short, Text, tried
from serving.workflow import Proposal

router = APIRouter(include_in_schema=False)
_LIST = re.compile(r"/list\?[A-Za-z0-9&=%._~+-]*")


@router.post("/matters/{matter_id}/decision")
def decide_form(
    request: Request,
    caller: DecideCaller,
    matter_id: str,
    decision: Annotated[Literal["accept", "change", "reject"], Form()],
    screening: Short,
    once: Once,
    reason: Text = "",
    owner: Text = "",
    plan: Text = "",
    back: Text = "",
    csrf: Short = "",
) -> Response:
    """Save the decision and go back to where it was taken, or show the form again with what to mend."""
    sent = Attempt(
        form="decision", problem="", decision=decision, reason=reason, owner=owner, plan=plan, back=local_list(back)
    )
    service = service_of(request)

    def save() -> None:
        proposal = Proposal(decision=decision, reason=reason, owner=owner, plan=plan, once=once)
        workflow.decide(service, caller, screening, matter_id, proposal)

    return _saved(request, caller, matter_id, sent, csrf, save)


@router.post("/matters/{matter_id}/decision/undo")
def undo_form(
    request: Request, caller: DecideCaller, matter_id: str, screening: Short, number: Once, csrf: Short = ""
) -> Response:
    """Take the decision back and show the matter as it stood before, or say why it stays."""
    service = service_of(request)

    def save() -> None:
        bulk.undo(service, caller, screening, number)

    return _saved(request, caller, matter_id, Attempt(form="undo", problem=""), csrf, save)


@router.post("/matters/{matter_id}/put-forward")
def put_forward_form(
    request: Request,
    caller: DecideCaller,
    matter_id: str,
    once: Once,
    reason: Text = "",
    csrf: Short = "",
) -> Response:
    """Put the matter forward and show it, or show the form again with what to mend."""
    service = service_of(request)

    def save() -> None:
        workflow.put_forward(service, caller, matter_id, reason=reason, once=once)

    return _saved(request, caller, matter_id, Attempt(form="put", problem="", reason=reason), csrf, save)


def _saved(
    request: Request, caller: Caller, matter_id: str, sent: Attempt, csrf: str, save: Callable[[], None]
) -> Response:
    refused = tried(request, caller, csrf, save)
    if refused is not None:
        attempt = replace(sent, problem=refused.problem, lines=refused.lines)
        return matter_page.answer(request, caller, matter_id, attempt=attempt, status=refused.status)
    where = f"{sent.back}#m-{matter_id}" if sent.back else f"/matters/{matter_id}#decision"
    return Response(status_code=303, headers={"Location": where})


def local_list(address: str) -> str:
    """The address of a list page of this site, or nothing."""
    return address if _LIST.fullmatch(address) else ""
