"""How long the back-test of every candidate takes on a large invented register."""

import gc
import time

import polars as pl

from data.contract import OfficeContext
from data.mapping import Task
from data.settings import LearningSettings
from data.synthetic import bench_plan, make_register
from features.catalog import CATALOG
from features.context import office_context
from serving.bench.memory import peak_mib
from serving.bench.result import BenchResult, Measured
from serving.cli.session import Session
from training.dataset import make_dataset
from training.labels import months_of
from training.run import train


def run_train(session: Session, *, matters: int, cutoffs: int, folds: int, seed: int) -> BenchResult:
    """Dataset, floors, pairs, every candidate in every fold, figures with intervals, gate and final fit, timed.

    No negative is left out: the rows learnt from are all labelled snapshots of the training months.
    """
    register = make_register(bench_plan(seed, matters)).register
    ends = months_of(register)
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
