"""How the trees of an additive boosting become one step function a feature, exact to the nano-unit."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from features.feature import FeatureSet
from training.scorecard import NANO, Bands, Calibration, Floats, Ints, Scorecard, Step


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
    """The scorecard equal to a fitted boosting without interactions: within 1e-9 per feature of `decision_function`.

    Raises ValueError when a tree uses two features, or a categorical or missing-value split.
    """
    # The trees and the baseline are private in scikit-learn; a test on random rows guards against their change.
    trees: list[Any] = [stage[0].nodes for stage in model._predictors]
    by_feature: dict[int, list[Any]] = {}
    constant = float(np.ravel(model._baseline_prediction)[0])
    for nodes in trees:
        inner = nodes[nodes["is_leaf"] == 0]
        used = np.unique(inner["feature_idx"])
        if used.size == 0:
            constant += float(nodes["value"][0])
            continue
        if used.size > 1 or inner["is_categorical"].any():
            raise ValueError("only numeric trees of one feature each collapse into step functions")
        by_feature.setdefault(int(used[0]), []).append(nodes)
    intercept = round(constant * NANO)
    steps: list[Step] = []
    for position, feature in enumerate(feature_set.features):
        thresholds, values = _step_function(by_feature.get(position, []))
        at_empty = int(values[np.searchsorted(thresholds, feature.empty, side="left")])
        intercept += at_empty
        steps.append(
            Step(
                name=feature.name,
                sign=feature.sign,
                empty=float(feature.empty),
                contact_term=feature.contact_term,
                thresholds=thresholds,
                values=values - at_empty,
            )
        )
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
    )


def _step_function(trees: Sequence[Any]) -> tuple[Floats, Ints]:
    if not trees:
        return np.empty(0), np.zeros(1, dtype=np.int64)
    thresholds = np.unique(np.concatenate([nodes["num_threshold"][nodes["is_leaf"] == 0] for nodes in trees]))
    thresholds = thresholds[np.isfinite(thresholds)]
    # A row equal to a threshold goes left, so each threshold stands for the interval that ends with it.
    points = np.append(thresholds, np.inf)
    total = np.zeros(points.size)
    for nodes in trees:
        total += _evaluate(nodes, points)
    values = np.rint(total * NANO).astype(np.int64)
    rises = values[1:] != values[:-1]
    return thresholds[rises], values[np.insert(rises, 0, True)]


def _evaluate(nodes: Any, points: Floats) -> Floats:
    at = np.zeros(points.size, dtype=np.int64)
    while True:
        node = nodes[at]
        inner = node["is_leaf"] == 0
        if not inner.any():
            return node["value"].astype(np.float64)
        left = points <= node["num_threshold"]
        at = np.where(inner, np.where(left, node["left"], node["right"]).astype(np.int64), at)
