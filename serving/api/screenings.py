"""The monthly lists over the interface, within the caller's scope."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict

from data.store.screenings import Screening
from data.times import cutoff_day, from_us
from serving import journal, lists
from serving.api.answers import tagged
from serving.api.shapes import (
    DECISION,
    DUTY,
    EXAMPLE,
    HELP,
    REASON,
    BandShape,
    DecisionShape,
    DutyShape,
    HelpShape,
    PutForwardShape,
    ReasonShape,
    StateShape,
    band_shape,
    decision_shape,
    duty_shape,
    help_shape,
    put_forward_shape,
    reason_shape,
    state_shape,
)
from serving.deps import ListCaller, service_of
from serving.lists import Line
from serving.problems import Language

router = APIRouter(prefix="/v1", tags=["screenings"])
Part = Literal["must_act", "model", "points", "spot", "review", "hand"]
_HEAD: dict[str, Any] = {
    "screening_id": "0b9f5b0e-3f57-4d8b-9a53-0c5b7c7f5a11",
    "cutoff_day": "2026-10-31",
    "mode": "model",
    "model_version": 3,
    "list_hash": "5f0e…",
    "created_at": "2026-11-01T01:12:09+00:00",
}


class ScreeningHead(BaseModel):
    """One issued sweep."""

    model_config = ConfigDict(json_schema_extra={"examples": [_HEAD]})
    screening_id: str
    cutoff_day: str
    mode: Literal["model", "rules"]
    model_version: int | None
    list_hash: str | None
    created_at: str


class ScreeningPage(BaseModel):
    """Sweeps, the latest first."""

    items: list[ScreeningHead]
    page: int
    page_size: int
    total: int


class EntryShape(BaseModel):
    """One matter in one part of the list. Spot checks carry no band and no range."""

    office_id: str
    matter_id: str
    matter_no: str
    department: str | None
    handler: str | None
    category: str | None
    cause: str | None
    part: Part
    rank: int
    band: BandShape | None
    per_hundred: tuple[int, int] | None
    reasons: list[ReasonShape]
    duties: list[DutyShape]
    help: list[HelpShape]
    state: StateShape
    decision: DecisionShape | None
    put_forward: PutForwardShape | None


class ScreeningShape(ScreeningHead):
    """A sweep with the entries the caller may see, by office, part and rank."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **_HEAD,
                    "entries": [
                        {
                            "office_id": "441881",
                            "matter_id": EXAMPLE["matter_id"],
                            "matter_no": EXAMPLE["matter_no"],
                            "department": "第二检察部",
                            "handler": "S0107",
                            "category": "criminal_appeal",
                            "cause": "injury",
                            "part": "model",
                            "rank": 1,
                            "band": EXAMPLE["band"],
                            "per_hundred": [18, 27],
                            "reasons": [REASON],
                            "duties": [DUTY],
                            "help": [HELP],
                            "state": DECISION["state"],
                            "decision": DECISION,
                            "put_forward": None,
                        }
                    ],
                    "page": 1,
                    "page_size": 100,
                    "total": 1,
                }
            ]
        }
    )
    entries: list[EntryShape]
    page: int
    page_size: int
    total: int


@router.get("/screenings", response_model=ScreeningPage)
def read_screenings(
    request: Request,
    caller: ListCaller,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
    page_size: Annotated[int, Query(ge=1, le=100)] = 20,
) -> ScreeningPage:
    """The sweeps that concern the caller's offices."""
    service = service_of(request)
    found = lists.issued(service.store, caller.matters)
    begin = (page - 1) * page_size
    zone = service.settings.time_zone
    return ScreeningPage(
        items=[_head(one, zone) for one in found[begin : begin + page_size]],
        page=page,
        page_size=page_size,
        total=len(found),
    )


@router.get(
    "/screenings/{screening_id}",
    response_model=ScreeningShape,
    responses={304: {"description": "unchanged since the ETag sent in If-None-Match"}},
)
def read_screening(
    request: Request,
    caller: ListCaller,
    screening_id: Annotated[str, Path(max_length=40)],
    office: Annotated[str | None, Query(max_length=40)] = None,
    part: Part | None = None,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
    page_size: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    """The entries of a sweep within the caller's scope; the ETag begins with the list's own hash."""
    service = service_of(request)
    found = lists.find(service.store, caller.matters, screening_id)
    offices = None if office is None else [office]
    lines = lists.lines(service.store, found, caller.matters, caller.person.role, offices=offices)
    chosen = [line for line in lines if part is None or line.entry.part == part]
    begin = (page - 1) * page_size
    shown = chosen[begin : begin + page_size]
    service.journal.record(
        caller.entry(
            journal.VIEW_LIST,
            office or caller.person.office_id,
            {"screening": screening_id, "list": found.list_hash, "entries": len(shown)},
        )
    )
    body = ScreeningShape(
        **_head(found, service.settings.time_zone).model_dump(),
        entries=[_entry(line, caller.language) for line in shown],
        page=page,
        page_size=page_size,
        total=len(chosen),
    )
    return tagged(request, body, prefix=f"{found.list_hash}.")


def _head(screening: Screening, zone: str) -> ScreeningHead:
    return ScreeningHead(
        screening_id=screening.screening_id,
        cutoff_day=cutoff_day(screening.cutoff, zone).isoformat(),
        mode=screening.mode,
        model_version=screening.model_version,
        list_hash=screening.list_hash,
        created_at=from_us(screening.created_at).isoformat(),
    )


def _entry(line: Line, language: Language) -> EntryShape:
    entry, matter = line.entry, line.matter
    low, high = entry.per_hundred_low, entry.per_hundred_high
    return EntryShape(
        office_id=entry.office_id,
        matter_id=entry.matter_id,
        matter_no=matter["matter_no"],
        department=matter["department"],
        handler=matter["handler"],
        category=matter["category"],
        cause=matter["cause"],
        part=entry.part,
        rank=entry.rank,
        band=band_shape(entry.band, language),
        per_hundred=None if low is None or high is None else (low, high),
        reasons=[reason_shape(row, language) for row in entry.reasons],
        duties=[duty_shape(row, language) for row in entry.duties],
        help=[help_shape(row, language) for row in entry.help],
        state=state_shape(line.decision, language),
        decision=None if line.decision is None else decision_shape(line.decision, language),
        put_forward=None if line.put is None else put_forward_shape(line.put),
    )
