"""Are intervals and small-cell rules those of the literature."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import roc_auc_score

from monitoring.figures import is_small, paired_difference, ranking_power, shown_share, wilson
from training.metrics import figure, matter_weights, ratio


@given(st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_equals_scipy(case: tuple[int, int]) -> None:
    expected = stats.binomtest(*case).proportion_ci(method="wilson")
    assert wilson(*case) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_eight_of_twenty_is_22_to_61_percent() -> None:
    assert [round(bound, 2) for bound in wilson(8, 20)] == [0.22, 0.61]


def test_nothing_seen_is_no_knowledge() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


def test_ranking_power_equals_sklearn_with_ties() -> None:
    draw = np.random.default_rng(3)
    hits = draw.random(400) < 0.3
    scores = np.round(draw.normal(hits.astype(float)), 1)
    area, low, high = ranking_power(scores, hits) or (0.0, 0.0, 0.0)
    assert area == pytest.approx(roc_auc_score(hits, scores), abs=1e-12)
    assert low < area < high


def test_ranking_power_interval_covers_the_truth() -> None:
    draw = np.random.default_rng(11)
    truth = stats.norm.cdf(1 / np.sqrt(2))
    covered = 0
    for _ in range(200):
        hits = np.arange(150) < 40
        found = ranking_power(draw.normal(hits.astype(float)), hits)
        assert found is not None
        covered += found[1] <= truth <= found[2]
    assert 180 <= covered <= 199


def test_ranking_power_is_silent_on_few() -> None:
    assert ranking_power(np.arange(50.0), np.arange(50) < 9) is None


def test_paired_difference_is_the_bootstrap_over_matters() -> None:
    draw = np.random.default_rng(5)
    matters = np.repeat(np.arange(400), 3)
    tends = np.repeat(draw.random(400), 3)
    first, second = draw.random(1200) < 0.3, draw.random(1200) < tends / 2
    hits = draw.random(1200) < np.where(first, 0.5, 0.2) * tends
    point, low, high = paired_difference(first, second, hits, matters)
    assert point == pytest.approx(hits[first].mean() - hits[second].mean())
    weights = matter_weights(400, 2000, seed=1)
    shares = [
        ratio((hits & chosen).astype(float), chosen.astype(float), matters, weights) for chosen in (first, second)
    ]
    drawn = figure(shares[0].minus(shares[1]))
    assert (low, high) == pytest.approx((drawn.low, drawn.high), abs=0.01)


def test_paired_difference_of_equal_lists_is_nothing() -> None:
    chosen = np.arange(40) < 10
    assert paired_difference(chosen, chosen, np.arange(40) < 5, np.arange(40)) == (0.0, 0.0, 0.0)


def test_small_is_fewer_than_ten_in_it_or_out_of_it() -> None:
    assert [is_small(*case) for case in ((9, 40), (35, 40), (3, 7), (10, 20), (15, 40))] == [True] * 3 + [False] * 2


def test_a_masked_share_tells_no_figure() -> None:
    masked = {"hits": None, "share": None, "interval": None, "masked": True}
    assert shown_share(9, 40, masked=True) == {"of": 40, **masked}
    assert shown_share(3, 7, masked=True) == {"of": None, **masked}


def test_repeated_places_of_a_matter_widen_the_interval() -> None:
    once, often = shown_share(30, 100, masked=False), shown_share(30, 100, masked=False, matters=40)
    assert once["share"] == often["share"] == 0.3
    assert often["interval"] == list(wilson(12, 40))
