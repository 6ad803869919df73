"""What became of the matters on past lists, once their time has passed."""

from typing import Any

import numpy as np
import polars as pl

from data.times import cutoff_day
from monitoring.check import Finding, Outcome, PastList, Severity, Watch
from monitoring.cohorts import Cohort, has_matured, matured_cohort
from monitoring.figures import is_small, paired_difference, pooled_order, ranking_power, shown_share
from training.metrics import Flags
from training.sweep_list import RANKED

NOT_A_MEASURE = ("不是对模型的度量", "not a measure of the model")


def check_past_lists(watch: Watch) -> Outcome:
    """Matured figures of every past list, oldest first, what they come to, and what they say about the ranking.

    Only unlisted matters tell whether the order still holds: a matter on the list is acted on, and one that
    was helped comes back less often because the list was right.
    """
    across = watch.register.offices.height > 1
    rows: list[dict[str, Any]] = []
    matured: list[Cohort] = []
    by_version: dict[int, list[Cohort]] = {}
    for past in sorted(watch.past, key=lambda past: past.cutoff):
        row = _heading(past, watch)
        if row["mature"] and watch.labels is not None:
            matured.append(matured_cohort(past, watch))
            row |= _figures(matured[-1], across_offices=across)
            if past.version is not None:
                by_version.setdefault(past.version, []).append(matured[-1])
        rows.append(row)
    totals = _together(matured, across_offices=across) if matured else None
    if totals is not None:
        totals["order"] = {str(version): found for version, lists in by_version.items() if (found := _order(lists))}
    findings = [*_order_findings(rows), *(_baseline_findings(totals) if totals else [])]
    return Outcome(name="past_lists", rows=rows, findings=findings, totals=totals)


def _heading(past: PastList, watch: Watch) -> dict[str, Any]:
    return {
        "screening_id": past.screening_id,
        "cutoff": cutoff_day(past.cutoff, watch.register.time_zone).isoformat(),
        "listed": past.entries.filter(pl.col("part").is_in(RANKED)).height,
        "mature": has_matured(watch, past.cutoff),
    }


def _figures(cohort: Cohort, *, across_offices: bool) -> dict[str, Any]:
    def share(chosen: Flags) -> dict[str, Any]:
        hits, of = int((cohort.hit & chosen).sum()), int(chosen.sum())
        return shown_share(hits, of, masked=across_offices and is_small(hits, of))

    spot = share(cohort.spot)
    return {
        "labelled": cohort.frame.height,
        "returned": share(cohort.listed),
        "acted": cohort.acted,
        "note": _note(cohort.acted),
        "must_act": share(cohort.must),
        "spot": spot,
        "spot_estimate": None if spot["masked"] or not cohort.spot.any() else _spot_estimate(cohort),
        "unlisted": share(cohort.free & ~cohort.spot),
        "order_among_unlisted": _order_among_unlisted(cohort),
        "baselines": {name: {"returned": share(chosen)} for name, chosen in cohort.baselines.items()},
    }


def _together(matured: list[Cohort], *, across_offices: bool) -> dict[str, Any]:
    """All matured lists as one: what came back, and the paired difference to each baseline, over matters.

    Across offices the sum is shown only if no list's own figure can be told from it: none is masked, or the
    masked ones together are large enough.
    """
    ids = pl.concat([cohort.frame["matter_id"] for cohort in matured])
    matters = ids.rank("dense").cast(pl.Int64).to_numpy() - 1
    hit = np.concatenate([cohort.hit for cohort in matured])

    def share(picks: list[Flags]) -> dict[str, Any]:
        counts = [(int((c.hit & pick).sum()), int(pick.sum())) for c, pick in zip(matured, picks, strict=True)]
        hits, of = (sum(column) for column in zip(*counts, strict=True))
        small = [count for count in counts if is_small(*count)]
        hidden = bool(small) and is_small(sum(count[0] for count in small), sum(count[1] for count in small))
        distinct = len(np.unique(matters[np.concatenate(picks)]))
        return shown_share(hits, of, masked=across_offices and hidden, matters=distinct)

    listed = [cohort.listed for cohort in matured]
    returned = share(listed)
    acted = sum(cohort.acted for cohort in matured)
    names = sorted(set.intersection(*(set(cohort.baselines) for cohort in matured)))
    baselines: dict[str, Any] = {}
    for name in names:
        chosen = [cohort.baselines[name] for cohort in matured]
        own = share(chosen)
        gain = paired_difference(np.concatenate(listed), np.concatenate(chosen), hit, matters)
        # From a difference and one of its sides the other can be told.
        shown = not (own["masked"] or returned["masked"])
        baselines[name] = {
            "returned": own,
            "gain": gain[0] if shown else None,
            "gain_interval": list(gain[1:]) if shown else None,
        }
    return {
        "lists": len(matured),
        "returned": returned,
        "acted": acted,
        "note": _note(acted),
        "baselines": baselines,
    }


def _note(acted: int) -> dict[str, str] | None:
    return dict(zip(("zh", "en"), NOT_A_MEASURE, strict=True)) if acted else None


def _spot_estimate(cohort: Cohort) -> float:
    """How many in a hundred of the matters off the list came back, each spot check weighted by 1 / inclusion."""
    weights = 1 / cohort.frame["inclusion"].to_numpy()[cohort.spot]
    return float(100 * (weights * cohort.hit[cohort.spot]).sum() / weights.sum())


def _order_among_unlisted(cohort: Cohort) -> dict[str, Any] | None:
    """How well the margin ordered the matters nobody was pointed to; None without a model or with too few."""
    margin = cohort.frame["margin"]
    free = cohort.free & margin.is_not_null().to_numpy()
    power = ranking_power(margin.fill_null(0.0).to_numpy()[free], cohort.hit[free])
    return None if power is None else {"area": power[0], "interval": list(power[1:])}


def _order(lists: list[Cohort]) -> dict[str, Any] | None:
    """How well the margin ordered the matters nobody was pointed to, within all these lists together."""
    frames = [
        cohort.frame.select("matter_id", "margin", hit=pl.Series(cohort.hit), list=pl.lit(at, pl.Int64))
        .filter(pl.Series(cohort.free))
        .drop_nulls("margin")
        for at, cohort in enumerate(lists)
    ]
    free = pl.concat(frames)
    codes = free["matter_id"].rank("dense").cast(pl.Int64).to_numpy() - 1
    found = pooled_order(free["margin"].to_numpy(), free["hit"].to_numpy(), free["list"].to_numpy(), codes)
    return None if found is None else {"area": found[0], "error": found[1], "lists": len(lists)}


def _order_findings(rows: list[dict[str, Any]]) -> list[Finding]:
    measured = [row for row in rows if row.get("order_among_unlisted")]
    if not measured:
        return []
    last = measured[-1]
    area, (low, high) = last["order_among_unlisted"]["area"], last["order_among_unlisted"]["interval"]
    if low > 0.5:
        return []
    backwards = high < 0.5
    return [
        Finding(
            code="order_not_shown",
            severity=Severity.SEVERE if backwards else Severity.WARNING,
            title_zh="未列入清单的事项中，排序未显示出作用",
            title_en="among unlisted matters the order is not shown to work",
            text_zh=f"截止 {last['cutoff']} 的清单：未列入事项的排序能力为 {area:.2f}"
            f"（95% 区间 {low:.2f}–{high:.2f}；0.50 等于随意排列）。",
            text_en=f"List of {last['cutoff']}: the order among unlisted matters scores {area:.2f} "
            f"(95 % interval {low:.2f}–{high:.2f}; 0.50 is any order at all).",
            remedy_zh="再看一期；若仍如此，停用模型、按规则运行，并重新训练比较。",
            remedy_en="Look at one more month; if it stays so, go rules-only and train again.",
            numbers={"cutoff": last["cutoff"], "area": area, "low": low, "high": high},
        )
    ]


def _baseline_findings(totals: dict[str, Any]) -> list[Finding]:
    findings: list[Finding] = []
    for name, figures in totals["baselines"].items():
        if figures["gain"] is None or figures["gain_interval"][1] >= 0:
            continue
        gain, (low, high), acted = figures["gain"], figures["gain_interval"], totals["acted"]
        note_zh = f"{NOT_A_MEASURE[0]}：清单中 {acted} 件次已采取措施。" if acted else ""
        note_en = f" {NOT_A_MEASURE[1].capitalize()}: {acted} listed matters were acted on." if acted else ""
        findings.append(
            Finding(
                code="behind_baseline",
                severity=Severity.WARNING,
                title_zh=f"清单中再次反映的比例低于 {name} 的排法",
                title_en=f"fewer listed matters were raised again than {name} would have listed",
                text_zh=f"已满观察期的 {totals['lists']} 份清单合计：相差 {gain:+.1%}"
                f"（95% 区间 {low:+.1%} 至 {high:+.1%}）。{note_zh}",
                text_en=f"Over {totals['lists']} matured lists: a difference of {gain:+.1%} "
                f"(95 % interval {low:+.1%} to {high:+.1%}).{note_en}",
                remedy_zh="结合未列入事项的排序能力一并判断；两者都差时重新训练。",
                remedy_en="Read it with the order among unlisted matters; where both are poor, train again.",
                numbers={"baseline": name, "gain": gain, "low": low, "high": high, "acted": acted},
            )
        )
    return findings
