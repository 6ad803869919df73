"""Which notices a person has read, and a mark of the store by which one knows that what stands may have changed.

A notice itself is never stored: it is derived from what stands, and known by its key.
"""

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from data.store import schema, schema_work
from data.store.engine import Store


def read_by(store: Store, user_id: str) -> set[str]:
    """The keys of the notices this person has marked as read."""
    table = schema.notices_read
    with store.read() as connection:
        return set(connection.execute(sa.select(table.c.notice).where(table.c.user_id == user_id)).scalars())


def mark_read(
    store: Store, user_id: str, notices: Mapping[str, str | None], *, standing: Iterable[str], at: int
) -> None:
    """Mark notices (key → matter id or None) as read, and forget those that no longer stand."""
    table = schema.notices_read
    with store.write() as connection:
        before = set(connection.execute(sa.select(table.c.notice).where(table.c.user_id == user_id)).scalars())
        gone = before - set(standing)
        for key in gone:
            connection.execute(table.delete().where(table.c.user_id == user_id, table.c.notice == key))
        for key, matter_id in notices.items():
            if key not in before:
                row = {"user_id": user_id, "notice": key, "matter_id": matter_id, "at": at}
                connection.execute(table.insert().values(row))


def _count(table: sa.Table) -> sa.ScalarSelect[int]:
    return sa.select(sa.func.count()).select_from(table).scalar_subquery()


def _last(column: sa.ColumnElement[int]) -> sa.ScalarSelect[int]:
    return sa.select(sa.func.coalesce(sa.func.max(column), 0)).scalar_subquery()


_QUERY = sa.select(
    _last(schema.batches.c.batch_id),
    _last(schema_work.plans.c.id),
    _last(schema_work.measures.c.id),
    _last(schema_work.results.c.id),
    _last(schema_work.list_steps.c.id),
    _count(schema_work.entry_signatures),
    _last(schema.link_decisions.c.id),
    _count(schema.disputes),
    _count(schema.dispute_answers),
    _count(schema.explanation_requests),
    _count(schema.explanations_given),
    _count(schema.erased),
    sa.select(sa.func.count()).select_from(schema.screenings).where(schema.screenings.c.state != "running")
    .scalar_subquery(),
)  # fmt: skip


def mark(store: Store) -> tuple[int, ...]:
    """What all notices are derived from stands in rows that are only added or counted: equal marks, equal notices."""
    with store.read() as connection:
        return tuple(int(value) for value in connection.execute(_QUERY).one())
