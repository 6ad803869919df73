"""What steward and approver decide about a model version, over the interface: two people, each with a reason (G21)."""

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from data.store import models
from data.times import from_us
from serving import journal, promoting
from serving.api.answers import UNCHANGED, tagged
from serving.deps import Caller, ModelCaller, Service, service_of
from serving.model_transfer import read_card
from serving.row_numbers import RowNumber

router = APIRouter(prefix="/v1", tags=["models"])
_ACT: dict[str, Any] = {
    "action": "promote",
    "version": 3,
    "proposer": "steward",
    "approver": "approver",
    "at": "2026-11-02T01:20:00+00:00",
    "accepted_assumed": False,
}
_REFUSALS: dict[int | str, dict[str, Any]] = {404: {"description": "no such version"}}


class ActIn(BaseModel):
    """Why; the text passes the gate, or nothing is done."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "回溯检验通过，同意启用"}]})
    reason: str = Field(max_length=4000, description="at most 500 characters, without personal details")


class ApproveIn(ActIn):
    """Why, and whether a model from elsewhere is expressly let in before its time in the shadow is over."""

    accept_early: bool = False


class ActShape(BaseModel):
    """One decision about models. Reasons are read on the page of models."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ACT]})
    action: str
    version: int | None
    proposer: str | None
    approver: str
    at: str
    accepted_assumed: bool


class Acts(BaseModel):
    """Every decision about models in the order they were made, and the version that serves now (null: rules)."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"champion": 3, "items": [_ACT]}]})
    champion: int | None
    items: list[ActShape]


class CardShape(BaseModel):
    """The card of a version as Markdown, in the caller's language."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"version": 3, "card": "# 模型卡 …"}]})
    version: int
    card: str


@router.get("/models/{version}/card", response_model=CardShape, responses={**UNCHANGED})
def read_model_card(request: Request, caller: ModelCaller, version: RowNumber) -> Response:
    """The card generated from the run that made the version."""
    service = service_of(request)
    text = read_card(service.state_dir, models.find_model(service.store, version).version)[caller.language]
    service.journal.record(caller.entry(journal.VIEW_MODEL_CARD, caller.person.office_id, {"version": version}))
    return tagged(request, CardShape(version=version, card=text))


@router.get("/models/decisions", response_model=Acts, responses={**UNCHANGED})
def read_acts(request: Request, caller: ModelCaller) -> Response:
    """Who proposed, approved, refused, rolled back or stopped which version, and when."""
    service = service_of(request)
    service.journal.record(caller.entry(journal.VIEW_MODELS, caller.person.office_id))
    return tagged(request, _acts(service))


@router.post("/models/{version}/propose", response_model=Acts, responses={**_REFUSALS})
def propose(request: Request, caller: ModelCaller, version: RowNumber, sent: ActIn) -> Acts:
    """Put a challenger forward; the steward's part."""
    service = service_of(request)
    promoting.propose(service, caller, version, sent.reason)
    return _acts(service)


@router.post("/models/{version}/approve", response_model=Acts, responses={**_REFUSALS})
def approve(request: Request, caller: ModelCaller, version: RowNumber, sent: ApproveIn) -> Acts:
    """Let a proposed version serve; the approver's part, never the proposer's.

    Where most times are assumed only the head of the petition department may, by the command: it is refused here.
    """
    service = service_of(request)
    promoting.approve(service, caller, version, sent.reason, accept_early=sent.accept_early)
    return _acts(service)


@router.post("/models/{version}/refuse", response_model=Acts, responses={**_REFUSALS})
def refuse(request: Request, caller: ModelCaller, version: RowNumber, sent: ActIn) -> Acts:
    """Turn a proposed version down; the approver's part."""
    service = service_of(request)
    promoting.refuse(service, caller, version, sent.reason)
    return _acts(service)


@router.post("/models/rollback", response_model=Acts)
def rollback(request: Request, caller: ModelCaller, sent: ActIn) -> Acts:
    """Let the champion before this one serve again, or the rules; either of the two may."""
    return _by_either(service_of(request), caller, "rollback", sent.reason)


@router.post("/models/stop", response_model=Acts)
def stop(request: Request, caller: ModelCaller, sent: ActIn) -> Acts:
    """The kill switch: no model scores; clocks, must-acts and the list by rules run on."""
    return _by_either(service_of(request), caller, "stop", sent.reason)


@router.post("/models/resume", response_model=Acts)
def resume(request: Request, caller: ModelCaller, sent: ActIn) -> Acts:
    """Let the approved champion score again."""
    return _by_either(service_of(request), caller, "resume", sent.reason)


def _by_either(service: Service, caller: Caller, act: str, text: str) -> Acts:
    """What one of the two may do alone, with a reason."""
    promoting.alone(service, caller, act, text)
    return _acts(service)


def _acts(service: Service) -> Acts:
    serving = models.champion(service.store)
    return Acts(
        champion=None if serving is None else serving.version,
        items=[
            ActShape(
                action=one.action,
                version=one.version,
                proposer=one.proposer,
                approver=one.approver,
                at=from_us(one.at).isoformat(),
                accepted_assumed=one.accepted_assumed,
            )
            for one in models.read_approvals(service.store)
        ],
    )
