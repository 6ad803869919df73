"""What stands at the top of the list against the rest, what the list misses, and what its duty rule costs (G8)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from features.feature import FeatureSet
from training import metrics, panel
from training.estimators import READABLE
from training.evaluate import Backtest
from training.fit import matrix
from training.metrics import Figure, Flags, Floats, figure
from training.report_words import LEAST_SHOWN

#: Features told in a contrast, the largest first.
_MOST = 12
#: Columns whose shares are told beside the features.
_CROSSED = ("stratum", "category")


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """One feature in two groups of rows: means, and their difference in standard deviations of all candidates."""

    name: str
    zh: str
    en: str
    one: float
    other: float
    apart: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One value of a row column in two groups: counts in each; None for both where they are not told (G13)."""

    column: str
    value: str
    one: int | None
    other: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """Two groups of rows side by side: sizes, the features furthest apart, and shares of strata and categories."""

    one: int
    other: int
    features: tuple[Apart, ...]
    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """The candidate episodes the list missed, beside those it caught.

    `near` is the share of the missed whose matter once stood within another list's length below the line;
    `median_place` the median of their best place, as a share of the candidates of its list (0 = top);
    `contrast` compares the last snapshot before the missed (one) with that before the caught (other).
    """

    episodes: int
    caught: int
    near: Figure
    median_place: float | None
    first: Figure
    contrast: Contrast


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What G8's list rule costs: recall without it minus with it, and the candidate rows it kept off a signed list."""

    difference: Figure
    kept_off: int


def top_and_rest(test: Backtest, feature_set: FeatureSet, code: str = READABLE) -> Contrast:
    """The rows above the line (one) beside the other candidates (other)."""
    above = test.above[code]
    return _contrast(test, feature_set, np.flatnonzero(above), np.flatnonzero(test.panel.candidate & ~above))


def missed(test: Backtest, feature_set: FeatureSet, code: str = READABLE) -> Missed:
    """What the list of `code` misses."""
    made, above, score = test.panel, test.above[code], test.scores[code]
    count = made.episode_matter.size
    caught = np.bincount(made.link_episode[above[made.link_row]], minlength=count) > 0
    place, length = _places(made, score)
    best_at = np.full(count, np.inf)
    np.minimum.at(best_at, made.link_episode, place[made.link_row] / np.maximum(length[made.link_row], 1))
    twice = place < 2 * made.k[made.group]
    near = np.bincount(made.link_episode[twice[made.link_row]], minlength=count) > 0
    last = np.zeros(count, dtype=np.int64)
    np.maximum.at(last, made.link_episode, made.link_row)
    lost = ~caught
    ones = lost.astype(np.float64)
    return Missed(
        episodes=count,
        caught=int(caught.sum()),
        near=figure(metrics.ratio(ones * near, ones, made.episode_matter, test.weights)),
        median_place=float(np.median(best_at[lost])) if lost.any() else None,
        first=figure(metrics.ratio(ones * made.episode_first, ones, made.episode_matter, test.weights)),
        contrast=_contrast(test, feature_set, last[lost], last[caught]),
    )


def price_of_rule(test: Backtest, code: str = READABLE) -> Price:
    """The episode recall that the rule "no unmet duty and no open help: no signed list" gives away."""
    drawn = test.samples[code]
    free = panel.above_line(test.panel, test.scores[code], signed_rule=False)
    return Price(
        difference=figure(drawn["recall_without_signed_rule"].minus(drawn["episode_recall"])),
        kept_off=int((free & ~test.panel.helpful).sum()),
    )


def _contrast(test: Backtest, feature_set: FeatureSet, one: np.ndarray, other: np.ndarray) -> Contrast:
    made = test.panel
    x = matrix(made.rows, feature_set)
    spread = x[made.candidate].std(axis=0)
    found: list[Apart] = []
    if one.size and other.size:
        for column, feature in enumerate(feature_set):
            if spread[column] <= 0 or feature.categorical:
                continue
            first, second = float(x[one, column].mean()), float(x[other, column].mean())
            found.append(
                Apart(
                    name=feature.name,
                    zh=feature.zh,
                    en=feature.en,
                    one=first,
                    other=second,
                    apart=(first - second) / float(spread[column]),
                )
            )
    found.sort(key=lambda item: (-abs(item.apart), item.name))
    shares: list[Share] = []
    for column in (name for name in _CROSSED if name in made.rows.columns):
        values = made.rows[column].cast(pl.String)
        names = sorted(values.drop_nulls().unique().to_list())
        flags: list[Flags] = [(values == value).fill_null(value=False).to_numpy() for value in names]
        counts = [(int(inside[one].sum()), int(inside[other].sum())) for inside in flags]
        for value, count, hidden in zip(names, counts, hidden_rows(counts), strict=True):
            told = (None, None) if hidden else count
            shares.append(Share(column=column, value=value, one=told[0], other=told[1]))
    return Contrast(one=one.size, other=other.size, features=tuple(found[:_MOST]), shares=tuple(shares))


def hidden_rows(counts: Sequence[tuple[int, int]]) -> list[bool]:
    """Which values of a table of two counts with known totals are not told (G13).

    A value with a count of 1–9 on either side is hidden on both: the other side, less what another table says of the
    value, would give it away.  Then the smallest others, until no total less the values told leaves one alone or
    fewer than ten on a side.
    """
    hidden = [any(0 < count < LEAST_SHOWN for count in pair) for pair in counts]
    while any(hidden):
        kept_back = [pair for pair, own in zip(counts, hidden, strict=True) if own]
        sums = [sum(side) for side in zip(*kept_back, strict=True)]
        enough = len(kept_back) > 1 and not any(0 < total < LEAST_SHOWN for total in sums)
        shown = [at for at, own in enumerate(hidden) if not own]
        if enough or not shown:
            return hidden
        # A value that nothing falls under hides nothing.
        filled = [at for at in shown if sum(counts[at])] or shown
        hidden[min(filled, key=lambda at: (sum(counts[at]), at))] = True
    return hidden


def _places(made: panel.Panel, score: Floats) -> tuple[Floats, Floats]:
    """Each candidate's place in its list (0 first; a row the rule keeps off keeps its place) and the list's size."""
    rows = np.flatnonzero(made.candidate)
    ordered = rows[np.lexsort((made.ties[rows], -score[rows], made.group[rows]))]
    group = made.group[ordered]
    size = np.bincount(group, minlength=made.k.size)
    start = np.cumsum(size) - size
    place = np.full(score.size, np.inf)
    place[ordered] = np.arange(ordered.size) - start[group]
    return place, size[made.group].astype(np.float64)
