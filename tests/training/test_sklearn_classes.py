"""scikit-learn's own checks pass for every estimator class of ours, and each class does what it is for."""

import importlib
import inspect
import pkgutil
import warnings
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.base import BaseEstimator
from sklearn.utils.estimator_checks import check_estimator

import training
from training import calibrate, collapse, estimators, fit, scorecard
from training.baselines import baseline_scores
from training.run import TrainingOutcome
from training.sklearn_classes import FixedOrder, ScorecardClassifier


def our_classes() -> list[type[Any]]:
    """Every public estimator class defined anywhere in the package: a new one is checked without being named."""
    found: set[type[Any]] = set()
    for module in pkgutil.walk_packages(training.__path__, "training."):
        for _, one in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if issubclass(one, BaseEstimator) and one.__module__.startswith("training.") and one.__name__[0] != "_":
                found.add(one)
    return sorted(found, key=lambda one: one.__name__)


def test_all_classes_are_found() -> None:
    assert {ScorecardClassifier, FixedOrder} <= set(our_classes())


@pytest.mark.parametrize("made", our_classes(), ids=lambda one: one.__name__)
def test_sklearn_s_own_checks_pass(made: type[Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_estimator(made(), on_fail=None)
    failed = [(one["check_name"], str(one["exception"])) for one in results if one["status"] == "failed"]
    assert failed == []
    assert sum(one["status"] == "passed" for one in results) > 35


def test_the_class_is_the_model_that_is_served(invented: Any) -> None:
    frame = invented.rows.filter(pl.col("label").is_not_null())
    x, y = fit.matrix(frame, invented.feature_set), fit.labels_of(frame)
    signs = invented.feature_set.signs
    trees = estimators.fit(estimators.additive_boosting(signs=signs, rows=y.size, seed=3), x, y)
    ours = estimators.fit(estimators.make(estimators.READABLE, invented.feature_set, rows=y.size, seed=3), x, y)
    assert isinstance(ours, ScorecardClassifier)
    assert np.abs(ours.decision_function(x) - estimators.log_odds(trees, x)).max() < 1e-8
    card = collapse.collapse(
        ours.boosting_,
        invented.feature_set,
        calibration=calibrate.raw_calibration(),
        bands=scorecard.Bands(larger=0, major=0),
        label="test",
        horizon_days=90,
        bench_only=True,
        cohort="test",
    )
    margin = scorecard.margin(card, x)
    assert (np.rint(ours.decision_function(x) * scorecard.NANO) == margin).all()  # to the nano-unit that ranks
    paired = ScorecardClassifier(signs=signs, pairs=[(0, 1)]).fit(x, y)
    assert len(paired.pairs_) == 1
    assert isinstance(paired.pairs_[0], scorecard.Pair)


def test_every_baseline_is_an_estimator_that_keeps_its_order(invented: Any) -> None:
    frame = invented.rows.filter(pl.col("label").is_not_null())
    y = fit.labels_of(frame)
    for code, score in baseline_scores(frame).items():
        column = np.asarray(score, dtype=np.float64)[:, None]
        found = FixedOrder().fit(column, y)
        log_odds = found.decision_function(column)
        order = np.argsort(column[:, 0], kind="stable")
        assert (np.diff(log_odds[order]) >= -1e-12).all(), code
        assert abs(float(found.predict_proba(column)[:, 1].mean() - y.mean())) < 1e-3, code  # true on average


def test_baselines_stand_in_the_back_test_as_fitted_there(outcome: TrainingOutcome) -> None:
    for result in outcome.test.results:
        assert result.calibration is not None, result.scorer.code
        assert 0 < (result.calibration.brier.value or 0) < 0.25
    told = outcome.markdown("en").split("## Calibration")[1]
    assert "B1 earlier contacts" in told.split("##")[0]
