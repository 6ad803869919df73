"""How model, baselines and oracles rank on invented provinces: the same back-test, the same list length."""

import statistics
from typing import Any

import polars as pl

from data.contract import OfficeContext
from data.mapping import Task
from data.synthetic import SyntheticRegister, demo_plan, make_register, visible_oracle
from data.times import DAY_US
from features.catalog import CATALOG
from features.context import office_context
from serving.bench.result import BenchResult, Measured
from serving.cli.session import Session
from training.dataset import Dataset, make_dataset
from training.labels import month_ends
from training.run import TrainingOutcome, train

_TOLD = ("precision_at_k", "episode_recall")


def run_backtest(session: Session, *, seeds: int, sample: int) -> BenchResult:
    """One invented province a seed; the visible-history oracle is replayed on `sample` snapshots of the first.

    The oracles come from the generator's side frame and are read here only, for evaluation.
    """
    figures: list[Measured] = []
    by_seed: dict[str, list[float]] = {}
    passed = 0
    for seed in range(1, seeds + 1):
        made = make_register(demo_plan(seed))
        dataset = province(made, session)
        oracle = made.oracle.select("matter_id", "cutoff", oracle_full="full_hazard")
        outcome = train(dataset, session.settings, seed=seed, oracles=oracle)
        passed += outcome.gate.passed
        for result in outcome.test.results:
            for name in _TOLD:
                found = result.pooled[name]
                by_seed.setdefault(f"{result.scorer.code}: {name}", []).append(found.value or 0.0)
                if seed == 1:
                    figures.append(
                        Measured(
                            name=f"{result.scorer.code}: {name}",
                            value=found.value,
                            unit="share",
                            low=found.low,
                            high=found.high,
                        )
                    )
        if seed == 1 and sample:
            figures += visible(made, dataset, outcome, sample)
    spread = [
        Measured(
            name=f"{name}, {seeds} seeds",
            value=statistics.fmean(values),
            unit="share",
            note=f"range {min(values):.3f}–{max(values):.3f}",
        )
        for name, values in by_seed.items()
    ]
    gate = Measured(name="registers whose gate passed", value=passed, unit=f"of {seeds}")
    return BenchResult(bench="backtest", seed=list(range(1, seeds + 1)), figures=[*figures, *spread, gate])


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


def visible(made: SyntheticRegister, dataset: Dataset, outcome: TrainingOutcome, sample: int) -> list[Measured]:
    """The visible-history oracle beside the model on one sample of candidate test snapshots: ranking power only."""
    from sklearn.metrics import average_precision_score, roc_auc_score

    from training.score import score

    cutoffs = [cutoff for fold in outcome.test.folds for cutoff in fold.test]
    rows = dataset.rows.filter(pl.col("cutoff").is_in(cutoffs) & ~pl.col("must_act") & pl.col("label").is_not_null())
    drawn = rows.sample(min(sample, rows.height), seed=1).sort("matter_id", "cutoff")
    oracle = visible_oracle(made, drawn.select("matter_id", "cutoff"), draws=200, seed=1)
    name = next(column for column in oracle.columns if column not in ("matter_id", "cutoff"))
    both = drawn.join(oracle, on=["matter_id", "cutoff"], how="inner").join(
        made.oracle.select("matter_id", "cutoff", full="full_hazard"), on=["matter_id", "cutoff"], how="left"
    )
    # In-sample for the final fit's months; the back-test's own figures above are the honest ones for the model.
    margins = score(outcome.scorecard, both, CATALOG)["margin_nano"]
    label = both["label"].to_numpy()
    figures: list[Measured] = [Measured(name="visible oracle: snapshots", value=both.height, unit="rows")]
    ranked: dict[str, Any] = {
        "oracle, visible history": both[name].to_numpy(),
        "oracle, full hazard": both["full"].to_numpy(),
        "final model (fitted on these months too)": margins.to_numpy(),
    }
    for who, values in ranked.items():
        figures.append(
            Measured(name=f"{who}: average_precision", value=float(average_precision_score(label, values)), unit="")
        )
        figures.append(Measured(name=f"{who}: roc_auc", value=float(roc_auc_score(label, values)), unit=""))
    return figures
