"""How a finished run is kept: a run for each candidate and fold in MLflow, the model as challenger, our own record."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from data.store.engine import Store
from data.store.models import ModelVersion, add_model
from training import contest, estimators, metrics, registry
from training.charts import gain_chart, reliability_chart, standalone
from training.code_version import code_version
from training.estimators import READABLE
from training.evaluate import Backtest, Result
from training.plain_json import canonical
from training.registry import RunRecord
from training.run import TrainingOutcome
from training.splits import Fold

#: Where the gain curve is drawn: finely where lists end, coarsely behind.
_SHARES = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


def register(
    outcome: TrainingOutcome,
    store: Store,
    state: Path,
    *,
    now: int,
    created_by: str,
    batch_id: int | None,
    comparison: Mapping[str, Any] | None = None,
) -> TrainingOutcome:
    """Log the run to MLflow, register the model as challenger there and in our own record; returns it numbered.

    `comparison` (with the champion, as `training.contest`) is kept with both: two people are shown it.
    """
    facts, test = outcome.facts, outcome.test
    common = {"seed": facts.seed, "label": facts.label, "horizon_days": facts.horizon_days}
    tags = {
        "data": facts.data,
        "feature_set": facts.feature_set,
        "code": code_version(),
        "demo": str(facts.demo).lower(),
    }
    others = [
        RunRecord(
            name=f"{result.scorer.code}-fold{fold.index}",
            params={
                **common,
                "candidate": result.scorer.code,
                "fold": fold.index,
                "fit_cutoffs": len(fold.train.fit),
                "fit_rows": test.fitted[fold.index].rows,
                **_settings_of(
                    estimators.make(
                        result.scorer.code,
                        outcome.feature_set,
                        rows=test.fitted[fold.index].rows,
                        seed=facts.seed,
                        pairs=test.pairs,
                    )
                ),
            },
            metrics={name: value for name, value in figures.items() if value is not None},
            tags={**tags, "kind": result.scorer.kind},
            files=_plots(test, result, fold),
        )
        for result in test.results
        if result.scorer.kind == "model"
        for fold, figures in zip(test.folds, result.folds, strict=True)
    ]
    readable = test.result(READABLE)
    final = RunRecord(
        name=f"{READABLE}-final",
        params={**common, "candidate": READABLE, "fit_cutoffs": len(outcome.final.fit), **_settings_of(outcome.model)},
        metrics={name: figure.value for name, figure in readable.pooled.items() if figure.value is not None},
        tags={**tags, "kind": "final", "gate": "passed" if outcome.gate.passed else "not passed"},
        files={
            **{f"report.{language}.md": outcome.markdown(language) for language in ("zh", "en")},
            **{f"report.{language}.html": outcome.page(language) for language in ("zh", "en")},
            **{f"card.{language}.md": outcome.card(language) for language in ("zh", "en")},
            **_plots(test, readable, None),
            **({} if comparison is None else _compared(comparison)),
        },
    )
    registered = registry.register_model(
        state, outcome.model, outcome.scorecard, outcome.feature_set, final=final, others=others
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
            gate=outcome.gate.as_dict() | ({} if comparison is None else {"comparison": dict(comparison)}),
            mlflow_run_id=registered.run_id,
            mlflow_model_id=registered.model_id,
            batch_id=batch_id,
        ),
    )
    return replace(outcome, registered=registered)


def _compared(comparison: Mapping[str, Any]) -> dict[str, str]:
    """A comparison as files."""
    return {
        "comparison.json": canonical(comparison).decode(),
        **{f"comparison.{language}.md": contest.markdown(comparison, language) for language in ("zh", "en")},
    }


def _settings_of(model: Any) -> dict[str, str]:
    """The settings of an estimator, of the last step of a pipeline; the signs stand in the feature set."""
    last = model[-1] if hasattr(model, "named_steps") else model
    return {name: str(value) for name, value in last.get_params().items() if name not in ("monotonic_cst", "signs")}


def _plots(test: Backtest, result: Result, fold: Fold | None) -> dict[str, str]:
    """The plots of a model in one fold (None: all), as files: said against came, and what longer lists would catch."""
    made, score = test.panel, test.scores[result.scorer.code]
    rows = made.known if fold is None else made.known & (made.fold == fold.index)
    label, odds = made.label[rows], score[rows]
    if not label.size or not label.sum():
        return {}
    said = 1.0 / (1.0 + np.exp(-np.clip(odds, -500, 500)))
    bins = metrics.reliability(said, label, made.matter[rows], test.weights)
    reached = np.cumsum(label[np.argsort(-odds, kind="stable")]) / label.sum()
    caught = [(share, float(reached[max(0, round(share * label.size) - 1)])) for share in _SHARES]
    title = result.scorer.en
    return {
        f"plots/{name}.svg": standalone(chart)
        for name, chart in {
            "reliability": reliability_chart(bins, said="模型所说 said", came="实际再次反映 came back", title=title),
            "gain": gain_chart(
                caught,
                reviewed="排在最前的候选事项 highest candidates",
                found="其中再次反映 of what came back",
                title=title,
            ),
        }.items()
    }
