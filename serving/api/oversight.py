"""Monitoring findings, ledger batches and the log over the interface, each for those who may see its page."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict

from data.store import audit, batches, register
from data.times import from_us, local_date
from serving import digest, journal
from serving.api.answers import UNCHANGED, tagged
from serving.deps import DigestCaller, ImportCaller, LogCaller, MonitorCaller, service_of
from serving.muting import latest_report, told, worst_told
from serving.permissions import import_offices
from serving.row_numbers import Before

router = APIRouter(prefix="/v1", tags=["oversight"])
_FINDING: dict[str, Any] = {
    "code": "drift",
    "severity": "warning",
    "title": "特征分布变化",
    "text": "办理天数的分布与训练时不同",
    "remedy": "查看监测页面，必要时重新训练",
}
_BATCH: dict[str, Any] = {
    "batch_id": 12,
    "act": "import",
    "offices": ["441881"],
    "recorded_at": "2026-11-01T01:12:09+00:00",
    "recorded_by": "petition_head",
    "covers_until": "2026-10-31",
    "undoes": None,
    "in_effect": True,
}
_LOGGED: dict[str, Any] = {
    "seq": 4711,
    "at": "2026-11-03T01:20:00+00:00",
    "user": "zhang",
    "action": "view_matter",
    "office_id": "441881",
    "matter_id": "7b0c2a52-5d0e-5a54-9a53-6a3f6f1d2c11",
    "request_id": "3f0c5b7a9d2e4c61",
    "hash": "9c1f…",
}


class FindingShape(BaseModel):
    """One thing the monitors found, and what to do about it; `muted_until` is the day to which it is muted, or null."""

    model_config = ConfigDict(json_schema_extra={"examples": [_FINDING]})
    code: str
    severity: str
    title: str
    text: str
    remedy: str
    muted_until: date | None = None


class Monitored(BaseModel):
    """The latest monitoring report; `as_of` is null without one, `severity` is the gravest that is not muted."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"as_of": "2026-10-31", "severity": "warning", "findings": [_FINDING]}]}
    )
    as_of: date | None
    severity: str | None
    findings: list[FindingShape]


class BatchShape(BaseModel):
    """An import, an undo, or what was decided or written between two ledgers."""

    model_config = ConfigDict(json_schema_extra={"examples": [_BATCH]})
    batch_id: int
    act: Literal["import", "link", "correction", "event"]
    offices: list[str]
    recorded_at: str
    recorded_by: str
    covers_until: date
    undoes: int | None
    in_effect: bool


class BatchPage(BaseModel):
    """Batches of the caller's offices, the newest first."""

    items: list[BatchShape]
    page: int
    page_size: int
    total: int


class DigestShape(BaseModel):
    """A closed month in counts by action, over all offices and by office (there without counts under ten)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "month": "2026-10",
                    "totals": {"view_matter": 412, "decide": 37, "other": 9},
                    "by_office": {"441881": {"view_matter": 412, "decide": 37}},
                    "head_seq": 4711,
                    "head_hash": "9c1f…",
                }
            ]
        }
    )
    month: str
    totals: dict[str, int]
    by_office: dict[str, dict[str, int]]
    head_seq: int | None
    head_hash: str | None


class LogRow(BaseModel):
    """One entry of the log in its place in the chain."""

    model_config = ConfigDict(json_schema_extra={"examples": [_LOGGED]})
    seq: int
    at: str
    user: str
    action: str
    office_id: str | None
    matter_id: str | None
    request_id: str | None
    hash: str


class LogPage(BaseModel):
    """Entries, the newest first; `before` asks for the page after this one, null at the end."""

    items: list[LogRow]
    before: int | None


@router.get("/monitoring", response_model=Monitored, responses={**UNCHANGED})
def read_monitoring(request: Request, caller: MonitorCaller) -> Response:
    """What the latest monitoring run found."""
    service = service_of(request)
    report: dict[str, Any] = latest_report(service.state_dir) or {"findings": []}
    seen = told(service.store, report, local_date(caller.now, service.settings.time_zone))
    service.journal.record(caller.entry(journal.VIEW_MONITOR, caller.person.office_id))
    found = [
        FindingShape(
            code=one["code"],
            severity=one["severity"],
            **{name: one[name][caller.language] for name in ("title", "text", "remedy")},
            muted_until=None if mute is None else mute.until,
        )
        for one, mute in seen
    ]
    return tagged(request, Monitored(as_of=report.get("as_of"), severity=worst_told(seen), findings=found))


@router.get("/batches", response_model=BatchPage, responses={**UNCHANGED})
def read_batches(
    request: Request,
    caller: ImportCaller,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
    page_size: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """The batches of the register that concern the caller's offices alone."""
    service = service_of(request)
    mine = set(import_offices(caller.person, register.office_tree(service.store)))
    everything = batches.read_batches(service.store)
    undone = {one.undoes for one in everything if one.undoes is not None}
    found = [one for one in reversed(everything) if one.batch.offices and set(one.batch.offices) <= mine]
    service.journal.record(caller.entry(journal.VIEW_IMPORTS, caller.person.office_id))
    items = [
        BatchShape(
            batch_id=one.batch_id,
            act=one.batch.act,
            offices=list(one.batch.offices),
            recorded_at=from_us(one.batch.recorded_at).isoformat(),
            recorded_by=one.batch.recorded_by,
            covers_until=local_date(one.batch.observed_until - 1, one.batch.time_zone),
            undoes=one.undoes,
            in_effect=one.batch_id not in undone,
        )
        for one in found[(page - 1) * page_size : page * page_size]
    ]
    return tagged(request, BatchPage(items=items, page=page, page_size=page_size, total=len(found)))


@router.get("/log", response_model=LogPage)
def read_log(
    request: Request,
    caller: LogCaller,
    before: Before = None,
    page_size: Annotated[int, Query(ge=1, le=500)] = 100,
) -> LogPage:
    """Who saw and did what, the newest first; reading it is itself on record."""
    service = service_of(request)
    service.journal.record(caller.entry(journal.VIEW_LOG, caller.person.office_id, {"before": before}))
    top = audit.head_seq(service.store) if before is None else before - 1
    oldest = max(0, top - page_size)
    stored = audit.read_entries(service.store, after=oldest, limit=top - oldest) if top else []
    items = [
        LogRow(
            seq=one.seq,
            at=from_us(one.entry.at).isoformat(),
            user=one.entry.user_id,
            action=one.entry.action,
            office_id=one.entry.office_id,
            matter_id=one.entry.matter_id,
            request_id=one.entry.request_id,
            hash=one.hash,
        )
        for one in reversed(stored)
    ]
    return LogPage(items=items, before=oldest + 1 if oldest else None)


@router.get("/digest", response_model=DigestShape, responses={**UNCHANGED, 404: {"description": "no closed month"}})
def read_digest(
    request: Request, caller: DigestCaller, month: Annotated[str, Query(max_length=7, pattern=r"^(\d{4}-\d{2})?$")] = ""
) -> Response:
    """The digest of a closed month, without matters: of the month before where none is named."""
    service = service_of(request)
    found = digest.read_digest(service, caller, digest.chosen_month(service, caller, month)[0])
    seq, head = found.head or (None, None)
    body = DigestShape(month=found.month, totals=found.totals, by_office=found.by_office, head_seq=seq, head_hash=head)
    return tagged(request, body)
