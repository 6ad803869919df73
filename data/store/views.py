"""Which filters of a page a person keeps under a name, for themselves alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from data.store import schema
from data.store.engine import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedView:
    """The choices (`query`, address parameters) a person keeps for a page; made at `at` (UTC microseconds)."""

    view_id: int
    user_id: str
    page: str
    name: str
    query: Mapping[str, str]
    at: int


def views_of(store: Store, user_id: str) -> list[SavedView]:
    """A person's views by page, then in the order they were kept."""
    table = schema.saved_views
    query = table.select().where(table.c.user_id == user_id).order_by(table.c.page, table.c.view_id)
    with store.read() as connection:
        return [_view(row) for row in connection.execute(query).mappings()]


def add(store: Store, *, user_id: str, page: str, name: str, query: Mapping[str, str], at: int) -> None:
    """Keep a view. The caller has seen, inside the same transaction, that the name is free."""
    values: dict[str, Any] = {"user_id": user_id, "page": page, "name": name, "query": dict(query), "at": at}
    with store.write() as connection:
        connection.execute(schema.saved_views.insert().values(values))


def rename(store: Store, view_id: int, name: str) -> None:
    """Give a view another name."""
    table = schema.saved_views
    with store.write() as connection:
        connection.execute(table.update().where(table.c.view_id == view_id).values(name=name))


def remove(store: Store, view_id: int) -> None:
    """Remove a view."""
    table = schema.saved_views
    with store.write() as connection:
        connection.execute(table.delete().where(table.c.view_id == view_id))


def _view(row: sa.RowMapping) -> SavedView:
    return SavedView(**{name: row[name] for name in SavedView.__dataclass_fields__})
