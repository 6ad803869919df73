"""Everything a back-test report says, as plain data for JSON."""

from typing import Any

from data.times import cutoff_day
from training.analysis import Analysis
from training.contrasts import Contrast
from training.evaluate import Backtest, Difference, Result
from training.labels import ALIAS, PRIMARY
from training.metrics import Figure, verdict
from training.report_words import Facts
from training.secondary import TOLD
from training.select import GateResult


def as_dict(test: Backtest, gate: GateResult, facts: Facts, analysis: Analysis | None) -> dict[str, Any]:
    """The whole report as numbers, texts and lists."""
    support, made = facts.support, test.panel
    body: dict[str, Any] = {
        "label": facts.label,
        "alias": ALIAS if facts.label == PRIMARY else None,
        "horizon_days": facts.horizon_days,
        "bench_only": facts.bench_only,
        "demo": facts.demo,
        "assumed_share": round(facts.assumed_share, 6),
        "assumed_mostly": facts.assumed_share > 0.5,
        "seed": facts.seed,
        "feature_set": facts.feature_set,
        "data": facts.data,
        "support": {
            "snapshots": support.snapshots,
            "labelled": support.labelled,
            "positive_snapshots": support.positive_snapshots,
            "positive_matters": support.positive_matters,
            "coverage": round(support.coverage, 6),
        },
        "dropped": dict(facts.dropped),
        "folds": [
            {
                "index": fold.index,
                "fit_cutoffs": len(fold.train.fit),
                "calibration_cutoffs": len(fold.train.calibration),
                "test_cutoffs": [str(cutoff_day(cutoff, facts.time_zone)) for cutoff in fold.test],
            }
            for fold in test.folds
        ],
        "ties": "nearest due date first, then matter id",
        "test": {
            "snapshots": int(made.label.size),
            "candidates": int(made.candidate.sum()),
            "listed_per_scorer": int(test.above[test.results[0].scorer.code].sum()),
            "episodes_candidates": int(made.episode_matter.size),
            "episodes_must_act": made.episodes_must_act,
            "episodes_outside_cohort": made.episodes_outside,
        },
        "scorers": [_result(result) for result in test.results],
        "differences": [_difference(difference) for difference in test.differences],
        "strata": [
            {
                "name": stratum.name,
                "snapshots": stratum.snapshots,
                "positives": stratum.positives,
                "episode_recall": stratum.episode_recall.as_dict(),
                "precision_at_k": stratum.precision_at_k.as_dict(),
            }
            for stratum in test.strata
        ],
        "gate": gate.as_dict(),
    }
    return body if analysis is None else body | _analysis(analysis)


def _analysis(found: Analysis) -> dict[str, Any]:
    return {
        "leaks": [leak.as_dict() for leak in found.leaks],
        "clock_miss_30d": None
        if found.clocks is None
        else {
            "scorers": [
                {"code": one.scorer.code, **{name: one.pooled[name].as_dict() for name in TOLD}}
                for one in found.clocks.results
            ],
            "differences": [_difference(one) for one in found.clocks.differences if one.measure in TOLD],
        },
        "office_level": None
        if found.level is None
        else {"spread": round(found.level.spread, 6), "gain": found.level.gain.as_dict(), "helps": found.level.helps},
        "office_support": [
            {
                "office": one.office,
                "matters_a_year": round(one.matters, 1),
                "places_a_year": round(one.places, 1),
                "different_matters": round(one.different, 1),
                "interval": [round(one.low, 6), round(one.high, 6)],
                "years_to_tell": None if one.years is None else round(one.years, 2),
            }
            for one in found.support
        ],
        "help": None if found.help is None else _help(found),
        "top_and_rest": _contrast(found.top),
        "missed": {
            "episodes": found.missed.episodes,
            "caught": found.missed.caught,
            "near_the_line": found.missed.near.as_dict(),
            "median_place": found.missed.median_place,
            "first_returns": found.missed.first.as_dict(),
            "against_caught": _contrast(found.missed.contrast),
        },
        "price_of_list_rule": {"recall": found.price.difference.as_dict(), "kept_off": found.price.kept_off},
        "unlisted": None
        if found.unlisted is None
        else {
            "listed_snapshots": found.unlisted.listed,
            "episode_recall": found.unlisted.episode_recall.as_dict(),
            "precision_at_k": found.unlisted.precision_at_k.as_dict(),
        },
        "feature_groups": None
        if found.groups is None
        else [
            {
                "group": one.group,
                "features": one.features,
                "lost_without": _figures(one.lost),
                "alone": _figures(one.alone),
            }
            for one in found.groups
        ],
    }


def _help(found: Analysis) -> dict[str, Any]:
    given = found.help
    assert given is not None  # noqa: S101
    adjusted = given.adjusted
    return {
        "causal": False,
        "rows": [
            {
                "help": one.code,
                "snapshots": one.snapshots,
                "with": one.with_help.as_dict(),
                "without": one.without.as_dict(),
            }
            for one in given.rows
        ],
        "adjusted": None
        if adjusted is None
        else {
            "difference": adjusted.difference.as_dict(),
            "off_support": round(adjusted.off_support, 6),
            "effective": [round(adjusted.effective_with, 1), round(adjusted.effective_without, 1)],
            "largest_difference": [round(adjusted.worst_before, 6), round(adjusted.worst_after, 6)],
        },
    }


def _contrast(found: Contrast) -> dict[str, Any]:
    return {
        "one": found.one,
        "other": found.other,
        "features": [
            {"name": one.name, "one": round(one.one, 6), "other": round(one.other, 6), "apart": round(one.apart, 6)}
            for one in found.features
        ],
        "shares": [
            {"column": one.column, "value": one.value, "one": one.one, "other": one.other} for one in found.shares
        ],
    }


def _result(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = {
        "code": result.scorer.code,
        "zh": result.scorer.zh,
        "en": result.scorer.en,
        "kind": result.scorer.kind,
        "pooled": _figures(dict(result.pooled)),
        "folds": [_figures(dict(fold)) for fold in result.fold_figures],
    }
    calibration = result.calibration
    if calibration is not None:
        found["calibration"] = {
            "brier": calibration.brier.as_dict(),
            "ece": round(calibration.expected_error, 6),
            "ece_perfect": round(calibration.perfect_error, 6),
            "snapshots": calibration.snapshots,
            "bins": [[round(one.said, 6), one.came.as_dict(), one.snapshots] for one in calibration.bins],
        }
    return found


def _difference(difference: Difference) -> dict[str, Any]:
    zh, en = verdict(difference.figure)
    return {
        "model": difference.model,
        "against": difference.against,
        "measure": difference.measure,
        **difference.figure.as_dict(),
        "verdict": {"zh": zh, "en": en},
    }


def _figures(found: dict[str, Figure]) -> dict[str, Any]:
    return {name: one.as_dict() for name, one in found.items()}
