"""How a training run goes: floors, folds, back-test, analysis, gate and final fit; nothing is stored."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from data.settings import Settings
from data.times import DAY_US
from features.feature import FeatureSet
from training import pairs, report, splits
from training import scorecard as cards
from training.analysis import Analysis, analyse
from training.card import model_card
from training.dataset import Dataset, data_fingerprint
from training.estimators import CANDIDATES
from training.evaluate import Backtest, backtest
from training.final_fit import fit_scorecard
from training.floors import check_support, measure_support
from training.registry import Registered
from training.report import Facts
from training.scorecard import Scorecard
from training.select import GateResult, decide
from training.splits import Split

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
    rows, cutoffs = splits.mature_rows(dataset.rows, reach, dataset.observed_until, dataset.time_zone)
    support = measure_support(rows)
    check_support(support, settings.learning)
    folds = splits.make_folds(cutoffs, settings, reach=reach, time_zone=dataset.time_zone, first_test=first_test)
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
    final = splits.final_split(cutoffs, settings, reach=reach, time_zone=dataset.time_zone)
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
