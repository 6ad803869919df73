"""Which stock estimators are fitted: the additive monotone boosting, a logistic regression and the full boosting."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.feature import FeatureSet

Matrix = NDArray[np.float64]
Labels = NDArray[np.int8]
#: Positions of two features each, the smaller first.
Pairs = tuple[tuple[int, int], ...]

#: The candidate that can be promoted: its trees collapse exactly into step functions.
READABLE = "additive_boosting"
LOGISTIC = "logistic_regression"
FULL = "full_boosting"
CANDIDATES: tuple[str, ...] = (READABLE, LOGISTIC, FULL)
NAMES: dict[str, tuple[str, str]] = {
    READABLE: ("可读评分卡（无交互、单调的提升树）", "readable scorecard (additive monotone boosting)"),
    LOGISTIC: ("逻辑回归", "logistic regression"),
    FULL: ("含交互的提升树（对照）", "full boosting with interactions (for comparison)"),
}
#: Where the candidates' classes come from; loaded when one is fitted, as scoring needs none of them.
_PARTS = (
    *(f"sklearn.{name}" for name in ("compose", "ensemble", "linear_model", "pipeline", "preprocessing")),
    "training.sklearn_classes",
)


def logistic_regression(feature_set: FeatureSet) -> Any:
    """Standardised numbers, one column a category, and an L2-regularised logistic regression, as one pipeline."""
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    codes = [position for position, feature in enumerate(feature_set) if feature.categorical]
    numbers = [position for position, feature in enumerate(feature_set) if not feature.categorical]
    columns = make_column_transformer(
        (StandardScaler(), numbers), (OneHotEncoder(handle_unknown="ignore", sparse_output=False), codes)
    )
    return make_pipeline(columns, LogisticRegression(C=0.1, max_iter=500, tol=1e-3))


def make(name: str, feature_set: FeatureSet, *, rows: int, seed: int, pairs: Pairs = ()) -> Any:
    """The unfitted candidate of that name; `pairs` are the features the readable one may take two together."""
    if name == LOGISTIC:
        return logistic_regression(feature_set)
    if name == FULL:
        return _boosting(rows=rows, seed=seed, signs=feature_set.signs, interaction_cst=None, full=True)
    from training.sklearn_classes import ScorecardClassifier

    return ScorecardClassifier(signs=feature_set.signs, pairs=pairs, random_state=seed)


def additive_boosting(*, signs: Sequence[int], rows: int, seed: int, pairs: Pairs = ()) -> Any:
    """The unfitted readable boosting over `signs` columns; `pairs` may stand in one tree together."""
    return _boosting(rows=rows, seed=seed, signs=signs, interaction_cst=_allowed(len(signs), pairs), full=False)


def fit(estimator: Any, features: Matrix, labels: Labels) -> Any:
    """The fitted estimator; one thread, so that sums have one order and a second fit is equal to the byte."""
    with one_thread():
        estimator.fit(features, labels)
    # Thresholds are midpoints with floating-point dust; rounded in the trees themselves, trees and scorecard agree
    # on every row, also on one that lies exactly on a threshold.
    for stage in getattr(estimator, "_predictors", ()):
        nodes = stage[0].nodes
        nodes["num_threshold"] = np.round(nodes["num_threshold"], 9)
    return estimator


def log_odds(estimator: Any, features: Matrix) -> Matrix:
    """The estimator's log-odds of the label. Shape (n,)."""
    with one_thread():
        return np.asarray(estimator.decision_function(features), dtype=np.float64)


def load() -> None:
    """Import all that candidates are made of, before threads do it: two at once may find half a module, and a limit of
    threads holds for the numeric libraries that are there when it is set."""
    for name in _PARTS:
        import_module(name)


@contextmanager
def one_thread() -> Generator[None]:
    """Numeric libraries run on one thread inside: repeatable sums, and no start-up cost for single rows."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        yield


def _allowed(features: int, pairs: Pairs) -> Any:
    return [{position} for position in range(features)] + [set(pair) for pair in pairs] if pairs else "no_interactions"


def _boosting(*, rows: int, seed: int, signs: Sequence[int], interaction_cst: Any, full: bool) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    # `rows` is the number of fitting rows: a leaf holds at least a hundredth of them, within 20…200.
    return HistGradientBoostingClassifier(
        learning_rate=0.1,
        max_iter=100 if full else 220,
        max_leaf_nodes=16 if full else 3,
        min_samples_leaf=int(np.clip(rows // 100, 20, 200)),
        l2_regularization=10.0,
        max_bins=255,
        monotonic_cst=list(signs),
        interaction_cst=interaction_cst,
        early_stopping=False,  # pyright: ignore[reportArgumentType]
        random_state=seed,
    )
