"""Which decisions on a list were sent together, one or many, and which were taken back.

A bulk is known by the `once` its form was sent with.  Nothing is changed or removed: a decision taken back counts no
longer, and stays readable.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from data.store import flags, schema
from data.store.engine import Store
from data.store.flags import Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulk:
    """What one person decided at once on one or several matters of a list, and whether it was taken back."""

    bulk: str
    decisions: tuple[Decision, ...]
    undone: bool


def add(store: Store, bulk: str, decisions: Sequence[Decision]) -> None:
    """Add decisions as one bulk."""
    with store.write() as connection:
        for one in decisions:
            number = flags.add_decision(store, one)
            row = {"decision_id": number, "matter_id": one.matter_id, "bulk": bulk}
            connection.execute(schema.bulk_decisions.insert().values(row))


def find(store: Store, person: str, bulk: str) -> Bulk | None:
    """What this person sent as `bulk`, in the order of its decisions; None for nothing."""
    table, decided, undone = schema.bulk_decisions, schema.flag_decisions, schema.undone_decisions
    query = (
        sa.select(decided, undone.c.at.label("undone_at"))
        .join(table, table.c.decision_id == decided.c.id)
        .join(undone, undone.c.decision_id == decided.c.id, isouter=True)
        .where(table.c.bulk == bulk, decided.c.decided_by == person)
        .order_by(decided.c.id)
    )
    with store.read() as connection:
        rows = connection.execute(query).mappings().all()
    if not rows:
        return None
    decisions = tuple(flags.decision_of(row) for row in rows)
    return Bulk(bulk=bulk, decisions=decisions, undone=all(row["undone_at"] is not None for row in rows))


def latest(store: Store, person: str, screening_id: str) -> Bulk | None:
    """The last bulk of a person on a list, None for none."""
    table, decided = schema.bulk_decisions, schema.flag_decisions
    query = (
        sa.select(table.c.bulk)
        .join(decided, table.c.decision_id == decided.c.id)
        .where(decided.c.decided_by == person, decided.c.screening_id == screening_id)
        .order_by(decided.c.id.desc())
        .limit(1)
    )
    with store.read() as connection:
        found = connection.execute(query).scalar()
    return None if found is None else find(store, person, found)


def undo(store: Store, bulk: str, *, by: str, at: int) -> None:
    """Take back every decision of a bulk of `by`, at `at` (UTC microseconds)."""
    table, decided = schema.bulk_decisions, schema.flag_decisions
    mine = (
        sa.select(table.c.decision_id, table.c.matter_id, sa.literal(by), sa.literal(at))
        .join(decided, table.c.decision_id == decided.c.id)
        .where(table.c.bulk == bulk, decided.c.decided_by == by)
    )
    with store.write() as connection:
        into = schema.undone_decisions
        connection.execute(into.insert().from_select(["decision_id", "matter_id", "by", "at"], mine))
