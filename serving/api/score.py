"""How a registered matter's handling stands, and how it would stand if duties of ours were done."""

import math
from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

import polars as pl
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from data.errors import NotAllowed
from data.store import register, volume
from data.task import Task
from data.times import from_us, local_date
from features.cohort import cohort
from serving import journal, matters
from serving.api.shapes import EXAMPLE, Assessment, assessment
from serving.card import Supposed, WhatIfKind, make_card, place_of
from serving.deps import Caller, ScoreCaller, Service, service_of
from serving.permissions import check_can_score
from serving.problems import TooManyRequests

router = APIRouter(prefix="/v1", tags=["score"])
_MOST_SUPPOSED = 20


class WhatIf(BaseModel):
    """A duty of ours supposed to be done. Contacts, remedies and results cannot be supposed."""

    model_config = ConfigDict(extra="forbid")
    kind: WhatIfKind
    occurred_on: date
    due_on: date | None = Field(default=None, description="the date promised, for promise_made")
    document_no: str | None = Field(default=None, max_length=60, pattern=r"^[\w〔〕（）()\[\]\-—－/号第]+$")


class ScoreRequest(BaseModel):
    """Which matter, and what is supposed; nothing of it is stored."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"matter_id": EXAMPLE["matter_id"]},
                {
                    "matter_id": EXAMPLE["matter_id"],
                    "what_if": [
                        {"kind": "progress_reply", "occurred_on": "2026-10-30", "document_no": "答〔2026〕12号"}
                    ],
                },
            ]
        },
    )
    matter_id: UUID
    what_if: Annotated[list[WhatIf], Field(max_length=_MOST_SUPPOSED)] = []


@router.post(
    "/score",
    response_model=Assessment,
    responses={
        200: {"content": {"application/json": {"example": EXAMPLE}}},
        404: {"description": "no such matter, or not within the caller's scope"},
        409: {"description": "the matter is outside the sweep, or not registered yet"},
        429: {"description": "twice the office's open matters were scored today; see Retry-After"},
    },
)
def score_matter(request: Request, caller: ScoreCaller, asked: ScoreRequest) -> Assessment:
    """Band, range per hundred, reasons and clocks of a registered matter of the caller's own office."""
    service = service_of(request)
    matter_id = str(asked.matter_id)
    found = matters.find(service, caller, matter_id)
    place = place_of(found.matters.row(0, named=True))
    check_can_score(caller.matters, caller.person, place)
    _count(service, caller, place.office_id)
    supposed = [
        Supposed(kind=one.kind, occurred_on=one.occurred_on, due_on=one.due_on, document_no=one.document_no)
        for one in asked.what_if
    ]
    champion = service.champions.current()
    card = make_card(
        found,
        service.settings,
        champion,
        matters.context_of(service, found),
        now=caller.now,
        supposed=supposed,
        desk=matters.desk_of(service, matter_id),
    )
    service.journal.record(
        caller.entry(
            journal.SCORE,
            place.office_id,
            {"version": card.version, "supposed": len(supposed), "as_of": card.as_of},
            matter_id,
        )
    )
    if not card.in_sweep:
        raise OutsideSweep()
    return assessment(card, caller.language)


class OutsideSweep(NotAllowed):
    """The matter ended more than the look-back ago, or was passed on: nothing is scored."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            "outside_sweep", "该事项不在排查范围内，不测算", "the matter is outside the sweep; nothing is scored"
        )


def _count(service: Service, caller: Caller, office_id: str) -> None:
    """Count one score of the office today; beyond the cap refuse until midnight and put it on record (G25)."""
    zone = service.settings.time_zone
    today = local_date(caller.now, zone)
    limit = None
    if not service.settings.demo:
        limit = math.ceil(service.settings.service.daily_volume_factor * _open_matters(service, office_id))
    if volume.take(service.store, office_id, local_day=today, count=1, limit=limit):
        return
    service.metrics.capped.inc()
    service.journal.record(caller.entry(journal.SCORE_CAPPED, office_id, {"limit": limit, "finding": "score_volume"}))
    raise TooManyRequests(
        "score_volume",
        f"本院今日测算已达上限（{limit}次），已记录；明日恢复",
        f"your office has reached today's cap of {limit} scores; this was put on record; it lifts tomorrow",
        retry_after=_seconds_to_midnight(caller.now, zone),
    )


def _open_matters(service: Service, office_id: str) -> int:
    """How many matters of the office were open at the last month-end on record, else at the end of its ledger."""
    stored = register.read_context(service.store, offices=[office_id])
    if stored.height:
        return int(stored.filter(pl.col("month_end") == pl.col("month_end").max())["open_matters"].sum())
    mine = register.read_register(service.store, offices=[office_id])
    members = cohort(mine, [mine.observed_until], Task(), service.settings.cohort)
    return members.filter(pl.col("is_open")).height


def _seconds_to_midnight(now: int, zone: str) -> int:
    here = from_us(now).astimezone(ZoneInfo(zone))
    midnight = datetime.combine(here.date() + timedelta(days=1), datetime.min.time(), tzinfo=ZoneInfo(zone))
    return max(1, math.ceil((midnight - here).total_seconds()))
