"""The steward's trial mode: an invented history scored, so that a model can be understood without a real matter."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from serving import trial
from serving.api.events import Category
from serving.api.shapes import EXAMPLE, Assessment, assessment
from serving.deps import TrialCaller, service_of
from serving.trial import TrialEvent

router = APIRouter(prefix="/v1", tags=["models"])
_ASKED: dict[str, Any] = {
    "category": "criminal_appeal",
    "events": [
        {"kind": "letter", "occurred_on": "2026-06-01"},
        {"kind": "registered", "occurred_on": "2026-06-01"},
        {"kind": "substantive_reply", "occurred_on": "2026-08-28", "documented": True},
    ],
}


class TrialEventIn(BaseModel):
    """One event of an invented history."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": _ASKED["events"]})
    kind: Annotated[str, Field(min_length=1, max_length=60)]
    occurred_on: date
    due_on: date | None = None
    documented: bool = Field(default=False, description="whether our answer has a document number")


class TrialIn(BaseModel):
    """An invented history. Real matters are scored by `/v1/score`, which takes none."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_ASKED]})
    category: Category | None = None
    events: Annotated[list[TrialEventIn], Field(min_length=1, max_length=100)]


class TrialShape(Assessment):
    """An assessment of nothing that exists."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**EXAMPLE, "trial": True}]})
    trial: Literal[True]


@router.post(
    "/trial",
    response_model=TrialShape,
    responses={429: {"description": "the day's trials are used up; see Retry-After"}},
)
def try_history(request: Request, caller: TrialCaller, asked: TrialIn) -> TrialShape:
    """What the model in use says of an invented history; marked, on record, and capped a day."""
    events = [
        TrialEvent(kind=one.kind, occurred_on=one.occurred_on, due_on=one.due_on, documented=one.documented)
        for one in asked.events
    ]
    card = trial.try_history(service_of(request), caller, events, asked.category)
    return TrialShape(**assessment(card, caller.language).model_dump(), trial=True)
