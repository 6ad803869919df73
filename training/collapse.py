"""How the trees of a boosting become step functions and tables of two features, exact to the nano-unit."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from features.feature import FeatureSet
from training.scorecard import NANO, Bands, Calibration, Floats, Ints, Pair, Scorecard, Step, value_at


def collapse(
    model: Any,
    feature_set: FeatureSet,
    *,
    calibration: Calibration,
    bands: Bands,
    label: str,
    horizon_days: int,
    bench_only: bool,
    cohort: str,
) -> Scorecard:
    """The scorecard equal to a fitted boosting: each part within 1e-9 of what its trees add to `decision_function`.

    Trees of one feature become its step function, trees of two a table of both.  Raises ValueError when a tree uses
    three features or a categorical split.
    """
    intercept, functions, pairs = read_trees(model, feature_set.empty)
    steps = [
        Step(
            name=feature.name,
            sign=feature.sign,
            empty=float(feature.empty),
            contact_term=feature.contact_term,
            thresholds=thresholds,
            values=values,
        )
        for feature, (thresholds, values) in zip(feature_set.features, functions, strict=True)
    ]
    return Scorecard(
        steps=tuple(steps),
        intercept=intercept,
        feature_set=feature_set.fingerprint,
        calibration=calibration,
        bands=bands,
        label=label,
        horizon_days=horizon_days,
        bench_only=bench_only,
        cohort=cohort,
        pairs=tuple(pairs),
    )


def read_trees(model: Any, empty: Sequence[float]) -> tuple[int, list[tuple[Floats, Ints]], list[Pair]]:
    """Intercept, (thresholds, values) of each feature and the pairs of a fitted boosting, 0 at the `empty` values.

    All in nano log-odds.  Raises ValueError when a tree uses three features or a categorical split.
    """
    # The trees and the baseline are private in scikit-learn; a test on random rows guards against their change.
    trees: list[Any] = [stage[0].nodes for stage in model._predictors]
    by_features: dict[tuple[int, ...], list[Any]] = {}
    constant = float(np.ravel(model._baseline_prediction)[0])
    for nodes in trees:
        inner = nodes[nodes["is_leaf"] == 0]
        used = np.unique(inner["feature_idx"])
        if used.size == 0:
            constant += float(nodes["value"][0])
            continue
        if used.size > 2 or inner["is_categorical"].any():
            raise ValueError("only numeric trees of at most two features each collapse into steps and tables")
        by_features.setdefault(tuple(used.tolist()), []).append(nodes)
    intercept = round(constant * NANO)
    functions: list[tuple[Floats, Ints]] = []
    for position, value in enumerate(empty):
        thresholds, values = _step_function(by_features.get((position,), []))
        at_empty = int(values[thresholds.searchsorted(value)])
        intercept += at_empty
        functions.append((thresholds, values - at_empty))
    pairs: list[Pair] = []
    for used, pair_trees in sorted(by_features.items()):
        if len(used) == 2:
            pair = _pair(used[0], used[1], pair_trees)
            at_empty = value_at(pair, empty[pair.first], empty[pair.second])
            intercept += at_empty
            pairs.append(replace(pair, values=pair.values - at_empty))
    return intercept, functions, pairs


def _step_function(trees: Sequence[Any]) -> tuple[Floats, Ints]:
    if not trees:
        return np.empty(0), np.zeros(1, dtype=np.int64)
    thresholds = _thresholds(trees, int(trees[0]["feature_idx"][0]))
    points = np.append(thresholds, np.inf)
    values = _total(trees, {int(trees[0]["feature_idx"][0]): points}, points.size)
    rises = values[1:] != values[:-1]
    return thresholds[rises], values[np.insert(rises, 0, True)]


def _pair(first: int, second: int, trees: Sequence[Any]) -> Pair:
    sides = [_thresholds(trees, position) for position in (first, second)]
    points = [np.append(side, np.inf) for side in sides]
    grid = np.meshgrid(*points, indexing="ij")
    columns = {first: grid[0].ravel(), second: grid[1].ravel()}
    values = _total(trees, columns, grid[0].size).reshape(grid[0].shape)
    for axis, side in enumerate(sides):
        rises = (np.diff(values, axis=axis) != 0).any(axis=1 - axis)
        sides[axis] = side[rises]
        values = np.compress(np.insert(rises, 0, True), values, axis=axis)
    return Pair(first=first, second=second, first_thresholds=sides[0], second_thresholds=sides[1], values=values)


def _thresholds(trees: Sequence[Any], feature: int) -> Floats:
    found = [nodes["num_threshold"][(nodes["is_leaf"] == 0) & (nodes["feature_idx"] == feature)] for nodes in trees]
    thresholds = np.unique(np.concatenate(found))
    return thresholds[np.isfinite(thresholds)]


def _total(trees: Sequence[Any], columns: Mapping[int, Floats], size: int) -> Ints:
    # A row equal to a threshold goes left, so each threshold stands for the interval that ends with it.
    total = np.zeros(size)
    for nodes in trees:
        total += _evaluate(nodes, columns, size)
    return np.rint(total * NANO).astype(np.int64)


def _evaluate(nodes: Any, columns: Mapping[int, Floats], size: int) -> Floats:
    at = np.zeros(size, dtype=np.int64)
    while True:
        node = nodes[at]
        inner = node["is_leaf"] == 0
        if not inner.any():
            return node["value"].astype(np.float64)
        left = np.zeros(size, dtype=bool)
        for feature, points in columns.items():
            left |= (node["feature_idx"] == feature) & (points <= node["num_threshold"])
        at = np.where(inner, np.where(left, node["left"], node["right"]).astype(np.int64), at)
