"""Our ways of ranking as scikit-learn estimators: the scorecard, and any fixed order with a learnt line."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from training import calibrate, estimators
from training.collapse import read_trees
from training.scorecard import NANO

Floats = NDArray[np.float64]


class _TwoClasses(ClassifierMixin, BaseEstimator):
    """What both share: two classes, log-odds, and a probability that is their logistic."""

    classes_: NDArray[Any]

    def _checked(self, X: Any, y: Any) -> tuple[Floats, NDArray[np.int8]]:
        checked: Any = validate_data(self, X, y, dtype=np.float64)
        x, y = checked
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if self.classes_.size > 2:
            raise ValueError("Only binary classification is supported. The type of the target is multiclass.")
        if self.classes_.size < 2:
            raise ValueError("Classifier can't train when only one class is present: 1 class.")
        return x, codes.astype(np.int8)

    def decision_function(self, X: Any) -> Floats:
        """The log-odds of the second class. (n, p) → (n,)."""
        raise NotImplementedError

    def predict_proba(self, X: Any) -> Floats:
        """Both probabilities. (n, p) → (n, 2)."""
        second = 1.0 / (1.0 + np.exp(-np.clip(self.decision_function(X), -500, 500)))
        return np.stack([1.0 - second, second], axis=1)

    def predict(self, X: Any) -> NDArray[Any]:
        """The likelier class. (n, p) → (n,)."""
        above = self.decision_function(X) > 0
        return self.classes_[above.astype(np.int64)]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags


class ScorecardClassifier(_TwoClasses):
    """The readable model: fitted as stock boosting (`boosting_`), kept and asked as step functions and tables.

    `signs` (one a column: +1, 0, -1; None: no constraint) hold by construction, `pairs` are columns read together.
    Parts are whole nano-units, so a back-test ranks by the very margin that a screening ranks by.
    """

    def __init__(
        self, signs: Sequence[int] | None = None, pairs: Sequence[tuple[int, int]] = (), random_state: int = 0
    ) -> None:
        self.signs = signs
        self.pairs = pairs
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Self:
        """Learn from X (n, p) and y (n,) of two classes."""
        x, codes = self._checked(X, y)
        width = x.shape[1]
        made = estimators.additive_boosting(
            signs=[0] * width if self.signs is None else list(self.signs),
            rows=codes.size,
            seed=self.random_state,
            pairs=tuple(self.pairs),
        )
        self.boosting_ = estimators.fit(made, x, codes)
        self.intercept_, self.steps_, self.pairs_ = read_trees(self.boosting_, [0.0] * width)
        return self

    def decision_function(self, X: Any) -> Floats:
        """The log-odds of the second class, a sum of looked-up parts. (n, p) → (n,)."""
        check_is_fitted(self)
        x: Any = validate_data(self, X, dtype=np.float64, reset=False)
        total = np.full(x.shape[0], self.intercept_, dtype=np.int64)
        for position, (thresholds, values) in enumerate(self.steps_):
            total += values[thresholds.searchsorted(x[:, position])]
        for pair in self.pairs_:
            total += pair.values[
                pair.first_thresholds.searchsorted(x[:, pair.first]),
                pair.second_thresholds.searchsorted(x[:, pair.second]),
            ]
        return total / NANO


class FixedOrder(_TwoClasses):
    """A way of ordering that nobody fitted: a baseline's score (one column; the sum of several), and its line.

    Learnt is only how likely each place of the order is: the logistic line through the share of known scores below.
    """

    def fit(self, X: Any, y: Any) -> Self:
        """Learn the line through the order. X (n, p), y (n,) of two classes."""
        x, codes = self._checked(X, y)
        self.known_ = np.sort(x.sum(axis=1))
        self.line_ = calibrate.fit_line(self._place(x), codes)
        return self

    def decision_function(self, X: Any) -> Floats:
        """The log-odds of the second class: a line over the order, flat where it foretells nothing. (n, p) → (n,)."""
        check_is_fitted(self)
        x: Any = validate_data(self, X, dtype=np.float64, reset=False)
        return self.line_.a + self.line_.b * self._place(x)

    def _place(self, x: Floats) -> Floats:
        score = x.sum(axis=1)
        below, upto = (self.known_.searchsorted(score, side=side) for side in ("left", "right"))
        return 4.0 * ((below + upto) / (2.0 * self.known_.size) - 0.5)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True
        return tags
