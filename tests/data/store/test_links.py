"""Links are confirmed, refused and taken back by people; what was read before stays as it was."""

import random
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from data.errors import NotAllowed, NotFound
from data.link_proposals import ALIKE, EARLIER, NAMED
from data.store import links, register, users
from data.store.batches import Batch, latest_batch, undo_batch
from data.store.engine import Store
from data.store.links import LinkCode, LinkDecision
from data.store.users import User, UserRole
from tests.histories import at, event, register_of, seen

BATCH = Batch(
    source="test",
    file_sha256="0" * 64,
    mapping_name="ledger",
    mapping_sha256="0" * 64,
    coverage="append",
    observed_until=seen("2026-10-31"),
    time_zone="Asia/Shanghai",
    recorded_at=seen("2026-10-31"),
    recorded_by="test",
    links_checked=0.0,
)
OFFICE_OF = {"A-1": "T01", "A-2": "T01", "A-3": "T01", "A-4": "T01", "B-1": "T02", "B-2": "T02"}


@pytest.fixture
def ready(store: Store) -> Store:
    """Four numbers of one office and two of another, a month apart, all alike; A-4 names A-1 as its earlier number."""
    rows = {
        number: [event(f"2026-0{2 + place % 4}-05", "registered"), event(f"2026-0{3 + place % 4}-20", "explanation")]
        for place, number in enumerate(OFFICE_OF)
    }
    made = register_of(rows, offices=OFFICE_OF, attributes=[("A-4", EARLIER, "A-1", "2026-05-05")])
    matters = made.matters.with_columns(category=pl.lit("petition"), cause=pl.lit("wages"))
    attributes = made.attributes.with_columns(usable=pl.lit(value=False))
    register.write_register(store, replace(made, matters=matters, attributes=attributes), BATCH)
    for name in ("head", "other"):
        users.add_user(
            store,
            User(
                user_id=name,
                display_name=name,
                role=UserRole.PETITION_HEAD,
                password_hash="x",
                office_id="T01",
                must_change=False,
            ),
        )
    return store


def number(store: Store, matter_no: str) -> str:
    return register.find_matter(store, matter_no=matter_no)["matter_id"][0]


_once = iter(range(10**6))


def said(store: Store, decision: LinkCode, earlier: str, later: str, day: str, **more: Any) -> LinkDecision:
    return LinkDecision(
        office_id="T01",
        matter_id=number(store, earlier) if earlier else "",
        alias_id=number(store, later),
        decision=decision,
        evidence={"evidence": ALIKE},
        decided_by="head",
        role="petition_head",
        at=at(day),
        once=f"{next(_once):036d}",
        **more,
    )


def confirm(store: Store, earlier: str, later: str, day: str) -> int:
    return links.confirm_link(store, said(store, "confirm", earlier, later, day))


def pairs(store: Store) -> set[tuple[str, str, str]]:
    names = dict(register.read_matters(store).select("matter_id", "matter_no").iter_rows())
    found = links.open_proposals(store, ["T01", "T02"])
    return {(names[row["matter_id"]], names[row["alias_id"]], row["evidence"]) for row in found.to_dicts()}


def groups(store: Store) -> dict[str, str]:
    names = dict(register.read_matters(store).select("matter_id", "matter_no").iter_rows())
    return {names[one.alias_id]: names[one.matter_id] for one in links.standing_links(store)}


def test_proposals_are_of_one_office_the_strong_evidence_first(ready: Store) -> None:
    assert pairs(ready) == {
        ("A-1", "A-4", NAMED),
        ("A-1", "A-2", ALIKE),
        ("A-1", "A-3", ALIKE),
        ("A-2", "A-3", ALIKE),
        ("A-2", "A-4", ALIKE),
        ("A-3", "A-4", ALIKE),
        ("B-1", "B-2", ALIKE),
    }
    assert links.open_proposals(ready, ["T02"]).height == 1


def test_what_somebody_decided_is_not_asked_again(ready: Store) -> None:
    confirm(ready, "A-1", "A-2", "2026-06-01")
    links.refuse_links(
        ready, [said(ready, "refuse", "A-1", "A-3", "2026-06-02"), said(ready, "none", "", "A-3", "2026-06-02")]
    )
    left = pairs(ready)
    assert not [pair for pair in left if pair[1] in ("A-2", "A-3")]
    assert ("A-1", "A-4", NAMED) in left
    assert read_shares(ready)[0]["T01"] == 0.75


def read_shares(store: Store) -> tuple[dict[str, float], float]:
    found = register.read_register(store)
    return found.checked_by_office, found.links_checked


def test_the_share_of_checked_numbers_rises_with_each_decision(ready: Store) -> None:
    assert read_shares(ready) == ({"T01": 0.25, "T02": 0.5}, pytest.approx(1 - 4 / 6))
    confirm(ready, "A-1", "A-2", "2026-06-01")
    assert read_shares(ready)[0]["T01"] == 0.5
    links.refuse_links(ready, [said(ready, "none", "", "A-3", "2026-06-02")])
    assert read_shares(ready)[0]["T01"] == 0.75


def test_whoever_confirms_first_the_earliest_number_is_the_matter(ready: Store) -> None:
    chance = random.Random(5)
    wanted = [("A-3", "A-4"), ("A-2", "A-3"), ("A-1", "A-4")]
    chance.shuffle(wanted)
    for place, (one, two) in enumerate(wanted):
        confirm(ready, one, two, f"2026-06-0{place + 1}")
    assert groups(ready) == {"A-2": "A-1", "A-3": "A-1", "A-4": "A-1"}
    with pytest.raises(NotAllowed):
        confirm(ready, "A-2", "A-4", "2026-06-09")


def test_a_link_never_crosses_offices(ready: Store) -> None:
    with pytest.raises(NotFound):
        confirm(ready, "A-1", "B-1", "2026-06-01")
    assert groups(ready) == {}


def test_the_register_and_the_online_path_read_one_matter(ready: Store) -> None:
    confirm(ready, "A-1", "A-2", "2026-06-01")
    whole = register.read_register(ready)
    first = number(ready, "A-1")
    mine = whole.events.filter((pl.col("matter_id") == first) & pl.col("known_until").is_null())
    assert sorted(mine["kind"]) == ["explanation", "explanation", "letter", "registered"]
    online = register.matter_register(ready, first).events
    assert online.sort("event_id", "known_from").equals(
        whole.events.filter(pl.col("matter_id") == first).sort("event_id", "known_from")
    )
    with pytest.raises(register.AliasNumber) as refused:
        register.matter_register(ready, number(ready, "A-2"))
    assert refused.value.matter_id == first


def test_past_batches_stay_as_they_were_read_and_an_import_keeps_the_links(ready: Store) -> None:
    before = register.read_register(ready)
    batch = confirm(ready, "A-1", "A-2", "2026-06-01")
    assert latest_batch(ready) == batch == 2
    assert register.read_register(ready, batch_id=1).events.equals(before.events)
    with_link = register.read_register(ready)
    links.unlink(ready, said(ready, "unlink", "A-1", "A-2", "2026-07-01"))
    assert register.read_register(ready, batch_id=2).events.equals(with_link.events)
    assert groups(ready) == {}
    ended = register.read_register(ready).links
    assert ended["known_until"].to_list() == [at("2026-07-01")]
    confirm(ready, "A-1", "A-2", "2026-08-01")
    again = replace(BATCH, file_sha256="1" * 64, observed_until=seen("2026-11-30"))
    empty = register_of({})
    register.write_batch(ready, again, empty.matters, empty.events.select(_EVENT_DRAFT), _no_facts(empty.attributes))
    assert groups(ready) == {"A-2": "A-1"}


_EVENT_DRAFT = (
    *("event_id", "matter_id", "kind", "occurred_at", "known_at", "seq", "assumed", "people_band", "due_at"),
    *("amount", "solved", "caused_by", "document_no", "parts_missing", "rank", "form", "officer_level"),
)


def _no_facts(attributes: pl.DataFrame) -> pl.DataFrame:
    return attributes.drop("known_from", "known_until", "recorded_at", "batch_id")


def test_a_link_is_not_undone_like_an_import(ready: Store) -> None:
    batch = confirm(ready, "A-1", "A-2", "2026-06-01")
    with pytest.raises(NotAllowed) as refused:
        undo_batch(ready, batch, by="op", at=at("2026-07-01"), reason="x")
    assert refused.value.code == "batch_is_link"


def test_a_link_confirmed_after_the_data_s_reach_is_seen_online_at_once_and_in_sweeps_later(ready: Store) -> None:
    confirm(ready, "A-1", "A-2", "2026-11-10")
    first = number(ready, "A-1")
    reach = seen("2026-10-31")
    whole = register.read_register(ready)
    assert whole.links.is_empty()
    assert whole.events.filter(pl.col("matter_id") == first).height == 2
    online = register.matter_register(ready, first)
    assert online.events.filter(pl.col("known_from") < reach).height == 4
