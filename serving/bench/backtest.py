"""How model, baselines and oracles rank on invented provinces: the same back-test, the same list length."""

import os
import statistics
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context

import numpy as np
import polars as pl

from data.contract import OfficeContext
from data.errors import TooLittleData
from data.mapping import Task
from data.settings import Settings
from data.synthetic import SyntheticPlan, SyntheticRegister, demo_plan, make_register, visible_oracle
from features.catalog import CATALOG
from features.context import office_context
from serving.bench.result import BenchResult, Measured
from serving.cli.session import Session
from serving.training_run import WARM_UP_DAYS
from training import metrics, panel
from training.baselines import BASELINES
from training.dataset import Dataset, make_dataset
from training.estimators import READABLE
from training.evaluate import Backtest
from training.labels import months_of
from training.metrics import Floats, Sample, figure, verdict
from training.run import TrainingOutcome, train

_TOLD = ("precision_at_k", "episode_recall")
_POSITIVES = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Visible:
    """One seed's last fold: what the visible-history oracle and the readable model reach, and what was replayed."""

    snapshots: int
    effective: float
    oracle: dict[str, Sample]
    ours: dict[str, Sample]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What is kept of one seed: its figures, draws of every scorer, the readable model's probabilities with labels."""

    figures: tuple[Measured, ...]
    samples: dict[str, dict[str, Sample]]
    visible: Visible | None
    probability: Floats
    label: Floats
    passed: bool
    grounds: str


def run_backtest(session: Session, *, seeds: int, draws: int) -> BenchResult:
    """One invented province a seed, two at a time; of each the visible-history oracle is replayed, `draws` a snapshot.

    The oracles come from the generator's side frame and are read here only, for evaluation.  `draws` 0 leaves the
    replay out.  At the end a province without signal and one with 40 positives show how the product refuses.
    """
    numbers = range(1, seeds + 1)
    workers = min(2, os.cpu_count() or 1, seeds)
    # Provinces share nothing, and half of their time is spent where threads wait for each other.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        runs = list(pool.map(partial(one_province, session.settings, draws), numbers))
    figures = [figure for run in runs for figure in run.figures]
    if draws:
        figures += against_visible(runs, draws)
    figures += over_seeds(runs)
    figures += [calibration_of(runs), *refusals(session.settings)]
    return BenchResult(bench="backtest", seed=list(numbers), figures=figures)


def one_province(settings: Settings, draws: int, seed: int) -> Run:
    """Everything that is kept of the province of one seed."""
    made = make_register(demo_plan(seed))
    data = province(made, settings)
    outcome = train(
        data,
        settings,
        seed=seed,
        oracles=made.oracle.select("matter_id", "cutoff", oracle_full="full_hazard"),
    )
    test = outcome.test
    known = test.panel.known
    return Run(
        figures=(
            *_sizes(seed, made, data, test),
            *(
                Measured(
                    name=f"seed {seed}, {result.scorer.code}: {name}",
                    value=result.pooled[name].value,
                    unit="share",
                    low=result.pooled[name].low,
                    high=result.pooled[name].high,
                )
                for result in test.results
                for name in _TOLD
            ),
        ),
        samples={code: {name: drawn[name] for name in _TOLD} for code, drawn in test.samples.items()},
        visible=visible(made, outcome, draws) if draws else None,
        probability=1.0 / (1.0 + np.exp(-test.scores[READABLE][known])),
        label=test.panel.label[known],
        passed=outcome.gate.passed,
        grounds="; ".join(en for _, en in outcome.gate.reasons),
    )


def _sizes(seed: int, made: SyntheticRegister, data: Dataset, test: Backtest) -> list[Measured]:
    """How much there is to learn from and to be judged by."""
    back = data.rows.filter(pl.col("label") == 1)
    learnt = [back.filter(pl.col("cutoff").is_in(fold.train.fit))["matter_id"].n_unique() for fold in test.folds]
    caught = test.panel.episode_matter.size
    return [
        Measured(name=f"seed {seed}: matters", value=len(made.register.matters), unit="matters"),
        Measured(
            name=f"seed {seed}: fitted on so many matters raised again, mean of the folds",
            value=statistics.fmean(learnt),
            unit="matters",
            low=min(learnt),
            high=max(learnt),
        ),
        Measured(name=f"seed {seed}: episodes of candidates in the test months", value=caught, unit="episodes"),
    ]


def province(made: SyntheticRegister, settings: Settings) -> Dataset:
    """The snapshots of a whole invented province, as `train` sees a stored one."""
    register = made.register
    context: pl.DataFrame = office_context(register, months_of(register), Task(), settings.cohort)
    return make_dataset(
        register,
        OfficeContext.validate(context),
        Task(),
        settings,
        feature_set=CATALOG,
        cutoffs=months_of(register, from_day=WARM_UP_DAYS),
        bench_only=False,
    )


def visible(made: SyntheticRegister, outcome: TrainingOutcome, draws: int) -> Visible:
    """The readable model beside the visible-history oracle in the last fold.

    Every candidate of the last fold's test months is replayed, so both fill whole lists from the same candidates.
    """
    test = outcome.test
    rows = test.panel
    last = rows.fold == test.folds[-1].index
    here = last & rows.candidate
    snapshots = rows.rows.filter(pl.Series(here)).select("matter_id", "cutoff")
    replayed = visible_oracle(made, snapshots, draws=draws, seed=1)
    score = np.full(rows.label.size, -np.inf)
    score[here] = replayed["visible_hazard"].to_numpy()
    best, ours = panel.above_line(rows, score), test.above[READABLE]
    measures = {
        "episode_recall": panel.episode_recall,
        "snapshot_recall": panel.snapshot_recall,
        "precision_at_k": lambda made, above, weights, *, rows: panel.precision(made, above, weights, rows),
    }
    return Visible(
        snapshots=snapshots.height,
        effective=float(replayed["effective_draws"].median() or 0.0),  # pyright: ignore[reportArgumentType]
        oracle={name: measured(rows, best, test.weights, rows=last) for name, measured in measures.items()},
        ours={name: measured(rows, ours, test.weights, rows=last) for name, measured in measures.items()},
    )


def against_visible(runs: Sequence[Run], draws: int) -> list[Measured]:
    """Ours as a share of the visible-history oracle's, over the last folds of all seeds together and of each."""
    found = [run.visible for run in runs if run.visible is not None]
    figures = [
        Measured(
            name="visible oracle: snapshots replayed",
            value=sum(one.snapshots for one in found),
            unit="rows",
            note=f"{draws} draws each, worth {statistics.fmean(one.effective for one in found):.0f} in the median",
        )
    ]
    for name in ("episode_recall", "snapshot_recall", "precision_at_k"):
        oracle, ours = _mean([one.oracle[name] for one in found]), _mean([one.ours[name] for one in found])
        each = [one.ours[name].over(one.oracle[name]).value for one in found]
        for who, told in (("visible oracle", figure(oracle)), ("scorecard, same months", figure(ours))):
            figures.append(
                Measured(name=f"{who}: {name}", value=told.value, unit="share", low=told.low, high=told.high)
            )
        share = figure(ours.over(oracle))
        figures.append(
            Measured(
                name=f"scorecard / visible oracle: {name}",
                value=share.value,
                unit="ratio",
                goal=0.90 if name == "episode_recall" else None,
                low=share.low,
                high=share.high,
                note=f"last fold of {len(found)} seeds, single seeds {min(each):.2f}–{max(each):.2f}",
            )
        )
    return figures


def _mean(samples: Sequence[Sample]) -> Sample:
    """The mean over provinces; they are independent of each other, so the mean of their draws is a draw of the mean."""
    return Sample(
        value=statistics.fmean(one.value for one in samples), draws=np.mean([one.draws for one in samples], axis=0)
    )


def refusals(settings: Settings) -> list[Measured]:
    """A province without signal and one with too few positives, with what the product says of each."""
    silent = make_register(SyntheticPlan(seed=1, cities=2, noise=1.0, oracle_draws=0))
    data = province(silent, settings)
    shut = train(data, settings, seed=1, candidates=(READABLE,))
    found = [
        Measured(
            name="no signal: gate passed",
            value=float(shut.gate.passed),
            unit="0/1",
            goal=0.0,
            above=False,
            note="; ".join(en for _, en in shut.gate.reasons),
        )
    ]
    positive = data.rows.filter(pl.col("label") == 1)["matter_id"].unique().sort()
    many = data.rows.filter(~pl.col("matter_id").is_in(positive[_POSITIVES:].implode()))
    try:
        train(_of_rows(data, many), settings, seed=1, candidates=(READABLE,))
        refused, words = 0.0, "a model was trained"
    except TooLittleData as problem:
        refused, words = 1.0, problem.text("en").replace("\n", " ")
    found.append(Measured(name=f"{_POSITIVES} positives: refused", value=refused, unit="0/1", goal=1.0, note=words))
    return found


def _of_rows(data: Dataset, rows: pl.DataFrame) -> Dataset:
    kept = data.episodes.filter(pl.col("matter_id").is_in(rows["matter_id"].unique().implode()))
    return Dataset(
        rows=rows,
        episodes=kept,
        feature_set=data.feature_set,
        observed_until=data.observed_until,
        horizon_us=data.horizon_us,
        time_zone=data.time_zone,
        assumed_share=data.assumed_share,
        label_name=data.label_name,
        bench_only=data.bench_only,
        dropped=data.dropped,
        leaks=data.leaks,
    )


def over_seeds(runs: Sequence[Run]) -> list[Measured]:
    """Mean and range of every scorer, the gate, and the lead over the best baseline, pooled over the seeds."""
    seeds = len(runs)
    found: list[Measured] = []
    for code in runs[0].samples:
        for name in _TOLD:
            values = [run.samples[code][name].value for run in runs if code in run.samples]
            found.append(
                Measured(
                    name=f"{code}: {name}, {seeds} seeds",
                    value=statistics.fmean(values),
                    unit="share",
                    note=f"range {min(values):.3f}–{max(values):.3f}",
                )
            )
    for name in _TOLD:
        codes = [item.code for item in BASELINES if all(item.code in run.samples for run in runs)]
        best = max(codes, key=lambda code: statistics.fmean(run.samples[code][name].value for run in runs))
        ahead = [run.samples[READABLE][name].minus(run.samples[best][name]) for run in runs]
        pooled = figure(_mean(ahead))
        alone = [verdict(figure(one))[1] for one in ahead]
        found.append(
            Measured(
                name=f"scorecard - best baseline {best}: {name}, {seeds} seeds",
                value=pooled.value,
                unit="share",
                low=pooled.low,
                high=pooled.high,
                note=f"{verdict(pooled)[1]}; single seeds ahead {alone.count('ahead')}, behind {alone.count('behind')}",
            )
        )
        found.append(
            Measured(name=f"lower bound of that lead: {name}", value=pooled.low, unit="share", goal=0.0, note="> 0")
        )
    passed = sum(run.passed for run in runs)
    shut = "; ".join(f"seed {place}: {run.grounds}" for place, run in enumerate(runs, start=1) if not run.passed)
    found.append(Measured(name="registers whose gate passed", value=passed, unit=f"of {seeds}", note=shut))
    return found


def calibration_of(runs: Sequence[Run]) -> Measured:
    """ECE over the test snapshots of all seeds together, beside a perfect model's."""
    probability = np.concatenate([run.probability for run in runs])
    label = np.concatenate([run.label for run in runs])
    perfect = metrics.perfect_calibration_error(probability, seed=1)
    few = "" if label.size >= 50_000 else ", fewer than the 50,000 asked for"
    return Measured(
        name="scorecard: expected calibration error",
        value=metrics.expected_calibration_error(probability, label),
        unit="",
        above=False,
        note=f"a perfect model of that size: {perfect:.4f}; {label.size} snapshots{few}",
    )
