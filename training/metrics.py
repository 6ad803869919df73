"""How well an order of matters does at the list's length, with 95 % intervals drawn over matters."""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

_CHUNK_CELLS = 8_000_000
_Z = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A figure and its bootstrap draws (B,); figures drawn with the same weights are paired draw by draw."""

    value: float
    draws: Floats

    def minus(self, other: "Sample") -> "Sample":
        """The paired difference."""
        return Sample(value=self.value - other.value, draws=self.draws - other.draws)

    def over(self, other: "Sample") -> "Sample":
        """The paired ratio; NaN where the denominator is 0."""
        return Sample(value=_divide(self.value, other.value), draws=_ratio(self.draws, other.draws))


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A value with its 95 % interval; None where there was nothing to measure."""

    value: float | None
    low: float | None
    high: float | None

    @property
    def shown(self) -> bool:
        """True when the interval of a difference excludes 0."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)

    def as_dict(self) -> dict[str, float | None]:
        """The three numbers, rounded to 1e-6."""
        return {"value": _rounded(self.value), "low": _rounded(self.low), "high": _rounded(self.high)}


def figure(sample: Sample) -> Figure:
    """The 2.5–97.5 % range of the draws around the value."""
    if not np.isfinite(sample.value):
        return Figure(value=None, low=None, high=None)
    drawn = sample.draws[np.isfinite(sample.draws)]
    low, high = np.quantile(drawn, [0.025, 0.975]) if drawn.size else (np.nan, np.nan)
    if not np.isfinite(low):
        return Figure(value=float(sample.value), low=None, high=None)
    return Figure(value=float(sample.value), low=float(low), high=float(high))


def verdict(difference: Figure) -> tuple[str, str]:
    """In words, zh and en: ahead, behind, or not shown to differ (G12)."""
    if not difference.shown or difference.value is None:
        return "未显示有差别", "not shown to differ"
    return ("领先", "ahead") if difference.value > 0 else ("落后", "behind")


def wilson(hits: float, of: float) -> tuple[float, float]:
    """The 95 % Wilson interval of a share; (0, 1) where nothing was seen."""
    if of == 0:
        return 0.0, 1.0
    share = hits / of
    spread = _Z * _Z / of
    middle = (share + spread / 2) / (1 + spread)
    half = _Z / (1 + spread) * np.sqrt(share * (1 - share) / of + spread / (4 * of))
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def matter_weights(matters: int, draws: int, seed: int) -> NDArray[np.uint8]:
    """How often each matter is drawn in each bootstrap replicate (Poisson, mean 1). Shape (draws, matters)."""
    rng = np.random.default_rng([seed, 0xB007])
    drawn = np.empty((draws, matters), dtype=np.uint8)
    for replicate in range(draws):  # one row at a time: the generator's own numbers take eight times the memory
        drawn[replicate] = rng.poisson(1.0, size=matters)
    return drawn


def ratio(top: Floats, bottom: Floats, matters: Ints, weights: NDArray[np.uint8]) -> Sample:
    """Σ top / Σ bottom over rows, drawn over matters. `top`, `bottom`, `matters` (codes) have shape (n,)."""
    count = weights.shape[1]
    above = np.bincount(matters, weights=top, minlength=count)
    below = np.bincount(matters, weights=bottom, minlength=count)
    used = np.flatnonzero((above != 0) | (below != 0))
    sides = np.stack([above[used], below[used]], axis=1)
    sums = np.empty((weights.shape[0], 2))
    for part in _chunks(weights.shape[0], used.size):
        sums[part] = weights[part][:, used].astype(np.float64) @ sides
    return Sample(value=_divide(above.sum(), below.sum()), draws=_ratio(sums[:, 0], sums[:, 1]))


def top_of_groups(score: Floats, ties: Ints, group: Ints, k: Ints, allowed: Flags) -> Flags:
    """True for the first k[group] allowed rows of each group by score, highest first; `ties` (lower first) decides.

    `score`, `ties`, `group`, `allowed` have shape (n,); `k` has one number per group code.
    """
    rows = np.flatnonzero(allowed)
    ordered = rows[np.lexsort((ties[rows], -score[rows], group[rows]))]
    codes = group[ordered]
    fresh = np.append(True, codes[1:] != codes[:-1]) if codes.size else np.empty(0, bool)
    starts = np.flatnonzero(fresh)
    place = np.arange(codes.size) - np.repeat(starts, np.diff(np.append(starts, codes.size)))
    out = np.zeros(score.size, dtype=bool)
    out[ordered[place < k[codes]]] = True
    return out


def ranking(score: Floats, label: Floats, matters: Ints, weights: NDArray[np.uint8]) -> tuple[Sample, Sample]:
    """Average precision (in steps, ties taken together) and ROC AUC (ties half), as scikit-learn, over matters.

    Only runs of equal scores that hold a positive change either figure, so only they are cumulated.
    """
    draws = np.full((2, weights.shape[0]), np.nan)
    if not label.sum():
        nothing = Sample(value=float("nan"), draws=draws[0])
        return nothing, nothing
    order = np.argsort(-score, kind="stable")
    ranked, positive, matter = score[order], label[order] > 0, matters[order]
    starts = np.flatnonzero(np.append(True, ranked[1:] != ranked[:-1]))
    ends = np.append(starts[1:], ranked.size)
    holds = np.add.reduceat(positive, starts, dtype=np.int64) > 0
    sizes = (ends - starts)[holds]
    runs = _Runs(
        ends=ends[holds],
        rows=np.repeat(starts[holds], sizes) + _within(sizes),
        offsets=np.append(0, np.cumsum(sizes)[:-1]),
        positive=positive,
    )
    value = runs.figures(np.ones((1, ranked.size), dtype=np.uint8))
    for part in _chunks(weights.shape[0], ranked.size):
        draws[:, part] = runs.figures(weights[part][:, matter])
    return (
        Sample(value=float(value[0, 0]), draws=draws[0]),
        Sample(value=float(value[1, 0]), draws=draws[1]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Runs:
    """Runs of equal scores that hold a positive: where each ends, its rows, and where those begin in `rows`."""

    ends: Ints
    rows: Ints
    offsets: Ints
    positive: Flags

    def figures(self, weight: NDArray[np.uint8]) -> Floats:
        """Average precision and AUC for each row of `weight` (draws, n). Shape (2, draws)."""
        before = np.append(0, self.ends[:-1])
        reached = np.cumsum(_sums(weight[:, : self.ends[-1]], before), axis=1)
        inside = weight[:, self.rows]
        run = _sums(inside, self.offsets)
        gain = _sums(inside * self.positive[self.rows], self.offsets)
        found = np.cumsum(gain, axis=1)
        total = found[:, -1]
        negative = weight.sum(axis=1, dtype=np.int64) - total
        precision = np.divide(found, reached, out=np.zeros(found.shape), where=reached > 0)
        below = negative[:, None] - (reached - found) + (run - gain) / 2
        return np.stack(
            [
                _ratio((gain * precision).sum(axis=1, dtype=np.float64), total.astype(np.float64)),
                _ratio((gain * below).sum(axis=1), (total * negative).astype(np.float64)),
            ]
        )


def brier(probability: Floats, label: Floats, matters: Ints, weights: NDArray[np.uint8]) -> Sample:
    """Mean squared distance of probability and label, drawn over matters."""
    return ratio((probability - label) ** 2, np.ones(label.size), matters, weights)


def expected_calibration_error(probability: Floats, label: Floats, bins: int = 10) -> float:
    """Mean |probability - share of positives| over equal-mass bins of the probability."""
    if not label.size:
        return float("nan")
    order = np.argsort(probability, kind="stable")
    parts = np.array_split(order, min(bins, label.size))
    return float(sum(abs((probability[part] - label[part]).sum()) for part in parts) / label.size)


def perfect_calibration_error(probability: Floats, *, seed: int, draws: int = 20, bins: int = 10) -> float:
    """What a model whose probabilities are exactly true would show on as many snapshots (mean over draws)."""
    rng = np.random.default_rng([seed, 0xECE])
    found = [
        expected_calibration_error(probability, (rng.random(probability.size) < probability).astype(np.float64), bins)
        for _ in range(draws)
    ]
    return float(np.mean(found))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """One equal-mass bin of a reliability curve: what was said on average, what came, and of how many snapshots."""

    said: float
    came: Figure
    snapshots: int


def reliability(
    probability: Floats, label: Floats, matters: Ints, weights: NDArray[np.uint8], bins: int = 10
) -> tuple[Bin, ...]:
    """The reliability curve over equal-mass bins of the probability; the share that came is drawn over matters."""
    order = np.argsort(probability, kind="stable")
    return tuple(
        Bin(
            said=float(probability[part].mean()),
            came=figure(ratio(label[part], np.ones(part.size), matters[part], weights)),
            snapshots=int(part.size),
        )
        for part in np.array_split(order, bins)
        if part.size
    )


def _sums(weight: NDArray[np.uint8], starts: Ints) -> Ints:
    return np.add.reduceat(weight, starts, axis=1, dtype=np.int64)


def _within(sizes: Ints) -> Ints:
    return np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)


def _chunks(draws: int, rows: int) -> Iterator[slice]:
    step = max(1, _CHUNK_CELLS // max(1, rows))
    for first in range(0, draws, step):
        yield slice(first, min(first + step, draws))


def _ratio(top: Floats, bottom: Floats) -> Floats:
    return np.divide(top, bottom, out=np.full(np.shape(top), np.nan), where=bottom != 0)


def _divide(top: float, bottom: float) -> float:
    return float(top) / float(bottom) if bottom else float("nan")


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
