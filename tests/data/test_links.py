"""How histories read once a person has said that two numbers are one matter, at every instant."""

import random
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from data.contract import Links, Register
from data.links import apply_links
from data.settings import CohortSettings, LabelSettings
from data.task import Task
from features.build import build_features
from features.catalog import CATALOG
from features.cohort import cohort
from features.feature import FeatureSet
from tests.drawn import day, many
from tests.histories import at, event, register_of, seen, snapshots
from training.labels import episodes, labels

seeds = st.integers(0, 2**31)
few = settings(max_examples=8, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))


def ids(register: Register) -> dict[str, str]:
    return dict(register.matters.select("matter_no", "matter_id").iter_rows())


def linked(register: Register, *pairs: tuple[str, str, str, str | None]) -> Register:
    """The register with links (earlier number, later number, confirmed on, taken back on)."""
    known = ids(register)
    rows = [
        (known[later], known[earlier], at(on), None if until is None else at(until))
        for earlier, later, on, until in pairs
    ]
    return apply_links(register, pl.DataFrame(rows, schema=Links.create_empty().schema, orient="row"))


def kinds_at(register: Register, number: str, cutoff: str) -> list[tuple[str, str]]:
    instant = seen(cutoff)
    rows = register.events.filter(
        (pl.col("matter_id") == ids(register)[number])
        & (pl.col("known_from") < instant)
        & (pl.col("known_until").is_null() | (pl.col("known_until") >= instant))
    ).sort("occurred_at", "seq")
    return [(row["kind"], (row["occurred_at"] + 8 * 3_600_000_000) // 86_400_000_000) for row in rows.to_dicts()]


def names_at(register: Register, number: str, cutoff: str) -> list[str]:
    return [kind for kind, _ in kinds_at(register, number, cutoff)]


TWO: dict[str, list[dict[str, Any]]] = {
    "A-1": [event("2026-01-05", "letter"), event("2026-01-05", "registered"), event("2026-01-10", "procedural_reply")],
    "A-2": [event("2026-03-02", "registered"), event("2026-03-20", "substantive_reply", document_no="D1")],
}


def test_a_link_moves_the_later_numbers_events_from_its_confirmation_on() -> None:
    register = linked(register_of(TWO), ("A-1", "A-2", "2026-04-10", None))
    assert names_at(register, "A-1", "2026-04-09") == ["letter", "registered", "procedural_reply"]
    assert names_at(register, "A-2", "2026-04-09") == ["registered", "substantive_reply"]
    assert names_at(register, "A-1", "2026-04-10") == [
        "letter", "registered", "procedural_reply", "letter", "substantive_reply",
    ]  # fmt: skip
    assert names_at(register, "A-2", "2026-04-10") == []


def test_one_cohort_row_one_id_from_the_confirmation_on() -> None:
    register = linked(register_of(TWO), ("A-1", "A-2", "2026-04-10", None))
    found = cohort(register, [seen("2026-04-09"), seen("2026-04-10")], Task(), CohortSettings())
    rows = found.join(register.matters.select("matter_id", "matter_no"), on="matter_id").sort("cutoff", "matter_no")
    assert rows.select("cutoff", "matter_no").rows() == [
        (seen("2026-04-09"), "A-1"), (seen("2026-04-09"), "A-2"), (seen("2026-04-10"), "A-1"),
    ]  # fmt: skip


def test_a_link_taken_back_leaves_two_matters_and_what_was_seen_meanwhile() -> None:
    register = linked(register_of(TWO), ("A-1", "A-2", "2026-04-10", "2026-05-01"))
    assert len(names_at(register, "A-1", "2026-04-30")) == 5
    assert len(names_at(register, "A-1", "2026-05-01")) == 3
    assert names_at(register, "A-2", "2026-05-01") == ["registered", "substantive_reply"]


def test_a_number_given_to_a_contact_brings_that_contact_and_no_second_letter() -> None:
    rows = {**TWO, "A-2": [event("2026-03-02", "visit"), event("2026-03-02", "registered")]}
    register = linked(register_of(rows), ("A-1", "A-2", "2026-04-10", None))
    assert names_at(register, "A-1", "2026-04-10")[-1:] == ["visit"]


def test_a_contact_entered_late_takes_the_place_of_the_letter_only_when_it_is_known() -> None:
    late = [event("2026-03-02", "registered"), event("2026-03-01", "visit", known="2026-06-01")]
    register = linked(register_of({**TWO, "A-2": late}), ("A-1", "A-2", "2026-04-10", None))
    assert names_at(register, "A-1", "2026-05-31")[-1] == "letter"
    assert names_at(register, "A-1", "2026-06-01")[-1] == "visit"


def test_a_matter_is_open_while_any_of_its_numbers_is() -> None:
    rows = {
        "A-1": [event("2026-01-05", "letter"), event("2026-01-05", "registered"), event("2026-02-20", "closed")],
        "A-2": [event("2026-03-02", "registered"), event("2026-05-20", "closed")],
    }
    register = linked(register_of(rows), ("A-1", "A-2", "2026-04-10", None))
    assert names_at(register, "A-1", "2026-04-30") == ["letter", "registered", "closed", "letter", "reopened"]
    assert names_at(register, "A-1", "2026-05-30")[-1] == "closed"


@pytest.mark.parametrize(("first", "last"), [("2026-03-10", "2026-04-20"), ("2026-04-20", "2026-03-10")])
def test_an_end_of_one_number_hides_no_duty_of_the_other(first: str, last: str) -> None:
    rows = {
        "A-1": [event("2026-01-05", "letter"), event("2026-01-05", "registered"), event(first, "closed")],
        "A-2": [event("2026-03-02", "registered"), event(last, "closed")],
    }
    register = linked(register_of(rows), ("A-1", "A-2", "2026-04-01", None))
    found = cohort(register, [seen("2026-04-02"), seen("2026-04-21")], Task(), CohortSettings())
    mine = found.filter(pl.col("matter_id") == ids(register)["A-1"])
    assert mine["is_open"].to_list() == [True, False]


def test_labels_see_every_link_confirmed_by_now_and_features_only_those_confirmed_before() -> None:
    register = linked(register_of(TWO), ("A-1", "A-2", "2026-04-10", None))
    rows = labels(register, snapshots(register, seen("2026-02-28")), Task(), LabelSettings()).rows
    assert rows.filter(pl.col("matter_id") == ids(register)["A-1"])["label"].to_list() == [1]
    later = labels(register, snapshots(register, seen("2026-03-31")), Task(), LabelSettings()).rows
    # The letter had come, and the office did not know that it was this matter's: no row to learn from.
    assert later.filter(pl.col("matter_id") == ids(register)["A-1"])["returned_unseen"].to_list() == [True]
    assert episodes(register, Task())["matter_id"].to_list() == [ids(register)["A-1"]]


def test_a_number_that_was_a_later_one_has_its_matters_label() -> None:
    rows = {**TWO, "A-3": [event("2026-05-04", "registered")]}
    register = linked(register_of(rows), ("A-1", "A-2", "2026-06-10", None), ("A-1", "A-3", "2026-06-10", None))
    found = labels(register, snapshots(register, seen("2026-03-31")), Task(), LabelSettings()).rows
    assert found.filter(pl.col("matter_id") == ids(register)["A-2"])["label"].to_list() == [1]


def drawn(seed: int, count: int = 40) -> tuple[random.Random, Register, list[tuple[str, str, str, str | None]]]:
    """Random histories in two offices, and links that make stars within an office."""
    chance, histories, facts = many(seed, count)
    offices = {number: chance.choice(["T01", "T02"]) for number in histories}
    register = register_of(histories, attributes=facts, offices=offices)
    pairs: list[tuple[str, str, str, str | None]] = []
    for office in ("T01", "T02"):
        mine = sorted(number for number, where in offices.items() if where == office)
        roots = mine[: len(mine) // 3]
        for alias in mine[len(mine) // 3 :]:
            if roots and chance.random() < 0.6:
                on = chance.randrange(60, 420)
                until = day(on + chance.randrange(1, 90)) if chance.random() < 0.25 else None
                pairs.append((chance.choice(roots), alias, day(on), until))
    return chance, register, pairs


def matrix(register: Register, cutoff: str) -> pl.DataFrame:
    features = FeatureSet(features=tuple(one for one in CATALOG if one.group != "office"))
    return build_features(register, snapshots(register, seen(cutoff)), features, with_facts=True)


@few
@given(seeds, st.integers(100, 460))
def test_g1_a_link_known_after_the_cutoff_changes_no_feature(seed: int, cut: int) -> None:
    _, register, pairs = drawn(seed)
    edge = day(cut + 1)
    known = [
        (one, two, on, None if until is None or until >= edge else until) for one, two, on, until in pairs if on < edge
    ]
    later = [(one, two, on, until) for one, two, on, until in pairs]
    assert_frame_equal(matrix(linked(register, *known), day(cut)), matrix(linked(register, *later), day(cut)))


@few
@given(seeds, st.integers(100, 460))
def test_g1_a_link_changes_nothing_outside_its_own_matter(seed: int, cut: int) -> None:
    _, register, pairs = drawn(seed)
    touched = {ids(register)[number] for pair in pairs for number in pair[:2]}
    mine = ~pl.col("matter_id").is_in(list(touched))
    plain, joined = matrix(register, day(cut)), matrix(linked(register, *pairs), day(cut))
    assert_frame_equal(plain.filter(mine), joined.filter(mine))


@few
@given(seeds, st.integers(100, 460))
def test_the_order_of_links_and_rows_changes_nothing(seed: int, cut: int) -> None:
    chance, register, pairs = drawn(seed)
    shuffled = list(pairs)
    chance.shuffle(shuffled)
    mixed = replace(register, events=register.events.sample(fraction=1, shuffle=True, seed=seed))
    assert_frame_equal(matrix(linked(register, *pairs), day(cut)), matrix(linked(mixed, *shuffled), day(cut)))


@few
@given(seeds, st.integers(100, 460))
def test_every_row_stands_in_exactly_one_history_at_a_time(seed: int, cut: int) -> None:
    _, register, pairs = drawn(seed)
    instant = seen(day(cut))
    visible = (pl.col("known_from") < instant) & (pl.col("known_until").is_null() | (pl.col("known_until") >= instant))
    joined = linked(register, *pairs).events.filter(visible & ~pl.col("kind").is_in(["reopened", "letter"]))
    assert joined.select("event_id").is_duplicated().sum() == 0
    assert set(joined["event_id"]) <= set(register.events.filter(visible)["event_id"])
