"""Writing events of the office's matters, and registering new ones, by a hotline's machine or a reception desk."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from data.vocabulary import REPLY_PARTS
from serving import telling
from serving.api.shapes import EXAMPLE
from serving.deps import EventCaller, service_of
from serving.telling import NewEvent, NewMatter

router = APIRouter(prefix="/v1", tags=["events"])
MOST = 100
_Number = Annotated[str, Field(min_length=1, max_length=80)]
_Code = Annotated[str, Field(min_length=1, max_length=60)]
Category = Literal[
    "against_procuratorate", "supervision", "report", "accusation", "criminal_appeal", "judicial_aid",
    "state_compensation", "civil_appeal", "administrative_appeal", "public_interest", "minors", "other",
]  # fmt: skip
Cause = Literal[
    "demolition", "wages", "maintenance", "enterprise", "land", "traffic", "injury", "contract", "execution",
    "environment", "fraud", "other",
]  # fmt: skip
Procedure = Literal[
    "petition_opinion", "criminal_appeal", "civil_admin_supervision", "no_filing", "state_compensation", "other"
]
_BANDS = {"1": 1, "2-4": 2, "5+": 3}
_CALL: dict[str, Any] = {
    "matters": [
        {
            "matter_no": "控申访〔2026〕38号",
            "registered_on": "2026-11-03",
            "category": "criminal_appeal",
            "cause": "injury",
            "procedure_path": "criminal_appeal",
            "first_time": True,
        }
    ],
    "events": [{"matter_no": "控申访〔2026〕38号", "kind": "call", "occurred_on": "2026-11-03", "people": "1"}],
    "once": "7d2f6a0e-0c1b-4a57-8a53-2b7d0c9e4f10",
}
_WRITTEN: dict[str, Any] = {"batch_id": 12, "matter_ids": [EXAMPLE["matter_id"]], "events": 1}


class MatterIn(BaseModel):
    """A matter to register: codes only, no person's data. `department` is one of the ledger's."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": _CALL["matters"]})
    matter_no: _Number
    registered_on: date
    department: str | None = Field(default=None, max_length=60)
    handler: str | None = Field(default=None, max_length=20, description="a staff number")
    category: Category | None = None
    cause: Cause | None = None
    procedure_path: Procedure | None = None
    first_time: bool | None = None
    reply_possible: bool | None = None
    respondent_post: Literal["handler", "department", "leader"] | None = None


class EventIn(BaseModel):
    """An event of a registered matter, by its number: codes, days and our own document number; no free text."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": _CALL["events"]})
    matter_no: _Number
    kind: _Code
    occurred_on: date
    people: Literal["1", "2-4", "5+"] | None = Field(default=None, description="people are kept in bands only")
    due_on: date | None = Field(default=None, description="the date promised or set")
    amount_fen: int | None = Field(default=None, ge=0, le=10**12)
    solved: Literal["fully", "partly", "no"] | None = None
    caused_by: Literal["remedy", "our_appointment", "material_request"] | None = None
    document_no: str | None = Field(default=None, max_length=60, pattern=r"^[\w〔〕（）()\[\]\-—－/号第]+$")
    parts: list[Literal["claim", "facts", "grounds", "opinion", "basis"]] | None = Field(
        default=None, max_length=5, description="which of the five parts an answer has"
    )
    rank: Literal["chief", "deputy", "team", "department_head"] | None = None
    form: Literal["reception", "appointment", "field"] | None = None


class EventsIn(BaseModel):
    """New matters and events, written together or not at all.

    `once` is the caller's own: the same sent again within a week writes nothing and gives back the first answer.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_CALL]})
    matters: Annotated[list[MatterIn], Field(max_length=MOST)] = []
    events: Annotated[list[EventIn], Field(max_length=MOST)] = []
    once: UUID


class EventsOut(BaseModel):
    """The batch that was written, and the ids of the matters concerned, in the order they were sent."""

    model_config = ConfigDict(json_schema_extra={"examples": [_WRITTEN]})
    batch_id: int
    matter_ids: list[str]
    events: int


@router.post(
    "/events",
    response_model=EventsOut,
    responses={
        200: {"content": {"application/json": {"example": _WRITTEN}}},
        404: {"description": "a number that is not registered, or not within the caller's office"},
        409: {"description": "a number that is registered already, or `once` used for something else"},
        429: {"description": "more than twice the office's open matters today; see Retry-After"},
    },
)
def write_events(request: Request, caller: EventCaller, sent: EventsIn) -> EventsOut:
    """Register matters and record events of the caller's own office; clocks and must-act rules start at once."""
    service = service_of(request)
    made = telling.tell(
        service, caller, [_matter(one) for one in sent.matters], [_event(one) for one in sent.events],
        once=str(sent.once),
    )  # fmt: skip
    return EventsOut(batch_id=made.batch_id, matter_ids=list(made.matter_ids), events=made.events)


def _matter(one: MatterIn) -> NewMatter:
    return NewMatter(**one.model_dump())


def _event(one: EventIn) -> NewEvent:
    missing = None
    if one.parts is not None:
        missing = sum(bit for code, (bit, _, _) in REPLY_PARTS.items() if code not in one.parts)
    return NewEvent(
        matter_no=one.matter_no,
        kind=one.kind,
        occurred_on=one.occurred_on,
        people_band=0 if one.people is None else _BANDS[one.people],
        due_on=one.due_on,
        amount=one.amount_fen,
        solved=one.solved,
        caused_by=one.caused_by,
        document_no=one.document_no,
        parts_missing=missing,
        rank=one.rank,
        form=one.form,
    )
