"""How far a person is on the tour of a demonstration."""

import sqlalchemy as sa

from data.store import schema
from data.store.engine import Store


def standing(store: Store, user_id: str) -> tuple[int, bool]:
    """The step a person is at, and whether they are done; who never began is at the first."""
    table = schema.tours
    query = sa.select(table.c.step, table.c.done).where(table.c.user_id == user_id)
    with store.read() as connection:
        found = connection.execute(query).first()
    return (0, False) if found is None else (int(found[0]), bool(found[1]))


def put(store: Store, user_id: str, *, step: int, done: bool, at: int) -> None:
    """Note where a person is, at `at` (UTC microseconds)."""
    table = schema.tours
    with store.write() as connection:
        connection.execute(table.delete().where(table.c.user_id == user_id))
        connection.execute(table.insert().values(user_id=user_id, step=step, done=done, at=at))
