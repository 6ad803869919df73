"""How often do officers decide otherwise than the list, and who was right afterwards; of lists, never of an officer."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from monitoring.check import Finding, Outcome, Severity, Watch
from monitoring.cohorts import Cohort, has_matured, matured_cohort
from monitoring.figures import LEAST_SHOWN, chance_of_difference, in_words, is_small, paired_difference, shown_share
from monitoring.performance import NOT_A_MEASURE
from monitoring.tables import share_cell
from training.metrics import Flags
from training.sweep_list import RANKED

#: The latest month-ends whose decisions are counted, and those that are judged.
_LISTS = 12
_JUDGED = 3
#: Fewer decisions, or fewer matters turned down, say nothing.
_LEAST = 30
#: From so many of a hundred turned down on the list is not trusted; of so many none is, and it is not looked at.
_MANY = 0.50
_NONE_OF = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class _Matured:
    """The entries of matured lists that were decided on, beside the matters nobody was pointed to; of shape (n,)."""

    matters: np.ndarray[Any, np.dtype[np.int64]]
    hit: Flags
    turned_down: Flags
    taken_up: Flags
    free: Flags
    chance: np.ndarray[Any, np.dtype[np.float64]] | None
    acted: int


def check_overrides(watch: Watch) -> Outcome:
    """What was decided on the k of the lists of a year, and what came of those turned down, in words.

    A matter taken up is acted on, so what came of it measures no model.  Matters turned down are held against those
    off the list, to whom nobody was pointed either; the difference is paired over matters.
    """
    decided = _decided(watch)
    rows: list[dict[str, Any]] = []
    findings: list[Finding] = []
    if decided is None or decided.is_empty():
        return Outcome(name="overrides", rows=rows, findings=findings)
    across = watch.register.offices.height > 1
    rows.append(_rates(decided, across=across))
    judged = decided.filter(pl.col("cutoff").is_in(sorted(decided["cutoff"].unique())[-_JUDGED:]))
    findings += _trust(watch, judged)
    matured = _matured(watch, decided)
    if matured is not None:
        made, found = _afterwards(watch, matured, across=across)
        rows += made
        findings += found
    return Outcome(name="overrides", rows=rows, findings=findings)


def _decided(watch: Watch) -> pl.DataFrame | None:
    """The decided entries among the k of the latest lists: screening_id, cutoff, matter_id, decision."""
    if watch.decisions is None:
        return None
    latest = sorted({past.cutoff for past in watch.past})[-_LISTS:]
    parts = [
        past.entries.filter(pl.col("part").is_in(RANKED))
        .select("matter_id", screening_id=pl.lit(past.screening_id), cutoff=pl.lit(past.cutoff, pl.Int64))
        .join(watch.decisions, on=["screening_id", "matter_id"], how="inner")
        for past in watch.past
        if past.cutoff in latest
    ]
    return pl.concat(parts) if parts else None


def _rates(decided: pl.DataFrame, *, across: bool) -> dict[str, Any]:
    counts = {name: int((decided["decision"] == name).sum()) for name in ("accept", "change", "reject")}
    of = decided.height
    shown = shown_share(
        counts["reject"],
        of,
        masked=across and is_small(counts["reject"], of),
        matters=decided["matter_id"].n_unique(),
    )
    told = [share_cell(shown, side) for side in (0, 1)]
    small = across and (shown["masked"] or min(counts["accept"], counts["change"]) < LEAST_SHOWN)
    more_zh = "" if small else f"；采纳 {counts['accept']}，变更 {counts['change']}"
    more_en = "" if small else f"; {counts['accept']} accepted, {counts['change']} changed"
    return in_words(
        "rejected",
        f"近 {_LISTS} 期清单已核实的条目中，承办一方不予采纳的",
        f"of the entries decided on in the last {_LISTS} lists, turned down",
        told[0] + more_zh,
        told[1] + more_en,
        share=shown,
    )


def _trust(watch: Watch, judged: pl.DataFrame) -> list[Finding]:
    from scipy import stats  # most verbs never come here

    of = judged["matter_id"].n_unique()
    share = float((judged["decision"] == "reject").mean() or 0.0)  # type: ignore[arg-type]
    if of >= _LEAST and share > _MANY:
        p = float(stats.binom.sf(round(share * of) - 1, of, _MANY))
        if p < watch.settings.monitor.false_share:
            return [_turned_down(share, of, p)]
    if of >= _NONE_OF and (judged["decision"] == "accept").all():
        return [_all_taken(of)]
    return []


def _matured(watch: Watch, decided: pl.DataFrame) -> _Matured | None:
    cohorts: list[tuple[Cohort, Flags, Flags]] = []
    for past in watch.past:
        mine = decided.filter(pl.col("screening_id") == past.screening_id)
        if watch.labels is None or mine.is_empty() or not has_matured(watch, past.cutoff):
            continue
        cohort = matured_cohort(past, watch)
        decision = cohort.frame.join(mine.select("matter_id", "decision"), on="matter_id", how="left").sort("matter_id")
        down = (decision["decision"] == "reject").fill_null(value=False).to_numpy()
        taken = decision["decision"].is_in(["accept", "change"]).fill_null(value=False).to_numpy()
        cohorts.append((cohort, cohort.listed & down, cohort.listed & taken))
    if not cohorts:
        return None
    whole = [cohort for cohort, _, _ in cohorts]
    known = all("chance" in cohort.frame.columns for cohort in whole)
    ids = pl.concat([cohort.frame["matter_id"] for cohort in whole])
    return _Matured(
        matters=ids.rank("dense").cast(pl.Int64).to_numpy() - 1,
        hit=np.concatenate([cohort.hit for cohort in whole]),
        turned_down=np.concatenate([down for _, down, _ in cohorts]),
        taken_up=np.concatenate([taken for _, _, taken in cohorts]),
        free=np.concatenate([cohort.free for cohort in whole]),
        chance=np.concatenate([cohort.frame["chance"].to_numpy() for cohort in whole]) if known else None,
        acted=sum(cohort.acted for cohort in whole),
    )


def _afterwards(watch: Watch, seen: _Matured, *, across: bool) -> tuple[list[dict[str, Any]], list[Finding]]:
    def share(chosen: Flags) -> dict[str, Any]:
        hits, of = int((seen.hit & chosen).sum()), int(chosen.sum())
        distinct = len(np.unique(seen.matters[chosen]))
        return shown_share(hits, of, masked=across and is_small(hits, of), matters=distinct)

    down, taken, free = share(seen.turned_down), share(seen.taken_up), share(seen.free)
    found = paired_difference(seen.turned_down, seen.free, seen.hit, seen.matters)
    few = len(np.unique(seen.matters[seen.turned_down])) < _LEAST
    hidden = down["masked"] or free["masked"]
    expected = None
    if seen.chance is not None and seen.turned_down.any() and not hidden:
        expected = float(seen.chance[seen.turned_down].mean())
    said = _verdict(few=few or hidden, found=found, interval=down["interval"], expected=expected)
    likely_zh = "" if expected is None else f"；模型事先估计 {expected:.0%}"
    likely_en = "" if expected is None else f"; the model had estimated {expected:.0%}"
    note = NOT_A_MEASURE if seen.acted else ("", "")
    gap = None if hidden or few else list(found)
    rows = [
        in_words(
            "turned_down",
            "不予采纳的，观察期内再次反映",
            "turned down, raised again within the horizon",
            f"{share_cell(down, 0)}{likely_zh}。{said[0]}",
            f"{share_cell(down, 1)}{likely_en}. {said[1]}",
            share=down,
            expected=expected,
            difference=gap,
        ),
        in_words(
            "taken_up",
            "采纳或变更的，观察期内再次反映",
            "accepted or changed, raised again within the horizon",
            share_cell(taken, 0) + (f"（{note[0]}）" if note[0] else ""),
            share_cell(taken, 1) + (f" ({note[1]})" if note[1] else ""),
            share=taken,
        ),
        in_words(
            "off_the_list",
            "同期未列入清单的，观察期内再次反映",
            "off the same lists, raised again within the horizon",
            share_cell(free, 0),
            share_cell(free, 1),
            share=free,
        ),
    ]
    p = chance_of_difference(found)
    if few or found[0] <= 0 or p >= watch.settings.monitor.false_share:
        return rows, []
    return rows, [_missed(found, p, hidden=hidden)]


def _verdict(
    *, few: bool, found: tuple[float, float, float], interval: list[float] | None, expected: float | None
) -> tuple[str, str]:
    """Who was right, as far as the intervals say."""
    if few or interval is None:
        return "件数太少，不作判断", "Too few to tell"
    if found[1] > 0:
        return (
            "明显多于未列入的事项：清单的提示是对的",
            "Clearly more than matters off the list: the list was right",
        )
    if expected is not None and interval[1] < expected:
        return "明显少于模型估计：承办一方的判断是对的", "Clearly fewer than estimated: the officers were right"
    return "未显示出差别", "Not shown to differ"


def _turned_down(share: float, of: int, p: float) -> Finding:
    return Finding(
        code="overrides_many",
        severity=Severity.WARNING,
        title_zh="清单条目多数未被采纳",
        title_en="most entries of the lists are turned down",
        text_zh=f"最近 {_JUDGED} 期已核实的条目（{of} 件事项）中 {share:.0%} 未予采纳。",
        text_en=f"Of the entries decided on in the last {_JUDGED} lists ({of} matters) {share:.0%} were turned down.",
        remedy_zh="请控申负责人汇总不采纳的理由；理由多指向同一类情况的，先核对录入与规则，再训练备选模型比较。",
        remedy_en="Let the head gather the reasons; where they point the same way, check entry and rules first, then "
        "train a challenger.",
        numbers={"share": share, "of": of, "p": p},
    )


def _all_taken(of: int) -> Finding:
    return Finding(
        code="overrides_none",
        severity=Severity.INFO,
        title_zh="清单条目全部照单采纳",
        title_en="every entry was accepted as it stood",
        text_zh=f"最近 {_JUDGED} 期已核实的 {of} 件事项全部采纳，没有一件变更或不予采纳。",
        text_en=f"All {of} matters decided on in the last {_JUDGED} lists were accepted, none changed or turned down.",
        remedy_zh="提示可能未经逐件核实；可试用先评后看：承办人先评定等级，再看模型结果。",
        remedy_en="Flags may not be looked at one by one; consider the blind mode, in which the officer rates first.",
        numbers={"of": of},
    )


def _missed(found: tuple[float, float, float], p: float, *, hidden: bool) -> Finding:
    value, low, high = found
    shown_zh = "件数按规定不显示" if hidden else f"相差 {value:+.1%}（95% 区间 {low:+.1%} 至 {high:+.1%}）"
    shown_en = (
        "figures not shown" if hidden else f"a difference of {value:+.1%} (95 % interval {low:+.1%} to {high:+.1%})"
    )
    return Finding(
        code="overrides_missed",
        severity=Severity.WARNING,
        title_zh="未予采纳的事项，之后再次反映明显更多",
        title_en="matters turned down were raised again clearly more often",
        text_zh=f"已满观察期的清单中，不予采纳的与未列入的事项相比：{shown_zh}，且非偶然。",
        text_en=f"On matured lists, those turned down against matters off the list: {shown_en}, beyond chance.",
        remedy_zh="不评价个人：请部门负责人回看不采纳的理由与当时的欠办事项，说明哪些办理措施本可先行。",
        remedy_en="It judges nobody: let the heads read the reasons given beside the duties unmet then, and say what "
        "our office could have done first.",
        numbers={} if hidden else {"difference": value, "interval": [low, high], "p": p},
    )
