"""How a registered matter's handling stands, and how it would stand if duties of ours were done."""

import re
from collections.abc import Callable, Coroutine
from datetime import date
from functools import cache, partial
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import ClientDisconnect

from data.errors import NotAllowed, PetitionRiskError
from data.store.audit import Entry
from data.store.mark import Mark, mark_of
from data.times import local_date
from serving import journal, matters
from serving.api.shapes import EXAMPLE, Assessment, assessment
from serving.callers import caller_once
from serving.card import Card, Supposed, WhatIfKind, place_of
from serving.daily_caps import capped, daily_limit, seconds_to_midnight
from serving.deps import Caller, ScoreCaller, Service, service_of
from serving.in_groups import InGroups
from serving.journal import Counted
from serving.kept_cards import Kept
from serving.permissions import check_can_score
from serving.problems import Language, TooManyRequests

_MOST_SUPPOSED = 20
#: A request that supposes nothing, as programs write it; any other spelling goes the route's own way.
_PLAIN = re.compile(
    rb'\s*\{\s*"matter_id"\s*:\s*"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"\s*\}\s*'
)


class _Asked(NamedTuple):
    request: Request
    matter_id: str


class KeptFirst(APIRoute):
    """A route whose requests about kept cards are answered together, with one look at the store and one commit.

    They are told as the route itself would tell them: by its guard, its scope, its count and its record.  Whoever
    would be refused, and every card that has to be made, goes the route's own way.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler of one request."""
        whole = super().get_route_handler()

        async def handle(request: Request) -> Response:
            matter_id = await _plainly_asked(request)
            if matter_id is not None and service_of(request).cards.holds(matter_id):
                told = await request.app.state.scores.answer(_Asked(request, matter_id))
                if told is not None:
                    return told
            return await whole(request)

        return handle


router = APIRouter(prefix="/v1", tags=["score"], route_class=KeptFirst)


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
    marked = partial(mark_of, service.store)
    kept = None if asked.what_if else service.cards.find(matter_id, version, caller.now, marked=marked)
    if kept is not None:
        place = place_of(kept.card.matter)
        check_can_score(caller.matters, caller.person, place)
        _record(service, caller, kept.card, 0, kept.open_matters)
        return _answer(kept.answer(caller.language, lambda card: _written(card, caller.language)), kept.card)
    place = matters.place_seen(service, caller, matter_id)
    check_can_score(caller.matters, caller.person, place)
    supposed = [
        Supposed(kind=one.kind, occurred_on=one.occurred_on, due_on=one.due_on, document_no=one.document_no)
        for one in asked.what_if
    ]
    card, _, opened = matters.made_card(service, caller, matter_id, place.office_id, supposed)
    _record(service, caller, card, len(supposed), opened)
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


async def _plainly_asked(request: Request) -> str | None:
    """The matter a request asks about, where it supposes nothing; None where it is for the route itself to read."""
    if request.headers.get("content-type") != "application/json":
        return None
    try:
        found = _PLAIN.fullmatch(await request.body())
    except ClientDisconnect:
        return None
    return None if found is None else found[1].decode()


def kept_scores() -> InGroups[_Asked, Response | None]:
    """Where the requests about kept cards of one application wait for each other."""
    return InGroups(_told_together)


def _told_together(group: list[_Asked]) -> list[Response | None]:
    """The answers to a group from kept cards, on record; None for who goes the route's own way."""
    service = service_of(group[0].request)
    champion = service.champions.current()
    version = None if champion is None else champion.version
    callers: dict[Any, Caller | None] = {}

    @cache
    def marked(office_id: str) -> Mark:
        return mark_of(service.store, office_id)

    shown: list[tuple[int, Caller, Kept]] = []
    for place, asked in enumerate(group):
        caller = caller_once(asked.request, callers)
        kept = None if caller is None else service.cards.find(asked.matter_id, version, caller.now, marked=marked)
        if caller is not None and kept is not None and kept.card.in_sweep and _may(caller, kept.card):
            shown.append((place, caller, kept))
    answers: list[Response | None] = [None] * len(group)
    if not shown:
        return answers
    told = [_entry(service, caller, kept.card, 0, kept.open_matters) for _, caller, kept in shown]
    counted = service.journal.record_all([((entry,), counted) for entry, counted in told])
    for (place, caller, kept), within in zip(shown, counted, strict=True):
        if within:
            content = kept.answer(caller.language, partial(_written, language=caller.language))
            answers[place] = _answer(content, kept.card)
    return answers


def _may(caller: Caller, card: Card) -> bool:
    try:
        check_can_score(caller.matters, caller.person, place_of(card.matter))
    except PetitionRiskError:
        return False
    return True


def _entry(service: Service, caller: Caller, card: Card, supposed: int, opened: int) -> tuple[Entry, Counted]:
    """The record of a score, and what it counts against."""
    office_id = card.matter["office_id"]
    told = {"version": card.version, "supposed": supposed, "as_of": card.as_of}
    limit = daily_limit(service, office_id, opened=opened)
    day = local_date(caller.now, service.settings.time_zone)
    return caller.entry(journal.SCORE, office_id, told, card.matter["matter_id"]), Counted(office_id, day, limit)


def _record(service: Service, caller: Caller, card: Card, supposed: int, opened: int) -> None:
    """Put a score on record and count it; beyond the office's cap refuse until midnight, and record that (G25)."""
    entry, counted = _entry(service, caller, card, supposed, opened)
    if service.journal.record(entry, counted=counted):
        return
    office_id, limit, zone = counted.office_id, counted.limit, service.settings.time_zone
    refusal = TooManyRequests(
        "score_volume",
        f"本院今日测算已达上限（{limit}次），已记录；明日恢复",
        f"your office has reached today's cap of {limit} scores; this was put on record; it lifts tomorrow",
        retry_after=seconds_to_midnight(caller.now, zone),
    )
    raise capped(service, caller, journal.SCORE_CAPPED, office_id, limit, refusal)
