"""How people looked at matters: who opened which, when, as the log has it."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from data.store import schema
from data.store.engine import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look of a user at a matter, at an instant (UTC microseconds)."""

    at: int
    user_id: str
    office_id: str | None
    matter_id: str


def looks_between(store: Store, actions: Sequence[str], *, since: int, until: int) -> list[Look]:
    """The entries of some actions about a matter with `since <= at < until`, in the order of the log."""
    table = schema.audit
    query = (
        sa.select(table.c.at, table.c.user_id, table.c.office_id, table.c.matter_id)
        .where(table.c.action.in_(actions), table.c.matter_id.is_not(None), table.c.at >= since, table.c.at < until)
        .order_by(table.c.seq)
    )
    with store.read() as connection:
        return [Look(**row) for row in connection.execute(query).mappings()]


def counts_between(store: Store, *, since: int, until: int) -> list[tuple[str, str, int]]:
    """How many entries of each action each office has with `since <= at < until`: (office or '', action, count)."""
    table = schema.audit
    office = sa.func.coalesce(table.c.office_id, "").label("office")
    query = (
        sa.select(office, table.c.action, sa.func.count())
        .where(table.c.at >= since, table.c.at < until)
        .group_by(office, table.c.action)
        .order_by(office, table.c.action)
    )
    with store.read() as connection:
        return [(row[0], row[1], int(row[2])) for row in connection.execute(query)]


def last_before(store: Store, until: int) -> tuple[int, str] | None:
    """Number and hash of the newest entry before an instant, None for none: the end of a month in the chain."""
    table = schema.audit
    query = sa.select(table.c.seq, table.c.hash).where(table.c.at < until).order_by(table.c.seq.desc()).limit(1)
    with store.read() as connection:
        row = connection.execute(query).first()
    return None if row is None else (int(row[0]), str(row[1]))


def logged_between(store: Store, until: int) -> tuple[int, int] | None:
    """When (UTC microseconds) the first entry and the last one before an instant were written, None for no entry."""
    table = schema.audit
    before = sa.select(table.c.at).where(table.c.at < until).limit(1)
    with store.read() as connection:
        first = connection.execute(before.order_by(table.c.seq)).scalar()
        last = connection.execute(before.order_by(table.c.seq.desc())).scalar()
    return None if first is None or last is None else (int(first), int(last))
