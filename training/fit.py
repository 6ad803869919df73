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
    values = np.ascontiguousarray(rows.select(feature_set.names).cast(pl.Float64).to_numpy())
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


def fit_candidates(
    rows: pl.DataFrame,
    feature_set: FeatureSet,
    split: Split,
    candidates: Sequence[str],
    *,
    seed: int,
    pairs: Pairs = (),
) -> tuple[Fitted, ...]:
    """The candidates fitted on `split.fit`, with their lines from `split.calibration`; `pairs` as `estimators.make`.

    Raises TooLittleData when a part holds one class only.
    """
    fitting = labelled(rows, split.fit)
    x, y = matrix(fitting, feature_set), labels_of(fitting)
    _both_classes(y)
    block = labelled(rows, split.calibration) if split.calibration else None
    made: list[Fitted] = []
    later = None if block is None else (matrix(block, feature_set), labels_of(block))
    if later is not None:
        _both_classes(later[1])
    for code in candidates:
        model = estimators.fit(estimators.make(code, feature_set, rows=y.size, seed=seed, pairs=pairs), x, y)
        line = calibrate.identity()
        if later is not None:
            line = calibrate.fit_line(estimators.log_odds(model, later[0]), later[1])
        made.append(Fitted(code=code, model=model, line=line, rows=int(y.size)))
    return tuple(made)


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
