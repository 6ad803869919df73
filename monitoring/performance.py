"""What became of the matters on past lists, once their time has passed."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from data.contract import Register
from data.times import DAY_US, cutoff_day, wall, wall_us
from data.vocabulary import SUBSTANTIVE
from monitoring.check import Finding, Outcome, PastList, Severity, Watch
from monitoring.figures import LEAST_SHOWN, paired_difference, ranking_power, shown_share
from training.metrics import Flags, Ints, top_of_groups

NOT_A_MEASURE = ("不是对模型的度量", "not a measure of the model")
#: The k of a list, ranked by the model or by the point sheet.
_RANKED = ("model", "points")
_NOT_BASELINES = frozenset({"matter_id", "office_id", "margin", "label", "part", "inclusion"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cohort:
    """The matters of one past cohort whose label is known, by matter id; arrays of shape (n,).

    `listed`: among the k of the list; `free`: off the list, or drawn at random from what was off it.
    """

    frame: pl.DataFrame
    office: Ints
    hit: Flags
    listed: Flags
    must: Flags
    spot: Flags
    free: Flags


def is_mature(cutoff: int, observed_until: int, time_zone: str, *, horizon_days: int, lag_days: int) -> bool:
    """Whether the labels of a cutoff can be known: the horizon and the reporting lag lie before `observed_until`."""
    return wall_us(cutoff, time_zone) + (horizon_days + lag_days) * DAY_US <= wall_us(observed_until, time_zone)


def check_past_lists(watch: Watch) -> Outcome:
    """Matured figures of every past list, oldest first, and what they say about the ranking.

    Only unlisted matters tell whether the order still holds: a matter on the list is acted on, and one that
    was helped comes back less often because the list was right.
    """
    across = watch.register.offices.height > 1
    rows = [_row(past, watch, across_offices=across) for past in sorted(watch.past, key=lambda past: past.cutoff)]
    return Outcome(name="past_lists", rows=rows, findings=[*_order_findings(rows), *_baseline_findings(rows)])


def helped_after(register: Register, cutoff: int, days: int) -> set[str]:
    """The matters in which our office answered on the substance, or gave help, in the days after a cutoff."""
    helps = [code for code, role in register.roles.items() if role == "help"]
    until = wall_us(cutoff, register.time_zone) + days * DAY_US
    after = register.events.filter(
        pl.col("kind").is_in([*helps, *SUBSTANTIVE])
        & (pl.col("occurred_at") >= cutoff)
        & pl.col("known_until").is_null()
    )
    inside = pl.Series(wall(after["occurred_at"], register.time_zone) < until, dtype=pl.Boolean)
    return set(after.filter(inside)["matter_id"])


def _row(past: PastList, watch: Watch, *, across_offices: bool) -> dict[str, Any]:
    zone = watch.register.time_zone
    row: dict[str, Any] = {
        "screening_id": past.screening_id,
        "cutoff": cutoff_day(past.cutoff, zone).isoformat(),
        "listed": past.entries.filter(pl.col("part").is_in(_RANKED)).height,
        "mature": is_mature(
            past.cutoff,
            watch.register.observed_until,
            zone,
            horizon_days=watch.horizon_days,
            lag_days=watch.settings.label.reporting_lag_days,
        ),
    }
    if not row["mature"] or watch.labels is None:
        return row
    cohort = _cohort(past, watch.labels)
    helped = helped_after(watch.register, past.cutoff, watch.horizon_days)
    acted = cohort.frame.filter(pl.col("part").is_in(_RANKED) & pl.col("matter_id").is_in(helped)).height

    def share(chosen: Flags) -> dict[str, Any]:
        return shown_share(int((cohort.hit & chosen).sum()), int(chosen.sum()), across_offices=across_offices)

    row |= {
        "labelled": cohort.frame.height,
        "returned": share(cohort.listed),
        "acted": acted,
        "note": dict(zip(("zh", "en"), NOT_A_MEASURE, strict=True)) if acted else None,
        "must_act": share(cohort.must),
        "spot": share(cohort.spot),
        "spot_estimate": _spot_estimate(cohort),
        "unlisted": share(cohort.free & ~cohort.spot),
        "order_among_unlisted": _order_among_unlisted(cohort),
        "baselines": _baselines(cohort, across_offices=across_offices),
    }
    return row


def _cohort(past: PastList, labels: pl.DataFrame) -> _Cohort:
    known = labels.filter((pl.col("cutoff") == past.cutoff) & pl.col("label").is_not_null())
    frame = (
        past.candidates.join(known.select("matter_id", "label"), on="matter_id", how="inner")
        .join(past.entries.select("matter_id", "part", "inclusion"), on="matter_id", how="left")
        .sort("matter_id")
    )
    part = frame["part"]
    spot = (part == "spot").fill_null(value=False)
    return _Cohort(
        frame=frame,
        office=frame["office_id"].rank("dense").cast(pl.Int64).to_numpy() - 1,
        hit=frame["label"].cast(pl.Boolean).to_numpy(),
        listed=part.is_in(_RANKED).fill_null(value=False).to_numpy(),
        must=(part == "must_act").fill_null(value=False).to_numpy(),
        spot=spot.to_numpy(),
        free=(spot | part.is_null()).to_numpy(),
    )


def _spot_estimate(cohort: _Cohort) -> float | None:
    """How many in a hundred of the matters off the list came back, each spot check weighted by 1 / inclusion."""
    if cohort.spot.sum() < LEAST_SHOWN:
        return None
    weights = 1 / cohort.frame["inclusion"].to_numpy()[cohort.spot]
    return float(100 * (weights * cohort.hit[cohort.spot]).sum() / weights.sum())


def _order_among_unlisted(cohort: _Cohort) -> dict[str, Any] | None:
    """How well the margin ordered the matters nobody was pointed to; None without a model or with too few."""
    margin = cohort.frame["margin"]
    free = cohort.free & margin.is_not_null().to_numpy()
    power = ranking_power(margin.fill_null(0.0).to_numpy()[free], cohort.hit[free])
    return None if power is None else {"area": power[0], "interval": list(power[1:])}


def _baselines(cohort: _Cohort, *, across_offices: bool) -> dict[str, Any]:
    """What each baseline would have listed: as many per office as the list had, from the same candidates."""
    lengths = np.bincount(cohort.office[cohort.listed], minlength=int(cohort.office.max(initial=-1)) + 1)
    # Ties at the line go by matter id, which says nothing about the matter.
    ties = np.arange(cohort.frame.height)
    result: dict[str, Any] = {}
    for name in sorted(set(cohort.frame.columns) - _NOT_BASELINES):
        score = cohort.frame[name].cast(pl.Float64).fill_null(float("-inf")).to_numpy()
        chosen = top_of_groups(score, ties, cohort.office, lengths, ~cohort.must)
        gain, low, high = paired_difference(cohort.listed, chosen, cohort.hit)
        result[name] = {
            "returned": shown_share(int((cohort.hit & chosen).sum()), int(chosen.sum()), across_offices=across_offices),
            "gain": gain,
            "gain_interval": [low, high],
        }
    return result


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


def _baseline_findings(rows: list[dict[str, Any]]) -> list[Finding]:
    measured = [row for row in rows if row.get("baselines")]
    if not measured:
        return []
    last = measured[-1]
    findings: list[Finding] = []
    for name, figures in last["baselines"].items():
        low, high = figures["gain_interval"]
        if high >= 0:
            continue
        note_zh = f"{NOT_A_MEASURE[0]}：清单中 {last['acted']} 件已采取措施。"
        note_en = f"{NOT_A_MEASURE[1].capitalize()}: {last['acted']} listed matters were acted on."
        findings.append(
            Finding(
                code="behind_baseline",
                severity=Severity.WARNING,
                title_zh=f"清单中再次反映的比例低于 {name} 的排法",
                title_en=f"fewer listed matters were raised again than {name} would have listed",
                text_zh=f"截止 {last['cutoff']}：相差 {figures['gain']:+.1%}（95% 区间 {low:+.1%} 至 {high:+.1%}）。"
                f"{note_zh if last['acted'] else ''}",
                text_en=f"List of {last['cutoff']}: a difference of {figures['gain']:+.1%} "
                f"(95 % interval {low:+.1%} to {high:+.1%}). {note_en if last['acted'] else ''}".rstrip(),
                remedy_zh="结合未列入事项的排序能力一并判断；两者都差时重新训练。",
                remedy_en="Read it with the order among unlisted matters; where both are poor, train again.",
                numbers={"cutoff": last["cutoff"], "baseline": name, "gain": figures["gain"], "low": low, "high": high},
            )
        )
    return findings
