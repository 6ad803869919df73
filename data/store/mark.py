"""What of the store a matter's card was made from: two equal marks mean that nothing it reads has changed."""

from typing import NamedTuple

import sqlalchemy as sa

from data.store import schema
from data.store.engine import Store
from data.store.schema_work import desk_grades


class Mark(NamedTuple):
    """The last batch, desk grade and decision about links, how many matters were erased, and the office's context."""

    batch_id: int
    grade_id: int
    link_decision_id: int
    erased: int
    context_cells: int


def _last(column: sa.ColumnElement[int]) -> sa.ScalarSelect[int]:
    return sa.select(sa.func.coalesce(sa.func.max(column), 0)).scalar_subquery()


_QUERY = sa.select(
    _last(schema.batches.c.batch_id),
    _last(desk_grades.c.id),
    _last(schema.link_decisions.c.id),
    sa.select(sa.func.count()).select_from(schema.erased).scalar_subquery(),
    sa.select(sa.func.count())
    .select_from(schema.office_context)
    .where(schema.office_context.c.office_id == sa.bindparam("office"))
    .scalar_subquery(),
)


def mark_of(store: Store, office_id: str) -> Mark:
    """How the store stands for the matters of an office; rows are only ever added, and erased ones are counted."""
    with store.read() as connection:
        row = connection.execute(_QUERY, {"office": office_id}).one()
    return Mark(*(int(value) for value in row))
