"""What each group of features adds: the readable model without it, and with it alone, on the same folds."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl

from features.feature import FeatureSet
from training import panel
from training.estimators import READABLE, Pairs
from training.evaluate import Backtest
from training.fit import calibrated_log_odds, fit_candidate, material, matrix
from training.measures import COMPARED, samples
from training.metrics import Figure, Sample, figure
from training.side_by_side import side_by_side


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPart:
    """One group: how many features, what the model loses without them (with minus without), and has by them alone."""

    group: str
    features: int
    lost: dict[str, Figure]
    alone: dict[str, Figure]


def ablate(
    rows: pl.DataFrame, test: Backtest, feature_set: FeatureSet, *, seed: int, names: Sequence[str] = COMPARED
) -> tuple[GroupPart, ...]:
    """Refit the readable model without each group, and on it alone; differences are paired over matters."""
    groups = list(dict.fromkeys(feature.group for feature in feature_set))
    base = test.samples[READABLE]

    def part(group: str) -> GroupPart:
        inside = FeatureSet(features=tuple(one for one in feature_set if one.group == group))
        outside = FeatureSet(features=tuple(one for one in feature_set if one.group != group))
        without = _refit(rows, test, outside, _kept(outside, test, feature_set), seed) if len(outside) else {}
        alone = _refit(rows, test, inside, _kept(inside, test, feature_set), seed)
        return GroupPart(
            group=group,
            features=len(inside),
            lost={name: figure(base[name].minus(without[name])) for name in names if name in without},
            alone={name: figure(alone[name]) for name in names},
        )

    return tuple(side_by_side(partial(part, group) for group in groups))


def _kept(feature_set: FeatureSet, test: Backtest, whole: FeatureSet) -> Pairs:
    """The model's tables of two features, where both are left, by their places among those left."""
    place = {name: at for at, name in enumerate(feature_set.names)}
    named = [(whole.names[first], whole.names[second]) for first, second in test.pairs]
    return tuple((place[one], place[two]) for one, two in named if one in place and two in place)


def _refit(rows: pl.DataFrame, test: Backtest, feature_set: FeatureSet, pairs: Pairs, seed: int) -> dict[str, Sample]:
    made = test.panel
    x = matrix(made.rows, feature_set)
    score = np.full(made.label.size, -np.inf)
    learnt_from = material(rows, feature_set)
    for fold in test.folds:
        here = made.fold == fold.index
        fitted = fit_candidate(READABLE, learnt_from, feature_set, fold.train, seed=seed, pairs=pairs)
        score[here] = calibrated_log_odds(fitted, x[here])
    return samples(made, score, panel.above_line(made, score), test.weights)
