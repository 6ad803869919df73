"""What is planned, done and reached on a matter of a list: plans of help and duties, measures, results.

Rows are only added: the latest plan and the latest result count, all before them stay readable.  `once` is chosen by
whoever asks; the same person sending it again adds nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, TypeVar

import sqlalchemy as sa

from data.store import schema_work
from data.store.engine import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLine:
    """One help or duty of the closed list (`data.vocabulary.ACTIONS`), to be done by the end of local day `due`."""

    action: str
    due: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The plan of a matter: who carries it (`owner`, a staff number) and what is to be done by when.

    `by` made it in `role` at `at` (UTC microseconds), on the list `screening_id`.
    """

    screening_id: str
    matter_id: str
    office_id: str
    owner: str
    lines: tuple[PlanLine, ...]
    by: str
    role: str
    at: int
    once: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What was done on local day `done_on`, and how it ended (`data.vocabulary.OUTCOMES`)."""

    screening_id: str
    matter_id: str
    office_id: str
    action: str
    done_on: date
    outcome: str
    by: str
    role: str
    at: int
    once: str
    document_no: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """That the work a list asked for on a matter is done, and with what result (`data.vocabulary.RESULTS`)."""

    screening_id: str
    matter_id: str
    office_id: str
    result: str
    by: str
    role: str
    at: int
    once: str


Work = TypeVar("Work", Plan, Measure, Result)
_TABLES: dict[type[Any], sa.Table] = {
    Plan: schema_work.plans,
    Measure: schema_work.measures,
    Result: schema_work.results,
}


def add(store: Store, made: Plan | Measure | Result) -> None:
    """Add a row; never changes one that is there."""
    values = asdict(made)
    if isinstance(made, Plan):
        values["lines"] = [{"action": line.action, "due": line.due.isoformat()} for line in made.lines]
    with store.write() as connection:
        connection.execute(_TABLES[type(made)].insert().values(**values))


def sent(store: Store, kind: type[Work], person: str, once: str) -> Work | None:
    """What this person already sent under `once`, None for nothing."""
    table = _TABLES[kind]
    with store.read() as connection:
        row = connection.execute(table.select().where(table.c.by == person, table.c.once == once)).mappings().first()
    return None if row is None else _made(kind, row)


def of_matter(store: Store, kind: type[Work], matter_id: str) -> list[Work]:
    """Every row of a matter, the newest first."""
    table = _TABLES[kind]
    query = table.select().where(table.c.matter_id == matter_id).order_by(table.c.id.desc())
    with store.read() as connection:
        return [_made(kind, row) for row in connection.execute(query).mappings()]


def latest(store: Store, kind: type[Work], matters: Iterable[str]) -> dict[str, Work]:
    """The row that counts for each of some matters that has one, by matter id."""
    table, wanted = _TABLES[kind], list(matters)
    found: dict[str, Work] = {}
    with store.read() as connection:
        for start in range(0, len(wanted), 500):
            some = table.c.matter_id.in_(wanted[start : start + 500])
            newest = sa.select(sa.func.max(table.c.id)).where(some).group_by(table.c.matter_id)
            rows = connection.execute(table.select().where(table.c.id.in_(newest))).mappings()
            found |= {row["matter_id"]: _made(kind, row) for row in rows}
    return found


def of_every_matter(store: Store, kind: type[Work], *, before: int | None = None) -> dict[str, list[Work]]:
    """Every row of every matter, the newest first, by matter id; `before`: only what was entered before an instant."""
    table = _TABLES[kind]
    found: dict[str, list[Work]] = {}
    query = table.select() if before is None else table.select().where(table.c.at < before)
    with store.read() as connection:
        for row in connection.execute(query.order_by(table.c.id.desc())).mappings():
            found.setdefault(row["matter_id"], []).append(_made(kind, row))
    return found


def of_office(store: Store, kind: type[Work], office_id: str) -> list[Work]:
    """Every row of an office's matters, the newest first."""
    table = _TABLES[kind]
    query = table.select().where(table.c.office_id == office_id).order_by(table.c.id.desc())
    with store.read() as connection:
        return [_made(kind, row) for row in connection.execute(query).mappings()]


def latest_of_office(store: Store, kind: type[Work], office_id: str) -> dict[str, Work]:
    """The row that counts for each of an office's matters that has one, by matter id."""
    return {row.matter_id: row for row in reversed(of_office(store, kind, office_id))}


def _made(kind: type[Work], row: sa.RowMapping) -> Work:
    values = {name: row[name] for name in kind.__dataclass_fields__}
    if kind is Plan:
        lines: Sequence[dict[str, str]] = row["lines"]
        values["lines"] = tuple(PlanLine(action=line["action"], due=date.fromisoformat(line["due"])) for line in lines)
    return kind(**values)
