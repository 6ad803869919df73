"""The figures benches print: goals beside values, and two ways held equal before either is timed."""

import json

import polars as pl
import pytest

from data.synthetic import make_register, small_plan
from features.build import build_features
from serving.bench.features import check_equal, plain_way, run_features, windows
from serving.bench.result import BenchResult, Measured
from training.labels import month_ends


def test_a_missed_goal_stays_in_the_output_as_missed() -> None:
    result = BenchResult(
        bench="x",
        seed=[1],
        figures=[
            Measured(name="a", value=2.0, unit="s", goal=1.0, above=False),
            Measured(name="b", value=2.0, unit="s", goal=1.0),
            Measured(name="c", value=2.0, unit="s"),
        ],
    )
    body = json.loads(json.dumps(result.as_dict()))
    assert [figure["met"] for figure in body["figures"]] == [False, True, None]
    assert set(body) == {"bench", "machine", "versions", "seed", "figures"}
    assert "MISSED" in result.lines()[0]


def test_the_plain_way_computes_the_same_on_late_and_corrected_events() -> None:
    register = make_register(small_plan(5)).register
    first = int(str(register.events["occurred_at"].min()))
    cutoffs = month_ends(first, register.observed_until, register.time_zone)[-5:]
    snapshots = register.matters.select("matter_id").join(pl.DataFrame({"cutoff": cutoffs}), how="cross")
    ours, plain = build_features(register, snapshots, windows()), plain_way(register, cutoffs)
    check_equal(ours, plain, windows())
    with pytest.raises(ValueError, match="visit_90"):
        check_equal(ours.with_columns(visit_90=pl.col("visit_90") + 1), plain, windows())


def test_the_features_bench_prints_its_goals() -> None:
    names = {figure.name for figure in run_features(matters=300, seed=1).figures}
    assert "ratio, plain / ours, same windows" in names
    assert "one matter, catalog, median" in names


def test_a_task_of_another_tool_s_size_is_timed_from_register_to_last_score() -> None:
    from serving.bench.train import run_like_triage, window_features

    assert len(window_features()) == 60
    figures = {one.name: one for one in run_like_triage(matters=800, seed=5).figures}
    assert figures["cutoffs"].value == 14
    assert figures["models of 100 iterations"].value == 5
    assert figures["together"].goal == 1.7
    assert figures["together"].value is not None
