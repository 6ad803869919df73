"""Which scorecard would serve: the readable model on all mature months, with calibration, intervals and bands."""

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from data.times import DAY_US, cutoff_day
from training import calibrate
from training import scorecard as cards
from training.collapse import collapse
from training.dataset import Dataset
from training.estimators import READABLE, Pairs
from training.fit import fit_candidate, labelled, labels_of, material, matrix
from training.scorecard import Scorecard
from training.splits import Split


def fit_scorecard(
    rows: pl.DataFrame, dataset: Dataset, split: Split, *, seed: int, together: Pairs = ()
) -> tuple[Scorecard, Any]:
    """The readable model on `split.fit` as a scorecard with calibration, intervals and bands of `split.calibration`."""
    feature_set = dataset.feature_set
    fitted = fit_candidate(READABLE, material(rows, feature_set), feature_set, split, seed=seed, pairs=together)
    bare = collapse(
        fitted.model.boosting_,
        feature_set,
        calibration=calibrate.raw_calibration(),
        bands=cards.Bands(larger=0, major=0),
        label=dataset.label_name,
        horizon_days=dataset.horizon_us // DAY_US,
        bench_only=dataset.bench_only,
        cohort=_describe(rows, split, dataset.time_zone),
    )
    block = labelled(rows, split.calibration)
    margins = cards.margin(bare, matrix(block, feature_set))
    matters = np.unique(block["matter_id"].to_numpy(), return_inverse=True)[1].astype(np.int64)
    calibration = calibrate.fit_calibration(margins, labels_of(block), matters, seed=seed)
    return replace(bare, calibration=calibration, bands=calibrate.fit_bands(margins)), fitted.model.boosting_


def _describe(rows: pl.DataFrame, split: Split, time_zone: str) -> str:
    used = rows.filter(pl.col("cutoff").is_in([*split.fit, *split.calibration]))
    first, last = cutoff_day(split.fit[0], time_zone), cutoff_day((split.calibration or split.fit)[-1], time_zone)
    return (
        f"offices {used['office_id'].n_unique()}; matters {used['matter_id'].n_unique()}; snapshots {used.height}; "
        f"month-ends {first} – {last}"
    )
