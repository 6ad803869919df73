"""What a single office's numbers can and cannot support, and whether an office's own level adds anything."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from data.settings import SweepSettings
from features.feature import FeatureSet
from training import metrics
from training.estimators import READABLE
from training.evaluate import Backtest
from training.fit import calibrated_log_odds, labelled, labels_of, matrix
from training.metrics import Figure, Floats, figure, ratio
from training.sweep_list import list_size

#: Matters a year the table is worked out for, besides the offices that are there.
SIZES: tuple[int, ...] = (85, 150, 210, 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeLevel:
    """An intercept per office on top of the pooled model, shrunk to 0 (a moment estimate of the spread between them).

    `spread`: standard deviation of the offices' own levels in log-odds, last fold; `gain`: pooled log loss without
    minus with it in the test months, per snapshot; `helps` says whether that is above 0 beyond chance.
    """

    spread: float
    gain: Figure

    @property
    def helps(self) -> bool:
        """Whether the interval lies above 0."""
        return self.gain.low is not None and self.gain.low > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """What an office of this size can tell in one year: `office` None for a size that stands for no office here.

    `places`: list places a year; `different`: different matters among them; `low`, `high`: the 95 % range its own
    precision would be given at the pooled value; `years`: how long until that interval leaves the base rate out.
    """

    office: str | None
    matters: float
    places: float
    different: float
    low: float
    high: float
    years: float | None


def office_level(rows: pl.DataFrame, test: Backtest, feature_set: FeatureSet) -> OfficeLevel | None:
    """Measure the offices' own levels: learned on each fold's calibration block, judged in its test months.

    It cannot change any office's list (within an office it adds the same to every matter); it could make the
    probabilities truer.  None with one office, or where folds have no calibration block.
    """
    made = test.panel
    offices = made.rows["office_id"].unique().sort()
    if offices.len() < 2 or not test.fitted or any(not fold.train.calibration for fold in test.folds):
        return None
    code = offices.search_sorted(made.rows["office_id"]).cast(pl.Int64).to_numpy()
    score = test.scores[READABLE]
    moved = score.copy()
    spread = 0.0
    for fold in test.folds:
        block = labelled(rows, fold.train.calibration).filter(~pl.col("must_act"))
        if not block.height:
            return None
        block = block.filter(pl.col("office_id").is_in(offices.implode()))
        odds = calibrated_log_odds(test.fitted[fold.index], matrix(block, feature_set))
        where = offices.search_sorted(block["office_id"]).cast(pl.Int64).to_numpy()
        matter = np.unique(block["matter_id"].to_numpy(), return_inverse=True)[1]
        level, spread = _levels(odds, labels_of(block).astype(np.float64), where, matter, offices.len())
        here = made.fold == fold.index
        moved[here] += level[code[here]]
    known = made.known
    label, matter = made.label[known], made.matter[known]
    better = _log_loss(score[known], label) - _log_loss(moved[known], label)
    return OfficeLevel(spread=spread, gain=figure(ratio(better, np.ones(label.size), matter, test.weights)))


def _levels(odds: Floats, label: Floats, office: np.ndarray, matter: np.ndarray, count: int) -> tuple[Floats, float]:
    """Each office's shrunk intercept, and the spread of the offices: one Newton step, errors clustered by matter."""
    chance = 1.0 / (1.0 + np.exp(-odds))
    rest = label - chance
    weight = np.bincount(office, weights=chance * (1 - chance), minlength=count)
    own = np.divide(np.bincount(office, weights=rest, minlength=count), weight, out=np.zeros(count), where=weight > 0)
    pairs, place = np.unique(np.stack([office, matter]), axis=1, return_inverse=True)
    squares = np.bincount(pairs[0], weights=np.bincount(place.ravel(), weights=rest) ** 2, minlength=count)
    error = np.divide(squares, weight**2, out=np.full(count, np.inf), where=weight > 0)
    used = np.isfinite(error) & (error > 0)
    if used.sum() < 2:
        return np.zeros(count), 0.0
    # DerSimonian–Laird: what the levels differ by beyond their own errors.
    precise = 1.0 / error[used]
    mean = (precise * own[used]).sum() / precise.sum()
    excess = (precise * (own[used] - mean) ** 2).sum() - (used.sum() - 1)
    scale = precise.sum() - (precise**2).sum() / precise.sum()
    between = max(0.0, excess / scale) if scale > 0 else 0.0
    level = np.zeros(count)
    level[used] = between / (between + error[used]) * own[used]
    return level, float(np.sqrt(between))


def _log_loss(odds: Floats, label: Floats) -> Floats:
    return np.logaddexp(0.0, odds) - label * odds


def office_support(test: Backtest, sweep: SweepSettings, code: str = READABLE) -> tuple[Support, ...]:
    """What each office of the test months, and offices of some sizes, can say about their own list in a year."""
    made = test.panel
    pooled = test.result(code).pooled["precision_at_k"].value
    everyone = metrics.ratio(
        np.where(made.known, np.nan_to_num(made.label), 0.0), made.known.astype(np.float64), made.matter, test.weights
    ).value
    if pooled is None:
        return ()
    above = test.above[code]
    listed = made.rows.filter(pl.Series(above))
    spread = listed.select("office_id", "matter_id").n_unique() / max(listed.height, 1)
    months = made.rows["cutoff"].n_unique()
    years = max(months, 1) / 12
    seen = (
        made.rows.group_by("office_id")
        .agg(
            (pl.len() / months).alias("cohort"),
            (pl.col("age_days") <= 31).sum().alias("new"),
        )
        .sort("office_id")
    )
    per_matter = float(seen["cohort"].sum()) / max(float(seen["new"].sum()) / years, 1.0)
    found = [
        _support(str(row["office_id"]), row["new"] / years, row["cohort"], sweep, spread, pooled, everyone)
        for row in seen.iter_rows(named=True)
    ]
    sizes = [_support(None, float(size), size * per_matter, sweep, spread, pooled, everyone) for size in SIZES]
    return (*sizes, *found)


def _support(
    office: str | None, matters: float, cohort: float, sweep: SweepSettings, spread: float, hit: float, base: float
) -> Support:
    places = 12.0 * min(list_size(max(1, round(cohort)), sweep), max(cohort, 1.0))
    different = max(1.0, places * spread)
    low, high = metrics.wilson(hit * different, different)
    gap = hit - base
    years = None if gap <= 0 else hit * (1 - hit) * (1.96 / gap) ** 2 / different
    return Support(office=office, matters=matters, places=places, different=different, low=low, high=high, years=years)
