"""How a registered matter's handling stands, and how it would stand if duties of ours were done."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from data.errors import NotAllowed
from data.store.mark import mark_of
from data.times import local_date
from serving import journal, matters
from serving.api.shapes import EXAMPLE, Assessment, assessment
from serving.card import Card, Supposed, WhatIfKind, make_card, place_of
from serving.daily_caps import capped, daily_limit, seconds_to_midnight
from serving.deps import Caller, ScoreCaller, Service, service_of
from serving.journal import Counted
from serving.open_matters import open_matters
from serving.permissions import check_can_score
from serving.problems import Language, TooManyRequests

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
def score_matter(request: Request, caller: ScoreCaller, asked: ScoreRequest) -> Response:
    """Band, range per hundred, reasons and clocks of a registered matter of the caller's own office."""
    service = service_of(request)
    matter_id = str(asked.matter_id)
    champion = service.champions.current()
    version = None if champion is None else champion.version
    kept = None if asked.what_if else service.cards.find(service.store, matter_id, version, caller.now)
    if kept is not None:
        place = place_of(kept.card.matter)
        check_can_score(caller.matters, caller.person, place)
        _record(service, caller, kept.card, 0, kept.open_matters)
        return _answer(kept.answer(caller.language, lambda card: _written(card, caller.language)), kept.card)
    place = matters.place_seen(service, caller, matter_id)
    check_can_score(caller.matters, caller.person, place)
    mark = mark_of(service.store, place.office_id)
    supposed = [
        Supposed(kind=one.kind, occurred_on=one.occurred_on, due_on=one.due_on, document_no=one.document_no)
        for one in asked.what_if
    ]
    found = matters.find(service, caller, matter_id)
    card = make_card(
        found,
        service.settings,
        champion,
        matters.context_of(service, found),
        now=caller.now,
        supposed=supposed,
        desk=matters.desk_of(service, matter_id),
    )
    opened = open_matters(service, place.office_id)
    _record(service, caller, card, len(supposed), opened)
    if not supposed and mark == mark_of(service.store, place.office_id):
        service.cards.keep(card, mark, version, open_matters=opened, now=caller.now)
    return _answer(_written(card, caller.language), card)


def _written(card: Card, language: Language) -> bytes:
    return assessment(card, language).model_dump_json().encode()


def _answer(content: bytes, card: Card) -> Response:
    if not card.in_sweep:
        raise OutsideSweep()
    return Response(content, media_type="application/json")


class OutsideSweep(NotAllowed):
    """The matter ended more than the look-back ago, or was passed on: nothing is scored."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            "outside_sweep", "该事项不在排查范围内，不测算", "the matter is outside the sweep; nothing is scored"
        )


def _record(service: Service, caller: Caller, card: Card, supposed: int, opened: int) -> None:
    """Put a score on record and count it; beyond the office's cap refuse until midnight, and record that (G25)."""
    office_id, zone = card.matter["office_id"], service.settings.time_zone
    limit = daily_limit(service, office_id, opened=opened)
    told = {"version": card.version, "supposed": supposed, "as_of": card.as_of}
    entry = caller.entry(journal.SCORE, office_id, told, card.matter["matter_id"])
    counted = Counted(office_id, local_date(caller.now, zone), limit)
    if service.journal.record(entry, counted=counted):
        return
    refusal = TooManyRequests(
        "score_volume",
        f"本院今日测算已达上限（{limit}次），已记录；明日恢复",
        f"your office has reached today's cap of {limit} scores; this was put on record; it lifts tomorrow",
        retry_after=seconds_to_midnight(caller.now, zone),
    )
    raise capped(service, caller, journal.SCORE_CAPPED, office_id, limit, refusal)
