"""The three parts of a list: must-acts all, exactly k, spot checks besides; no score removes anything."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.settings import SweepSettings
from training import sweep_list
from training.sweep_list import MODEL, MUST_ACT, POINTS, REVIEW, SPOT, list_hash, list_size, make_list

SWEEP = SweepSettings()
BAND = st.sampled_from(["general", "larger", "major"])
DAYS = st.one_of(st.none(), st.integers(-30, 90).map(float))

ROW = st.fixed_dictionaries(
    {
        "office_id": st.sampled_from(["a", "b", "c"]),
        "must_act": st.sampled_from([False, False, False, True]),
        "unmet_duty": st.booleans(),
        "help_open": st.booleans(),
        "missed_days": st.sampled_from([0.0, 0.0, 3.0, 12.0]),
        "due_in_days": DAYS,
        "promise_overdue_days": st.sampled_from([0.0, 5.0]),
        "idle_days": st.integers(0, 200).map(float),
        "point_band": BAND,
        "margin_nano": st.integers(-5, 5).map(lambda value: value * 10**8),
        "band": BAND,
        "per_hundred_low": st.just(3),
        "per_hundred_high": st.just(9),
    }
)
ROWS = st.lists(ROW, min_size=1, max_size=90)
EVEN = {
    "office_id": "a",
    "must_act": False,
    "unmet_duty": True,
    "help_open": False,
    "missed_days": 0.0,
    "due_in_days": None,
    "promise_overdue_days": 0.0,
    "idle_days": 0.0,
    "point_band": "general",
    "margin_nano": 0,
    "band": "general",
    "per_hundred_low": 1,
    "per_hundred_high": 2,
}
TYPES = {
    "due_in_days": pl.Float64,
    "missed_days": pl.Float64,
    "promise_overdue_days": pl.Float64,
    "idle_days": pl.Float64,
    "margin_nano": pl.Int64,
}


def frame(rows: list[dict]) -> pl.DataFrame:
    return pl.DataFrame(
        [{"matter_id": f"m{number:04d}", "cutoff": 1_700_000_000_000_000, **row} for number, row in enumerate(rows)],
        schema_overrides=TYPES,
    )


@settings(max_examples=30, deadline=None)
@given(ROWS, st.sampled_from(["model", "rules"]), st.randoms(use_true_random=False))
def test_the_parts_hold_exactly_what_they_should(rows: list[dict], mode: str, random: object) -> None:
    candidates = frame(rows)
    found = make_list(candidates, SWEEP, mode)
    part = MODEL if mode == "model" else POINTS
    for office, members in candidates.group_by("office_id"):
        mine = found.filter(pl.col("office_id") == office[0])
        parts = {name: mine.filter(pl.col("part") == name) for name in sweep_list.PARTS}
        k = list_size(members.height, SWEEP)
        open_to_k = members.filter(~pl.col("must_act") & (pl.col("unmet_duty") | pl.col("help_open")))
        # all must-acts, never counted in k
        assert set(parts[MUST_ACT]["matter_id"]) == set(members.filter("must_act")["matter_id"])
        assert parts[part].height == min(k, open_to_k.height)
        # each matter once
        assert mine["matter_id"].n_unique() == mine.height
        rest = members.height - parts[MUST_ACT].height - parts[part].height - parts[REVIEW].height
        assert parts[SPOT].height == min(1, rest)
        if parts[SPOT].height:
            assert parts[SPOT]["inclusion"].to_list() == [1 / rest]
        for name in sweep_list.PARTS:
            assert parts[name]["rank"].to_list() == list(range(1, parts[name].height + 1))
    shuffled = candidates.sample(fraction=1, shuffle=True, seed=random.randint(0, 99))  # type: ignore[attr-defined]
    assert list_hash(make_list(shuffled, SWEEP, mode)) == list_hash(found)
    assert make_list(shuffled, SWEEP, mode).equals(found)


@settings(max_examples=20, deadline=None)
@given(ROWS, st.sampled_from(["model", "rules"]))
def test_g8_without_unmet_duty_or_help_no_top_band_and_no_leader(rows: list[dict], mode: str) -> None:
    candidates = frame(rows)
    found = make_list(candidates, SWEEP, mode).join(
        candidates.select("matter_id", "unmet_duty", "help_open"), on="matter_id"
    )
    quiet = found.filter(~pl.col("unmet_duty") & ~pl.col("help_open"))
    assert not quiet["to_leader"].any()
    assert "major" not in quiet["band"].to_list()
    assert not quiet["part"].is_in([MODEL, POINTS]).any()
    assert found.filter(pl.col("to_leader"))["band"].is_in(["larger", "major"]).all()


@settings(max_examples=15, deadline=None)
@given(ROWS, st.integers(0, 89))
def test_g4_a_low_score_removes_nothing_and_changes_no_must_act(rows: list[dict], which: int) -> None:
    candidates = frame(rows)
    name = f"m{which % len(rows):04d}"
    lowered = candidates.with_columns(
        margin_nano=pl.when(pl.col("matter_id") == name).then(-(10**12)).otherwise("margin_nano"),
        band=pl.when(pl.col("matter_id") == name).then(pl.lit("general")).otherwise("band"),
    )
    before, after = make_list(candidates, SWEEP, "model"), make_list(lowered, SWEEP, "model")
    duties = [found.filter(pl.col("part") == MUST_ACT)["matter_id"].to_list() for found in (before, after)]
    assert duties[0] == duties[1]
    by_rules = [make_list(rows_, SWEEP, "rules") for rows_ in (candidates, lowered)]
    assert by_rules[0].equals(by_rules[1])


@settings(max_examples=15, deadline=None)
@given(ROWS)
def test_g14_spot_checks_show_no_band_and_come_in_addition(rows: list[dict]) -> None:
    found = make_list(frame(rows), SWEEP, "model").filter(pl.col("part") == SPOT)
    for hidden in ("band", "margin_nano", "per_hundred_low", "per_hundred_high"):
        assert found[hidden].null_count() == found.height
    assert found["inclusion"].is_between(0, 1).all()


def test_g14_spot_checks_are_uniform_and_repeatable() -> None:
    candidates = frame([EVEN] * 23)
    counts: dict[str, int] = {}
    for seed in range(200):
        drawn = make_list(candidates, SweepSettings(seed=seed), "model").filter(pl.col("part") == SPOT)
        counts[drawn["matter_id"][0]] = counts.get(drawn["matter_id"][0], 0) + 1
    assert len(counts) == 20  # all but the three of the list
    assert max(counts.values()) < 30
    assert make_list(candidates, SWEEP, "model").equals(make_list(candidates, SWEEP, "model"))


def test_rules_order_missed_then_due_then_promise_then_idle() -> None:
    base = EVEN | {"due_in_days": 60.0, "idle_days": 1.0}
    rows = [
        base | {"idle_days": 90.0},
        base | {"promise_overdue_days": 2.0},
        base | {"due_in_days": 20.0},
        base | {"due_in_days": 4.0},
        base | {"missed_days": 3.0},
        base | {"missed_days": 9.0, "point_band": "major"},
    ]
    found = make_list(frame(rows), SweepSettings(k=6), "rules").filter(pl.col("part") == POINTS)
    assert found["matter_id"].to_list() == ["m0005", "m0004", "m0003", "m0002", "m0001", "m0000"]
    assert found["to_leader"].to_list() == [True, False, False, False, False, False]


@pytest.mark.parametrize(("cohort", "k"), [(1, 3), (60, 3), (61, 4), (140, 7), (141, 8), (2000, 100)])
def test_list_size_is_exact(cohort: int, k: int) -> None:
    assert list_size(cohort, SWEEP) == k
    assert list_size(cohort, SweepSettings(k=12)) == 12


def test_the_hash_changes_with_any_entry_and_not_with_the_order() -> None:
    found = make_list(frame([EVEN] * 8), SWEEP, "model")
    assert list_hash(found.reverse()) == list_hash(found)
    assert list_hash(found.head(found.height - 1)) != list_hash(found)
    other = found.with_columns(band=pl.lit("larger"))
    assert list_hash(other) != list_hash(found)


def test_more_than_one_cutoff_or_missing_columns_are_refused() -> None:
    with pytest.raises(ValueError, match="candidates lack"):
        make_list(pl.DataFrame({"matter_id": ["m"]}), SWEEP, "rules")
    twice = pl.concat([frame([EVEN]), frame([EVEN]).with_columns(cutoff=pl.lit(5, pl.Int64))])
    with pytest.raises(ValueError, match="one cutoff"):
        make_list(twice, SWEEP, "model")
