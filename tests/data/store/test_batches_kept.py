"""Each batch is read once in a process: what a request costs does not grow with the calls of machines before it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from data.store import schema
from data.store.batches import batch_view, read_batches, undo_batch, view
from data.store.engine import Store, open_store
from data.store.register import write_register
from tests.histories import event, register_of
from tests.stored import batch_of


@pytest.fixture
def ready(sqlite_store: Store) -> Store:
    made = register_of({"A-1": [event("2026-06-01", "registered")]})
    write_register(sqlite_store, made, batch_of(made))
    return sqlite_store


def told(connection: sa.Connection, first: int, last: int) -> None:
    """So many calls of a machine."""
    row = dict(connection.execute(schema.batches.select()).mappings().one())
    rows = [{**row, "batch_id": number, "act": "event"} for number in range(first, last + 1)]
    connection.execute(schema.batches.insert(), rows)


@contextmanager
def counted(store: Store) -> Iterator[list[int]]:
    """How many batches each question to the database gave back."""
    found: list[int] = []

    def after(_: Any, cursor: Any, statement: str, *__: Any) -> None:
        if "FROM batches" in statement and "source" in statement:
            found.append(statement.count("batch_id >"))

    sa.event.listen(store.engine, "after_cursor_execute", after)
    try:
        yield found
    finally:
        sa.event.remove(store.engine, "after_cursor_execute", after)


def test_a_view_of_many_batches_is_worked_out_once(ready: Store) -> None:
    with ready.write() as connection:
        told(connection, 2, 500)
    first = batch_view(ready)
    assert first.batch_id == 500
    assert first.made_by("event") == tuple(range(2, 501))
    assert len(first.imports) == 1
    with counted(ready) as asked:
        assert batch_view(ready) is first
        assert asked == []
    with ready.write() as connection:
        row = dict(connection.execute(schema.batches.select().where(schema.batches.c.batch_id == 2)).mappings().one())
        connection.execute(schema.batches.insert(), [{**row, "batch_id": 501}])
    assert batch_view(ready).made_by("event")[-1] == 501
    assert batch_view(ready, 300).made_by("event") == tuple(range(2, 301))
    assert [one.batch_id for one in read_batches(ready)] == list(range(1, 502))


def test_what_was_taken_back_was_never_there(ready: Store) -> None:
    assert batch_view(ready).batch_id == 1

    def refused() -> None:
        with ready.write() as connection:
            told(connection, 2, 3)
            assert view(connection, None).batch_id == 3
            raise RuntimeError

    with pytest.raises(RuntimeError):
        refused()
    assert batch_view(ready).batch_id == 1
    assert [one.batch_id for one in read_batches(ready)] == [1]


def test_another_process_is_seen_and_a_reader_of_before_sees_what_was(ready: Store) -> None:
    other = open_store(ready.url)
    with ready.read() as before:
        assert view(before, None).batch_id == 1
        with other.write() as connection:
            told(connection, 2, 4)
        assert batch_view(other).batch_id == 4
        assert view(before, None).batch_id == 1
    assert batch_view(ready).batch_id == 4
    undo_batch(ready, 4, by="test", at=1, reason="test")
    assert batch_view(other).withdrawn == (4,)
    other.close()


def test_a_reader_that_began_before_a_commit_of_its_own_process_sees_what_was(ready: Store) -> None:
    with ready.engine.connect() as before:
        assert view(before, None).batch_id == 1
        with ready.write() as connection:
            told(connection, 2, 4)
        assert batch_view(ready).batch_id == 4
        assert view(before, None).batch_id == 1
        assert view(before, None).effective[-1].batch_id == 1
    assert batch_view(ready).batch_id == 4
