"""The offices' monthly rows are made once: a second look at the same register goes through none of it."""

from data.settings import Settings
from data.store import register
from data.store.batches import latest_batch
from data.store.by_part import read_parts
from data.store.engine import Store
from serving.histories import Histories
from serving.office_rows import ensure_context
from tests.histories import event, register_of
from tests.stored import batch_of


def test_months_before_anything_was_known_are_not_counted_again_and_again(sqlite_store: Store) -> None:
    made = register_of(
        {
            "A-1": [event("2026-01-20", "registered", known="2026-03-10"), event("2026-04-02", "procedural_reply")],
            "A-2": [event("2026-02-03", "registered", known="2026-03-11")],
        },
        observed_until="2026-05-10",
    )
    register.write_register(sqlite_store, made, batch_of(made))
    batch_id = latest_batch(sqlite_store)
    assert batch_id is not None
    histories = Histories(read_parts(sqlite_store, batch_id=batch_id))
    told: list[int] = []
    first = ensure_context(sqlite_store, Settings(demo=True), batch_id=batch_id, histories=histories, tell=told.append)
    assert told == [1]
    assert first["month_end"].n_unique() == 2  # the ends of March and April
    again = ensure_context(sqlite_store, Settings(demo=True), batch_id=batch_id, histories=histories, tell=told.append)
    assert told == [1]
    assert again.equals(first)
