"""The page of the auditor: who saw and did what."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from data.store import audit
from data.store.audit import Entry
from serving import journal
from serving.deps import LogCaller, service_of
from serving.web import render, views

router = APIRouter(include_in_schema=False)
_ROWS = 50


@router.get("/log")
def log_page(request: Request, caller: LogCaller, after: Annotated[int, Query(ge=0)] = 0) -> Response:
    """Entries in the order they were made, from the one after `after`; the view of the log is itself on record."""
    service = service_of(request)
    service.journal.record(
        Entry(
            at=caller.now,
            user_id=caller.person.user_id,
            action=journal.VIEW_LOG,
            office_id=caller.person.office_id,
            detail={"after": after},
            request_id=caller.request_id,
        )
    )
    stored = audit.read_entries(service.store, after=after, limit=_ROWS + 1)
    zone = service.settings.time_zone
    rows = [
        {
            "seq": one.seq,
            "time": views.moment(one.entry.at, zone),
            "user": one.entry.user_id,
            "action": one.entry.action,
            "office": one.entry.office_id or "—",
            "matter": one.entry.matter_id or "—",
            "request": one.entry.request_id or "—",
        }
        for one in stored[:_ROWS]
    ]
    return render.page(
        request,
        caller,
        "log.html",
        rows=rows,
        next=f"/log?after={stored[_ROWS - 1].seq}" if len(stored) > _ROWS else None,
        first="/log" if after else None,
    )
