"""Today's ways of ranking, by hand: which rules fire, what is weighed, and that no page knows the weighted points."""

from pathlib import Path
from typing import Any

import polars as pl

from training.baselines import BASELINES, POINTS, alert_rules, baseline_scores, supervision_rules, weighted_points

QUIET: dict[str, Any] = {
    "office_id": "x",
    "cutoff": 1,
    "age_days": 200.0,
    "due_in_days": 40.0,
    "missed_days": 0.0,
    "earlier_contacts": 0,
    "officer_level": None,
    "points": 3,
    "unstarted_days": 0.0,
    "half_used_share": 0.1,
    "asked_again": 0,
    "returned_days": 0.0,
    "co_silent_days": 0.0,
    "urged": 0,
    "from_above": 0,
    "people_band": 0,
    "urgent": 0,
    "rated_unsolved": 0,
}
SCHEMA = {"officer_level": pl.Int8, "due_in_days": pl.Float64}


def _rows(*changes: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame([QUIET | change for change in changes], schema_overrides=SCHEMA)


def test_b2_counts_the_alert_rules_that_fire() -> None:
    rows = _rows(
        {},
        {"unstarted_days": 3.0},
        {"unstarted_days": 3.5},
        {"due_in_days": 3.0},
        {"due_in_days": None},
        {"urged": 2, "due_in_days": -1.0},
    )
    assert alert_rules(rows).tolist() == [0, 0, 1, 1, 0, 2]


def test_b2_fires_for_a_whole_office_whose_intake_rose_by_half() -> None:
    recent = [{"office_id": "x", "age_days": float(days)} for days in (5, 20, 30)]
    before = [{"office_id": "x", "age_days": float(days)} for days in (31, 60)]
    calm = [{"office_id": "y", "age_days": 20.0}, {"office_id": "y", "age_days": 50.0}]
    assert alert_rules(_rows(*recent, *before, *calm)).tolist() == [1, 1, 1, 1, 1, 0, 0]


def test_b3_counts_the_supervision_rules_that_fire() -> None:
    rows = _rows(
        {"half_used_share": 0.5},
        {"asked_again": 1, "half_used_share": 2.0},
        {"returned_days": 5.0},
        {"returned_days": 5.5, "co_silent_days": 3.5},
        {"co_silent_days": 3.0},
    )
    assert supervision_rules(rows).tolist() == [1, 2, 0, 2, 0]


def test_b4_adds_capped_weights() -> None:
    rows = _rows({"age_days": 0.0}, {"age_days": 0.0, "earlier_contacts": 99, "urgent": 1}, {"age_days": 1e6})
    assert weighted_points(rows).tolist() == [0.0, 15.0, 3.65]


def test_every_baseline_is_there_and_one_without_its_columns_is_left_out() -> None:
    rows = _rows({}, {"officer_level": 2})
    assert list(baseline_scores(rows)) == ["B0", "B1", "B2", "B3", "B4", "B5", "B6"]
    assert list(baseline_scores(_rows({}))) == ["B0", "B1", "B2", "B3", "B4", "B6"]  # nobody rated
    assert "B3" not in baseline_scores(rows.drop("co_silent_days"))


def test_the_weighted_points_stand_in_the_back_test_alone() -> None:
    assert {name for name, _, _ in POINTS} <= set(QUIET)
    assert [one.code for one in BASELINES if "B4" in one.code] == ["B4"]
    root = Path(__file__).parent.parent.parent
    for folder in ("serving", "monitoring", "features", "data"):
        for path in (root / folder).rglob("*.py"):
            assert "weighted_points" not in path.read_text(encoding="utf-8"), path
