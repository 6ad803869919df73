"""The page behind the bell: duties, steps of plans and signatures that wait, each marked as read or not."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from data.store import notices as stored
from data.times import local_date
from serving import journal, notices
from serving.deps import ListCaller, service_of
from serving.web import render
from serving.web.forms import tried
from serving.web.text import translator

router = APIRouter(include_in_schema=False)
_KINDS = ("duty", "plan", "signature")
_ROWS = 200


@router.get("/notices")
def notices_page(request: Request, caller: ListCaller) -> Response:
    """What waits for the caller; recorded as a view."""
    return _page(request, caller, "")


@router.post("/notices/read")
def read_form(
    request: Request,
    caller: ListCaller,
    key: Annotated[list[str] | None, Form(max_length=_ROWS)] = None,
    csrf: Annotated[str, Form(max_length=128)] = "",
) -> Response:
    """Mark the notices shown, or one of them, as read; what waits goes on waiting."""
    service = service_of(request)
    refused = tried(request, caller, csrf, lambda: notices.mark_read(service, caller, key or []))
    if refused is not None:
        return _page(request, caller, refused.problem, status=refused.status)
    return Response(status_code=303, headers={"Location": "/notices"})


def _page(request: Request, caller: ListCaller, problem: str, *, status: int = 200) -> Response:
    service, t = service_of(request), translator(caller.language)
    side = 0 if caller.language == "zh" else 1
    found = notices.notices(service, caller)
    today = local_date(caller.now, service.settings.time_zone).isoformat()
    read = stored.read_by(service.store, caller.actor)
    service.journal.record(caller.entry(journal.VIEW_NOTICES, caller.person.office_id, {"notices": len(found)}))
    rows = [
        {
            "key": one.key,
            "kind": one.kind,
            "number": one.number,
            "text": one.text[side],
            "href": one.href,
            "due": one.due,
            "state": one.state,
            "told": t("days.check") if one.state == "soon" and "" < one.due < today else t(f"notices.{one.state}"),
            "read": one.key in read,
        }
        for one in found[:_ROWS]
    ]
    groups = [(kind, [row for row in rows if row["kind"] == kind]) for kind in _KINDS]
    return render.page(
        request,
        caller,
        "notices.html",
        status=status,
        problem=problem,
        groups=[(kind, mine) for kind, mine in groups if mine],
        unread=[row["key"] for row in rows if not row["read"]],
        more=max(0, len(found) - _ROWS),
    )
