"""What was told between two ledgers is stored as one batch on either engine, and its answers are kept a week."""

import polars as pl

from data.contract import Attributes, Matters
from data.store import told
from data.store.batches import read_batches
from data.store.engine import Store
from data.store.imports import write_register
from data.store.register import matter_events, matter_register, read_register
from data.store.told import KEEP_US, ToldAnswer
from tests.histories import event, register_of
from tests.stored import batch_of


def test_a_batch_of_events_moves_no_reach_and_is_seen_of_its_matter(store: Store) -> None:
    made = register_of({"N-1": [event("2026-06-01", "registered")]}, observed_until="2026-07-01")
    write_register(store, made, batch_of(made))
    matter_id = str(made.matters["matter_id"][0])
    fresh = register_of({"N-1": [event("2026-08-01", "call")]}).events
    batch = told.write_told(
        store, office_id="T01", matters=Matters.create_empty(), attributes=_no_facts(), events=fresh, at=9, by="token:1"
    )
    stored = read_batches(store)[-1]
    assert (batch, stored.batch.act, stored.batch.recorded_by) == (2, "event", "token:1")
    assert matter_events(store, matter_id)["kind"].to_list() == ["registered", "call"]
    found = matter_register(store, matter_id)
    assert found.observed_until == read_register(store).observed_until == made.observed_until
    assert found.seen_until(matter_id) == int(fresh["known_from"][0]) + 1
    assert found.seen_until("another") == made.observed_until


def test_an_answer_is_kept_a_week_for_who_sent_the_same(store: Store) -> None:
    one = ToldAnswer(caller="token:1", once="a", sent_sha256="0" * 64, answer={"batch_id": 2}, at=5)
    told.keep_answer(store, one)
    assert told.told_before(store, "token:1", "a") == one
    assert told.told_before(store, "token:2", "a") is None
    told.keep_answer(store, ToldAnswer(caller="token:2", once="b", sent_sha256="1" * 64, answer={}, at=6 + KEEP_US))
    assert told.told_before(store, "token:1", "a") is None


def _no_facts() -> pl.DataFrame:
    return Attributes.create_empty().with_columns(pl.lit(0, pl.Int64).alias("ordinal"))
