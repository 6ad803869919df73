"""What a scorecard says about snapshots: the one path for training checks, sweeps and single matters."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from data.errors import NotAllowed
from data.vocabulary import BANDS
from features.feature import FeatureSet
from training import scorecard as cards
from training.calibrate import per_hundred
from training.fit import finite, matrix
from training.scorecard import Floats, Ints, Scorecard


@dataclass(frozen=True, slots=True, kw_only=True)
class One:
    """What a scorecard says about one snapshot: as a row of `score`, and each part of the margin as a row of
    `contribution_frame`, in the order of `Scorecard.columns`."""

    margin_nano: int
    band: str
    per_hundred: tuple[int, int]
    added: tuple[int, ...]


def check_features(scorecard: Scorecard, feature_set: FeatureSet) -> None:
    """Raise NotAllowed unless the installed catalog is the one the scorecard was fitted on.

    What a card says of its features (sign, empty value, contact term) is held to the catalog too: a card from
    elsewhere must not call a contact something else (G8).
    """
    said = [(step.name, step.sign, step.empty, step.contact_term) for step in scorecard.steps]
    known = [(one.name, one.sign, float(one.empty), one.contact_term) for one in feature_set]
    if scorecard.feature_set != feature_set.fingerprint or said != known:
        raise NotAllowed(
            "feature_set_differs",
            "模型所用的特征集与本机安装的不一致，不能评分；请回退模型或重新训练，排查按规则运行",
            "the model was fitted on another feature set than the one installed; roll back or train again, "
            "the sweep goes on by rules",
        )


def score(scorecard: Scorecard, frame: pl.DataFrame, feature_set: FeatureSet) -> pl.DataFrame:
    """One row a snapshot of `frame` (matter_id, cutoff, feature columns), in its order.

    Columns matter_id, cutoff, margin_nano (Int64, the log-odds that rank), band, per_hundred_low, per_hundred_high.
    Contact and joint terms alone lift nothing above the lowest band (G8).  Raises NotAllowed on another feature set.
    """
    check_features(scorecard, feature_set)
    parts = cards.contributions(scorecard, matrix(frame, feature_set))
    margins = scorecard.intercept + parts.sum(axis=1)
    low, high = per_hundred(scorecard.calibration, margins)
    return pl.DataFrame(
        {
            "matter_id": frame["matter_id"],
            "cutoff": frame["cutoff"],
            "margin_nano": pl.Series(margins, dtype=pl.Int64),
            "band": pl.Series(bands(scorecard, margins, parts), dtype=pl.String),
            "per_hundred_low": pl.Series(low, dtype=pl.Int64),
            "per_hundred_high": pl.Series(high, dtype=pl.Int64),
        }
    )


def score_one(scorecard: Scorecard, values: Floats, feature_set: FeatureSet) -> One:
    """The same for one snapshot whose features stand in the catalog's order, (p,), without a frame around it.

    Raises as `score`.
    """
    check_features(scorecard, feature_set)
    parts = cards.contributions(scorecard, finite(values[np.newaxis, :], feature_set))
    margins = scorecard.intercept + parts.sum(axis=1)
    low, high = per_hundred(scorecard.calibration, margins)
    return One(
        margin_nano=int(margins[0]),
        band=bands(scorecard, margins, parts)[0],
        per_hundred=(int(low[0]), int(high[0])),
        added=tuple(parts[0].tolist()),
    )


def bands(scorecard: Scorecard, margins: Ints, parts: Ints) -> list[str]:
    """The band of each row: `margins` (n,) with their contributions (n, p + pairs)."""
    handling = margins - parts[:, scorecard.contact_columns].sum(axis=1)
    levels = np.where(handling >= scorecard.bands.larger, _level(scorecard, margins), 0)
    return [BANDS[level] for level in levels]


def contribution_frame(scorecard: Scorecard, frame: pl.DataFrame, feature_set: FeatureSet) -> pl.DataFrame:
    """matter_id, cutoff and an Int64 column each feature and pair (`Scorecard.columns`): its nano log-odds.

    The scorecard's intercept plus a row's columns is its margin_nano exactly; reasons are read from here.
    """
    check_features(scorecard, feature_set)
    parts = cards.contributions(scorecard, matrix(frame, feature_set))
    columns = {name: pl.Series(parts[:, at], dtype=pl.Int64) for at, name in enumerate(scorecard.columns)}
    return pl.DataFrame({"matter_id": frame["matter_id"], "cutoff": frame["cutoff"], **columns})


def _level(scorecard: Scorecard, margins: Ints) -> Ints:
    return (margins >= scorecard.bands.larger).astype(np.int64) + (margins >= scorecard.bands.major)
