"""How model, baselines and oracles rank on invented provinces: the same back-test, the same list length."""

import statistics
from dataclasses import dataclass

import numpy as np
import polars as pl

from data.contract import OfficeContext
from data.errors import TooLittleData
from data.mapping import Task
from data.synthetic import SyntheticPlan, SyntheticRegister, demo_plan, make_register, visible_oracle
from data.times import DAY_US
from features.catalog import CATALOG
from features.context import office_context
from serving.bench.result import BenchResult, Measured
from serving.cli.session import Session
from training import metrics, panel
from training.baselines import BASELINES
from training.dataset import Dataset, make_dataset
from training.estimators import READABLE
from training.labels import month_ends
from training.metrics import Floats, Sample, figure, verdict
from training.run import TrainingOutcome, train

_TOLD = ("precision_at_k", "episode_recall")
_POSITIVES = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """What is kept of one seed: draws of every scorer, and the readable model's probabilities with their labels."""

    samples: dict[str, dict[str, Sample]]
    probability: Floats
    label: Floats
    passed: bool


def run_backtest(session: Session, *, seeds: int, draws: int) -> BenchResult:
    """One invented province a seed; for the first the visible-history oracle is replayed, `draws` times a snapshot.

    The oracles come from the generator's side frame and are read here only, for evaluation.  `draws` 0 leaves the
    replay out.  At the end a province without signal and one with 40 positives show how the product refuses.
    """
    figures: list[Measured] = []
    runs: list[_Run] = []
    for seed in range(1, seeds + 1):
        made = make_register(demo_plan(seed))
        outcome = train(
            province(made, session),
            session.settings,
            seed=seed,
            oracles=made.oracle.select("matter_id", "cutoff", oracle_full="full_hazard"),
        )
        for result in outcome.test.results:
            for name in _TOLD:
                found = result.pooled[name]
                figures.append(
                    Measured(
                        name=f"seed {seed}, {result.scorer.code}: {name}",
                        value=found.value,
                        unit="share",
                        low=found.low,
                        high=found.high,
                    )
                )
        runs.append(_kept(outcome))
        if seed == 1 and draws:
            figures += against_visible(made, outcome, draws)
    figures += _over_seeds(runs)
    figures += [_calibration(runs), *refusals(session)]
    return BenchResult(bench="backtest", seed=list(range(1, seeds + 1)), figures=figures)


def province(made: SyntheticRegister, session: Session) -> Dataset:
    """The snapshots of a whole invented province, as `train` sees a stored one."""
    register = made.register
    first = int(str(register.events["occurred_at"].min()))
    ends = month_ends(first, register.observed_until, register.time_zone)
    context: pl.DataFrame = office_context(register, ends, Task(), session.settings.cohort)
    return make_dataset(
        register,
        OfficeContext.validate(context),
        Task(),
        session.settings,
        feature_set=CATALOG,
        cutoffs=[end for end in ends if end >= first + 180 * DAY_US],
        bench_only=False,
    )


def against_visible(made: SyntheticRegister, outcome: TrainingOutcome, draws: int) -> list[Measured]:
    """The readable model's recall and precision at capacity beside the visible-history oracle's, in the last fold.

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
    figures = [Measured(name="visible oracle: snapshots replayed", value=snapshots.height, unit="rows")]
    for name, measured in (("episode_recall", panel.episode_recall), ("snapshot_recall", panel.snapshot_recall)):
        top, mine = measured(rows, best, test.weights, rows=last), measured(rows, ours, test.weights, rows=last)
        share, oracle = figure(mine.over(top)), figure(top)
        figures.append(
            Measured(name=f"visible oracle: {name}", value=oracle.value, unit="share", low=oracle.low, high=oracle.high)
        )
        figures.append(
            Measured(
                name=f"scorecard / visible oracle: {name}",
                value=share.value,
                unit="ratio",
                goal=0.90 if name == "episode_recall" else None,
                low=share.low,
                high=share.high,
                note=f"last fold, {len(test.folds[-1].test)} month-ends, seed 1",
            )
        )
    return figures


def refusals(session: Session) -> list[Measured]:
    """A province without signal and one with too few positives, with what the product says of each."""
    silent = make_register(SyntheticPlan(seed=1, cities=2, noise=1.0, oracle_draws=0))
    data = province(silent, session)
    shut = train(data, session.settings, seed=1, candidates=(READABLE,))
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
        train(_of_rows(data, many), session.settings, seed=1, candidates=(READABLE,))
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


def _kept(outcome: TrainingOutcome) -> _Run:
    test = outcome.test
    known = test.panel.known
    return _Run(
        samples={code: {name: drawn[name] for name in _TOLD} for code, drawn in test.samples.items()},
        probability=1.0 / (1.0 + np.exp(-test.scores[READABLE][known])),
        label=test.panel.label[known],
        passed=outcome.gate.passed,
    )


def _over_seeds(runs: list[_Run]) -> list[Measured]:
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
        # Provinces are independent of each other, so the mean of their draws is a draw of the mean.
        pooled = figure(
            Sample(
                value=statistics.fmean(one.value for one in ahead),
                draws=np.mean([one.draws for one in ahead], axis=0),
            )
        )
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
    found.append(Measured(name="registers whose gate passed", value=passed, unit=f"of {seeds}"))
    return found


def _calibration(runs: list[_Run]) -> Measured:
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
