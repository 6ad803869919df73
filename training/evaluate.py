"""How the candidates would have done in past months, beside today's practice, at the same list length."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.settings import Settings
from features.feature import FeatureSet
from training import metrics, panel
from training.baselines import BASELINES, baseline_scores
from training.estimators import CANDIDATES, NAMES, READABLE, Pairs
from training.fit import calibrated_log_odds, fit_candidates, matrix
from training.metrics import Figure, Flags, Floats, Sample, figure
from training.panel import Panel
from training.splits import Fold

#: What is drawn for every scorer, in the order of the report.
MEASURES: tuple[str, ...] = (
    "episode_recall",
    "first_time_recall",
    "precision_at_k",
    "lift",
    "recall_without_signed_rule",
    "precision_top_percent",
    "average_precision",
    "roc_auc",
)
#: What paired differences are given for.
COMPARED: tuple[str, ...] = ("episode_recall", "precision_at_k", "average_precision", "precision_top_percent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorer:
    """One way of ordering the panel's rows; `kind` is model, baseline or oracle."""

    code: str
    zh: str
    en: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """How true a model's probabilities were on the test months, beside a perfect model on as many snapshots."""

    brier: Figure
    expected_error: float
    perfect_error: float
    snapshots: int
    bins: tuple[tuple[float, float, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One scorer's figures: pooled with intervals, per fold as values, and calibration for models."""

    scorer: Scorer
    pooled: Mapping[str, Figure]
    folds: tuple[Mapping[str, float | None], ...]
    calibration: Calibrated | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """`model` minus `against` in one measure, paired over matters."""

    model: str
    against: str
    measure: str
    figure: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """The readable model within one part of the candidates (before any reply, after one, after a missed duty …)."""

    name: str
    snapshots: int
    positives: int
    episode_recall: Figure
    precision_at_k: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """All that was measured, with the panel and draws that the gate and the report go on from."""

    panel: Panel
    folds: tuple[Fold, ...]
    weights: NDArray[np.uint8]
    scores: Mapping[str, Floats]
    above: Mapping[str, Flags]
    samples: Mapping[str, Mapping[str, Sample]]
    results: tuple[Result, ...]
    differences: tuple[Difference, ...]
    strata: tuple[Stratum, ...]

    def result(self, code: str) -> Result:
        """The figures of one scorer; KeyError where it was not measured."""
        for result in self.results:
            if result.scorer.code == code:
                return result
        raise KeyError(code)


def backtest(
    rows: pl.DataFrame,
    episodes: pl.DataFrame,
    feature_set: FeatureSet,
    folds: Sequence[Fold],
    settings: Settings,
    *,
    time_zone: str,
    seed: int,
    candidates: Sequence[str] = CANDIDATES,
    oracles: Sequence[str] = (),
    pairs: Pairs = (),
) -> Backtest:
    """Fit and score every candidate in every fold, and measure it beside the baselines.

    `rows` and `episodes` are those of a `Dataset`; `oracles` names columns of `rows` (synthetic registers only)
    that are ranked as they are; `pairs` are the tables the readable model may hold.  Figures are for the middle
    part of the list: must-acts are no candidates.
    """
    fold_of = {cutoff: fold.index for fold in folds for cutoff in fold.test}
    made = panel.make_panel(rows, episodes, fold_of, settings.sweep, time_zone=time_zone)
    x = matrix(made.rows, feature_set)
    scores: dict[str, Floats] = {code: np.full(made.label.size, -np.inf) for code in candidates}
    for fold in folds:
        here = made.fold == fold.index
        for fitted in fit_candidates(rows, feature_set, fold.train, candidates, seed=seed, pairs=pairs):
            scores[fitted.code][here] = calibrated_log_odds(fitted, x[here])
    scorers = [Scorer(code=code, zh=NAMES[code][0], en=NAMES[code][1], kind="model") for code in candidates]
    for code, score in baseline_scores(made.rows).items():
        baseline = next(item for item in BASELINES if item.code == code)
        scorers.append(Scorer(code=code, zh=baseline.zh, en=baseline.en, kind="baseline"))
        scores[code] = score
    for name in oracles:
        scorers.append(Scorer(code=name, zh=f"模拟真值 {name}", en=f"oracle {name}", kind="oracle"))
        scores[name] = made.rows[name].cast(pl.Float64).fill_null(-np.inf).fill_nan(-np.inf).to_numpy()
    return measure(made, tuple(folds), scorers, scores, draws=settings.learning.bootstrap, seed=seed)


def measure(
    made: Panel,
    folds: tuple[Fold, ...],
    scorers: Sequence[Scorer],
    scores: Mapping[str, Floats],
    *,
    draws: int,
    seed: int,
) -> Backtest:
    """The figures of given scores (n,) over a panel, all drawn with the same weights."""
    weights = metrics.matter_weights(made.matters, draws, seed)
    nothing = np.zeros((0, made.matters), dtype=np.uint8)
    above = {item.code: panel.above_line(made, scores[item.code]) for item in scorers}
    samples: dict[str, dict[str, Sample]] = {}
    results: list[Result] = []
    for item in scorers:
        score = scores[item.code]
        free = panel.above_line(made, score, signed_rule=False)
        drawn = _samples(made, score, above[item.code], free, weights)
        samples[item.code] = drawn
        per_fold = [
            _samples(made, score, above[item.code], free, nothing, rows=made.fold == fold.index) for fold in folds
        ]
        results.append(
            Result(
                scorer=item,
                pooled={name: figure(sample) for name, sample in drawn.items()},
                folds=tuple(
                    {name: sample.value if np.isfinite(sample.value) else None for name, sample in values.items()}
                    for values in per_fold
                ),
                calibration=_calibrated(made, score, weights, seed) if item.kind == "model" else None,
            )
        )
    models = [item.code for item in scorers if item.kind == "model"]
    first = READABLE if READABLE in models else None
    return Backtest(
        panel=made,
        folds=folds,
        weights=weights,
        scores=dict(scores),
        above=above,
        samples=samples,
        results=tuple(results),
        differences=tuple(
            Difference(
                model=first,
                against=item.code,
                measure=name,
                figure=figure(samples[first][name].minus(samples[item.code][name])),
            )
            for name in COMPARED
            for item in scorers
            if first is not None and item.code != first
        ),
        strata=_strata(made, above[first], weights) if first is not None else (),
    )


def _samples(
    made: Panel, score: Floats, above: Flags, free: Flags, weights: NDArray[np.uint8], rows: Flags | None = None
) -> dict[str, Sample]:
    everyone = np.ones(score.size, dtype=bool) if rows is None else rows
    known = made.known & everyone
    label, matter = made.label[known], made.matter[known]
    precise = panel.precision(made, above, weights, everyone)
    percent = metrics.top_of_groups(
        score, made.ties, np.zeros(score.size, dtype=np.int64), np.array([-(-int(known.sum()) // 100)]), known
    )
    average, area = metrics.ranking(score[known], label, matter, weights)
    return {
        "episode_recall": panel.episode_recall(made, above, weights, rows=rows),
        "first_time_recall": panel.episode_recall(made, above, weights, rows=rows, episodes=made.episode_first),
        "precision_at_k": precise,
        "lift": precise.over(panel.precision(made, np.ones(score.size, dtype=bool), weights, everyone)),
        "recall_without_signed_rule": panel.episode_recall(made, free, weights, rows=rows),
        "precision_top_percent": panel.precision(made, percent, weights, everyone),
        "average_precision": average,
        "roc_auc": area,
    }


def _calibrated(made: Panel, score: Floats, weights: NDArray[np.uint8], seed: int) -> Calibrated:
    known = made.known
    probability = 1.0 / (1.0 + np.exp(-np.clip(score[known], -500, 500)))
    label = made.label[known]
    return Calibrated(
        brier=figure(metrics.brier(probability, label, made.matter[known], weights)),
        expected_error=metrics.expected_calibration_error(probability, label),
        perfect_error=metrics.perfect_calibration_error(probability, seed=seed),
        snapshots=int(known.sum()),
        bins=tuple(metrics.reliability(probability, label)),
    )


def _strata(made: Panel, above: Flags, weights: NDArray[np.uint8]) -> tuple[Stratum, ...]:
    if "stratum" not in made.rows.columns:
        return ()
    value = made.rows["stratum"].cast(pl.String)
    found: list[Stratum] = []
    for name in sorted(value.drop_nulls().unique().to_list()):
        rows = (value == name).fill_null(value=False).to_numpy()
        found.append(
            Stratum(
                name=name,
                snapshots=int((made.known & rows).sum()),
                positives=int(np.nansum(made.label[made.known & rows])),
                episode_recall=figure(panel.episode_recall(made, above, weights, rows=rows)),
                precision_at_k=figure(panel.precision(made, above, weights, rows)),
            )
        )
    return tuple(found)
