"""The forms by which a person decides on many rows of a list at once, and takes that back."""

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request, Response

from serving import bulk
from serving.deps import Caller, DecideCaller, service_of
from serving.web import list_page
from serving.web.flag_page import local_list
from serving.web.forms import Once, Short, Text, tried
from serving.web.work_view import WorkAttempt
from serving.workflow import Proposal

router = APIRouter(include_in_schema=False)


@router.post("/lists/{screening_id}/bulk")
def bulk_form(
    request: Request,
    caller: DecideCaller,
    screening_id: str,
    once: Once,
    decision: Annotated[Literal["accept", "change"], Form()] = "accept",
    tick: Annotated[list[str] | None, Form(max_length=2 * bulk.MOST_ROWS)] = None,
    reason: Text = "",
    owner: Text = "",
    back: Text = "",
    csrf: Short = "",
) -> Response:
    """Decide on the chosen rows and show the list, or show it with what to mend and the rows still chosen."""
    service, ticks = service_of(request), tick or []

    def save() -> None:
        bulk.decide_many(
            service, caller, screening_id, ticks, Proposal(decision=decision, reason=reason, owner=owner, once=once)
        )

    values = {"reason": reason, "owner": owner}
    return _answer(request, caller, screening_id, back, csrf, save, values=values, ticks=ticks)


@router.post("/lists/{screening_id}/undo")
def undo_form(
    request: Request, caller: DecideCaller, screening_id: str, bulk_id: Once, back: Text = "", csrf: Short = ""
) -> Response:
    """Take the last decision on many rows back and show the list, or say why it stays."""
    service = service_of(request)

    def save() -> None:
        bulk.undo(service, caller, screening_id, bulk_id)

    return _answer(request, caller, screening_id, back, csrf, save, values={}, ticks=[])


def _answer(
    request: Request,
    caller: Caller,
    screening_id: str,
    back: str,
    csrf: str,
    save: Callable[[], None],
    *,
    values: dict[str, str],
    ticks: list[str],
) -> Response:
    refused = tried(request, caller, csrf, save)
    where = local_list(back)
    if refused is None:
        return Response(status_code=303, headers={"Location": f"{where or '/list'}#bulk-done"})
    attempt = WorkAttempt(
        form="bulk", problem=refused.problem, lines=refused.lines, values=values, rows=[(one, "") for one in ticks]
    )
    return list_page.answer(
        request, caller, screening_id=screening_id, attempt=attempt, status=refused.status, back=where
    )
