"""What named people decided on the entries of a list, and which matters they put forward by hand.

Rows are only added: the latest decision on an entry counts, all before it stay readable.  `once` is chosen by
whoever asks; the same person sending it again adds nothing.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

import sqlalchemy as sa

from data.errors import NotFound
from data.store import schema
from data.store.engine import Store

DecisionCode = Literal["accept", "change", "reject"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What one person (`decided_by`, in `role`) decided on a matter of a list at `at` (UTC microseconds), and why.

    `owner` (a staff number) and `plan` say what is changed; None where nothing is.
    """

    screening_id: str
    matter_id: str
    office_id: str
    decided_by: str
    role: str
    at: int
    decision: DecisionCode
    reason: str
    once: str
    owner: str | None = None
    plan: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PutForward:
    """A matter one person put forward by hand, and why, for the sweep with `cutoff` (UTC microseconds)."""

    matter_id: str
    office_id: str
    cutoff: int
    put_by: str
    at: int
    reason: str
    once: str


def hold(store: Store, screening_id: str) -> None:
    """Inside `store.write()`: let nobody else decide on this list until the transaction ends. Raises NotFound.

    SQLite has one writer anyway; PostgreSQL locks the row of the screening.
    """
    table = schema.screenings
    query = sa.select(table.c.screening_id).where(table.c.screening_id == screening_id, table.c.state != "running")
    with store.write() as connection:
        if connection.execute(query.with_for_update()).first() is None:
            raise NotFound("no_such_screening", "没有该排查清单，或您无权查看", "no such screening, or not visible")


def add_decision(store: Store, decision: Decision) -> int:
    """Add a decision and give back its number; never changes one that is there."""
    table = schema.flag_decisions
    with store.write() as connection:
        return connection.execute(table.insert().values(**asdict(decision)).returning(table.c.id)).scalar_one()


def add_put_forward(store: Store, put: PutForward) -> None:
    """Add a matter put forward by hand."""
    with store.write() as connection:
        connection.execute(schema.put_forward.insert().values(**asdict(put)))


def decision_sent(store: Store, person: str, once: str) -> Decision | None:
    """The decision this person already sent under `once`, None for none."""
    table = schema.flag_decisions
    with store.read() as connection:
        row = connection.execute(table.select().where(table.c.decided_by == person, table.c.once == once)).mappings()
        found = row.first()
    return None if found is None else decision_of(found)


def put_forward_sent(store: Store, person: str, once: str) -> PutForward | None:
    """What this person already put forward under `once`, None for nothing."""
    table = schema.put_forward
    with store.read() as connection:
        row = connection.execute(table.select().where(table.c.put_by == person, table.c.once == once)).mappings()
        found = row.first()
    return None if found is None else _put(found)


def latest_decisions(store: Store, screening_id: str, offices: Iterable[str]) -> dict[str, Decision]:
    """The decision that counts for each matter, of some offices, of a list that has one, by matter id.

    The newest that was not taken back.
    """
    table = schema.flag_decisions
    mine = table.c.screening_id == screening_id, table.c.office_id.in_(list(offices)), _stands(table)
    newest = sa.select(sa.func.max(table.c.id)).where(*mine).group_by(table.c.matter_id)
    with store.read() as connection:
        rows = connection.execute(table.select().where(table.c.id.in_(newest))).mappings()
        return {row["matter_id"]: decision_of(row) for row in rows}


def decision_codes(store: Store, before: int) -> list[tuple[str, str, DecisionCode]]:
    """List, matter and the decision that counted before the instant `before` on every entry decided on; by nobody.

    What was taken back by then counts no more.
    """
    table = schema.flag_decisions
    newest = sa.select(sa.func.max(table.c.id)).where(table.c.at < before, _stands(table, before))
    query = sa.select(table.c.screening_id, table.c.matter_id, table.c.decision).where(
        table.c.id.in_(newest.group_by(table.c.screening_id, table.c.matter_id))
    )
    with store.read() as connection:
        return [(list_id, matter, code) for list_id, matter, code in connection.execute(query.order_by(table.c.id))]


def decisions_of_matter(store: Store, matter_id: str) -> list[Decision]:
    """Every decision on a matter, in any list, that was not taken back, the newest first."""
    table = schema.flag_decisions
    query = table.select().where(table.c.matter_id == matter_id, _stands(table)).order_by(table.c.id.desc())
    with store.read() as connection:
        return [decision_of(row) for row in connection.execute(query).mappings()]


def undone_of_matter(store: Store, matter_id: str) -> list[tuple[Decision, int]]:
    """Every decision on a matter that was taken back, with when (UTC microseconds), the newest first."""
    table, undone = schema.flag_decisions, schema.undone_decisions
    query = (
        sa.select(table, undone.c.at.label("undone_at"))
        .join(undone, undone.c.decision_id == table.c.id)
        .where(table.c.matter_id == matter_id)
        .order_by(table.c.id.desc())
    )
    with store.read() as connection:
        return [(decision_of(row), row["undone_at"]) for row in connection.execute(query).mappings()]


def put_forward_of_matter(store: Store, matter_id: str) -> list[PutForward]:
    """Every time a matter was put forward by hand, the newest first."""
    table = schema.put_forward
    query = table.select().where(table.c.matter_id == matter_id).order_by(table.c.id.desc())
    with store.read() as connection:
        return [_put(row) for row in connection.execute(query).mappings()]


def put_forward_for(store: Store, cutoff: int, offices: Iterable[str]) -> list[PutForward]:
    """What stands on the lists of some offices at `cutoff` by hand, in the order it was put forward.

    A matter put forward for an earlier sweep stays until somebody has decided on it in a list before this one.
    """
    table, decided, lists = schema.put_forward, schema.flag_decisions, schema.screenings
    done = (
        sa.select(sa.literal(1))
        .select_from(decided.join(lists, decided.c.screening_id == lists.c.screening_id))
        .where(decided.c.matter_id == table.c.matter_id, decided.c.at >= table.c.at, lists.c.cutoff < cutoff)
        .where(_stands(decided))
        .correlate(table)
        .exists()
    )
    query = (
        table.select()
        .where(table.c.office_id.in_(list(offices)), table.c.cutoff <= cutoff)
        .where(sa.or_(table.c.cutoff == cutoff, sa.not_(done)))
        .order_by(table.c.id)
    )
    with store.read() as connection:
        return [_put(row) for row in connection.execute(query).mappings()]


def _stands(table: sa.Table, before: int | None = None) -> sa.ColumnElement[bool]:
    """Whether a decision was not taken back; `before`: not before that instant."""
    undone = schema.undone_decisions
    taken_back = sa.select(undone.c.decision_id)
    return table.c.id.not_in(taken_back if before is None else taken_back.where(undone.c.at < before))


def decision_of(row: sa.RowMapping) -> Decision:
    """A stored row of a decision."""
    return Decision(**{name: row[name] for name in Decision.__dataclass_fields__})


def _put(row: sa.RowMapping) -> PutForward:
    return PutForward(**{name: row[name] for name in PutForward.__dataclass_fields__})
