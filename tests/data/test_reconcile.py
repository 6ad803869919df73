"""An import opens and closes versions so that nothing overlaps, nothing is lost, and the same file is nothing new."""

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.contract import Attributes, Events
from data.errors import InputRefused
from data.reconcile import (
    ATTRIBUTE_DRAFT,
    EVENT_DRAFT,
    BatchFacts,
    Changes,
    reconcile_attributes,
    reconcile_events,
)

DAY = 86_400_000_000
FIRST = BatchFacts(
    batch_id=1, coverage="full", covers_from=None, covers_to=None, observed_until=100 * DAY, recorded_at=101 * DAY
)
SECOND = replace(FIRST, batch_id=2, observed_until=130 * DAY, recorded_at=131 * DAY)
THIRD = replace(FIRST, batch_id=3, observed_until=160 * DAY, recorded_at=161 * DAY)

EVENT_TYPES = Events.create_empty().select(EVENT_DRAFT).schema
ATTRIBUTE_TYPES = Attributes.create_empty().select(ATTRIBUTE_DRAFT).schema
STORED_EVENTS = pl.DataFrame(schema={"version_id": pl.Int64, **Events.create_empty().schema, "covered": pl.Boolean})
STORED_ATTRIBUTES = pl.DataFrame(
    schema={"version_id": pl.Int64, "ordinal": pl.Int64, **Attributes.create_empty().schema, "covered": pl.Boolean}
)


def drafts(*rows: dict[str, object]) -> pl.DataFrame:
    plain = dict.fromkeys(EVENT_DRAFT) | {"matter_id": "m", "kind": "visit", "people_band": 0, "assumed": False}
    full = [plain | {"seq": place, "known_at": row["occurred_at"]} | row for place, row in enumerate(rows)]
    return pl.DataFrame(full, schema=EVENT_TYPES)


def attribute_drafts(*rows: dict[str, object]) -> pl.DataFrame:
    plain = dict.fromkeys(ATTRIBUTE_DRAFT) | {"matter_id": "m", "name": "fee", "assumed": False, "usable": True}
    full = [plain | {"seq": place, "known_at": row["occurred_at"]} | row for place, row in enumerate(rows)]
    return pl.DataFrame(full, schema=ATTRIBUTE_TYPES)


def apply(stored: pl.DataFrame, changes: Changes) -> pl.DataFrame:
    """What the store does with changes: closings end versions, opened ones are added."""
    ended = stored.join(changes.closed.select("version_id", pl.col("known_until").alias("end")), "version_id", "left")
    ended = ended.with_columns(pl.coalesce("known_until", "end").alias("known_until")).drop("end")
    opened = changes.opened.with_columns(
        pl.int_range(stored.height, stored.height + changes.opened.height, dtype=pl.Int64).alias("version_id"),
        pl.lit(None, pl.Int64).alias("known_until"),
        pl.lit(True).alias("covered"),
    )
    return pl.concat([ended, opened.select(ended.columns)])


def nothing(changes: Changes) -> bool:
    return changes.opened.is_empty() and changes.closed.is_empty()


def test_first_version_stands_from_when_it_was_known() -> None:
    changes = reconcile_events(
        STORED_EVENTS, drafts({"event_id": "e", "occurred_at": DAY, "known_at": 4 * DAY}), FIRST, confirm=False
    )
    assert changes.opened.select("known_from", "batch_id", "recorded_at").rows() == [(4 * DAY, 1, 101 * DAY)]
    assert changes.first == 1
    assert changes.closed.is_empty()


def test_a_correction_stands_from_its_entry_time() -> None:
    stored = apply(
        STORED_EVENTS,
        reconcile_events(STORED_EVENTS, drafts({"event_id": "e", "occurred_at": DAY}), FIRST, confirm=False),
    )
    again = drafts({"event_id": "e", "occurred_at": DAY, "known_at": 120 * DAY, "solved": "no"})
    changes = reconcile_events(stored, again, SECOND, confirm=False)
    assert changes.opened.select("known_from", "assumed").rows() == [(120 * DAY, False)]
    assert changes.closed.rows() == [(0, 120 * DAY, False)]


def test_a_correction_without_an_entry_time_of_its_own_stands_from_the_extract_and_is_assumed() -> None:
    stored = apply(
        STORED_EVENTS,
        reconcile_events(STORED_EVENTS, drafts({"event_id": "e", "occurred_at": DAY}), FIRST, confirm=False),
    )
    again = drafts({"event_id": "e", "occurred_at": DAY, "solved": "no"})
    changes = reconcile_events(stored, again, SECOND, confirm=False)
    assert changes.opened.select("known_from", "known_at", "assumed").rows() == [(130 * DAY, DAY, True)]
    assert changes.closed.rows() == [(0, 130 * DAY, True)]
    assert nothing(reconcile_events(apply(stored, changes), again, THIRD, confirm=False))


def test_an_assumed_time_is_no_content() -> None:
    first = drafts({"event_id": "e", "occurred_at": DAY, "known_at": 4 * DAY, "assumed": True})
    stored = apply(STORED_EVENTS, reconcile_events(STORED_EVENTS, first, FIRST, confirm=False))
    other_lag = first.with_columns(known_at=pl.lit(6 * DAY))
    assert nothing(reconcile_events(stored, other_lag, SECOND, confirm=False))


def test_place_in_the_file_and_empty_text_are_no_content() -> None:
    first = drafts({"event_id": "e", "occurred_at": DAY}, {"event_id": "f", "occurred_at": DAY})
    stored = apply(STORED_EVENTS, reconcile_events(STORED_EVENTS, first, FIRST, confirm=False))
    moved = first.reverse().with_columns(seq=pl.int_range(2, dtype=pl.Int64), solved=pl.lit(""))
    assert nothing(reconcile_events(stored, moved, SECOND, confirm=False))


def test_a_full_import_ends_what_it_no_longer_holds_inside_its_bounds_and_an_appended_one_nothing() -> None:
    rows = [{"event_id": f"e{day}", "occurred_at": day * DAY} for day in range(40)]
    stored = apply(STORED_EVENTS, reconcile_events(STORED_EVENTS, drafts(*rows), FIRST, confirm=False))
    fewer = drafts(*rows[:10], *rows[11:38])
    full = replace(SECOND, covers_from=5 * DAY, covers_to=38 * DAY)
    changes = reconcile_events(stored, fewer, full, confirm=False)
    assert changes.closed.rows() == [(10, 130 * DAY, True)]
    assert (changes.missing, changes.covered) == (1, 33)
    assert nothing(reconcile_events(stored, fewer, replace(SECOND, coverage="append"), confirm=False))
    elsewhere = stored.with_columns(covered=pl.lit(False))
    assert nothing(reconcile_events(elsewhere, fewer, full, confirm=False))


def test_more_than_five_per_cent_missing_needs_a_yes() -> None:
    rows = [{"event_id": f"e{day}", "occurred_at": day * DAY} for day in range(40)]
    stored = apply(STORED_EVENTS, reconcile_events(STORED_EVENTS, drafts(*rows), FIRST, confirm=False))
    assert reconcile_events(stored, drafts(*rows[2:]), SECOND, confirm=False).missing == 2
    with pytest.raises(InputRefused) as refused:
        reconcile_events(stored, drafts(*rows[3:]), SECOND, confirm=False)
    assert "3" in refused.value.zh
    assert "40" in refused.value.zh
    assert reconcile_events(stored, drafts(*rows[3:]), SECOND, confirm=True).missing == 3


def test_what_comes_back_opens_anew_after_its_end() -> None:
    row = drafts({"event_id": "e", "occurred_at": DAY})
    stored = apply(STORED_EVENTS, reconcile_events(STORED_EVENTS, row, FIRST, confirm=False))
    gone = apply(stored, reconcile_events(stored, row.clear(), SECOND, confirm=True))
    back = reconcile_events(gone, row, THIRD, confirm=False)
    assert back.returned == 1
    assert back.opened["known_from"].to_list() == [160 * DAY]


def test_two_rows_with_one_identity_are_refused() -> None:
    twice = drafts({"event_id": "e", "occurred_at": DAY}, {"event_id": "e", "occurred_at": DAY})
    with pytest.raises(InputRefused) as refused:
        reconcile_events(STORED_EVENTS, twice, FIRST, confirm=False)
    assert refused.value.code == "identity_twice"


def test_attributes_of_one_instant_are_told_apart_by_their_order() -> None:
    first = attribute_drafts({"occurred_at": DAY, "number": 100}, {"occurred_at": DAY, "number": 200})
    changes = reconcile_attributes(STORED_ATTRIBUTES, first, FIRST, confirm=False)
    assert changes.opened.select("ordinal", "number").rows() == [(0, 100), (1, 200)]
    stored = apply(STORED_ATTRIBUTES, changes)
    assert nothing(reconcile_attributes(stored, first, SECOND, confirm=False))
    other = attribute_drafts({"occurred_at": DAY, "number": 100}, {"occurred_at": DAY, "number": 250})
    corrected = reconcile_attributes(stored, other, SECOND, confirm=False)
    assert corrected.opened.select("ordinal", "number", "known_from").rows() == [(1, 250, 130 * DAY)]
    assert corrected.closed["version_id"].to_list() == [1]


_row = st.fixed_dictionaries(
    {
        "event_id": st.sampled_from("abcdef"),
        "occurred_at": st.integers(0, 40).map(lambda day: day * DAY),
        "late": st.sampled_from([0, 0, 1, 3, 90, 125, 200]),
        "assumed": st.booleans(),
        "solved": st.sampled_from([None, "no", "fully"]),
        "amount": st.sampled_from([None, 1, 2]),
    }
)
_file = st.lists(_row, max_size=6, unique_by=lambda row: row["event_id"]).map(
    lambda rows: drafts(
        *(
            {name: value for name, value in row.items() if name != "late"}
            | {"known_at": row["occurred_at"] + row["late"] * DAY}
            for row in rows
        )
    )
)
_import = st.tuples(_file, st.sampled_from(["full", "append"]), st.integers(50, 200).map(lambda day: day * DAY))


@given(st.lists(_import, min_size=1, max_size=5))
@settings(max_examples=40, deadline=None)
def test_versions_never_overlap_and_a_second_import_is_nothing(imports: list[tuple[pl.DataFrame, str, int]]) -> None:
    stored = STORED_EVENTS
    for number, (file, coverage, until) in enumerate(imports, start=1):
        facts = replace(FIRST, batch_id=number, coverage=coverage, observed_until=until)
        stored = apply(stored, reconcile_events(stored, file, facts, confirm=True))
        assert nothing(reconcile_events(stored, file, replace(facts, batch_id=number + 1), confirm=False))
        standing = stored.filter(pl.col("known_until").is_null())
        assert standing["event_id"].n_unique() == standing.height
        held = standing.join(file, on="event_id", how="semi").sort("event_id")
        content = ["event_id", "occurred_at", "solved", "amount"]
        assert held.select(content).equals(file.sort("event_id").select(content))
        if coverage == "full":
            assert held.height == standing.height
    known = stored.sort("event_id", "known_from", "version_id")
    assert (known["known_from"] >= known["known_at"]).all()
    assert (known["known_until"].drop_nulls() > known.drop_nulls("known_until")["known_from"]).all()
    after = known.with_columns(pl.col("known_from").shift(-1).over("event_id").alias("next"))
    overlapping = after.filter(
        pl.col("next").is_not_null() & ~(pl.col("known_until") <= pl.col("next")).fill_null(False)
    )
    assert overlapping.is_empty()
