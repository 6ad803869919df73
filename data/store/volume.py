"""How many scores an office, and how many answers a machine or a trial, asked for on a local day (G25)."""

from datetime import date

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
    mine = (table.c[column] == whose) & (table.c.local_day == local_day)
    with store.write() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text(f"LOCK TABLE {table.name} IN SHARE ROW EXCLUSIVE MODE"))
        before = connection.execute(sa.select(table.c.count).where(mine)).scalar_one_or_none()
        if limit is not None and (before or 0) + count > limit:
            return False
        if before is None:
            connection.execute(table.insert().values({column: whose, "local_day": local_day, "count": count}))
        else:
            connection.execute(table.update().where(mine).values(count=before + count))
    return True
