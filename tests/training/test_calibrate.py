"""Probabilities are true on average, ranges widen where little is known, bands hold their share."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from training import calibrate
from training.scorecard import NANO


def _sample(n: int, a: float, b: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    margin = rng.normal(-2, 1, n)
    return margin, (rng.random(n) < 1 / (1 + np.exp(-(a + b * margin)))).astype(np.int8)


def test_the_line_is_the_logistic_regression_of_the_label_on_the_margin() -> None:
    margin, label = _sample(4000, 0.4, 0.7, 1)
    line = calibrate.fit_line(margin, label)
    oracle = LogisticRegression(C=1e6, tol=1e-10).fit(margin[:, None], label)
    assert abs(line.a - oracle.intercept_[0]) < 1e-3
    assert abs(line.b - oracle.coef_[0, 0]) < 1e-3


def test_a_falling_line_becomes_flat_at_the_base_rate() -> None:
    margin, label = _sample(3000, -1, -1, 2)
    line = calibrate.fit_line(margin, label)
    assert line.b == 0
    assert abs(calibrate.probability(line, np.zeros(1))[0] - label.mean()) < 1e-4


def test_one_class_or_separated_classes_stay_finite() -> None:
    margin = np.linspace(-3, 3, 50)
    for label in (np.zeros(50, np.int8), np.ones(50, np.int8), (margin > 0).astype(np.int8)):
        line = calibrate.fit_line(margin, label)
        assert np.isfinite([line.a, line.b]).all()
        assert line.b >= 0


def test_the_range_holds_the_line_and_widens_with_fewer_matters() -> None:
    widths = []
    for matters in (60, 600):
        margin, label = _sample(3000, 0, 1, 3)
        nano = np.rint(margin * NANO).astype(np.int64)
        found = calibrate.fit_calibration(nano, label, np.arange(3000, dtype=np.int64) % matters, seed=5, refits=100)
        assert found.knots.size == 65
        middle = calibrate.probability(calibrate.Line(a=found.a, b=found.b), found.knots / NANO) * 1e6
        assert (found.low <= middle + 1).all()
        assert (middle <= found.high + 1).all()
        low, high = calibrate.per_hundred(found, nano[:100])
        assert ((low >= 0) & (low <= high) & (high <= 100)).all()
        widths.append((found.high - found.low).mean())
    assert widths[1] < 1.5 * widths[0]


def test_same_seed_same_table_and_matters_may_be_renumbered() -> None:
    margin, label = _sample(800, 0, 1, 4)
    nano, matters = np.rint(margin * NANO).astype(np.int64), np.arange(800, dtype=np.int64) // 4
    first = calibrate.fit_calibration(nano, label, matters, seed=1, refits=40)
    second = calibrate.fit_calibration(nano, label, matters * 7 + 3, seed=1, refits=40)
    assert (first.low == second.low).all()
    assert (first.high == second.high).all()


@settings(max_examples=80, deadline=None)
@given(st.lists(st.integers(-50, 50), min_size=1, max_size=300))
def test_bands_take_at_most_their_share_and_ties_stay_below(values: list[int]) -> None:
    margins = np.array(values, dtype=np.int64)
    bands = calibrate.fit_bands(margins)
    assert bands.larger <= bands.major
    allowed = max(1, int(np.ceil(0.01 * margins.size)))
    if margins.size > 1:
        assert (margins >= bands.major).sum() <= allowed
