"""Which runs of the monthly job there were: who asked for each, how far it came, and how it ended."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import sqlalchemy as sa

from data.store import schema
from data.store.engine import Store

State = Literal["running", "done", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a job for a cutoff (UTC microseconds) and scope (office id).

    `holder` is what it holds the lease by; a run still `running` whose holder has the lease no more is one that
    died.  `stage` says how far it has come, `outcome` what it made or why it failed.
    """

    run_id: str
    job: str
    cutoff: int
    scope: str
    asked_by: str
    holder: str
    begun_at: int
    ended_at: int | None = None
    state: State = "running"
    stage: Mapping[str, Any] | None = None
    outcome: Mapping[str, Any] | None = None


def begin_run(store: Store, run: Run) -> None:
    """Put a run on record."""
    with store.write() as connection:
        connection.execute(schema.runs.insert().values(**asdict(run)))


def note_stage(store: Store, run_id: str, stage: Mapping[str, Any]) -> None:
    """Say how far a run has come."""
    with store.write() as connection:
        mine = schema.runs.c.run_id == run_id
        connection.execute(schema.runs.update().where(mine).values(stage=dict(stage)))


def end_run(store: Store, run_id: str, *, at: int, state: State, outcome: Mapping[str, Any]) -> None:
    """Say how a run ended."""
    with store.write() as connection:
        mine = schema.runs.c.run_id == run_id
        values = {"ended_at": at, "state": state, "outcome": dict(outcome)}
        connection.execute(schema.runs.update().where(mine).values(**values))


def read_runs(store: Store, *, scopes: Iterable[str] | None = None, limit: int = 20) -> list[Run]:
    """The latest runs, of some scopes or all, the latest first."""
    table = schema.runs
    query = table.select().order_by(table.c.begun_at.desc(), table.c.run_id).limit(limit)
    if scopes is not None:
        query = query.where(table.c.scope.in_(list(scopes)))
    with store.read() as connection:
        return [_run(row) for row in connection.execute(query).mappings()]


def find_run(store: Store, run_id: str) -> Run | None:
    """One run."""
    table = schema.runs
    with store.read() as connection:
        row = connection.execute(table.select().where(table.c.run_id == run_id)).mappings().first()
    return None if row is None else _run(row)


def _run(row: sa.RowMapping) -> Run:
    return Run(**{name: row[name] for name in Run.__dataclass_fields__})
