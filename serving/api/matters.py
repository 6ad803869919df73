"""One matter over the interface: facts, clocks, reasons, and its timeline for those who handle it."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict

from data.store import register, screenings
from serving.api.answers import UNCHANGED, tagged
from serving.api.shapes import EXAMPLE, Assessment, assessment
from serving.deps import MatterCaller, service_of
from serving.matters import can_see_timeline, is_spot_check, open_matter
from serving.web.matter_view import timeline
from serving.web.text import translator

router = APIRouter(prefix="/v1", tags=["matters"])
_FACTS: dict[str, Any] = {
    "office_id": "441881",
    "department": "第二检察部",
    "handler": "S0107",
    "category": "criminal_appeal",
    "cause": "injury",
    "procedure_path": "criminal_appeal",
    "is_open": True,
    "in_sweep": True,
}
_EVENT: dict[str, Any] = {
    "date": "2026-09-02",
    "text": "三个月答复",
    "side": "ours",
    "notes": ["文书号 答〔2026〕12号"],
    "silence": "",
}


class TimelineEvent(BaseModel):
    """One event, or (`silence` filled) a stretch without a record of our work."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EVENT]})
    date: str
    text: str
    side: str
    notes: list[str]
    silence: str


class MatterShape(Assessment):
    """A matter as its handler sees it. `timeline` is null for leaders of a superior office."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**EXAMPLE, **_FACTS, "timeline": [_EVENT]}]})
    office_id: str
    department: str | None
    handler: str | None
    category: str | None
    cause: str | None
    procedure_path: str | None
    is_open: bool
    in_sweep: bool
    timeline: list[TimelineEvent] | None


@router.get("/matters/{matter_id}", response_model=MatterShape, responses={**UNCHANGED})
def read_matter(request: Request, caller: MatterCaller, matter_id: UUID) -> Response:
    """Facts, clocks, duties, help and reasons; a spot check comes without band and range."""
    service = service_of(request)
    card, found = open_matter(service, caller, str(matter_id))
    base = assessment(card, caller.language)
    if is_spot_check(screenings.entries_of_matter(service.store, str(matter_id))):
        base = base.model_copy(update={"band": None, "per_hundred": None})
    events = None
    if can_see_timeline(caller, card):
        kinds = {kind.code: (str(kind.role), kind.zh, kind.en) for kind in register.read_kinds(service.store)}
        events = [
            TimelineEvent(date=item.date, text=item.name, side=item.side, notes=list(item.notes), silence=item.silence)
            for item in timeline(card, found.events, kinds, caller.language, translator(caller.language))
        ]
    body = MatterShape(
        **base.model_dump(),
        **{
            name: card.matter[name]
            for name in ("office_id", "department", "handler", "category", "cause", "procedure_path")
        },
        is_open=card.is_open,
        in_sweep=card.in_sweep,
        timeline=events,
    )
    return tagged(request, body)
