"""Are the chances still those they say: estimated before labels mature, compared with the truth once they have."""

from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.settings import SweepSettings
from data.times import cutoff_day
from monitoring.check import Finding, Outcome, PastList, Severity, Watch
from monitoring.cohorts import Cohort, has_matured, matured_cohort
from monitoring.figures import is_small, ranking_power, shown_share
from training.calibrate import Line, fit_line, probability
from training.metrics import expected_calibration_error, perfect_calibration_error

_Z = NormalDist().inv_cdf(0.975)
#: The latest matured lists judged together: for the level of the chances, and for what the order still tells.
LEVEL_LISTS = 3
ORDER_LISTS = 6
#: Ratios of seen to expected within these bounds are no finding; beyond the outer ones it is severe.
_RATIO = (0.70, 1.40)
_RATIO_SEVERE = (0.50, 2.00)
#: A slope of 1 means the order tells what it told; below this it has decayed.
_SLOPE = 0.70
#: Fewer matters that came back say nothing.
_LEAST = 30
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """The share expected to come back, its standard error before any widening, and the expected ranking power."""

    share: float
    error: float
    order: float | None


def check_calibration(watch: Watch) -> Outcome:
    """Per list by a model: what was to be expected among its unlisted matters, and what came once it had matured.

    Nobody was pointed to an unlisted matter, so only they can tell.  The interval of an estimate is widened by how
    far those matured before its cutoff had missed.
    """
    made = [past for past in sorted(watch.past, key=lambda past: past.cutoff) if _has_chances(past)]
    rows: list[dict[str, Any]] = []
    matured: list[tuple[PastList, Cohort]] = []
    misses: list[tuple[int, float]] = []
    for past in made:
        mature = watch.labels is not None and has_matured(watch, past.cutoff)
        cohort = matured_cohort(past, watch) if mature else None
        found = estimate(*(_unlisted(past) if cohort is None else _free(cohort)))
        known = [miss for cutoff, miss in misses if has_matured(watch, cutoff, by=past.cutoff)]
        half = _Z * found.error * widening(known)
        row: dict[str, Any] = {
            "screening_id": past.screening_id,
            "cutoff": cutoff_day(past.cutoff, watch.register.time_zone).isoformat(),
            "mature": mature,
            "estimate": found.share,
            "interval": [max(0.0, found.share - half), min(1.0, found.share + half)],
            "order_estimate": found.order,
        }
        if cohort is not None:
            row |= _came(cohort, across=watch.register.offices.height > 1)
            seen = float(cohort.hit[_told(cohort)].mean()) if _told(cohort).any() else found.share
            row["inside"] = bool(row["interval"][0] <= seen <= row["interval"][1])
            misses.append((past.cutoff, (seen - found.share) / found.error if found.error else 0.0))
            matured.append((past, cohort))
        rows.append(row)
    totals = _totals(rows, [one for one in matured if one[0].version == matured[-1][0].version], watch.settings.sweep)
    return Outcome(name="calibration", rows=rows, findings=_findings(totals, watch), totals=totals)


def estimate(chance: Floats, low: Floats, high: Floats) -> Estimate:
    """What to expect of matters with these calibrated chances, all of shape (n,): see `Estimate`.

    The error is that of drawing outcomes by the chances, and of the calibration, whose refits move all together.
    The ranking power is the area under the ROC curve if outcomes were drawn so.
    """
    n = len(chance)
    if not n:
        return Estimate(share=0.0, error=0.0, order=None)
    drawn = float((chance * (1 - chance)).sum()) / n**2
    refit = (float(high.mean()) - float(low.mean())) / (2 * _Z)
    return Estimate(share=float(chance.mean()), error=float(np.sqrt(drawn + refit**2)), order=expected_power(chance))


def expected_power(chance: Floats) -> float | None:
    """The area under the ROC curve to expect where the chances are true; None for chances that rule it out."""
    levels, code = np.unique(chance, return_inverse=True)
    back = np.bincount(code, weights=chance)
    quiet = np.bincount(code, weights=1 - chance)
    if not len(levels) or back.sum() <= 0 or quiet.sum() <= 0:
        return None
    below = np.cumsum(quiet) - quiet
    return float((back * (below + quiet / 2)).sum() / (back.sum() * quiet.sum()))


def widening(misses: list[float]) -> float:
    """How much wider than drawn the past says an interval must be; `misses` in standard errors, at least three."""
    return max(1.0, float(np.sqrt(np.mean(np.square(misses))))) if len(misses) >= LEVEL_LISTS else 1.0


def clustered_line(log_odds: Floats, hit: NDArray[np.bool_], matters: NDArray[np.int64]) -> tuple[Line, float, float]:
    """The logistic line through (log-odds, hit) and the standard errors of its level and slope, clustered by matter."""
    line = fit_line(log_odds, hit.astype(np.int8))
    p = probability(line, log_odds)
    x = np.stack([np.ones(len(log_odds)), log_odds], axis=1)
    bread = np.linalg.inv((x * (p * (1 - p))[:, None]).T @ x)
    scores = x * (hit - p)[:, None]
    summed = np.stack([np.bincount(matters, weights=scores[:, k]) for k in range(2)], axis=1)
    covariance = bread @ (summed.T @ summed) @ bread
    return line, float(np.sqrt(covariance[0, 0])), float(np.sqrt(covariance[1, 1]))


def _has_chances(past: PastList) -> bool:
    return "chance" in past.candidates.columns and bool(past.candidates["chance"].is_not_null().any())


def _unlisted(past: PastList) -> tuple[Floats, Floats, Floats]:
    pointed = past.entries.filter(pl.col("part") != "spot")["matter_id"]
    free = past.candidates.filter(~pl.col("matter_id").is_in(pointed.implode()) & pl.col("chance").is_not_null())
    return _chances(free)


def _chances(frame: pl.DataFrame) -> tuple[Floats, Floats, Floats]:
    chance, low, high = (frame[name].to_numpy() for name in ("chance", "chance_low", "chance_high"))
    return chance, low, high


def _told(cohort: Cohort) -> NDArray[np.bool_]:
    return cohort.free & cohort.frame["chance"].is_not_null().to_numpy()


def _free(cohort: Cohort) -> tuple[Floats, Floats, Floats]:
    return _chances(cohort.frame.filter(pl.Series(_told(cohort))))


def _came(cohort: Cohort, *, across: bool) -> dict[str, Any]:
    chosen = _told(cohort)
    hits, of = int(cohort.hit[chosen].sum()), int(chosen.sum())
    power = ranking_power(cohort.frame["chance"].fill_null(0.0).to_numpy()[chosen], cohort.hit[chosen])
    return {
        "came": shown_share(hits, of, masked=across and is_small(hits, of)),
        "order_came": None if power is None else power[0],
    }


def _refit(cohort: Cohort) -> float:
    """The standard error of the number expected to come back that the calibration's refits leave."""
    _, low, high = _free(cohort)
    return float((high - low).sum()) / (2 * _Z)


def _pooled(cohorts: list[Cohort]) -> tuple[Floats, NDArray[np.bool_], NDArray[np.int64]]:
    """Chances, hits and codes of the matters of several lists."""
    chance = np.concatenate([_free(cohort)[0] for cohort in cohorts])
    hit = np.concatenate([cohort.hit[_told(cohort)] for cohort in cohorts])
    ids = pl.concat([cohort.frame["matter_id"].filter(pl.Series(_told(cohort))) for cohort in cohorts])
    return chance, hit, ids.rank("dense").cast(pl.Int64).to_numpy() - 1


def _totals(
    rows: list[dict[str, Any]], matured: list[tuple[PastList, Cohort]], sweep: SweepSettings
) -> dict[str, Any] | None:
    if not matured:
        return None
    compared = [row for row in rows if row["mature"]]
    totals: dict[str, Any] = {
        "compared": len(compared),
        "inside": sum(row["inside"] for row in compared),
        "lists": min(len(matured), LEVEL_LISTS),
        "order_lists": min(len(matured), ORDER_LISTS),
        "ratio": None,
        "slope": None,
    }
    chance, hit, matters = _pooled([cohort for _, cohort in matured[-LEVEL_LISTS:]])
    if min(int(hit.sum()), int((~hit).sum())) >= _LEAST:
        gap = hit - chance
        # The line itself was fitted on a few months: its refits move all chances together.
        refit = sum(_refit(cohort) for _, cohort in matured[-LEVEL_LISTS:])
        error = float(np.sqrt((np.bincount(matters, weights=gap) ** 2).sum() + refit**2))
        z = float(gap.sum()) / error if error else 0.0
        totals |= {
            "ratio": float(hit.sum() / chance.sum()),
            "ratio_interval": [float((hit.sum() + side * _Z * error) / chance.sum()) for side in (-1, 1)],
            "p_level": 2 * NormalDist().cdf(-abs(z)),
            "ece": expected_calibration_error(chance, hit.astype(np.float64)),
            "ece_perfect": perfect_calibration_error(chance, seed=sweep.seed),
        }
    chance, hit, matters = _pooled([cohort for _, cohort in matured[-ORDER_LISTS:]])
    if min(int(hit.sum()), int((~hit).sum())) >= _LEAST and len(np.unique(chance)) > 1:
        bounded = np.clip(chance, 1e-9, 1 - 1e-9)
        line, _, error = clustered_line(np.log(bounded / (1 - bounded)), hit, matters)
        totals |= {
            "slope": line.b,
            "slope_interval": [line.b - _Z * error, line.b + _Z * error],
            "p_slope": NormalDist().cdf((line.b - 1) / error) if error else 1.0,
        }
    return totals


def _findings(totals: dict[str, Any] | None, watch: Watch) -> list[Finding]:
    if totals is None:
        return []
    limit = watch.settings.monitor.false_share
    findings: list[Finding] = []
    ratio = totals["ratio"]
    if ratio is not None and not _RATIO[0] <= ratio <= _RATIO[1] and totals["p_level"] < limit:
        findings.append(_off(totals, severe=not _RATIO_SEVERE[0] <= ratio <= _RATIO_SEVERE[1]))
    if totals["slope"] is not None and totals["slope"] < _SLOPE and totals["p_slope"] < limit:
        findings.append(_decays(totals))
    return findings


def _off(totals: dict[str, Any], *, severe: bool) -> Finding:
    low, high = totals["ratio_interval"]
    return Finding(
        code="calibration_off",
        severity=Severity.SEVERE if severe else Severity.WARNING,
        title_zh="再次反映的多少与模型所示不符",
        title_en="more, or fewer, are raised again than the model says",
        text_zh=f"最近 {totals['lists']} 份已满观察期清单的未列入事项：实际为所示的 {totals['ratio']:.2f} 倍"
        f"（95% 区间 {low:.2f}–{high:.2f}）。",
        text_en=f"Unlisted matters of the last {totals['lists']} matured lists: {totals['ratio']:.2f} times what the "
        f"model says (95 % interval {low:.2f}–{high:.2f}).",
        remedy_zh="“每100件”的范围暂不可信；排序未受影响时重新校准即可，训练备选模型比较。",
        remedy_en="Do not rely on the ranges of 100 matters; where the order holds a new calibration is enough: train "
        "a challenger and compare.",
        numbers={key: totals[key] for key in ("lists", "ratio", "ratio_interval", "p_level", "ece", "ece_perfect")},
    )


def _decays(totals: dict[str, Any]) -> Finding:
    low, high = totals["slope_interval"]
    return Finding(
        code="order_decays",
        severity=Severity.WARNING,
        title_zh="办理风险分所能说明的在减少",
        title_en="the score tells less than it did",
        text_zh=f"最近 {totals['order_lists']} 份已满观察期清单的未列入事项：校准斜率 {totals['slope']:.2f}"
        f"（95% 区间 {low:.2f}–{high:.2f}；1 为与训练时相同）。",
        text_en=f"Unlisted matters of the last {totals['order_lists']} matured lists: calibration slope "
        f"{totals['slope']:.2f} (95 % interval {low:.2f}–{high:.2f}; 1 is as in training).",
        remedy_zh="核对录入和政策变化；原因不明时训练备选模型比较，比不过评分表的按规则运行。",
        remedy_en="Look for changes of entry and policy; else train a challenger and compare, and go by rules where it "
        "does not beat the point sheet.",
        numbers={key: totals[key] for key in ("order_lists", "slope", "slope_interval", "p_slope")},
    )
