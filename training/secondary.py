"""How the readable model would do on the secondary target, a clock missed within 30 days (reported, never gating)."""

from collections.abc import Sequence

import polars as pl

from data.settings import Settings
from features.feature import FeatureSet
from training.estimators import READABLE
from training.evaluate import Backtest, backtest
from training.splits import Fold

#: Intervals of a target that decides nothing need fewer draws.
_DRAWS = 200
#: The secondary target has no episodes: what is counted is snapshots.
TOLD: tuple[str, ...] = ("snapshot_recall", "precision_at_k", "lift", "average_precision", "roc_auc")


def clock_backtest(
    rows: pl.DataFrame,
    episodes: pl.DataFrame,
    feature_set: FeatureSet,
    folds: Sequence[Fold],
    settings: Settings,
    *,
    time_zone: str,
    seed: int,
) -> Backtest | None:
    """The back-test of `clock_label` on the same folds, list lengths and candidates; None where there is no such label.

    The horizon of 30 days lies inside the embargo of the primary label, so the folds hold for both.  Must-acts are
    no candidates here either: only clocks not yet missed can still be missed.
    """
    if "clock_label" not in rows.columns:
        return None
    other = rows.with_columns(label=pl.col("clock_label"))
    tested = other.filter(pl.col("cutoff").is_in([cutoff for fold in folds for cutoff in fold.test]))
    if any(_one_class(other.filter(pl.col("cutoff").is_in(list(fold.train.fit)))) for fold in folds):
        return None
    if _one_class(tested.filter(~pl.col("must_act"))):
        return None
    fewer = settings.learning.model_copy(update={"bootstrap": min(_DRAWS, settings.learning.bootstrap)})
    return backtest(
        other,
        episodes,
        feature_set,
        folds,
        settings.model_copy(update={"learning": fewer}),
        time_zone=time_zone,
        seed=seed,
        candidates=(READABLE,),
    )


def _one_class(rows: pl.DataFrame) -> bool:
    return rows["label"].drop_nulls().n_unique() < 2
