"""How many scores an office, and how many answers a machine or a trial, asked for on a local day (G25)."""

from datetime import date
from functools import cache

import sqlalchemy as sa

from data.store import schema
from data.store.engine import Store


def take(store: Store, office_id: str, *, local_day: date, count: int, limit: int | None) -> bool:
    """Count `count` more scores unless that would pass `limit` (None: no limit); whether they may be made."""
    return _take(store, schema.score_volume, "office_id", office_id, local_day=local_day, count=count, limit=limit)


def take_call(store: Store, caller: str, *, local_day: date, count: int, limit: int | None) -> bool:
    """`take` for what one caller asked for: a machine (`token:ID`) or a person's trials (`trial:USER`)."""
    return _take(store, schema.caller_volume, "caller", caller, local_day=local_day, count=count, limit=limit)


def taken(store: Store, office_id: str, *, local_day: date) -> int:
    """How many scores the office has asked for on that day."""
    table = schema.score_volume
    query = sa.select(table.c.count).where(table.c.office_id == office_id, table.c.local_day == local_day)
    with store.read() as connection:
        return connection.execute(query).scalar_one_or_none() or 0


def _take(
    store: Store, table: sa.Table, column: str, whose: str, *, local_day: date, count: int, limit: int | None
) -> bool:
    of_day = {"whose": whose, "on_day": local_day}
    look, raise_to = _statements(table, column)
    with store.write() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text(f"LOCK TABLE {table.name} IN SHARE ROW EXCLUSIVE MODE"))
        before = connection.execute(look, of_day).scalar_one_or_none()
        if limit is not None and (before or 0) + count > limit:
            return False
        if before is None:
            connection.execute(table.insert().values({column: whose, "local_day": local_day, "count": count}))
        else:
            connection.execute(raise_to, of_day | {"made": before + count})
    return True


@cache
def _statements(table: sa.Table, column: str) -> tuple[sa.Select[int], sa.Update]:
    """How many were counted of somebody on a day, and setting it: asked with every score, written once."""
    mine = (table.c[column] == sa.bindparam("whose")) & (table.c.local_day == sa.bindparam("on_day"))
    return sa.select(table.c.count).where(mine), table.update().where(mine).values(count=sa.bindparam("made"))
