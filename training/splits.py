"""Which past cutoffs a model is fitted, calibrated and tested on, so that no label window reaches a later part."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from data.errors import TooLittleData
from data.settings import Settings
from data.times import wall_us


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Cutoffs (UTC microseconds, ascending) a model is fitted on, and those its calibration and bands come from.

    Each window `[cutoff, cutoff + horizon + lag)` of the fitting part ends at or before the first calibration
    cutoff.  An empty calibration part means that the raw log-odds are used as they are (the bench's reference task).
    """

    fit: tuple[int, ...]
    calibration: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """One step of the rolling origin: the newest fold has the highest index and the latest test cutoffs."""

    index: int
    train: Split
    test: tuple[int, ...]


def embargoed(cutoffs: Sequence[int], first: int, *, reach_us: int, time_zone: str) -> tuple[int, ...]:
    """The cutoffs whose window of `reach_us` (horizon plus lag, local wall clock) ends at or before `first`."""
    limit = wall_us(first, time_zone)
    return tuple(sorted(cutoff for cutoff in cutoffs if wall_us(cutoff, time_zone) + reach_us <= limit))


def split_train(
    cutoffs: Sequence[int], *, reach_us: int, time_zone: str, calibration_months: int, train_months: int | None = None
) -> Split:
    """The training cutoffs parted into fitting and the latest embargoed block for calibration.

    `calibration_months` counts cutoffs; 0 leaves everything to fitting.  `train_months` keeps the latest so many
    cutoffs of the whole part.  Raises TooLittleData when nothing is left to fit on.
    """
    ordered = tuple(sorted(set(cutoffs)))
    if train_months is not None:
        ordered = ordered[-train_months:]
    block = ordered[len(ordered) - calibration_months :] if calibration_months else ()
    fit = embargoed(ordered, block[0], reach_us=reach_us, time_zone=time_zone) if block else ordered
    if not fit or len(block) < calibration_months:
        raise _too_few(len(ordered))
    return Split(fit=fit, calibration=block)


def rolling_folds(
    cutoffs: Sequence[int],
    *,
    reach_us: int,
    time_zone: str,
    folds: int,
    train_months: int,
    test_months: int = 3,
    calibration_months: int = 3,
    least_fit: int = 3,
) -> tuple[Fold, ...]:
    """Rolling-origin folds over mature cutoffs: test blocks follow each other, the newest ends at the newest cutoff.

    `reach_us` is horizon plus reporting lag on the local wall clock.  Where the history is short the blocks shrink
    to two, then one month before anything is refused.  Raises TooLittleData when even one-month blocks leave a
    fold fewer than `least_fit` fitting cutoffs.
    """
    ordered = tuple(sorted(set(cutoffs)))
    for test, calibration in [(t, c) for t in range(test_months, 0, -1) for c in range(calibration_months, 0, -1)]:
        if len(ordered) <= folds * test:
            continue
        made: list[Fold] = []
        for index in range(folds):
            start = len(ordered) - (folds - index) * test
            block = ordered[start : start + test]
            before = embargoed(ordered[:start], block[0], reach_us=reach_us, time_zone=time_zone)
            try:
                train = split_train(
                    before,
                    reach_us=reach_us,
                    time_zone=time_zone,
                    calibration_months=calibration,
                    train_months=train_months,
                )
            except TooLittleData:
                break
            if len(train.fit) < least_fit:
                break
            made.append(Fold(index=index, train=train, test=block))
        if len(made) == folds:
            return tuple(made)
    raise _too_few(len(ordered))


def explicit_fold(
    cutoffs: Sequence[int], *, first_test: int, reach_us: int, time_zone: str, calibration_months: int = 0
) -> Fold:
    """One fold with a given first test cutoff (a bench's reference task); the embargo holds as everywhere."""
    ordered = tuple(sorted(set(cutoffs)))
    test = tuple(cutoff for cutoff in ordered if cutoff >= first_test)
    before = embargoed(ordered, first_test, reach_us=reach_us, time_zone=time_zone)
    if not test or not before:
        raise _too_few(len(ordered))
    train = split_train(before, reach_us=reach_us, time_zone=time_zone, calibration_months=calibration_months)
    return Fold(index=0, train=train, test=test)


def mature_rows(
    rows: pl.DataFrame, reach: int, observed_until: int, time_zone: str
) -> tuple[pl.DataFrame, tuple[int, ...]]:
    """The rows whose whole window of `reach` the batches cover, and their cutoffs, ascending."""
    limit = wall_us(observed_until, time_zone)
    cutoffs = sorted(cutoff for cutoff in rows["cutoff"].unique() if wall_us(cutoff, time_zone) + reach <= limit)
    return rows.filter(pl.col("cutoff").is_in(cutoffs)), tuple(cutoffs)


def make_folds(
    cutoffs: Sequence[int], settings: Settings, *, reach: int, time_zone: str, first_test: int | None
) -> tuple[Fold, ...]:
    """The rolling folds, or the one fold of a reference task."""
    if first_test is not None:
        return (explicit_fold(cutoffs, first_test=first_test, reach_us=reach, time_zone=time_zone),)
    return rolling_folds(
        cutoffs,
        reach_us=reach,
        time_zone=time_zone,
        folds=settings.learning.folds,
        train_months=settings.learning.train_months,
    )


def final_split(cutoffs: Sequence[int], settings: Settings, *, reach: int, time_zone: str) -> Split:
    """All mature cutoffs: the latest block calibrates and sets the bands, what its embargo leaves is fitted on."""
    return split_train(
        cutoffs,
        reach_us=reach,
        time_zone=time_zone,
        calibration_months=min(3, max(1, len(cutoffs) // 8)),
        train_months=settings.learning.train_months,
    )


def _too_few(count: int) -> TooLittleData:
    return TooLittleData(
        "too_few_cutoffs",
        f"成熟的月末截止时点只有{count}个，不足以按时间先后分段检验；按规则运行不受影响，请补充更早的台账",
        f"only {count} month-end cutoffs have mature labels, too few to test forward in time; "
        "rules-only is unaffected, import earlier ledgers",
    )
