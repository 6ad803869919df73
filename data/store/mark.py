"""What of the store something was made from: two equal marks mean that nothing it was read from has changed."""

from typing import NamedTuple

import sqlalchemy as sa

from data.store import schema
from data.store.engine import Store, is_writing
from data.store.schema_cases import entry_tombstones
from data.store.schema_desk import undone_decisions
from data.store.schema_work import desk_grades, entry_signatures, list_steps, measures, plans, results


class Mark(NamedTuple):
    """The last batch, desk grade and decision about links, how many matters were erased, and the office's context."""

    batch_id: int
    grade_id: int
    link_decision_id: int
    erased: int
    context_cells: int


def _last(column: sa.ColumnElement[int], *wanted: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
    return sa.select(sa.func.coalesce(sa.func.max(column), 0)).where(*wanted).scalar_subquery()


def _rows(table: sa.FromClause, *wanted: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
    return sa.select(sa.func.count()).select_from(table).where(*wanted).scalar_subquery()


_OFFICE, _LIST = sa.bindparam("office", type_=sa.String), sa.bindparam("screening", type_=sa.String)
_QUERY = sa.select(
    _last(schema.batches.c.batch_id),
    _last(desk_grades.c.id),
    _last(schema.link_decisions.c.id),
    _rows(schema.erased),
    _rows(schema.office_context, schema.office_context.c.office_id == _OFFICE),
)


def mark_of(store: Store, office_id: str) -> Mark:
    """How the store stands for the matters of an office; rows are only ever added, and erased ones are counted."""
    with store.read() as connection:
        row = connection.execute(_QUERY, {"office": office_id}).one()
    return Mark(*(int(value) for value in row))


class ListMark(NamedTuple):
    """How many rows there are, and the last of them, of all that an office's lines on a list are put together from.

    The number of the last row alone would not do: of two people at work at once on PostgreSQL the one who began later
    may be done first.
    """

    batch_id: int
    decisions: int
    last_decision: int
    undone: int
    plans: int
    last_plan: int
    results: int
    last_result: int
    buried: int
    erased: int


_DECIDED = schema.flag_decisions.c.screening_id == _LIST
_LIST_QUERY = sa.select(
    _last(schema.batches.c.batch_id),
    _rows(schema.flag_decisions, _DECIDED),
    _last(schema.flag_decisions.c.id, _DECIDED),
    _rows(undone_decisions),
    _rows(plans, plans.c.office_id == _OFFICE),
    _last(plans.c.id, plans.c.office_id == _OFFICE),
    _rows(results, results.c.office_id == _OFFICE),
    _last(results.c.id, results.c.office_id == _OFFICE),
    _rows(entry_tombstones, entry_tombstones.c.office_id == _OFFICE),
    _rows(schema.erased),
)
_REGISTER_QUERY = sa.select(_last(schema.batches.c.batch_id), _last(schema.link_decisions.c.id), _rows(schema.erased))
_SIGNED = list_steps.c.screening_id == _LIST, list_steps.c.office_id == _OFFICE
_WORK_QUERY = _LIST_QUERY.add_columns(
    _rows(measures, measures.c.office_id == _OFFICE),
    _last(measures.c.id, measures.c.office_id == _OFFICE),
    _rows(list_steps, *_SIGNED),
    _rows(entry_signatures.join(list_steps, list_steps.c.id == entry_signatures.c.step_id), *_SIGNED),
)


def list_mark(store: Store, screening_id: str, office_id: str) -> ListMark | None:
    """How the store stands for an office's part of an issued list; what was put forward by hand is not in it.

    None inside a write transaction: what is seen there may be taken back.
    """
    with store.read() as connection:
        if is_writing(connection):
            return None
        row = connection.execute(_LIST_QUERY, {"office": office_id, "screening": screening_id}).one()
    return ListMark(*(int(value) for value in row))


def work_mark(store: Store, screening_id: str, office_id: str) -> tuple[int, ...]:
    """`list_mark` with the work on the list beside: what was done on its matters, and its way to a signature."""
    with store.read() as connection:
        row = connection.execute(_WORK_QUERY, {"office": office_id, "screening": screening_id}).one()
    return tuple(int(value) for value in row)


def register_mark(store: Store) -> tuple[int, ...] | None:
    """How the register stands: its last batch and decision about links, how many matters were erased.

    None inside a write transaction.
    """
    with store.read() as connection:
        if is_writing(connection):
            return None
        return tuple(int(value) for value in connection.execute(_REGISTER_QUERY).one())
