"""How the readable model does on a stored bench-only log: a reference task through our own features and training.

Nothing here knows which log it is: cutoffs, cohort and label come from the options and the mapping.
"""

import statistics
from datetime import date

import polars as pl

from data.errors import InputRefused
from data.settings import Settings
from data.times import cutoff_instant
from serving.bench.result import BenchResult, Measured
from serving.cli.session import Session
from serving.training_run import Pinned, dataset_of, pin
from training.ablation import ablate
from training.estimators import CANDIDATES
from training.evaluate import backtest
from training.leakage import feature_leaks
from training.metrics import Figure
from training.pairs import choose_pairs
from training.splits import make_folds

_FIGURES = ("average_precision", "precision_top_percent", "roc_auc")


def monthly(first: date, last: date) -> list[date]:
    """The same day of every month from `first` to `last`."""
    days: list[date] = []
    month = first
    while month <= last:
        days.append(month)
        month = date(month.year + month.month // 12, month.month % 12 + 1, first.day)
    return days


def pin_log(session: Session, mapping: str | None) -> tuple[Pinned, Settings]:
    """The stored bench-only log and the settings it is judged by: no lag beyond the one its mapping declares.

    Raises InputRefused where the register is not bench only: office registers have `bench backtest`.
    """
    settings = session.settings.model_copy(
        update={"label": session.settings.label.model_copy(update={"reporting_lag_days": 0})}
    )
    pinned = pin(session.store, settings, mapping)
    if not pinned.bench_only:
        raise InputRefused(
            "not_a_bench_register",
            "该台账不是评测日志；请用 bench backtest",
            "this register is not a bench log; use bench backtest",
        )
    return pinned, settings


def run_reference(
    session: Session,
    *,
    first: date,
    last: date,
    test_from: date,
    seeds: int,
    goals: dict[str, float],
    mapping: str | None,
) -> BenchResult:
    """Train on the monthly cutoffs before `test_from`, less the horizon, and rank those from it on.

    `goals` by figure name.  Intervals are drawn over matters (95 %); over seeds the mean and the range are given.
    At the end what each group of features adds (first seed), and what the leakage check names.
    Raises InputRefused as `pin_log`.
    """
    pinned, settings = pin_log(session, mapping)
    zone = pinned.register.time_zone
    cutoffs = [cutoff_instant(day, zone) for day in monthly(first, last)]
    boundary = cutoff_instant(test_from, zone)
    dataset = dataset_of(pinned, settings, cutoffs=cutoffs, levels_before=boundary)
    folds = make_folds(cutoffs, settings, reach=dataset.horizon_us, time_zone=zone, first_test=boundary)
    rows = dataset.rows.filter(pl.col("label").is_not_null())
    train_rows = rows.filter(pl.col("cutoff").is_in(list(folds[0].train.fit)))
    test_rows = rows.filter(pl.col("cutoff").is_in(list(folds[0].test)))
    figures = [
        Measured(name="training snapshots", value=train_rows.height, unit="rows"),
        Measured(name="test snapshots", value=test_rows.height, unit="rows"),
        Measured(name="test positives", value=float(test_rows["label"].sum()) / test_rows.height, unit="share"),
        Measured(name="features", value=len(dataset.feature_set), unit="columns"),
    ]
    began = folds[0].train.fit
    runs = [
        backtest(
            rows,
            dataset.episodes,
            dataset.feature_set,
            folds,
            settings,
            time_zone=zone,
            seed=seed,
            candidates=CANDIDATES if seed == 1 else CANDIDATES[:1],
            pairs=choose_pairs(
                rows, dataset.feature_set, began, reach_us=dataset.horizon_us, time_zone=zone, seed=seed
            ).pairs,
        )
        for seed in range(1, seeds + 1)
    ]
    readable = CANDIDATES[0]
    for name in _FIGURES:
        values = [run.result(readable).pooled[name].value or 0.0 for run in runs]
        interval = runs[0].result(readable).pooled[name]
        spread = f"{seeds} seeds: mean {statistics.fmean(values):.4f}, range {min(values):.4f}–{max(values):.4f}"
        figures.append(
            Measured(
                name=f"{readable}: {name}",
                value=statistics.fmean(values),
                unit="",
                goal=goals.get(name),
                low=interval.low,
                high=interval.high,
                note=f"{spread}; figures published without rows cannot be paired, see the interval",
            )
        )
    for result in runs[0].results:
        # Today's baselines rank by our duties, which another domain's log does not have.
        if result.scorer.code == readable or result.scorer.kind != "model":
            continue
        for name in _FIGURES:
            found = result.pooled[name]
            figures.append(
                Measured(
                    name=f"{result.scorer.code}: {name}", value=found.value, unit="", low=found.low, high=found.high
                )
            )
    for group in ablate(rows, runs[0], dataset.feature_set, seed=1, names=_FIGURES):
        for name in _FIGURES:
            lost = group.lost.get(name)
            if lost is not None:
                figures.append(
                    Measured(
                        name=f"{group.group} ({group.features} features): {name} lost without",
                        value=lost.value,
                        unit="",
                        low=lost.low,
                        high=lost.high,
                        note=f"{_adds(lost)}; alone {group.alone[name].value or 0.0:.4f}",
                    )
                )
    leaks = (*dataset.leaks, *feature_leaks(rows, dataset.feature_set, folds))
    figures.append(
        Measured(
            name="leakage check: severe findings",
            value=sum(leak.severe for leak in leaks),
            unit="columns",
            note="; ".join(f"{leak.name}: {leak.en}" for leak in leaks) or "nothing found",
        )
    )
    return BenchResult(bench="reference", seed=list(range(1, seeds + 1)), figures=figures)


def _adds(lost: Figure) -> str:
    if not lost.shown or lost.value is None:
        return "not shown to differ"
    return "adds" if lost.value > 0 else "better without"
