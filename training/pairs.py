"""Which two features may be read together in a small table: those that earn it beyond chance before any test month."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import polars as pl

from features.feature import FeatureSet
from training import estimators, splits
from training.calibrate import raw_calibration
from training.collapse import collapse
from training.estimators import Labels, Matrix, Pairs
from training.fit import labelled, labels_of, matrix
from training.scorecard import MOST_PAIRS, Bands, Ints, contributions

#: Sets tried, the strongest so many pairs each; the chance of a false find is shared between them.
_SIZES = (2, 5, MOST_PAIRS)
_FALSE_FINDS = 0.025
#: A screening needs no more rows than this; whole matters are drawn.
_MOST_ROWS = 150_000
#: Features screened: those the additive model leans on most.
_LEADING = 24
_BINS = 8
_LEAST_POSITIVES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The pairs a readable model may hold, and the paired test of the set: gain in log-loss per snapshot, its z."""

    pairs: Pairs
    tried: Pairs
    gain: float
    z: float


NONE = Chosen(pairs=(), tried=(), gain=0.0, z=0.0)


def choose_pairs(
    rows: pl.DataFrame,
    feature_set: FeatureSet,
    cutoffs: Sequence[int],
    *,
    reach_us: int,
    time_zone: str,
    seed: int,
) -> Chosen:
    """At most MOST_PAIRS pairs, or none, chosen on the training cutoffs `cutoffs` alone.

    The last quarter of them is held out behind an embargo of `reach_us`; on what is left before it pairs are ranked
    by what is left over between the additive model and the labels, and sets of the strongest are fitted.  A set is
    taken where its log-loss on the held-out months is lower beyond chance, paired and clustered by matter, one-sided
    at 2.5 % shared over the sets.  Contact terms and codes are in no pair.
    """
    ordered = sorted(cutoffs)
    held = ordered[len(ordered) - max(1, len(ordered) // 4) :]
    before = splits.embargoed(ordered, held[0], reach_us=reach_us, time_zone=time_zone) if ordered else ()
    if not before:
        return NONE
    fitting, later = _drawn(labelled(rows, before), seed), _drawn(labelled(rows, held), seed)
    x, y = matrix(fitting, feature_set), labels_of(fitting)
    test_x, test_y = matrix(later, feature_set), labels_of(later)
    if min(int(y.sum()), int(test_y.sum())) < _LEAST_POSITIVES:
        return NONE
    additive = _fitted(x, y, feature_set, seed=seed, pairs=())
    ranked = rank_pairs(x, y, estimators.log_odds(additive, x), _leading(additive, x, feature_set))
    alone = _log_loss(estimators.log_odds(additive, test_x), test_y)
    matters = np.unique(later["matter_id"].to_numpy(), return_inverse=True)[1].astype(np.int64)
    line = NormalDist().inv_cdf(1 - _FALSE_FINDS / len(_SIZES))
    best = NONE
    for size in _SIZES:
        tried = tuple(sorted(ranked[:size]))
        if len(tried) < size and best.tried == tried:
            break
        together = _log_loss(estimators.log_odds(_fitted(x, y, feature_set, seed=seed, pairs=tried), test_x), test_y)
        gain, z = _paired(alone - together, matters)
        if z > line and gain > best.gain:
            best = Chosen(pairs=tried, tried=tried, gain=gain, z=z)
        elif not best.pairs and z > best.z:
            best = Chosen(pairs=(), tried=tried, gain=0.0, z=z)
    return best


def rank_pairs(x: Matrix, y: Labels, log_odds: Matrix, features: Sequence[int]) -> list[tuple[int, int]]:
    """All pairs of `features`, the one first whose 8 × 8 cells leave most of the labels unexplained by `log_odds`.

    A cell's worth is (Σ residual)² / (Σ p(1-p) + 1), what one Newton step there would gain; cells of one feature
    alone are worth nothing to a pair and are taken off.
    """
    p = 1.0 / (1.0 + np.exp(-log_odds))
    residual, curve = y - p, p * (1 - p)
    codes = {at: _binned(x[:, at]) for at in features}
    own = {at: _worth(codes[at], residual, curve, _BINS) for at in features}
    worth: dict[tuple[int, int], float] = {}
    for place, first in enumerate(features):
        for second in features[place + 1 :]:
            both = codes[first] * _BINS + codes[second]
            together = _worth(both, residual, curve, _BINS * _BINS)
            worth[min(first, second), max(first, second)] = together - own[first] - own[second]
    return sorted(worth, key=lambda pair: (-worth[pair], pair))


def _worth(codes: Ints, residual: Matrix, curve: Matrix, cells: int) -> float:
    top = np.bincount(codes, weights=residual, minlength=cells)
    return float((top * top / (np.bincount(codes, weights=curve, minlength=cells) + 1.0)).sum())


def _binned(values: Matrix) -> Ints:
    edges = np.unique(np.quantile(values, np.linspace(0, 1, _BINS + 1)[1:-1]))
    return edges.searchsorted(values, side="left").astype(np.int64)


def _leading(additive: Any, x: Matrix, feature_set: FeatureSet) -> list[int]:
    card = collapse(
        additive.boosting_,
        feature_set,
        calibration=raw_calibration(),
        bands=Bands(larger=0, major=0),
        label="",
        horizon_days=0,
        bench_only=True,
        cohort="",
    )
    spread = contributions(card, x).std(axis=0)
    eligible = [at for at, one in enumerate(feature_set) if not one.contact_term and not one.categorical]
    ordered = sorted(eligible, key=lambda at: (-spread[at], at))
    return sorted(at for at in ordered[:_LEADING] if spread[at] > 0)


def _fitted(x: Matrix, y: Labels, feature_set: FeatureSet, *, seed: int, pairs: Pairs) -> Any:
    made = estimators.make(estimators.READABLE, feature_set, rows=y.size, seed=seed, pairs=pairs)
    return estimators.fit(made, x, y)


def _log_loss(log_odds: Matrix, y: Labels) -> Matrix:
    return np.logaddexp(0.0, log_odds) - y * log_odds


def _paired(gain: Matrix, matters: Ints) -> tuple[float, float]:
    """The mean gain a snapshot and its z, over matters."""
    sums = np.bincount(matters, weights=gain)
    spread = float(np.sqrt(((sums - sums.mean()) ** 2).sum()))
    return float(gain.mean()), float(sums.sum()) / spread if spread > 0 else 0.0


def _drawn(rows: pl.DataFrame, seed: int) -> pl.DataFrame:
    """All rows, or those of whole matters until about _MOST_ROWS are drawn, in the same order."""
    if rows.height <= _MOST_ROWS:
        return rows
    names = rows["matter_id"].unique().sort()
    kept = names.sample(fraction=_MOST_ROWS / rows.height, seed=seed)
    return rows.filter(pl.col("matter_id").is_in(kept.implode()))
