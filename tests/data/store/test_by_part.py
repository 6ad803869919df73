"""A register read in parts is the register read whole, on every engine, however it is cut and whatever was linked."""

import random
from dataclasses import replace

import polars as pl
import pytest

from data.contract import Register
from data.errors import TooLittleData
from data.store import arrow, links, register, users
from data.store.batches import latest_batch
from data.store.by_part import in_one, read_parts
from data.store.engine import Store
from data.store.links import LinkDecision
from data.store.users import User, UserRole
from tests.drawn import many
from tests.histories import OFFICE, at, register_of
from tests.stored import batch_of

NUMBERS = 24
#: The last is a link taken back.
_LINKED = (("A00001", "A00007"), ("A00001", "A00015"), ("A00003", "A00020"), ("A00003", "A00020"))


@pytest.fixture
def filled(store: Store) -> Store:
    """Random histories with ended versions, then some of their numbers linked, two to one and one taken back."""
    _, histories, facts = many(11, NUMBERS)
    made = register_of(histories, attributes=facts, observed_until="2026-04-01")
    register.write_register(store, made, batch_of(made, coverage="append", links_checked=0.0))
    users.add_user(
        store,
        User(
            user_id="head",
            display_name="head",
            role=UserRole.PETITION_HEAD,
            password_hash="x",
            office_id=OFFICE,
            must_change=False,
        ),
    )
    ids = dict(made.matters.select("matter_no", "matter_id").iter_rows())
    for once, (earlier, later) in enumerate(_LINKED):
        said = LinkDecision(
            office_id=OFFICE,
            matter_id=ids[earlier],
            alias_id=ids[later],
            decision="confirm",
            evidence={},
            decided_by="head",
            role="petition_head",
            at=at("2026-03-01") + once * 86_400_000_000,
            once=f"{once:036d}",
        )
        if once < 3:
            links.confirm_link(store, said)
        else:
            [stands] = links.standing_links(store, numbers=[ids[earlier], ids[later]])
            links.unlink(store, replace(said, decision="unlink", matter_id=stands.matter_id, alias_id=stands.alias_id))
    return store


def same(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.sort(frame.columns)


def put_together(parts: list[Register]) -> Register:
    return replace(
        parts[0],
        matters=pl.concat([part.matters for part in parts]),
        events=pl.concat([part.events for part in parts]),
        attributes=pl.concat([part.attributes for part in parts]),
        links=pl.concat([part.links for part in parts]),
    )


@pytest.mark.parametrize("in_bulk", [False, True])
def test_parts_together_are_the_register(filled: Store, in_bulk: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if in_bulk:
        monkeypatch.setattr(arrow, "BULK_ROWS", 1)
    batch = latest_batch(filled)
    whole = register.read_register(filled, batch_id=batch)
    assert whole.links.height == 3
    for at_once in (15, 60) if in_bulk else (3, 40, 10_000):
        parts = read_parts(filled, batch_id=batch, at_once=at_once)
        found = list(parts.read())
        assert len(found) == parts.count
        assert (parts.count == 1) == (at_once == 10_000)
        again = put_together(found)
        for name in ("matters", "events", "attributes", "links"):
            assert same(getattr(again, name)).equals(same(getattr(whole, name))), (at_once, name)
        assert parts.head.matters.is_empty()
        assert parts.first() == whole.events.select(pl.max_horizontal("occurred_at", "known_from").min()).item()
        for name in ("observed_until", "time_zone", "roles", "links_checked", "checked_by_office", "batch_id"):
            assert getattr(parts.head, name) == getattr(whole, name)
        for part in found:  # what was joined stands together
            here = set(part.matters["matter_id"])
            assert all(set(pair) <= here or not set(pair) & here for pair in links_of(whole))
    assert [len(part.matters) for part in parts.read()] == [len(part.matters) for part in found]  # and once more


def links_of(whole: Register) -> list[tuple[str, str]]:
    return list(whole.links.select("alias_id", "matter_id").iter_rows())


def test_an_earlier_batch_is_read_as_it_was(filled: Store) -> None:
    whole = register.read_register(filled, batch_id=1)
    parts = list(read_parts(filled, batch_id=1, at_once=30).read())
    assert len(parts) > 1
    assert same(put_together(parts).events).equals(same(whole.events))
    assert all(part.links.is_empty() for part in parts)


def test_who_stops_half_way_leaves_no_reader_behind(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrow, "BULK_ROWS", 1)
    chance = random.Random(2)
    _, histories, _ = many(chance.randrange(99), 40)
    made = register_of(histories)
    register.write_register(sqlite_store, made, batch_of(made))
    reading = read_parts(sqlite_store, batch_id=1, at_once=20).read()
    first = next(reading)
    reading.close()  # type: ignore[attr-defined]
    with sqlite_store.write() as connection:  # nobody holds the file
        connection.exec_driver_sql("CREATE TABLE afterwards (x)")
        connection.exec_driver_sql("DROP TABLE afterwards")
    assert first.events.height


def test_a_store_without_a_ledger_says_so(store: Store) -> None:
    with pytest.raises(TooLittleData):
        read_parts(store, batch_id=0)


def test_a_register_held_is_its_own_one_part() -> None:
    _, histories, facts = many(5, 3)
    made = register_of(histories, attributes=facts)
    parts = in_one(made)
    assert (parts.count, [part.events.height for part in parts.read()]) == (1, [made.events.height])
    assert in_one(replace(made, events=made.events.clear())).first() is None
