"""Deciding on an entry of a list, and putting a matter forward by hand, over the interface."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from serving import workflow
from serving.api.shapes import DECISION, PUT_FORWARD, DecisionShape, PutForwardShape, decision_shape, put_forward_shape
from serving.deps import DecideCaller, service_of
from serving.workflow import Proposal

router = APIRouter(prefix="/v1", tags=["decisions"])
_ONCE = "7d2f6a0e-0c1b-4a57-8a53-2b7d0c9e4f10"
_DECIDED: dict[str, Any] = {"decision": "accept", "reason": "已核实，下周作每月后续答复", "once": _ONCE}
_PUT: dict[str, Any] = {"reason": "承诺的答复日期临近，经办人更换", "once": _ONCE}
_REFUSALS: dict[int | str, dict[str, Any]] = {
    404: {"description": "no such list or matter, or not within the caller's scope"},
    409: {"description": "not as things stand: a later list, not on the list, or decided already"},
}


class DecisionRequest(BaseModel):
    """What a person decides and why. `owner` (a staff number) and `plan` belong to a change.

    `once` is the caller's own: the same sent again changes nothing and gives back the first answer.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_DECIDED]})
    decision: Literal["accept", "change", "reject"]
    reason: str = Field(max_length=4000, description="at most 500 characters, without personal details")
    owner: str = Field(default="", max_length=128)
    plan: str = Field(default="", max_length=4000)
    once: UUID


class PutForwardRequest(BaseModel):
    """Why a matter is put forward by hand; `once` as in DecisionRequest."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_PUT]})
    reason: str = Field(max_length=4000, description="at most 500 characters, without personal details")
    once: UUID


@router.post(
    "/screenings/{screening_id}/entries/{matter_id}/decision",
    response_model=DecisionShape,
    responses={**_REFUSALS, 200: {"content": {"application/json": {"example": DECISION}}}},
)
def decide(
    request: Request,
    caller: DecideCaller,
    screening_id: Annotated[str, Path(max_length=40)],
    matter_id: UUID,
    asked: DecisionRequest,
) -> DecisionShape:
    """Accept, change or reject one entry, with a reason. Typed text passes the gate or is refused."""
    sent = Proposal(
        decision=asked.decision, reason=asked.reason, owner=asked.owner, plan=asked.plan, once=str(asked.once)
    )
    made = workflow.decide(service_of(request), caller, screening_id, str(matter_id), sent)
    return decision_shape(made, caller.language)


@router.post(
    "/matters/{matter_id}/put-forward",
    response_model=PutForwardShape,
    responses={**_REFUSALS, 200: {"content": {"application/json": {"example": PUT_FORWARD}}}},
)
def put_forward(request: Request, caller: DecideCaller, matter_id: UUID, asked: PutForwardRequest) -> PutForwardShape:
    """Put a matter forward by hand: on top of the office's latest list, displaced by no score."""
    made = workflow.put_forward(service_of(request), caller, str(matter_id), reason=asked.reason, once=str(asked.once))
    return put_forward_shape(made)
