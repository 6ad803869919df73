"""The candidates stand small and odd data, keep the catalog's signs, and repeat themselves exactly."""

import subprocess
import sys
from typing import Any

import numpy as np
import polars as pl
import pytest

from data.errors import TooLittleData
from training import estimators, fit
from training.baselines import baseline_scores
from training.splits import Split


@pytest.mark.parametrize("name", estimators.CANDIDATES)
@pytest.mark.parametrize("rows", [12, 400])
def test_small_data_and_constant_features_are_fitted(invented: Any, name: str, rows: int) -> None:
    x = fit.matrix(invented.rows.head(rows), invented.feature_set)
    x[:, 4] = 2.0
    y = (np.arange(rows) % 3 == 0).astype(np.int8)
    model = estimators.fit(estimators.make(name, invented.feature_set, rows=rows, seed=0), x, y)
    far = x.copy()
    far[:, 4] = 99.0  # a class never seen
    assert np.isfinite(estimators.log_odds(model, far)).all()


@pytest.mark.parametrize("name", estimators.CANDIDATES)
def test_the_same_fit_twice_is_equal_to_the_bit(invented: Any, name: str) -> None:
    frame = invented.rows.filter(pl.col("label").is_not_null())
    x, y = fit.matrix(frame, invented.feature_set), fit.labels_of(frame)
    first, second = (
        estimators.log_odds(estimators.fit(estimators.make(name, invented.feature_set, rows=y.size, seed=3), x, y), x)
        for _ in range(2)
    )
    assert (first == second).all()


def test_features_that_are_not_finite_are_named(invented: Any) -> None:
    frame = invented.rows.head(5).with_columns(noise=pl.lit(float("nan")))
    with pytest.raises(ValueError, match="noise"):
        fit.matrix(frame, invented.feature_set)


def test_a_part_with_one_outcome_is_refused(invented: Any) -> None:
    frame = invented.rows.with_columns(label=pl.lit(0, pl.Int8))
    cutoffs = sorted(frame["cutoff"].unique())
    with pytest.raises(TooLittleData):
        fit.fit_candidate(
            "additive_boosting",
            fit.material(frame, invented.feature_set),
            invented.feature_set,
            Split(fit=tuple(cutoffs[:5]), calibration=()),
            seed=0,
        )


def test_the_parts_of_a_split_are_the_rows_of_its_cutoffs(invented: Any) -> None:
    made = fit.material(invented.rows, invented.feature_set)
    cutoffs = sorted(invented.rows["cutoff"].unique())
    for chosen in (cutoffs[2:6], [cutoffs[1], cutoffs[4]], [cutoffs[0] - 1]):
        x, y = made.part(chosen)
        frame = fit.labelled(invented.rows, chosen)
        assert (x == fit.matrix(frame, invented.feature_set)).all()
        assert (y == fit.labels_of(frame)).all()
    assert np.shares_memory(made.part(cutoffs[2:6])[0], made.x)


def test_baselines_order_as_they_say() -> None:
    rows = pl.DataFrame(
        {
            "due_in_days": [5.0, None, -3.0, 40.0],
            "earlier_contacts": [1, 3, 3, 0],
            "age_days": [10.0, 10.0, 900.0, 5000.0],
            "officer_level": pl.Series([0, None, 2, 1], dtype=pl.Int8),
            "points": [3, 9, 1, 0],
        }
    )
    scores = baseline_scores(rows)
    assert np.argsort(-scores["B0"]).tolist() == [2, 0, 3, 1]
    assert np.argsort(-scores["B1"]).tolist() == [2, 1, 0, 3]
    assert np.argsort(-scores["B5"]).tolist() == [2, 3, 0, 1]
    assert np.argsort(-scores["B6"]).tolist() == [1, 0, 2, 3]
    unrated = rows.with_columns(officer_level=pl.lit(None, pl.Int8))
    assert "B5" not in baseline_scores(unrated)
    assert set(baseline_scores(rows.drop("points"))) == {"B0", "B1", "B5"}


def test_threads_find_the_library_whole() -> None:
    """Where nothing has imported scikit-learn before, as in a program just started."""
    code = (
        "import sys; from training.side_by_side import side_by_side; "
        "print(side_by_side([lambda: all(f'sklearn.{name}' in sys.modules "
        "for name in ('base', 'compose', 'ensemble', 'linear_model', 'pipeline', 'preprocessing'))] * 2))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[True, True]"
