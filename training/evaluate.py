"""How the candidates would have done in past months, beside today's practice, at the same list length."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.settings import Settings
from features.feature import FeatureSet
from training import metrics, panel
from training.baselines import BASELINES, baseline_scores
from training.estimators import CANDIDATES, NAMES, READABLE, Pairs
from training.fit import Fitted, calibrated_log_odds, fit_candidate, labelled, labels_of, material, matrix
from training.measures import COMPARED, Calibrated, calibrated, samples
from training.metrics import Figure, Flags, Floats, Sample, figure
from training.panel import Panel
from training.side_by_side import side_by_side
from training.splits import Fold


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorer:
    """One way of ordering the panel's rows; `kind` is model, baseline or oracle."""

    code: str
    zh: str
    en: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One scorer's figures: pooled and per fold with intervals, and calibration of models and baselines."""

    scorer: Scorer
    pooled: Mapping[str, Figure]
    fold_figures: tuple[Mapping[str, Figure], ...]
    calibration: Calibrated | None

    @property
    def folds(self) -> tuple[Mapping[str, float | None], ...]:
        """The values alone, fold by fold."""
        return tuple({name: found.value for name, found in fold.items()} for fold in self.fold_figures)


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
    """All that was measured, with the panel and draws that the gate and the report go on from.

    `fitted` holds the readable model of each fold, by the fold's index; `pairs` are the tables it may hold.
    """

    panel: Panel
    folds: tuple[Fold, ...]
    weights: NDArray[np.uint8]
    scores: Mapping[str, Floats]
    above: Mapping[str, Flags]
    samples: Mapping[str, Mapping[str, Sample]]
    results: tuple[Result, ...]
    differences: tuple[Difference, ...]
    strata: tuple[Stratum, ...]
    fitted: Mapping[int, Fitted]
    pairs: Pairs

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
    readable: dict[int, Fitted] = {}
    learnt_from = material(rows, feature_set)
    # The longest first: what comes last is short, and no core waits for it.
    pieces = [(fold, code) for fold in reversed(folds) for code in candidates]

    def ranked(fold: Fold, code: str) -> tuple[Fitted, Floats]:
        fitted = fit_candidate(code, learnt_from, feature_set, fold.train, seed=seed, pairs=pairs)
        return fitted, calibrated_log_odds(fitted, x[made.fold == fold.index])

    for (fold, code), (fitted, score) in zip(
        pieces, side_by_side(partial(ranked, *one) for one in pieces), strict=True
    ):
        scores[code][made.fold == fold.index] = score
        if code == READABLE:
            readable[fold.index] = fitted
    scorers = [Scorer(code=code, zh=NAMES[code][0], en=NAMES[code][1], kind="model") for code in candidates]
    orders = baseline_scores(made.rows)
    for code, score in orders.items():
        baseline = next(item for item in BASELINES if item.code == code)
        scorers.append(Scorer(code=code, zh=baseline.zh, en=baseline.en, kind="baseline"))
        scores[code] = score
    for name in oracles:
        scorers.append(Scorer(code=name, zh=f"模拟真值 {name}", en=f"oracle {name}", kind="oracle"))
        scores[name] = made.rows[name].cast(pl.Float64).fill_null(-np.inf).fill_nan(-np.inf).to_numpy()
    return measure(
        made,
        tuple(folds),
        scorers,
        scores,
        odds={code: scores[code] for code in candidates} | _baseline_odds(rows, made, folds, orders),
        draws=settings.learning.bootstrap,
        seed=seed,
        fitted=readable,
        pairs=pairs,
    )


def _baseline_odds(
    rows: pl.DataFrame, made: Panel, folds: Sequence[Fold], orders: Mapping[str, Floats]
) -> dict[str, Floats]:
    """What each baseline's order says in log-odds, fold by fold, learnt on the months the models' lines come from."""
    from training.sklearn_classes import FixedOrder

    found = {code: np.full(made.label.size, -np.inf) for code in orders}
    for fold in folds:
        block = labelled(rows, fold.train.calibration or fold.train.fit)
        here = made.fold == fold.index
        for code, known in baseline_scores(block).items():
            if code in orders and here.any():
                line = FixedOrder().fit(known[:, None], labels_of(block))
                found[code][here] = line.decision_function(orders[code][here][:, None])
    return {code: odds for code, odds in found.items() if np.isfinite(odds).all()}


def measure(
    made: Panel,
    folds: tuple[Fold, ...],
    scorers: Sequence[Scorer],
    scores: Mapping[str, Floats],
    *,
    odds: Mapping[str, Floats],
    draws: int,
    seed: int,
    fitted: Mapping[int, Fitted] | None = None,
    pairs: Pairs = (),
) -> Backtest:
    """The figures of given scores (n,) over a panel, all drawn with the same weights; `odds` are what is calibrated."""
    weights = metrics.matter_weights(made.matters, draws, seed)
    above = {item.code: panel.above_line(made, scores[item.code]) for item in scorers}
    found = side_by_side(
        partial(_measured, made, folds, item, scores[item.code], odds.get(item.code), above[item.code], weights, seed)
        for item in scorers
    )
    results, draws_of = [result for result, _ in found], {result.scorer.code: drawn for result, drawn in found}
    models = [item.code for item in scorers if item.kind == "model"]
    first = READABLE if READABLE in models else None
    return Backtest(
        panel=made,
        folds=folds,
        weights=weights,
        scores=dict(scores),
        above=above,
        samples=draws_of,
        results=tuple(results),
        differences=tuple(
            Difference(
                model=first,
                against=item.code,
                measure=name,
                figure=figure(draws_of[first][name].minus(draws_of[item.code][name])),
            )
            for name in COMPARED
            for item in scorers
            if first is not None and item.code != first
        ),
        strata=_strata(made, above[first], weights) if first is not None else (),
        fitted=fitted or {},
        pairs=pairs,
    )


def _measured(
    made: Panel,
    folds: tuple[Fold, ...],
    item: Scorer,
    score: Floats,
    odds: Floats | None,
    above: Flags,
    weights: NDArray[np.uint8],
    seed: int,
) -> tuple[Result, dict[str, Sample]]:
    drawn = samples(made, score, above, weights)
    by_fold = [samples(made, score, above, weights, made.fold == fold.index) for fold in folds]
    return Result(
        scorer=item,
        pooled={name: figure(sample) for name, sample in drawn.items()},
        fold_figures=tuple({name: figure(sample) for name, sample in one.items()} for one in by_fold),
        calibration=None if odds is None else calibrated(made, odds, weights, seed),
    ), drawn


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
