"""How a training run goes: floors, folds, back-test, gate, final fit with calibration and bands, registration."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from data.settings import Settings
from data.store.engine import Store
from data.store.models import ModelVersion, add_model
from data.times import DAY_US, cutoff_day, wall_us
from features.feature import FeatureSet
from training import calibrate, pairs, registry, report, splits
from training import scorecard as cards
from training.analysis import Analysis, analyse
from training.card import model_card
from training.collapse import collapse
from training.dataset import Dataset
from training.estimators import CANDIDATES, READABLE, Pairs
from training.evaluate import Backtest, backtest
from training.fit import fit_candidates, labelled, labels_of, matrix
from training.floors import check_support, measure_support
from training.registry import Registered, RunRecord
from training.report import Facts
from training.scorecard import Scorecard
from training.select import GateResult, decide
from training.splits import Fold, Split

Progress = Callable[[str, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingOutcome:
    """A finished run: the readable model as data, what the back-test and the gate say, and its number if registered."""

    scorecard: Scorecard
    model: Any
    test: Backtest
    analysis: Analysis
    gate: GateResult
    facts: Facts
    final: Split
    feature_set: FeatureSet
    registered: Registered | None

    @property
    def version(self) -> int | None:
        """The challenger's number; None where the run was not registered."""
        return None if self.registered is None else self.registered.version

    def as_dict(self) -> dict[str, Any]:
        """The outcome for JSON: the report, the scorecard's identity and the version."""
        return {
            "version": self.version,
            "scorecard_sha256": cards.sha256(self.scorecard),
            **report.as_dict(self.test, self.gate, self.facts, self.analysis),
        }

    def markdown(self, language: str) -> str:
        """The back-test report, `language` zh or en."""
        return report.markdown(self.test, self.gate, self.facts, language, self.analysis)

    def page(self, language: str) -> str:
        """The same report as one self-contained HTML page with its charts, `language` zh or en."""
        return report.page(self.test, self.gate, self.facts, language, self.analysis)

    def card(self, language: str) -> str:
        """The model card, `language` zh or en."""
        return model_card(
            self.scorecard,
            self.feature_set,
            self.test,
            self.gate,
            self.facts,
            version=self.version,
            language=language,
        )


def train(
    dataset: Dataset,
    settings: Settings,
    *,
    seed: int,
    first_test: int | None = None,
    oracles: pl.DataFrame | None = None,
    candidates: Sequence[str] = CANDIDATES,
    full: bool = False,
    progress: Progress = lambda zh, en: None,
) -> TrainingOutcome:
    """Back-test every candidate and fit the readable model; nothing is stored.

    `first_test` (UTC microseconds) replaces the rolling folds by one split (a bench's reference task).  `oracles`
    (matter_id, cutoff and one column each) are ranked beside the models: synthetic registers only.
    `full` also measures what each group of features adds (twice as many fits as groups).
    `progress` is called with a line (zh, en) before each step.  Same data and seed give the same scorecard to the
    byte.  Raises TooLittleData below the floors (G10).
    """
    reach = dataset.horizon_us + settings.label.reporting_lag_days * DAY_US
    rows, cutoffs = mature_rows(dataset.rows, reach, dataset.observed_until, dataset.time_zone)
    support = measure_support(rows)
    check_support(support, settings.learning)
    folds = make_folds(cutoffs, settings, reach=reach, time_zone=dataset.time_zone, first_test=first_test)
    names: list[str] = []
    if oracles is not None:
        names = [name for name in oracles.columns if name not in ("matter_id", "cutoff")]
        rows = rows.join(oracles, on=["matter_id", "cutoff"], how="left", maintain_order="left")
    chosen = pairs.choose_pairs(
        rows, dataset.feature_set, folds[0].train.fit, reach_us=reach, time_zone=dataset.time_zone, seed=seed
    )
    progress(f"回溯检验：{len(folds)}段", f"back-test: {len(folds)} folds")
    feature_set = dataset.feature_set
    test = backtest(
        rows,
        dataset.episodes,
        feature_set,
        folds,
        settings,
        time_zone=dataset.time_zone,
        seed=seed,
        candidates=candidates,
        oracles=names,
        pairs=chosen.pairs,
    )
    progress("分析：泄漏、时限、单位、帮助、遗漏", "analysis: leaks, clocks, offices, help, what was missed")
    analysis = analyse(rows, dataset, test, settings, seed=seed, full=full)
    gate = decide(
        test,
        settings.gate,
        assumed_share=dataset.assumed_share,
        bench_only=dataset.bench_only,
        leaks=analysis.leaks,
    )
    progress("拟合最终模型", "final fit")
    final = final_split(cutoffs, settings, reach=reach, time_zone=dataset.time_zone)
    scorecard, model = fit_scorecard(rows, dataset, final, seed=seed, together=chosen.pairs)
    facts = Facts(
        label=dataset.label_name,
        horizon_days=dataset.horizon_us // DAY_US,
        bench_only=dataset.bench_only,
        demo=settings.demo,
        assumed_share=dataset.assumed_share,
        observed_until=dataset.observed_until,
        time_zone=dataset.time_zone,
        seed=seed,
        feature_set=feature_set.fingerprint,
        data=data_fingerprint(dataset.rows, feature_set),
        support=support,
        dropped=dataset.dropped,
    )
    return TrainingOutcome(
        scorecard=scorecard,
        model=model,
        test=test,
        analysis=analysis,
        gate=gate,
        facts=facts,
        final=final,
        feature_set=feature_set,
        registered=None,
    )


def register(
    outcome: TrainingOutcome, store: Store, state: Path, *, now: int, created_by: str, batch_id: int | None
) -> TrainingOutcome:
    """Log the run to MLflow, register the model as challenger there and in our own record; returns it numbered."""
    facts = outcome.facts
    common = {"seed": facts.seed, "label": facts.label, "horizon_days": facts.horizon_days}
    tags = {"data": facts.data, "feature_set": facts.feature_set, "demo": str(facts.demo).lower()}
    others = [
        RunRecord(
            name=f"{result.scorer.code}-fold{fold.index}",
            params={**common, "candidate": result.scorer.code, "fold": fold.index, "fit_cutoffs": len(fold.train.fit)},
            metrics={name: value for name, value in figures.items() if value is not None},
            tags={**tags, "kind": result.scorer.kind},
        )
        for result in outcome.test.results
        if result.scorer.kind == "model"
        for fold, figures in zip(outcome.test.folds, result.folds, strict=True)
    ]
    pooled = outcome.test.result(READABLE).pooled
    final = RunRecord(
        name=f"{READABLE}-final",
        params={
            **common,
            "candidate": READABLE,
            "fit_cutoffs": len(outcome.final.fit),
            **{name: str(value) for name, value in outcome.model.get_params().items() if name != "monotonic_cst"},
        },
        metrics={name: figure.value for name, figure in pooled.items() if figure.value is not None},
        tags={**tags, "kind": "final", "gate": "passed" if outcome.gate.passed else "not passed"},
    )
    registered = registry.register_model(
        state,
        outcome.model,
        outcome.scorecard,
        outcome.feature_set,
        final=final,
        others=others,
        documents={
            **{f"report.{language}.md": outcome.markdown(language) for language in ("zh", "en")},
            **{f"report.{language}.html": outcome.page(language) for language in ("zh", "en")},
            **{f"card.{language}.md": outcome.card(language) for language in ("zh", "en")},
        },
    )
    add_model(
        store,
        ModelVersion(
            version=registered.version,
            name=registry.NAME,
            scorecard_sha256=registered.scorecard_sha256,
            scorecard_path=registered.scorecard_path,
            feature_fingerprint=facts.feature_set,
            label=facts.label,
            bench_only=facts.bench_only,
            demo=facts.demo,
            assumed_share=facts.assumed_share,
            created_at=now,
            created_by=created_by,
            gate=outcome.gate.as_dict(),
            mlflow_run_id=registered.run_id,
            mlflow_model_id=registered.model_id,
            batch_id=batch_id,
        ),
    )
    return replace(outcome, registered=registered)


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
        return (splits.explicit_fold(cutoffs, first_test=first_test, reach_us=reach, time_zone=time_zone),)
    return splits.rolling_folds(
        cutoffs,
        reach_us=reach,
        time_zone=time_zone,
        folds=settings.learning.folds,
        train_months=settings.learning.train_months,
    )


def final_split(cutoffs: Sequence[int], settings: Settings, *, reach: int, time_zone: str) -> Split:
    """All mature cutoffs: the latest block calibrates and sets the bands, what its embargo leaves is fitted on."""
    return splits.split_train(
        cutoffs,
        reach_us=reach,
        time_zone=time_zone,
        calibration_months=min(3, max(1, len(cutoffs) // 8)),
        train_months=settings.learning.train_months,
    )


def fit_scorecard(
    rows: pl.DataFrame, dataset: Dataset, split: Split, *, seed: int, together: Pairs = ()
) -> tuple[Scorecard, Any]:
    """The readable model on `split.fit` as a scorecard with calibration, intervals and bands of `split.calibration`."""
    feature_set = dataset.feature_set
    fitted = fit_candidates(rows, feature_set, split, (READABLE,), seed=seed, pairs=together)[0]
    bare = collapse(
        fitted.model,
        feature_set,
        calibration=calibrate.raw_calibration(),
        bands=cards.Bands(larger=0, major=0),
        label=dataset.label_name,
        horizon_days=dataset.horizon_us // DAY_US,
        bench_only=dataset.bench_only,
        cohort=_describe(rows, split, dataset.time_zone),
    )
    block = labelled(rows, split.calibration)
    margins = cards.margin(bare, matrix(block, feature_set))
    matters = np.unique(block["matter_id"].to_numpy(), return_inverse=True)[1].astype(np.int64)
    calibration = calibrate.fit_calibration(margins, labels_of(block), matters, seed=seed)
    return cards.with_calibration(bare, calibration, calibrate.fit_bands(margins)), fitted.model


def data_fingerprint(rows: pl.DataFrame, feature_set: FeatureSet) -> str:
    """SHA-256 over ids, cutoffs, labels and features, independent of the order of the rows."""
    ordered = rows.sort("cutoff", "matter_id")
    digest = hashlib.sha256("\n".join(feature_set.names).encode())
    digest.update("\n".join(ordered["matter_id"]).encode())
    digest.update(np.ascontiguousarray(ordered["cutoff"].to_numpy()).tobytes())
    digest.update(ordered["label"].cast(pl.Int8).fill_null(-1).to_numpy().tobytes())
    digest.update(matrix(ordered, feature_set).tobytes())
    return digest.hexdigest()


def _describe(rows: pl.DataFrame, split: Split, time_zone: str) -> str:
    used = rows.filter(pl.col("cutoff").is_in([*split.fit, *split.calibration]))
    first, last = cutoff_day(split.fit[0], time_zone), cutoff_day((split.calibration or split.fit)[-1], time_zone)
    return (
        f"offices {used['office_id'].n_unique()}; matters {used['matter_id'].n_unique()}; snapshots {used.height}; "
        f"month-ends {first} – {last}"
    )
