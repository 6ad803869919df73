"""Does drift say what scipy says, and stay quiet where nothing moved."""

import json
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from data.contract import Register
from data.settings import Settings
from data.times import DAY_US
from monitoring.check import Severity, Watch
from monitoring.drift import (
    check_drift,
    check_month_drift,
    drift_rows,
    ks_chance,
    ks_distance,
    reference_summary,
    spread_of,
    stability_index,
)


def _features(seed: int, rows: int, shift: float = 0.0, matters: int | None = None) -> pl.DataFrame:
    draw = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "matter_id": [f"m{i % (matters or rows)}" for i in range(rows)],
            "cutoff": np.zeros(rows, dtype=np.int64),
            "contacts": draw.poisson(1.2, rows).astype(np.float64),
            "joint": (draw.random(rows) < 0.05).astype(np.float64),
            "idle_days": draw.exponential(40 * (1 + shift), rows),
        }
    )


def _with_margin(frame: pl.DataFrame, shift: float = 0.0) -> pl.DataFrame:
    return frame.with_columns(margin=pl.col("contacts") - 2 + shift)


def _watch(empty_register: Register, reference: pl.DataFrame, current: pl.DataFrame | None) -> Watch:
    summary = reference_summary(reference.drop("margin"), reference["margin"].to_numpy())
    return Watch(register=empty_register, settings=Settings(), as_of=0, reference=summary, current=current)


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=1, max_size=12))
def test_psi_is_the_symmetric_relative_entropy_of_scipy(counts: list[tuple[int, int]]) -> None:
    reference, current = np.array(counts, dtype=np.int64).T
    p, q = ((side + 0.5) / (side + 0.5).sum() for side in (reference, current))
    expected = special.rel_entr(p, q).sum() + special.rel_entr(q, p).sum()
    assert stability_index(reference, current) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("name", ["contacts", "joint", "idle_days"])
@pytest.mark.parametrize("shift", [0.0, 0.6])
def test_ks_distance_and_significance_equal_scipy(name: str, shift: float) -> None:
    then, now = _features(1, 900), _features(2, 300, shift)
    summary = reference_summary(then, np.zeros(900))
    expected = stats.ks_2samp(then[name].to_numpy(), now[name].to_numpy(), method="asymp")
    assert ks_distance(summary["columns"][name], spread_of(now[name])) == pytest.approx(expected.statistic, abs=1e-12)
    row = next(row for row in drift_rows(summary, now) if row["name"] == name)
    assert row["p"] == pytest.approx(expected.pvalue, rel=1e-6)


def test_ks_distance_of_a_long_reference_is_within_one_in_a_thousand() -> None:
    then, now = _features(1, 40_000), _features(2, 3_000, 0.2)
    summary = reference_summary(then, np.zeros(40_000))
    expected = stats.ks_2samp(then["idle_days"].to_numpy(), now["idle_days"].to_numpy()).statistic
    assert ks_distance(summary["columns"]["idle_days"], spread_of(now["idle_days"])) == pytest.approx(
        expected, abs=1e-3
    )


@pytest.mark.parametrize("size", [20_000, 400_000])
@pytest.mark.parametrize("standard", [0.6, 1.2, 1.8, 3.0])
def test_the_significance_of_large_samples_is_scipy_s_to_a_fiftieth_and_no_smaller(size: int, standard: float) -> None:
    distance = standard / np.sqrt(size)
    exact = stats.kstwo.sf(distance, size)
    assert exact * (1 - 1e-9) <= ks_chance(distance, size) <= exact * 1.02


def _months_learnt(days: list[float], rows: int = 2000) -> pl.DataFrame:
    """Months that differ in one feature only: its mean by month."""
    parts = [
        _features(month, rows, mean / 40 - 1).with_columns(cutoff=pl.lit(month, pl.Int64))
        for month, mean in enumerate(days)
    ]
    return pl.concat(parts).with_columns(matter_id=pl.int_range(pl.len()).cast(pl.String))


def test_how_far_the_months_learnt_from_lay_apart_is_their_largest_psi_by_scipy() -> None:
    rows = _months_learnt([40, 40, 90])
    summary = reference_summary(rows, np.zeros(rows.height))["columns"]["idle_days"]

    def psi(month: int) -> float:
        days = rows.filter(pl.col("cutoff") == month)["idle_days"].to_numpy()
        edges = np.concatenate([[-np.inf], np.nextafter(summary["edges"], np.inf), [np.inf]])
        shares = [(np.asarray(counts) + 0.5) for counts in (summary["counts"], np.histogram(days, edges)[0])]
        p, q = (one / one.sum() for one in shares)
        return float(special.rel_entr(p, q).sum() + special.rel_entr(q, p).sum())

    assert summary["usual"] == pytest.approx(max(map(psi, range(3))), rel=1e-9)
    alone = reference_summary(_features(1, 500), np.zeros(500))
    assert alone["columns"]["idle_days"]["usual"] == 0.0
    small = pl.concat([rows, _months_learnt([400], rows=5).with_columns(cutoff=pl.lit(9, pl.Int64))])
    assert reference_summary(small, np.zeros(small.height))["columns"]["idle_days"]["usual"] < 1


def test_a_month_no_further_from_the_last_than_those_learnt_from_were_is_no_drift(empty_register: Register) -> None:
    before, now = (_with_margin(_features(month, 3000, mean / 40 - 1)) for month, mean in ((1, 40), (2, 90)))
    watch = _months(empty_register, before, now)
    assert [one.numbers["name"] for one in check_month_drift(watch).findings] == ["idle_days"]
    for days, told in (([40, 90, 40], []), ([40, 60, 90], ["idle_days"])):
        learnt = reference_summary(_months_learnt(days), np.zeros(6000))
        found = check_month_drift(replace(watch, reference=learnt)).findings
        assert [one.numbers["name"] for one in found] == told
        assert learnt["columns"]["idle_days"]["step"] >= learnt["columns"]["idle_days"]["usual"]


def test_a_month_no_further_off_than_one_learnt_from_is_no_drift(empty_register: Register) -> None:
    wide = _with_margin(_months_learnt([40, 40, 90]))
    even = _with_margin(_months_learnt([56, 56, 57]))
    now = _with_margin(_features(8, 3000, 80 / 40 - 1))
    assert [one.numbers["name"] for one in check_drift(_watch(empty_register, wide, now)).findings] == []
    assert [one.numbers["name"] for one in check_drift(_watch(empty_register, even, now)).findings] == ["idle_days"]
    far = _with_margin(_features(8, 3000, 200 / 40 - 1))
    assert [one.numbers["name"] for one in check_drift(_watch(empty_register, wide, far)).findings] == ["idle_days"]


def test_a_reference_kept_before_months_were_compared_is_read_all_the_same(empty_register: Register) -> None:
    watch = _watch(empty_register, _with_margin(_features(1, 2000)), _with_margin(_features(2, 2000, shift=1.0)))
    assert watch.reference is not None
    for column in watch.reference["columns"].values():
        del column["usual"]
    assert [one.numbers["name"] for one in check_drift(watch).findings] == ["idle_days"]


def test_a_rare_yes_or_no_has_its_own_bin() -> None:
    summary = reference_summary(_features(1, 2000), np.zeros(2000))["columns"]["joint"]
    assert len(summary["counts"]) == 2
    assert sum(summary["counts"]) == 2000


def test_significance_counts_matters_not_snapshots() -> None:
    once, often = _features(1, 3000), _features(1, 3000, matters=100)
    now = _features(2, 300, 0.1)
    p = [
        {row["name"]: row["p"] for row in drift_rows(reference_summary(frame, np.zeros(3000)), now)}["idle_days"]
        for frame in (once, often)
    ]
    assert p[0] < p[1]


def test_a_figure_of_the_office_counts_once_however_many_matters_read_it() -> None:
    draw = np.random.default_rng(7)
    then, now = _features(1, 3000), _features(2, 400)
    then = then.with_columns(load=pl.Series(draw.normal(size=300)[np.arange(3000) % 300]))
    now = now.with_columns(load=pl.Series(draw.normal(size=8)[np.arange(400) % 8]))
    reference = reference_summary(then, np.zeros(3000))
    p = [
        {row["name"]: row["p"] for row in drift_rows(reference, now, names, 8)}["load"]
        for names in (frozenset[str](), frozenset({"load"}))
    ]
    assert p[0] < 0.001 < 0.05 < p[1]


def test_the_reference_is_plain_json_without_a_matter() -> None:
    text = json.dumps(reference_summary(_features(1, 500), np.zeros(500)))
    assert "m17" not in text
    assert len(text) < 60_000


def test_nothing_moved_nothing_said(empty_register: Register) -> None:
    quiet = 0
    for seed in range(40):
        then, now = _with_margin(_features(seed, 2000)), _with_margin(_features(seed + 100, 150))
        quiet += not check_drift(_watch(empty_register, then, now)).findings
    assert quiet >= 39


def test_a_moved_feature_warns_and_a_moved_score_is_severe(empty_register: Register) -> None:
    then = _with_margin(_features(1, 2000))
    now = _with_margin(_features(2, 400, shift=2.0), shift=1.5)
    findings = {finding.code: finding for finding in check_drift(_watch(empty_register, then, now)).findings}
    assert findings["feature_drift"].numbers["name"] == "idle_days"
    assert findings["feature_drift"].severity is Severity.WARNING
    assert findings["score_drift"].severity is Severity.SEVERE


def test_a_feature_gone_is_severe(empty_register: Register) -> None:
    then = _with_margin(_features(1, 2000))
    outcome = check_drift(_watch(empty_register, then, _with_margin(_features(2, 300)).drop("joint")))
    assert [(finding.code, finding.severity) for finding in outcome.findings] == [("feature_missing", Severity.SEVERE)]


def test_rules_only_says_so(empty_register: Register) -> None:
    watch = Watch(register=empty_register, settings=Settings(), as_of=0)
    assert [finding.code for finding in check_drift(watch).findings] == ["drift_not_measured"]


def _months(empty_register: Register, before: pl.DataFrame, now: pl.DataFrame) -> Watch:
    return Watch(
        register=empty_register, settings=Settings(), as_of=0, current=now, previous=before, previous_cutoff=DAY_US
    )


def test_a_month_is_held_against_the_month_before_by_scipy_s_test_corrected_over_all_columns(
    empty_register: Register,
) -> None:
    before, now = _with_margin(_features(1, 900)), _with_margin(_features(2, 600, 0.2))
    rows = check_month_drift(_months(empty_register, before, now)).rows
    names = ["contacts", "joint", "idle_days", "margin"]
    chances = [stats.ks_2samp(before[name].to_numpy(), now[name].to_numpy(), method="asymp")[1] for name in names]
    expected = dict(zip(names, stats.false_discovery_control(chances), strict=True))
    assert {row["name"]: row["p_corrected"] for row in rows} == pytest.approx(expected, rel=1e-6)


def test_what_moved_since_last_month_is_told_and_a_month_like_the_last_is_not(empty_register: Register) -> None:
    before = _with_margin(_features(1, 2000))
    moved = _with_margin(_features(2, 500, shift=2.0), shift=1.5)
    told = {one.code: one for one in check_month_drift(_months(empty_register, before, moved)).findings}
    assert told["feature_month"].numbers["name"] == "idle_days"
    assert told["score_month"].severity is Severity.SEVERE
    assert "上期（1970-01-01）" in told["score_month"].title_zh
    assert check_month_drift(_months(empty_register, before, _with_margin(_features(3, 500)))).findings == []


def test_the_first_month_has_nothing_before_it(empty_register: Register) -> None:
    watch = Watch(register=empty_register, settings=Settings(), as_of=0, current=_with_margin(_features(1, 50)))
    assert check_month_drift(watch).rows == []
