"""Do all groups of matters get the same attention: on the list, in waiting, in help (the audit of G13)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.contract import Register
from data.vocabulary import CATEGORIES, KIND
from features.rules import HELP_RULES
from monitoring.check import Finding, Outcome, Severity, Watch
from monitoring.figures import shown_share
from monitoring.groups import HELP, LARGE, SIZES, recalled_matters, received_matters
from monitoring.masking import Count, suppressed, suppressed_within
from monitoring.waiting import median_wait

DIMENSIONS: dict[str, tuple[str, str]] = {
    "all": ("全部", "all"),
    "category": ("案件类别", "category"),
    "office": ("单位", "office"),
    "size": ("单位规模", "office size"),
    "channel": ("首次反映方式", "first contact"),
}
MEASURES: dict[str, tuple[str, str]] = {
    "recall": ("再次反映的事项曾列入清单", "raised again and had been listed"),
    "hearing_screened": ("听证已筛查", "hearing screened"),
    "hearing_offered": ("听证已告知", "hearing offered"),
    "aid_screened": ("救助已筛查", "aid screened"),
    "aid_offered": ("救助已给予或转介", "aid given or referred"),
    "lawyer_offered": ("律师已告知", "lawyer offered"),
}
#: What stands in a finding for figures that are masked.
HIDDEN = ("件数按规定不显示", "figures not shown")
#: Every office has matters of these groups. Those of one office share its staff and its months, which alone set
#: offices and sizes apart by more than chance among matters; between these groups half the gap says as much.
_WITHIN_OFFICES = ("category", "channel")
_OFFICES_FOR_SPREAD = 5
#: Above it a normal score has no chance that a float can hold.
_MOST_SCORE = 37.0
WAITING = ("首次实质沟通的等待天数（中位数）", "days to the first substantive contact (median)")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """A group held against the others in one measure: how likely by chance, whether far behind, and what to say."""

    p: float
    far: bool
    finding: Callable[[float], Finding]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """One group: the column it is one value of, that value, and what it is called."""

    dimension: str
    code: str
    zh: str
    en: str


def check_fairness(watch: Watch) -> Outcome:
    """Recall of the matured lists, waiting and help by category, office, office size and first contact.

    Help counts where the dated rules ask for it.  Cells under ten are masked with their complements, except that
    a single office sees its own; those by first contact are masked always.
    """
    matters = received_matters(watch)
    recalled = recalled_matters(watch)
    groups = _groups(matters, watch.register)
    rows: list[dict[str, Any]] = [
        {"dimension": group.dimension, "code": group.code, "zh": group.zh, "en": group.en} for group in groups
    ]
    judged = _waits(watch, groups, rows, matters)
    for measure in MEASURES:
        judged += _shares(watch, groups, rows, recalled if measure == "recall" else _asked(matters, measure), measure)
    return Outcome(name="fairness", rows=rows, findings=_told(judged, watch.settings.monitor.false_share))


def _told(judged: Sequence[_Judged], limit: float) -> list[Finding]:
    """What is far behind and beyond chance, corrected over all groups and measures."""
    from scipy import stats  # most verbs never come here

    if not judged:
        return []
    corrected = stats.false_discovery_control([one.p for one in judged])
    return [one.finding(float(p)) for one, p in zip(judged, corrected, strict=True) if one.far and p < limit]


def usual_spread(z: Sequence[float]) -> float:
    """How many times wider than chance the offices differ as a rule: the root of their mean square, one at least.

    `z` are their standard scores; those beyond the outer tenths count as if they lay there, so that the one office that
    stands out does not hide itself (Spiegelhalter 2005, over-dispersed performance indicators).  Under five offices
    nothing is known of it.
    """
    if len(z) < _OFFICES_FOR_SPREAD:
        return 1.0
    # A chance too small for a float has an infinite score, and between two of them there is no quantile.
    finite = np.clip(z, -_MOST_SCORE, _MOST_SCORE)
    kept = np.clip(finite, *np.quantile(finite, [0.1, 0.9]))
    return max(1.0, float(np.sqrt(np.mean(np.square(kept)))))


def _widened(groups: Sequence[_Group], z: Sequence[float]) -> list[float]:
    """The scores, those of offices and of the sizes made up of them by how far offices usually differ."""
    spread = usual_spread([one for group, one in zip(groups, z, strict=True) if group.dimension == "office"])
    return [one if group.dimension in _WITHIN_OFFICES else one / spread for group, one in zip(groups, z, strict=True)]


def _asked(matters: pl.DataFrame, measure: str) -> pl.DataFrame:
    """The matters for which the dated rules ask for this help."""
    rule = next(rule for rule in HELP_RULES if rule.code == HELP[measure][0])
    asked = pl.col("cause").is_in(rule.causes) | pl.col("category").is_in(rule.categories)
    return matters.filter(asked.fill_null(value=False) | (pl.lit(rule.after_return) & pl.col("again")))


def _groups(matters: pl.DataFrame, register: Register) -> list[_Group]:
    names = dict(register.offices.select("office_id", "name").iter_rows())
    sizes = {code: (zh, en) for _, code, zh, en in SIZES} | {LARGE[0]: LARGE[1:]}
    unknown = ("未记载", "not recorded")
    labels: dict[str, dict[str, tuple[str, str]]] = {
        "all": {"all": DIMENSIONS["all"]},
        "category": CATEGORIES,
        "office": {code: (name, name) for code, name in names.items()},
        "size": sizes,
        "channel": {code: (kind.zh, kind.en) for code, kind in KIND.items()} | {"other": unknown},
    }
    return [
        _Group(dimension=dimension, code=code, zh=zh, en=en)
        for dimension, known in labels.items()
        for code in sorted(matters[dimension].unique().to_list())
        for zh, en in [known.get(code, (code, code))]
    ]


def _masks(groups: Sequence[_Group], counts: Sequence[Count], frame: pl.DataFrame, *, across: bool) -> list[bool]:
    """Which cells of one measure are masked: by dimension, offices together with the sizes they make up."""
    masks = [False] * len(groups)
    places = {name: [i for i, group in enumerate(groups) if group.dimension == name] for name in DIMENSIONS}
    for dimension in ("all", "category", "channel"):
        hide = suppressed([counts[i] for i in places[dimension]])
        for i, one in zip(places[dimension], hide, strict=True):
            masks[i] = one and (across or dimension == "channel")
    size_of = dict(frame.select("office", "size").unique().iter_rows())
    offices = [groups[i].code for i in places["office"]]
    hide, hidden = suppressed_within([counts[i] for i in places["office"]], [size_of.get(code, "") for code in offices])
    for i, one in zip(places["office"], hide, strict=True):
        masks[i] = one and across
    for i in places["size"]:
        masks[i] = across and hidden.get(groups[i].code, True)
    return masks


def _shares(
    watch: Watch, groups: Sequence[_Group], rows: Sequence[dict[str, Any]], frame: pl.DataFrame, measure: str
) -> list[_Judged]:
    """Put the shares of one measure into the rows; every group judged against the others."""
    from scipy import stats  # most verbs never come here

    column = "listed" if measure == "recall" else measure
    own = [frame.filter(pl.col(group.dimension) == group.code)[column] for group in groups]
    counts = [(int(values.sum()), len(values)) for values in own]
    across = watch.register.offices.height > 1
    masks = _masks(groups, counts, frame, across=across)
    for row, count, masked in zip(rows, counts, masks, strict=True):
        shown = shown_share(*count, masked=masked)
        row[measure] = shown | ({"of": None} if masked else {})
    hits, of = int(frame[column].sum()), frame.height
    least = watch.settings.gate.group_min_positives
    judged = [
        i
        for i, group in enumerate(groups)
        if group.dimension != "all" and counts[i][1] >= least and of - counts[i][1] >= least
    ]
    if not judged:
        return []
    chances = [
        # As many hits here as there are, of all hits: Fisher's exact test, one-sided.
        float(stats.hypergeom.cdf(h, of, hits, n))
        for h, n in (counts[i] for i in judged)
    ]
    z = _widened([groups[i] for i in judged], [float(stats.norm.isf(p)) for p in chances])
    by_model = any(past.candidates["margin"].is_not_null().any() for past in watch.past)
    found: list[_Judged] = []
    for i, p in zip(judged, map(float, stats.norm.sf(z)), strict=True):
        h, n = counts[i]
        floor = watch.settings.gate.recall_floor * (hits - h) / (of - n)
        severe = measure == "recall" and by_model
        tell = partial(_behind, groups[i], measure, rows[i][measure], floor, severe=severe)
        found.append(_Judged(p=p, far=h / n < floor, finding=tell))
    return found


def _waits(
    watch: Watch, groups: Sequence[_Group], rows: Sequence[dict[str, Any]], matters: pl.DataFrame
) -> list[_Judged]:
    """Put the median waits into the rows; every group judged against the others."""
    from scipy import stats

    # Every group is sorted by its waits several times over: of what is in order that is quick.
    matters = matters.sort("days")
    days, heard = matters["days"].to_numpy(), matters["heard"].to_numpy()
    own = [(matters[group.dimension] == group.code).to_numpy() for group in groups]
    counts = [(int(chosen.sum()), 2 * int(chosen.sum())) for chosen in own]
    masks = _masks(groups, counts, matters, across=watch.register.offices.height > 1)
    for row, chosen, masked in zip(rows, own, masks, strict=True):
        median, low, high = (None, None, None) if masked else median_wait(days[chosen], heard[chosen])
        row["matters"] = None if masked else int(chosen.sum())
        row["waiting"] = {"median": median, "interval": [low, high], "masked": masked}
    least = watch.settings.gate.group_min_positives
    judged = [
        i
        for i, group in enumerate(groups)
        if group.dimension != "all" and min(heard[own[i]].sum(), heard[~own[i]].sum()) >= least
    ]
    if not judged:
        return []

    def censored(chosen: NDArray[np.bool_]) -> Any:
        return stats.CensoredData.right_censored(days[chosen], ~heard[chosen])

    z = _widened(
        [groups[i] for i in judged],
        [float(stats.logrank(censored(own[i]), censored(~own[i])).statistic) for i in judged],
    )
    found: list[_Judged] = []
    for i, p in zip(judged, map(float, 2 * stats.norm.sf(np.abs(z))), strict=True):
        median, others = (median_wait(days[chosen], heard[chosen])[0] for chosen in (own[i], ~own[i]))
        ratio = watch.settings.monitor.waiting_ratio
        if groups[i].dimension in _WITHIN_OFFICES:
            ratio = 1 + (ratio - 1) / 2
        longer = others is not None and (median is None or median >= ratio * others)
        found.append(_Judged(p=p, far=longer, finding=partial(_waits_longer, groups[i], rows[i]["waiting"], others)))
    return found


def _behind(
    group: _Group, measure: str, share: dict[str, Any], floor: float | None, p: float | None, *, severe: bool
) -> Finding:
    zh, en = MEASURES[measure]
    if share["masked"]:
        # From the others' figure and the total the hidden one could be told.
        text_zh, text_en = f"本组{HIDDEN[0]}，差距非偶然。", f"{HIDDEN[1].capitalize()}; the gap is beyond chance."
        floor = p = None
    else:
        text_zh = f"本组 {share['hits']}/{share['of']}，按其余各组推算的下限为 {floor:.0%}（校正后 p {p:.1g}）。"
        text_en = (
            f"{share['hits']}/{share['of']} here; the floor, from all other groups, is {floor:.0%} "
            f"(corrected p {p:.1g})."
        )
    return Finding(
        code="group_behind",
        severity=Severity.SEVERE if severe else Severity.WARNING,
        title_zh=f"{DIMENSIONS[group.dimension][0]}“{group.zh}”：{zh}的比例低于下限",
        title_en=f"{DIMENSIONS[group.dimension][1]} “{group.en}”: {en}, below the floor",
        text_zh=text_zh,
        text_en=text_en,
        remedy_zh="查明该组为何被遗漏并补办；涉及清单的，原因查明前按规则运行。",
        remedy_en="Find out why the group is passed over and make up for it; where the list is concerned, "
        "go rules-only until it is known.",
        numbers={"dimension": group.dimension, "group": group.code, "measure": measure, "floor": floor, "p": p}
        | {key: share[key] for key in ("hits", "of", "interval")},
    )


def _waits_longer(group: _Group, waiting: dict[str, Any], others: float | None, p: float) -> Finding:
    median = waiting["median"]
    if waiting["masked"]:
        shown_zh, shown_en = HIDDEN
    elif median is None:
        shown_zh, shown_en = "一半以上仍在等待", "more than half still wait"
    else:
        shown_zh, shown_en = f"中位数 {median:.0f} 天", f"median {median:.0f} days"
    return Finding(
        code="group_waits",
        severity=Severity.WARNING,
        title_zh=f"{DIMENSIONS[group.dimension][0]}“{group.zh}”：等待首次实质沟通的时间更长",
        title_en=f"{DIMENSIONS[group.dimension][1]} “{group.en}”: waits longer for a first substantive contact",
        text_zh=f"本组{shown_zh}，其余各组中位数 {others:.0f} 天（校正后 p {p:.1g}）。",
        text_en=f"{shown_en} here; the others' median is {others:.0f} days (corrected p {p:.1g}).",
        remedy_zh="查明我院在哪一步耽搁，先答复等待最久的事项。",
        remedy_en="Find the step at which our office is late, and answer first those who have waited longest.",
        numbers={"dimension": group.dimension, "group": group.code, "others": others, "p": p}
        | {"median": median, "interval": waiting["interval"]},
    )
