"""Figures agree with scikit-learn's, intervals with a bootstrap done the long way."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from training import metrics

NOTHING = np.zeros((0, 4000), dtype=np.uint8)


def _rows(n: int, seed: int, levels: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    score = rng.integers(0, levels, n) / 7.0
    label = (rng.random(n) < 0.1 + 0.3 * score / score.max()).astype(float)
    return score, label, np.sort(rng.integers(0, max(2, n // 3), n))


@settings(max_examples=40, deadline=None)
@given(st.integers(30, 400), st.integers(0, 10_000), st.integers(2, 500))
def test_average_precision_and_auc_are_those_of_scikit_learn(n: int, seed: int, levels: int) -> None:
    score, label, matter = _rows(n, seed, levels)
    if label.min() == label.max():
        return
    average, area = metrics.ranking(score, label, matter, NOTHING)
    assert average.value == pytest.approx(average_precision_score(label, score), abs=1e-12)
    assert area.value == pytest.approx(roc_auc_score(label, score), abs=1e-12)


def test_draws_are_the_figures_of_the_reweighted_rows() -> None:
    score, label, matter = _rows(300, 3, 40)
    weights = metrics.matter_weights(100, 25, 8)
    drawn, auc = (sample.draws for sample in metrics.ranking(score, label, matter, weights))
    for replicate in range(25):
        weight = weights[replicate][matter].astype(float)
        assert drawn[replicate] == pytest.approx(average_precision_score(label, score, sample_weight=weight))
        assert auc[replicate] == pytest.approx(roc_auc_score(label, score, sample_weight=weight))


def test_brier_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    p = rng.random(500)
    y = (rng.random(500) < p).astype(float)
    found = metrics.brier(p, y, np.arange(500), np.zeros((0, 500), np.uint8))
    assert found.value == pytest.approx(brier_score_loss(y, p))


def test_a_ratio_is_drawn_over_whole_matters() -> None:
    matter = np.repeat(np.arange(40), 5)
    top = np.repeat(np.random.default_rng(1).integers(0, 2, 40), 5).astype(float)  # all rows of a matter alike
    weights = metrics.matter_weights(40, 4000, 2)
    found = metrics.ratio(top, np.ones(200), matter, weights)
    share = top.mean()
    assert found.value == pytest.approx(share)
    assert found.draws.std() == pytest.approx(np.sqrt(share * (1 - share) / 40), rel=0.1)


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(7)
    inside = 0
    for trial in range(200):
        positive = (rng.random(150) < 0.3).astype(float)
        found = metrics.figure(
            metrics.ratio(positive, np.ones(150), np.arange(150), metrics.matter_weights(150, 400, trial))
        )
        assert found.low is not None
        assert found.high is not None
        inside += found.low <= 0.3 <= found.high
    assert inside >= 180


def test_g12_a_difference_is_ahead_only_where_its_interval_says_so() -> None:
    make = metrics.Figure
    assert metrics.verdict(make(value=0.1, low=0.01, high=0.2))[1] == "ahead"
    assert metrics.verdict(make(value=-0.1, low=-0.2, high=-0.01))[1] == "behind"
    assert metrics.verdict(make(value=0.1, low=-0.01, high=0.2)) == ("未显示有差别", "not shown to differ")
    assert metrics.verdict(make(value=None, low=None, high=None))[1] == "not shown to differ"


def test_paired_draws_are_narrower_than_unpaired_ones() -> None:
    score, label, matter = _rows(900, 5, 400)
    weights = metrics.matter_weights(300, 300, 1)
    first = metrics.ranking(score, label, matter, weights)[0]
    second = metrics.ranking(score + 1e-6 * matter, label, matter, weights)[0]
    paired = first.minus(second).draws.std()
    assert paired < 0.7 * np.hypot(first.draws.std(), second.draws.std())


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_top_of_each_group_has_exactly_k_and_ignores_the_order_of_rows(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 60))
    rng = np.random.default_rng(data.draw(st.integers(0, 999)))
    score, group = rng.integers(0, 4, n).astype(float), rng.integers(0, 4, n)
    ties, allowed, k = rng.permutation(n), rng.random(n) < 0.7, rng.integers(0, 6, 4)
    found = metrics.top_of_groups(score, ties, group, k, allowed)
    for code in range(4):
        inside = np.flatnonzero((group == code) & allowed)
        expected = sorted(inside, key=lambda row: (-score[row], ties[row]))[: k[code]]
        assert set(np.flatnonzero(found & (group == code))) == set(expected)
    order = rng.permutation(n)
    again = metrics.top_of_groups(score[order], ties[order], group[order], k, allowed[order])
    assert (again == found[order]).all()


def test_calibration_error_is_zero_for_true_shares_and_known_by_hand() -> None:
    p = np.array([0.5] * 10)
    y = np.array([1.0, 0.0] * 5)
    assert metrics.expected_calibration_error(p, y, bins=1) == 0
    assert metrics.expected_calibration_error(np.zeros(4), np.ones(4)) == 1
    assert metrics.perfect_calibration_error(np.full(20_000, 0.2), seed=1) < 0.02


def test_nothing_to_measure_says_nothing() -> None:
    empty = np.empty(0)
    weights = metrics.matter_weights(3, 10, 0)
    found = metrics.figure(metrics.ranking(empty, empty, empty.astype(np.int64), weights)[0])
    assert found.value is None
    assert metrics.figure(metrics.ratio(empty, empty, empty.astype(np.int64), weights)).value is None
