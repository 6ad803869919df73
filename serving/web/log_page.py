"""The page of the auditor: who saw and did what."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from data.store import audit
from serving import journal
from serving.deps import LogCaller, service_of
from serving.web import render, views
from serving.web.text import TEXTS, translator
from serving.web.views import Translate

router = APIRouter(include_in_schema=False)
_ROWS = 50


@router.get("/log")
def log_page(request: Request, caller: LogCaller, before: Annotated[int | None, Query(ge=1)] = None) -> Response:
    """Entries, the newest first, or those before number `before`; the view of the log is itself on record."""
    service = service_of(request)
    service.journal.record(caller.entry(journal.VIEW_LOG, caller.person.office_id, {"before": before}))
    top = audit.head_seq(service.store) if before is None else before - 1
    oldest = max(0, top - _ROWS)
    stored = audit.read_entries(service.store, after=oldest, limit=top - oldest) if top else []
    t, zone = translator(caller.language), service.settings.time_zone
    rows = [
        {
            "seq": one.seq,
            "time": views.moment(one.entry.at, zone),
            "user": one.entry.user_id,
            "action": _action(one.entry.action, t),
            "office": one.entry.office_id or "—",
            "matter": one.entry.matter_id or "—",
            "request": one.entry.request_id or "—",
        }
        for one in reversed(stored)
    ]
    older = f"/log?before={oldest + 1}" if oldest else None
    return render.page(request, caller, "log.html", rows=rows, older=older, newest="/log" if before else None)


def _action(code: str, t: Translate) -> str:
    key = f"log.action.{code}"
    return t(key) if key in TEXTS else code
