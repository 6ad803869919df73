"""Which major matters were reported to an office's leaders, and when they received the report; rows are only added."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

import sqlalchemy as sa

from data.store import schema_work
from data.store.engine import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class MajorReport:
    """A report of a matter: why (`data.vocabulary.MAJOR_TRIGGERS`), what our office did, and what is asked.

    `handled` is typed text that passed the gate; `overdue` the codes and labels (zh, en) of our duties overdue then;
    `decision` the measure a leader is asked to decide on (`data.vocabulary.ACTIONS`).  `at` in UTC microseconds.
    """

    matter_id: str
    office_id: str
    trigger: str
    handled: str
    overdue: list[list[str]]
    decision: str
    by: str
    role: str
    at: int
    once: str
    id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """That a leader received a report."""

    report_id: int
    matter_id: str
    by: str
    role: str
    at: int
    once: str


def add_report(store: Store, made: MajorReport) -> None:
    """Add a report."""
    values = {name: value for name, value in asdict(made).items() if name != "id"}
    with store.write() as connection:
        connection.execute(schema_work.major_reports.insert().values(**values))


def add_receipt(store: Store, made: Receipt) -> None:
    """Add a receipt; a report is received once."""
    with store.write() as connection:
        connection.execute(schema_work.major_receipts.insert().values(**asdict(made)))


def report_sent(store: Store, person: str, once: str) -> MajorReport | None:
    """The report this person already made under `once`, None for none."""
    table = schema_work.major_reports
    return next(iter(_reports(store, (table.c.by == person) & (table.c.once == once))), None)


def find_report(store: Store, report_id: int) -> MajorReport | None:
    """One report, None where there is none."""
    return next(iter(_reports(store, schema_work.major_reports.c.id == report_id)), None)


def reports_of_matter(store: Store, matter_id: str) -> list[MajorReport]:
    """The reports of a matter, the newest first."""
    return _reports(store, schema_work.major_reports.c.matter_id == matter_id)


def unreceived(store: Store, offices: Iterable[str]) -> list[MajorReport]:
    """The reports of some offices that no leader has received, the newest first."""
    reports, receipts = schema_work.major_reports, schema_work.major_receipts
    received = sa.exists().where(receipts.c.report_id == reports.c.id)
    return _reports(store, reports.c.office_id.in_(list(offices)) & ~received)


def receipts_of(store: Store, matter_id: str) -> dict[int, Receipt]:
    """The receipts of a matter's reports, by report."""
    table = schema_work.major_receipts
    with store.read() as connection:
        rows = connection.execute(table.select().where(table.c.matter_id == matter_id)).mappings()
        return {row["report_id"]: Receipt(**row) for row in rows}


def _reports(store: Store, wanted: sa.ColumnElement[bool]) -> list[MajorReport]:
    table = schema_work.major_reports
    with store.read() as connection:
        rows = connection.execute(table.select().where(wanted).order_by(table.c.id.desc())).mappings()
        return [MajorReport(**row) for row in rows]
