"""What is planned, done and decided on a matter, and how a person adds to it, over the interface."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from data.store import flags, plans
from data.store.plans import Measure, Plan, Result
from data.times import from_us
from data.vocabulary import ACTIONS, OUTCOMES, RESULTS
from serving import journal, working
from serving.api.answers import UNCHANGED, check_match, tagged
from serving.api.shapes import DECISION, PUT_FORWARD, DecisionShape, PutForwardShape, decision_shape, put_forward_shape
from serving.deps import Caller, DecideCaller, MatterCaller, Service, service_of
from serving.matters import place_seen
from serving.problems import Language
from serving.working import SentMeasure, SentPlan

router = APIRouter(prefix="/v1", tags=["work"])
Action = Literal[
    "reply", "monthly_follow_up", "explanation", "material_told", "hearing", "aid", "lawyer", "joint_meeting",
    "leader_reception", "leader_assigned", "review", "correction", "transfer_told", "counselling", "field_visit",
]  # fmt: skip
_ONCE = "7d2f6a0e-0c1b-4a57-8a53-2b7d0c9e4f10"
_STEP: dict[str, Any] = {"action": "monthly_follow_up", "label": "每月后续答复", "due_on": "2026-11-15"}
_BY: dict[str, Any] = {"by": "zhang", "at": "2026-11-03T01:20:00+00:00"}
_PLAN: dict[str, Any] = {"owner": "S0107", "steps": [_STEP], **_BY}
_MEASURE: dict[str, Any] = {
    "action": "hearing",
    "label": "公开听证",
    "done_on": "2026-11-02",
    "outcome": "done",
    "document_no": None,
    **_BY,
}
_RESULT: dict[str, Any] = {"result": "answered", "label": "已答复说理", **_BY}
_WORK: dict[str, Any] = {"plan": _PLAN, "measures": [_MEASURE], "results": [_RESULT]}
_REFUSALS: dict[int | str, dict[str, Any]] = {
    404: {"description": "no such matter, or not within the caller's scope"},
    409: {"description": "not as things stand: not on the latest list, or the list has gone up"},
}


class StepShape(BaseModel):
    """One step of a plan: help or a duty, and the last day for it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_STEP]})
    action: str
    label: str
    due_on: date


class PlanShape(BaseModel):
    """A plan as it stands; `owner` is a staff number."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PLAN]})
    owner: str
    steps: list[StepShape]
    by: str
    at: str


class MeasureShape(BaseModel):
    """Help or a duty that was done, and how it ended."""

    model_config = ConfigDict(json_schema_extra={"examples": [_MEASURE]})
    action: str
    label: str
    done_on: date
    outcome: str
    document_no: str | None
    by: str
    at: str


class ResultShape(BaseModel):
    """How the work a list asked for ended."""

    model_config = ConfigDict(json_schema_extra={"examples": [_RESULT]})
    result: str
    label: str
    by: str
    at: str


class WorkShape(BaseModel):
    """The plan that counts, and what was done and reached, the newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [_WORK]})
    plan: PlanShape | None
    measures: list[MeasureShape]
    results: list[ResultShape]


class DecisionsShape(BaseModel):
    """Everything decided on the matter's entries, and when it was put forward by hand; the newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"decisions": [DECISION], "put_forward": [PUT_FORWARD]}]})
    decisions: list[DecisionShape]
    put_forward: list[PutForwardShape]


class StepIn(BaseModel):
    """A step: an action of the closed list of help and duties, and the day it is due."""

    model_config = ConfigDict(extra="forbid")
    action: Action
    due_on: date


class PlanIn(BaseModel):
    """A plan that takes the place of the one before. Send If-Match to replace only the one you have read."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"owner": "S0107", "steps": [{"action": "hearing", "due_on": "2026-11-15"}], "once": _ONCE},
            ]
        },
    )
    owner: str = Field(max_length=128, description="a staff number")
    steps: Annotated[list[StepIn], Field(min_length=1, max_length=working.MOST_LINES)]
    once: UUID


class MeasureIn(BaseModel):
    """Help or a duty that was done."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"action": "hearing", "done_on": "2026-11-02", "outcome": "done", "once": _ONCE}]
        },
    )
    action: Action
    done_on: date
    outcome: Literal["done", "offered_closed", "not_possible"]
    document_no: str = Field(default="", max_length=200)
    once: UUID


class ResultIn(BaseModel):
    """How the work ended; only the first of the four says that the matter is resolved."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"result": "answered", "once": _ONCE}]})
    result: Literal["resolved", "answered", "procedure", "transferred"]
    once: UUID


@router.get("/matters/{matter_id}/work", response_model=WorkShape, responses={**UNCHANGED})
def read_work(request: Request, caller: MatterCaller, matter_id: UUID) -> Response:
    """The plan of a matter of the caller's scope, the measures taken and the results."""
    service = service_of(request)
    _seen(service, caller, str(matter_id), "work")
    return tagged(request, _work(service, str(matter_id), caller.language))


@router.get("/matters/{matter_id}/decisions", response_model=DecisionsShape, responses={**UNCHANGED})
def read_decisions(request: Request, caller: MatterCaller, matter_id: UUID) -> Response:
    """What people decided on the matter's entries, list by list."""
    service = service_of(request)
    _seen(service, caller, str(matter_id), "decisions")
    body = DecisionsShape(
        decisions=[
            decision_shape(one, caller.language) for one in flags.decisions_of_matter(service.store, str(matter_id))
        ],
        put_forward=[put_forward_shape(one) for one in flags.put_forward_of_matter(service.store, str(matter_id))],
    )
    return tagged(request, body)


@router.post(
    "/matters/{matter_id}/plan",
    response_model=WorkShape,
    responses={**_REFUSALS, 412: {"description": "the plan named in If-Match is no longer the one that stands"}},
)
def save_plan(request: Request, caller: DecideCaller, matter_id: UUID, sent: PlanIn) -> Response:
    """Make or replace the plan of a matter on the latest list."""
    service = service_of(request)
    lines = [(one.action, one.due_on.isoformat()) for one in sent.steps]
    wanted = SentPlan(owner=sent.owner, lines=lines, once=str(sent.once))
    with service.store.write():
        # Sent again under the same `once`, the answer is the first one, whatever stands by now.
        if plans.sent(service.store, Plan, caller.person.user_id, str(sent.once)) is None:
            place_seen(service, caller, str(matter_id))
            check_match(request, _work(service, str(matter_id), caller.language).model_dump(mode="json"))
        working.save_plan(service, caller, str(matter_id), wanted)
    return tagged(request, _work(service, str(matter_id), caller.language))


@router.post("/matters/{matter_id}/measures", response_model=WorkShape, responses={**_REFUSALS})
def record_measure(request: Request, caller: DecideCaller, matter_id: UUID, sent: MeasureIn) -> Response:
    """Record help or a duty done on a matter of the latest list."""
    service = service_of(request)
    wanted = SentMeasure(
        action=sent.action,
        done_on=sent.done_on.isoformat(),
        outcome=sent.outcome,
        document_no=sent.document_no,
        once=str(sent.once),
    )
    working.record_measure(service, caller, str(matter_id), wanted)
    return tagged(request, _work(service, str(matter_id), caller.language))


@router.post("/matters/{matter_id}/results", response_model=WorkShape, responses={**_REFUSALS})
def record_result(request: Request, caller: DecideCaller, matter_id: UUID, sent: ResultIn) -> Response:
    """Record that the work a list asked for is done; it takes a measure first."""
    service = service_of(request)
    working.record_result(service, caller, str(matter_id), result=sent.result, once=str(sent.once))
    return tagged(request, _work(service, str(matter_id), caller.language))


def _seen(service: Service, caller: Caller, matter_id: str, what: str) -> None:
    place = place_seen(service, caller, matter_id)
    service.journal.record(caller.entry(journal.VIEW_MATTER, place.office_id, {"what": what}, matter_id))


def _work(service: Service, matter_id: str, language: Language) -> WorkShape:
    side = 0 if language == "zh" else 1
    plan = plans.latest(service.store, Plan, [matter_id]).get(matter_id)
    measures: Sequence[Measure] = plans.of_matter(service.store, Measure, matter_id)
    results: Sequence[Result] = plans.of_matter(service.store, Result, matter_id)
    return WorkShape(
        plan=None
        if plan is None
        else PlanShape(
            owner=plan.owner,
            steps=[StepShape(action=one.action, label=ACTIONS[one.action][side], due_on=one.due) for one in plan.lines],
            by=plan.by,
            at=from_us(plan.at).isoformat(),
        ),
        measures=[
            MeasureShape(
                action=one.action,
                label=f"{ACTIONS[one.action][side]} · {OUTCOMES[one.outcome][side]}",
                done_on=one.done_on,
                outcome=one.outcome,
                document_no=one.document_no,
                by=one.by,
                at=from_us(one.at).isoformat(),
            )
            for one in measures
        ],
        results=[
            ResultShape(result=one.result, label=RESULTS[one.result][side], by=one.by, at=from_us(one.at).isoformat())
            for one in results
        ],
    )
