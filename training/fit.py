"""What each candidate learns from one training part: a fitted estimator and its calibration line."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.errors import TooLittleData
from features.feature import FeatureSet
from training import calibrate, estimators
from training.estimators import Pairs
from training.metrics import Floats
from training.splits import Split


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """One candidate: its code, the estimator, the line that makes its log-odds a probability, and its fitting rows."""

    code: str
    model: Any
    line: calibrate.Line
    rows: int


def matrix(rows: pl.DataFrame, feature_set: FeatureSet) -> Floats:
    """The feature columns in the catalog's order. Shape (n, p), C-contiguous float64; non-finite values are refused."""
    return finite(np.ascontiguousarray(rows.select(feature_set.names).cast(pl.Float64).to_numpy()), feature_set)


def finite(values: Floats, feature_set: FeatureSet) -> Floats:
    """The values (n, p) as they are. Raises ValueError that names the features with one that is not finite."""
    if not np.isfinite(values).all():
        wrong = [feature_set.names[at] for at in np.flatnonzero(~np.isfinite(values).all(axis=0))]
        raise ValueError(f"features must be finite: {', '.join(wrong)}")
    return values


def labelled(rows: pl.DataFrame, cutoffs: Sequence[int]) -> pl.DataFrame:
    """The rows of some cutoffs whose label is known, in one order whatever the input's."""
    return rows.filter(pl.col("cutoff").is_in(list(cutoffs)) & pl.col("label").is_not_null()).sort(
        "cutoff", "office_id", "matter_id"
    )


def labels_of(rows: pl.DataFrame) -> NDArray[np.int8]:
    """The labels as 0/1. Shape (n,)."""
    return rows["label"].cast(pl.Int8).to_numpy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """The rows with a label in one order, made once for all folds: features (n, p), labels (n,), cutoffs (n,)."""

    x: Floats
    y: NDArray[np.int8]
    cutoff: NDArray[np.int64]

    def part(self, cutoffs: Sequence[int]) -> tuple[Floats, NDArray[np.int8]]:
        """Features and labels of some cutoffs; where they follow each other, as in every split, nothing is copied."""
        inside = np.isin(self.cutoff, np.array(cutoffs, dtype=np.int64))
        first, count = int(inside.argmax()) if inside.any() else 0, int(inside.sum())
        if inside[first : first + count].all():
            return self.x[first : first + count], self.y[first : first + count]
        return self.x[inside], self.y[inside]


def material(rows: pl.DataFrame, feature_set: FeatureSet) -> Material:
    """The rows of a `Dataset` whose label is known, ordered by cutoff, office and matter whatever the input's order."""
    ordered = labelled(rows, rows["cutoff"].unique().to_list())
    return Material(x=matrix(ordered, feature_set), y=labels_of(ordered), cutoff=ordered["cutoff"].to_numpy())


def fit_candidate(
    code: str, learnt_from: Material, feature_set: FeatureSet, split: Split, *, seed: int, pairs: Pairs = ()
) -> Fitted:
    """The candidate fitted on `split.fit`, with its line from `split.calibration`; `pairs` as `estimators.make`.

    Raises TooLittleData when a part holds one class only.
    """
    x, y = learnt_from.part(split.fit)
    _both_classes(y)
    model = estimators.fit(estimators.make(code, feature_set, rows=y.size, seed=seed, pairs=pairs), x, y)
    line = calibrate.identity()
    if split.calibration:
        later_x, later_y = learnt_from.part(split.calibration)
        _both_classes(later_y)
        line = calibrate.fit_line(estimators.log_odds(model, later_x), later_y)
    return Fitted(code=code, model=model, line=line, rows=int(y.size))


def calibrated_log_odds(fitted: Fitted, features: Floats) -> Floats:
    """The log-odds comparable between folds: a + b·margin. Shape (n,). A flat line leaves no order."""
    return fitted.line.a + fitted.line.b * estimators.log_odds(fitted.model, features)


def _both_classes(labels: NDArray[np.int8]) -> None:
    if labels.size == 0 or labels.min() == labels.max():
        raise TooLittleData(
            "one_class",
            "训练时段内只有一种观察结果，无法学习；按规则运行",
            "a training part holds one outcome only, there is nothing to learn; rules-only goes on",
        )
