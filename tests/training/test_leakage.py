"""Which columns know too much: planted leaks are named, an honest province raises nothing."""

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from data.contract import Register
from data.settings import LearningSettings, Settings
from data.synthetic import make_register, small_plan
from data.task import Task
from data.times import DAY_US
from data.vocabulary import CLOSERS
from training import run
from training.estimators import READABLE
from training.leakage import Leak, attribute_leaks, feature_leaks
from training.select import decide

SETTINGS = Settings(demo=True, learning=LearningSettings(bootstrap=50))


@pytest.fixture(scope="module")
def province() -> Register:
    return make_register(replace(small_plan(3), oracle_draws=0)).register


def _with(register: Register, name: str, values: pl.DataFrame, *, usable: bool = True) -> Register:
    """The register with a declared attribute written on the first event of every matter."""
    first = (
        register.events.sort("occurred_at", "seq")
        .unique("matter_id", keep="first", maintain_order=True)
        .join(values, on="matter_id", how="inner")
    )
    rows = first.select(
        "matter_id",
        name=pl.lit(name),
        text=pl.col("value"),
        number=pl.lit(None, pl.Int64),
        occurred_at="occurred_at",
        known_at="known_at",
        known_from="known_from",
        known_until=pl.lit(None, pl.Int64),
        recorded_at="recorded_at",
        batch_id="batch_id",
        seq="seq",
        assumed="assumed",
        usable=pl.lit(usable),
    )
    return replace(register, attributes=pl.concat([register.attributes, rows.select(register.attributes.columns)]))


def _final_status(register: Register) -> pl.DataFrame:
    last = (
        register.events.filter(pl.col("known_until").is_null() & pl.col("kind").is_in([*CLOSERS, "reopened"]))
        .sort("occurred_at", "seq")
        .group_by("matter_id", maintain_order=True)
        .agg(pl.col("kind").last().alias("value"))
    )
    return (
        register.matters.select("matter_id")
        .join(last, on="matter_id", how="left")
        .with_columns(pl.col("value").fill_null("open"))
    )


def test_an_honest_province_raises_nothing(province: Register) -> None:
    assert attribute_leaks(province, Task()) == ()


def test_a_final_status_copied_to_the_first_event_is_named(province: Register) -> None:
    found = attribute_leaks(_with(province, "final_status", _final_status(province)), Task())
    assert {leak.name for leak in found} == {"final_status"}
    assert all(leak.severe and leak.code == "foretells" for leak in found)
    assert any("办结" in leak.zh and "closed" in leak.en for leak in found)


def test_a_value_drawn_by_lot_is_not(province: Register) -> None:
    rng = np.random.default_rng(1)
    lot = province.matters.select("matter_id").with_columns(
        value=pl.Series(rng.choice(["a", "b", "c"], province.matters.height))
    )
    assert attribute_leaks(_with(province, "lot", lot), Task()) == ()


def test_an_undated_column_is_named_and_not_severe(province: Register) -> None:
    values = _final_status(province)
    (found,) = attribute_leaks(_with(province, "status_today", values, usable=False), Task())
    assert (found.name, found.code, found.severe) == ("status_today", "undated", False)


def test_a_fact_that_changes_after_the_outcome_is_named(province: Register) -> None:
    from training.labels import returns

    came = returns(province, Task()).unique("matter_id", keep="first", maintain_order=True)
    plain = _with(province, "mood", province.matters.select("matter_id", value=pl.lit("calm")))
    changed = came.select(
        "matter_id",
        name=pl.lit("mood"),
        text=pl.lit("other"),
        number=pl.lit(None, pl.Int64),
        occurred_at=pl.col("occurred_at") + 5 * DAY_US,
        known_at=pl.col("occurred_at") + 5 * DAY_US,
        known_from=pl.col("occurred_at") + 5 * DAY_US,
        known_until=pl.lit(None, pl.Int64),
        recorded_at=pl.lit(0, pl.Int64),
        batch_id=pl.lit(1, pl.Int64),
        seq=pl.lit(9, pl.Int64),
        assumed=pl.lit(value=False),
        usable=pl.lit(value=True),
    )
    register = replace(plain, attributes=pl.concat([plain.attributes, changed.select(plain.attributes.columns)]))
    found = attribute_leaks(register, Task())
    assert [(leak.name, leak.code, leak.severe) for leak in found] == [("mood", "changes_after", False)]


def test_a_feature_that_tells_the_outcome_alone_is_named_and_keeps_the_gate_shut(make_invented: Any) -> None:
    data = make_invented()
    told = pl.col("label").fill_null(0).cast(pl.Float64)
    rare = pl.when((pl.col("label") == 1) & (pl.int_range(pl.len()) % 4 == 0)).then(16.0).otherwise(11.0)
    data.rows = data.rows.with_columns(knows=told, fee=rare)
    plain = data.feature_set.get("noise")
    data.feature_set += type(data.feature_set)(features=(replace(plain, name="knows"), replace(plain, name="fee")))
    done = run.train(data, SETTINGS, seed=1, candidates=(READABLE,))
    severe = {(leak.name, leak.code) for leak in done.analysis.severe}
    assert severe == {("knows", "too_good"), ("knows", "too_sure"), ("fee", "too_sure")}
    assert not done.gate.passed
    assert any("fee" in en for _, en in done.gate.reasons)
    assert "疑有泄漏" in done.markdown("zh")


def test_honest_features_are_not(invented: Any, outcome: Any) -> None:
    assert feature_leaks(invented.rows, invented.feature_set, outcome.test.folds) == ()


def test_a_mild_finding_shuts_no_gate(outcome: Any) -> None:
    mild = Leak(name="x", code="undated", severe=False, zh="甲", en="a")
    found = decide(outcome.test, SETTINGS.gate, assumed_share=0.0, bench_only=False, leaks=(mild,))
    assert found.passed
