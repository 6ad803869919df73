"""How a margin becomes a probability and an honest range: a logistic line, refitted 200 times over matters."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.scorecard import NANO, Bands, Calibration

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MILLION = 1_000_000
#: Pull towards a = 0, b = 1 (the margin taken at its word), worth a hundredth of one snapshot.
_RIDGE = 0.01
_CHUNK_CELLS = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """probability = logistic(a + b·log-odds), with b >= 0."""

    a: float
    b: float


def identity() -> Line:
    """The log-odds taken at their word."""
    return Line(a=0.0, b=1.0)


def fit_line(log_odds: Floats, labels: NDArray[np.int8]) -> Line:
    """The logistic line through (log-odds, label). Both shape (n,). A falling line becomes flat at the base rate."""
    a, b = _fit(log_odds, labels.astype(np.float64), np.ones((1, log_odds.size)))
    return Line(a=round(float(a[0]), 9), b=round(float(b[0]), 9))


def probability(line: Line, log_odds: Floats) -> Floats:
    """The calibrated probability. Shape (n,)."""
    return _logistic(line.a + line.b * log_odds)


def fit_calibration(
    margins: Ints, labels: NDArray[np.int8], matters: Ints, *, seed: int, refits: int = 200, knots: int = 65
) -> Calibration:
    """The line and its interval table on the latest embargoed block.

    `margins` (nano log-odds), `labels` and `matters` (any integer code of the matter) have shape (n,).  Each refit
    draws matters with replacement; the table holds the 2.5 and 97.5 % quantile of the refits' probabilities.
    """
    log_odds = margins / NANO
    line = fit_line(log_odds, labels)
    _, code = np.unique(matters, return_inverse=True)
    clusters = int(code.max()) + 1 if code.size else 0
    rng = np.random.default_rng([seed, 0xCA11])
    low_edge, high_edge = int(margins.min()), int(margins.max())
    grid = np.unique(np.linspace(low_edge, max(high_edge, low_edge + knots), knots).round().astype(np.int64))
    curves = np.empty((refits, grid.size))
    step = max(1, _CHUNK_CELLS // max(1, margins.size))
    target = labels.astype(np.float64)
    for first in range(0, refits, step):
        count = min(step, refits - first)
        drawn = np.stack([np.bincount(rng.integers(0, clusters, clusters), minlength=clusters) for _ in range(count)])
        a, b = _fit(log_odds, target, drawn[:, code].astype(np.float64))
        curves[first : first + count] = _logistic(a[:, None] + b[:, None] * (grid / NANO)[None, :])
    low, high = np.quantile(curves, [0.025, 0.975], axis=0)
    return Calibration(
        a=line.a,
        b=line.b,
        knots=grid,
        low=np.floor(low * MILLION).astype(np.int64),
        high=np.minimum(np.ceil(high * MILLION), MILLION).astype(np.int64),
    )


def raw_calibration() -> Calibration:
    """No calibration block: the margin at its word, and a table that claims nothing (0 to 100)."""
    one = np.zeros(1, dtype=np.int64)
    return Calibration(a=0.0, b=1.0, knots=one, low=one, high=one + MILLION)


def per_hundred(calibration: Calibration, margins: Ints) -> tuple[Ints, Ints]:
    """Of 100 like matters about a–b": whole numbers, rounded outwards. Shapes (n,) → (n,), (n,)."""
    low = np.interp(margins, calibration.knots, calibration.low)
    high = np.interp(margins, calibration.knots, calibration.high)
    part = MILLION // 100
    return np.floor(low / part).astype(np.int64), np.minimum(np.ceil(high / part), 100).astype(np.int64)


def fit_bands(margins: Ints, *, major_share: float = 0.01, larger_share: float = 0.04) -> Bands:
    """Margins from which at most the top 1 % are 重大, and at most the next 4 % 较大. Ties at the line stay below."""
    return Bands(
        larger=_at_most(margins, major_share + larger_share),
        major=_at_most(margins, major_share),
    )


def _at_most(margins: Ints, share: float) -> int:
    ordered = np.sort(margins)[::-1]
    allowed = max(1, int(np.ceil(round(share * ordered.size, 9))))
    if allowed >= ordered.size:
        return int(ordered[-1])
    line = ordered[allowed - 1]
    if line > ordered[allowed]:
        return int(line)
    above = ordered[ordered > line]
    return int(above[-1]) if above.size else int(line) + 1


def _fit(log_odds: Floats, target: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Weighted logistic lines, all rows of `weights` (B, n) at once, by Newton's method."""
    count = weights.shape[0]
    a, b = np.zeros(count), np.ones(count)
    for _ in range(30):
        p = _logistic(a[:, None] + b[:, None] * log_odds[None, :])
        slack = weights * (p - target)
        curve = weights * p * (1 - p)
        ga, gb = slack.sum(axis=1) + _RIDGE * a, slack @ log_odds + _RIDGE * (b - 1)
        haa = curve.sum(axis=1) + _RIDGE
        hab = curve @ log_odds
        hbb = curve @ (log_odds * log_odds) + _RIDGE
        det = haa * hbb - hab * hab
        da, db = (hbb * ga - hab * gb) / det, (haa * gb - hab * ga) / det
        size = np.maximum(1.0, np.hypot(da, db) / 4.0)  # long steps are shortened: Newton may overshoot far out
        a, b = a - da / size, b - db / size
        if max(np.abs(da).max(), np.abs(db).max()) < 1e-10:
            break
    flat = b < 0
    if flat.any():
        rate = (weights @ target + _RIDGE / 2) / (weights.sum(axis=1) + _RIDGE)
        a, b = np.where(flat, np.log(rate / (1 - rate)), a), np.where(flat, 0.0, b)
    return a, b


def _logistic(x: Floats) -> Floats:
    return 1.0 / (1.0 + np.exp(-np.clip(x, -500, 500)))
