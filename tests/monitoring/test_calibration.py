"""Are estimates and their intervals true where chances are, and is it told where they no longer are."""

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from data.contract import Register
from data.settings import Settings
from data.times import cutoff_instant
from monitoring.calibration import check_calibration, clustered_line, estimate, expected_power, widening
from monitoring.check import PastList, Watch

ZONE = "Asia/Shanghai"
MONTHS = [cutoff_instant(date(2025, month, 28), ZONE) for month in range(1, 11)]


def _watch(register: Register, shift: float = 0.0, slope: float = 1.0, matters: int = 600, seed: int = 3) -> Watch:
    """Ten lists whose outcomes follow `shift + slope · log-odds`; the last ones have not matured."""
    draw = np.random.default_rng(seed)
    past, labels = list[PastList](), list[pl.DataFrame]()
    for number, cutoff in enumerate(MONTHS):
        odds = draw.normal(-1.5, 1.0, size=matters)
        chance = 1 / (1 + np.exp(-odds))
        hit = draw.random(matters) < 1 / (1 + np.exp(-(shift + slope * odds)))
        ids = [f"m{number}-{i}" for i in range(matters)]
        candidates = pl.DataFrame({"matter_id": ids, "office_id": "a", "margin": odds, "chance": chance})
        candidates = candidates.with_columns(chance_low=pl.col("chance") * 0.95, chance_high=pl.col("chance") * 1.05)
        top = np.argsort(-odds)[:30]
        entries = pl.DataFrame(
            {"matter_id": [ids[i] for i in top], "part": "model", "inclusion": [None] * 30},
            schema_overrides={"inclusion": pl.Float64},
        )
        past.append(
            PastList(screening_id=f"s{number}", cutoff=cutoff, entries=entries, candidates=candidates, version=1)
        )
        labels.append(pl.DataFrame({"matter_id": ids, "cutoff": cutoff, "label": hit.astype(np.int8)}))
    register = replace(register, observed_until=cutoff_instant(date(2025, 12, 31), ZONE))
    return Watch(register=register, settings=Settings(), as_of=MONTHS[-1], past=tuple(past), labels=pl.concat(labels))


def test_true_chances_raise_nothing_and_intervals_hold_what_came(empty_register: Register) -> None:
    outcome = check_calibration(_watch(empty_register))
    assert outcome.findings == []
    assert [row["mature"] for row in outcome.rows] == [True] * 8 + [False] * 2
    assert outcome.totals is not None
    assert outcome.totals["inside"] >= 7
    assert outcome.rows[-1]["estimate"] == pytest.approx(0.22, abs=0.05)
    assert "came" not in outcome.rows[-1]


def test_intervals_hold_the_truth_nineteen_times_in_twenty(empty_register: Register) -> None:
    inside = [
        row["inside"]
        for seed in range(20)
        for row in check_calibration(_watch(empty_register, seed=seed, matters=200)).rows
        if row["mature"]
    ]
    assert 0.91 <= np.mean(inside) <= 1.0


@pytest.mark.parametrize(("shift", "severity"), [(0.6, "warning"), (1.8, "severe"), (-1.2, "severe")])
def test_a_shift_of_the_level_is_told(empty_register: Register, shift: float, severity: str) -> None:
    found = check_calibration(_watch(empty_register, shift=shift)).findings
    assert [(one.code, one.severity.value) for one in found if one.code == "calibration_off"] == [
        ("calibration_off", severity)
    ]


def test_a_flatter_line_is_told_as_decay(empty_register: Register) -> None:
    codes = {one.code for one in check_calibration(_watch(empty_register, slope=0.3, shift=-1.0)).findings}
    assert "order_decays" in codes


def test_another_version_s_lists_do_not_count_for_this_one(empty_register: Register) -> None:
    watch = _watch(empty_register, shift=1.8)
    past = tuple(replace(one, version=2 if one.cutoff >= MONTHS[7] else 1) for one in watch.past)
    totals = check_calibration(replace(watch, past=past)).totals
    assert totals is not None
    assert totals["lists"] == 1


def test_lists_by_rules_have_nothing_to_estimate(empty_register: Register) -> None:
    watch = _watch(empty_register)
    ruled = tuple(replace(one, candidates=one.candidates.drop("chance"), version=None) for one in watch.past)
    outcome = check_calibration(replace(watch, past=ruled))
    assert outcome.rows == []
    assert outcome.totals is None


def test_the_line_equals_scikit_learn_s_and_its_errors_a_bootstrap_over_matters() -> None:
    draw = np.random.default_rng(5)
    matters = np.repeat(np.arange(150), 4)
    odds = draw.normal(size=600)
    hit = draw.random(600) < 1 / (1 + np.exp(-(0.3 + 0.8 * odds + np.repeat(draw.normal(size=150), 4))))
    line, level, slope = clustered_line(odds, hit, matters)
    theirs = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(odds[:, None], hit)
    assert line.a == pytest.approx(float(theirs.intercept_[0]), abs=2e-3)
    assert line.b == pytest.approx(float(theirs.coef_[0, 0]), abs=2e-3)
    drawn: list[tuple[float, float]] = []
    for _ in range(200):
        rows = (draw.integers(0, 150, 150)[:, None] * 4 + np.arange(4)).ravel()
        again, _, _ = clustered_line(odds[rows], hit[rows], matters)
        drawn.append((again.a, again.b))
    assert level == pytest.approx(np.std([a for a, _ in drawn]), rel=0.25)
    assert slope == pytest.approx(np.std([b for _, b in drawn]), rel=0.25)


def test_expected_ranking_power_is_what_draws_give_on_average() -> None:
    draw = np.random.default_rng(6)
    chance = draw.beta(1, 5, size=400).round(2)
    powers = [roc_auc_score(hit, chance) for hit in draw.random((300, 400)) < chance]
    assert expected_power(chance) == pytest.approx(np.mean(powers), abs=0.01)
    assert expected_power(np.zeros(3)) is None


def test_an_estimate_without_matters_and_a_past_without_misses_claim_nothing() -> None:
    none = np.empty(0)
    assert estimate(none, none, none).order is None
    assert widening([5.0, 5.0]) == 1.0
    assert widening([3.0, -3.0, 3.0]) == pytest.approx(3.0)
    assert widening([0.1, 0.1, 0.1]) == 1.0
