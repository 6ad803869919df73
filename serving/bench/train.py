"""How long the back-test of every candidate takes on a large invented register, and a task of another tool's size."""

import gc
import time
from collections.abc import Sequence
from functools import partial

import polars as pl

from data.contract import OfficeContext
from data.mapping import Task
from data.settings import LabelSettings, LearningSettings
from data.synthetic import bench_plan, make_register
from data.times import DAY_US
from features.build import build_features
from features.catalog import CATALOG
from features.context import office_context
from features.feature import Feature, FeatureSet
from features.measures import Count, DaysSince
from serving.bench.memory import peak_mib
from serving.bench.result import BenchResult, Measured
from serving.cli.session import Session
from training import estimators
from training.dataset import make_dataset
from training.fit import Material, labels_of, matrix
from training.labels import labels, month_ends
from training.run import train
from training.side_by_side import side_by_side

#: Ten kinds × five windows and ten recencies: 60 columns.
KINDS = (
    *("letter", "visit", "online", "call", "assigned_from_above"),
    *("procedural_reply", "progress_reply", "explanation", "accepted", "extended"),
)
WINDOWS = (30, 90, 180, 365, None)


def run_train(session: Session, *, matters: int, cutoffs: int, folds: int, seed: int) -> BenchResult:
    """Dataset, floors, pairs, every candidate in every fold, figures with intervals, gate and final fit, timed.

    No negative is left out: the rows learnt from are all labelled snapshots of the training months.
    """
    register = make_register(bench_plan(seed, matters)).register
    first = int(str(register.events["occurred_at"].min()))
    ends = month_ends(first, register.observed_until, register.time_zone)
    chosen = ends[-cutoffs - 4 : -4] if len(ends) > cutoffs + 4 else ends  # the last four have no outcome yet
    learning = LearningSettings(folds=folds)
    settings = session.settings.model_copy(update={"learning": learning})
    context: pl.DataFrame = office_context(register, ends, Task(), settings.cohort)
    gc.collect()
    began = time.perf_counter()
    dataset = make_dataset(
        register,
        OfficeContext.validate(context),
        Task(),
        settings,
        feature_set=CATALOG,
        cutoffs=chosen,
        bench_only=False,
    )
    built = time.perf_counter()
    outcome = train(dataset, settings, seed=seed)
    done = time.perf_counter()
    peak = peak_mib() / 1024
    figures = [
        Measured(name="matters", value=len(register.matters), unit="matters"),
        Measured(name="events", value=len(register.events), unit="versions"),
        Measured(name="cutoffs", value=len(chosen), unit="month-ends"),
        Measured(name="folds", value=len(outcome.test.folds), unit="folds"),
        Measured(name="candidates", value=sum(one.scorer.kind == "model" for one in outcome.test.results), unit=""),
        Measured(name="snapshots", value=dataset.rows.height, unit="rows"),
        Measured(name="dataset: cohort, features, labels", value=built - began, unit="s"),
        Measured(name="back-test, gate and final fit", value=done - built, unit="s"),
        Measured(name="together", value=(done - began) / 60, unit="min", goal=12.0, above=False),
        Measured(name="peak memory of the process", value=peak, unit="GiB", goal=8.0, above=False),
    ]
    return BenchResult(bench="train", seed=[seed], figures=figures)


def run_like_triage(*, matters: int, seed: int) -> BenchResult:
    """A task of another tool's size: 14 cutoffs, 60 window features, five boosted models of 100 iterations.

    Each model is fitted on the cutoffs whose outcome was known at its test cutoff, and ranks that cutoff; the clock
    runs from the register in memory to the last score.
    """
    register = make_register(bench_plan(seed, matters)).register
    first = int(str(register.events["occurred_at"].min()))
    ends = month_ends(first, register.observed_until, register.time_zone)[-18:-4]
    features = window_features()
    gc.collect()
    began = time.perf_counter()
    opened = register.events.group_by("matter_id").agg(pl.col("occurred_at").min().alias("opened"))
    snapshots = pl.concat(
        [
            opened.filter((pl.col("opened") < end) & (pl.col("opened") >= end - 400 * DAY_US)).select(
                "matter_id", cutoff=pl.lit(end, pl.Int64)
            )
            for end in ends
        ]
    )
    rows = build_features(register, snapshots, features)
    found = labels(register, snapshots, Task(), LabelSettings()).rows.select("matter_id", "cutoff", "label")
    rows = rows.join(found, on=["matter_id", "cutoff"], how="left").sort("cutoff", "matter_id")
    known = rows.filter(pl.col("label").is_not_null())
    learnt_from = Material(x=matrix(known, features), y=labels_of(known), cutoff=known["cutoff"].to_numpy())
    built = time.perf_counter()
    # The largest first: no core waits for it at the end.
    ranked = side_by_side(partial(_one_model, learnt_from, features, ends, end, seed) for end in reversed(ends[-5:]))
    done = time.perf_counter()
    figures = [
        Measured(name="cases", value=len(register.matters), unit="matters"),
        Measured(name="events", value=len(register.events), unit="versions"),
        Measured(name="cutoffs", value=len(ends), unit="month-ends"),
        Measured(name="window features", value=len(features), unit="columns"),
        Measured(name="snapshots", value=rows.height, unit="rows"),
        Measured(name="models of 100 iterations", value=len(ranked), unit="models"),
        Measured(name="features and labels", value=built - began, unit="s"),
        Measured(name="models", value=done - built, unit="s"),
        Measured(name="together", value=done - began, unit="s", goal=1.7, above=False),
    ]
    return BenchResult(bench="train --like-triage", seed=[seed], figures=figures)


def _one_model(learnt_from: Material, features: FeatureSet, ends: Sequence[int], test: int, seed: int) -> int:
    """Fit on what was known at `test` and rank it; the number of rows ranked."""
    x, y = learnt_from.part([end for end in ends if end <= test - 104 * DAY_US])
    model = estimators.additive_boosting(signs=features.signs, rows=y.size, seed=seed).set_params(max_iter=100)
    estimators.fit(model, x, y)
    return estimators.log_odds(model, learnt_from.part([test])[0]).size


def window_features() -> FeatureSet:
    """Counts of ten kinds in five windows, and days since each."""
    counts = [_feature(f"{kind}_{days}", Count((kind,), days), 0.0) for kind in KINDS for days in WINDOWS]
    since = [_feature(f"{kind}_since", DaysSince((kind,), empty=3650.0), 3650.0) for kind in KINDS]
    return FeatureSet(features=(*counts, *since))


def _feature(name: str, measure: Count | DaysSince, empty: float) -> Feature:
    return Feature(
        name=name, zh=name, en=name, unit="", group="bench", measure=measure, empty=empty, high=1e9, source="bench"
    )
