"""The figures benches print: goals beside values, and two ways held equal before either is timed."""

import json
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from data.contract import Register
from data.synthetic import make_register, small_plan
from features.build import build_features
from serving.bench import plain_training
from serving.bench.features import check_equal, plain_way, run_features, windows
from serving.bench.large import from_store, in_partitions, store_of, write_store
from serving.bench.registers import base_register, copies_of
from serving.bench.result import BenchResult, Measured
from training.labels import months_of


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
    cutoffs = months_of(register)[-5:]
    snapshots = register.matters.select("matter_id").join(pl.DataFrame({"cutoff": cutoffs}), how="cross")
    ours, plain = build_features(register, snapshots, windows()), plain_way(register, cutoffs)
    check_equal(ours, plain, windows(), cutoffs)
    with pytest.raises(ValueError, match="visit_90"):
        check_equal(ours.with_columns(visit_90=pl.col("visit_90") + 1), plain, windows(), cutoffs)


@pytest.mark.slow
def test_the_features_bench_prints_its_goals() -> None:
    result = run_features(matters=300, large_matters=300, growth=(300, 600), seed=1)
    figures = {figure.name: figure for figure in result.figures}
    assert [name for name, figure in figures.items() if figure.goal is not None] == [
        "known more than 3 days late",
        "corrected",
        "ratio, plain / ours, same windows",
        "ratio, timeseriesflattener / ours, per feature value",
        "large register: catalog at one cutoff",
        "large register: peak memory",
        "growth of time per event",
        "growth of peak memory",
        "one matter, catalog, median",
        "one matter, catalog, p99",
    ]
    assert figures["known more than 3 days late"].met
    assert figures["corrected"].met
    beside = figures["ratio, timeseriesflattener / ours, per feature value"]
    assert beside.value is not None or beside.note == "not installed: make compare"


def test_copies_share_nothing_but_their_shape() -> None:
    base = base_register(3, 300)
    both = copies_of(base, [0, 1])
    for frame, ids in ((both.events, ("event_id",)), (both.matters, ("matter_id",)), (both.offices, ("office_id",))):
        for name in ids:
            assert (
                frame[name].n_unique()
                == 2 * {"event_id": base.events, "matter_id": base.matters}.get(name, base.offices)[name].n_unique()
            )
    snapshots = both.matters.select("matter_id", cutoff=pl.lit(both.observed_until))
    together = build_features(both, snapshots, windows())
    first = build_features(base, snapshots.head(len(base.matters)), windows())
    mine = together.filter(pl.col("matter_id").is_in(base.matters["matter_id"].implode()))
    assert mine.equals(first)


def test_a_store_read_by_partitions_gives_what_partitions_in_memory_give(tmp_path: Path) -> None:
    base = base_register(3, 300)
    url = store_of(tmp_path)
    write_store(url, 3, 300, 2)
    read, made = from_store(url), in_partitions(3, 300, 2)
    assert (
        (read.matters, read.versions) == (made.matters, made.versions) == (2 * len(base.matters), 2 * len(base.events))
    )
    assert read.total == pytest.approx(made.total, rel=1e-12)


def _small_task() -> tuple[Register, list[int]]:
    register = make_register(small_plan(5)).register
    return register, months_of(register)[-18:-4]


def test_the_plain_script_beside_another_tool_s_task_does_the_same_work() -> None:
    from serving.bench import like_triage

    register, ends = _small_task()
    assert len(like_triage.window_features()) == 60
    like_triage.check_equal(register, ends)
    fewer = replace(register, events=register.events.filter(pl.col("kind") != "registered"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(plain_training, "rows_of", lambda _, at, real=plain_training.rows_of: real(fewer, at))
        with pytest.raises(ValueError, match="the two ways differ"):
            like_triage.check_equal(register, ends)


@pytest.mark.slow
def test_a_task_of_another_tool_s_size_is_timed_both_ways_from_register_to_last_figure() -> None:
    from serving.bench.like_triage import run_like_triage

    figures = {one.name: one for one in run_like_triage(matters=800, seed=5).figures}
    assert figures["cutoffs"].value == 14
    assert figures["boosted models of 100 iterations"].value == 5
    assert figures["ours: together"].goal == 1.7
    for way in ("ours", "plain script, trees like ours"):
        assert 0.0 < (figures[f"{way}: precision at k"].value or 0.0) <= 1.0
