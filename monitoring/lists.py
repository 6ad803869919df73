"""How lists do in use: how long before a return they came, how stable they are, how late returns are known."""

import itertools
from typing import Any

import numpy as np
import polars as pl

from data.times import DAY_US, wall, wall_us
from monitoring.check import Finding, Outcome, PastList, Severity, Watch
from monitoring.cohorts import has_matured
from monitoring.figures import LEAST_SHOWN, in_words
from monitoring.part import Part
from training.sweep_list import RANKED

#: Returns of so many days tell how late they become known.
_DELAY_DAYS = 365
#: Labels come late where more than this share of returns is known only after the reporting lag.
_LATE_SHARE = 0.15
#: A list is unstable where less than this multiple of what usually stays on it stayed.
_STAYS = 0.5
#: An officer's load is uneven from this multiple of the median on, and from ten matters on.
_UNEVEN = 3.0


def check_lists(watch: Watch) -> Outcome:
    """Lead time, stability, label delay and load, as figures in words; no officer is named or ranked.

    Lead time is that of matters which came back in the horizon of a list that had them: days from the first such
    list to the return.  Load is that of the newest lists, by the handler in the register.
    """
    past = sorted(watch.past, key=lambda one: one.cutoff)
    rows: list[dict[str, Any]] = []
    findings: list[Finding] = []
    for made, found in (_lead(watch, past), _stays(watch, past), _delay(watch), _load(watch, past)):
        rows += made
        findings += found
    return Outcome(name="lists", rows=rows, findings=findings)


Told = tuple[list[dict[str, Any]], list[Finding]]


def listed(past: PastList) -> pl.Series:
    """The matters among the k of a list."""
    return past.entries.filter(pl.col("part").is_in(RANKED))["matter_id"]


def lead_days(watch: Watch, past: list[PastList]) -> list[float]:
    """For every return within the horizon of a matured list that had its matter, the days since the first such list."""
    if watch.returned is None:
        return []
    zone, horizon = watch.register.time_zone, watch.horizon_days * DAY_US
    times = watch.returned.select("matter_id", at=pl.Series(wall(watch.returned["occurred_at"], zone)))
    parts = [
        listed(one).to_frame().with_columns(since=pl.lit(wall_us(one.cutoff, zone), pl.Int64))
        for one in past
        if has_matured(watch, one.cutoff)
    ]
    if not parts:
        return []
    pairs = pl.concat(parts).join(times, on="matter_id", how="inner")
    inside = pairs.filter((pl.col("at") >= pl.col("since")) & (pl.col("at") < pl.col("since") + horizon))
    first = inside.group_by("matter_id", "at").agg(pl.col("since").min())
    return ((first["at"] - first["since"]) / DAY_US).sort().to_list()


def _lead(watch: Watch, past: list[PastList]) -> Told:
    days = lead_days(watch, past)
    if len(days) < LEAST_SHOWN:
        return [], []
    low, middle, high = np.quantile(days, [0.25, 0.5, 0.75]).tolist()
    row = in_words(
        "lead",
        "列入清单到再次反映的天数",
        "days from the list to the return",
        f"中位数 {middle:.0f} 天（四分位 {low:.0f}–{high:.0f}，{len(days)} 次）",
        f"median {middle:.0f} (quartiles {low:.0f}–{high:.0f}, {len(days)} returns)",
        of=len(days),
        median=middle,
        quartiles=[low, high],
    )
    return [row], []


def stayed(before: PastList, after: PastList) -> tuple[int, int]:
    """How many of the matters listed before were listed again, of those that were still candidates."""
    still = listed(before).filter(listed(before).is_in(after.candidates["matter_id"].implode()))
    return int(still.is_in(listed(after).implode()).sum()), len(still)


def _stays(watch: Watch, past: list[PastList]) -> Told:
    from scipy import stats  # most verbs never come here

    cutoffs = sorted({one.cutoff for one in past})
    by_cutoff = {cutoff: [one for one in past if one.cutoff == cutoff] for cutoff in cutoffs}
    pairs = [
        stayed(by_cutoff[first][0], by_cutoff[second][0])
        for first, second in itertools.pairwise(cutoffs)
        # Where offices make their own lists, or model and rules changed places, nothing is compared.
        if len(by_cutoff[first]) == len(by_cutoff[second]) == 1
        and by_cutoff[first][0].version == by_cutoff[second][0].version
    ]
    if not pairs or pairs[-1][1] < LEAST_SHOWN:
        return [], []
    hits, of = pairs[-1]
    usual = [sum(column) for column in zip(*pairs[:-1], strict=True)] or [0, 0]
    p = float(stats.hypergeom.cdf(hits, of + usual[1], hits + usual[0], of)) if usual[1] else 1.0
    share, before = hits / of, usual[0] / usual[1] if usual[1] else None
    told = ("", "") if before is None else (f"，此前平均 {before:.0%}", f"; {before:.0%} before")
    row = in_words(
        "stays",
        "上期列入、仍在办而再次列入的",
        "listed again of those listed the month before and still open",
        f"{hits}/{of} = {share:.0%}{told[0]}",
        f"{hits}/{of} = {share:.0%}{told[1]}",
        hits=hits,
        of=of,
        before=before,
        p=p,
    )
    if before is None or share >= _STAYS * before or p >= watch.settings.monitor.false_share:
        return [row], []
    finding = Finding(
        code="list_unstable",
        severity=Severity.WARNING,
        title_zh="清单与上期相比变动过大",
        title_en="the list changed far more than it usually does",
        text_zh=f"上期列入、仍在办的 {of} 件中只有 {hits} 件再次列入{told[0]}。",
        text_en=f"Of {of} matters listed the month before and still open only {hits} were listed again{told[1]}.",
        remedy_zh="核对本期数据是否缺漏、特征分布是否变化，再签批。",
        remedy_en="Before signing, check for missing data and drifted features.",
        numbers={"hits": hits, "of": of, "before": before, "p": p},
    )
    return [row], [finding]


def _delay(watch: Watch) -> Told:
    from scipy import stats

    if watch.returned is None:
        return [], []
    zone, lag = watch.register.time_zone, watch.settings.label.reporting_lag_days
    until = wall_us(watch.as_of, zone) - lag * DAY_US
    frame = watch.returned.with_columns(at=pl.Series(wall(watch.returned["occurred_at"], zone)))
    recent = frame.filter((pl.col("at") < until) & (pl.col("at") >= until - _DELAY_DAYS * DAY_US))
    days = ((recent["known_from"] - recent["occurred_at"]) / DAY_US).to_numpy()
    if len(days) < LEAST_SHOWN:
        return [], []
    late, of = int((days > lag).sum()), len(days)
    p = float(stats.binom.sf(late - 1, of, _LATE_SHARE))
    row = in_words(
        "delay",
        "再次反映到入账的天数",
        "days until a return is in the ledger",
        f"中位数 {np.median(days):.0f}，95% 在 {np.quantile(days, 0.95):.0f} 天内，迟于 {lag} 天的 {late / of:.1%}",
        f"median {np.median(days):.0f}, 95 % within {np.quantile(days, 0.95):.0f}, {late / of:.1%} later than {lag}",
        late=late,
        of=of,
        p=p,
    )
    if late / of <= _LATE_SHARE or p >= watch.settings.monitor.false_share:
        return [row], []
    finding = Finding(
        code="labels_late",
        severity=Severity.WARNING,
        title_zh="再次反映入账过迟",
        title_en="returns become known late",
        text_zh=f"近一年 {of} 次再次反映中 {late / of:.1%} 迟于 {lag} 天入账（上限 {_LATE_SHARE:.0%}）。",
        text_en=f"{late / of:.1%} of {of} returns in a year were entered later than {lag} days "
        f"(limit {_LATE_SHARE:.0%}).",
        remedy_zh="随收随录；做不到的，把 label.reporting_lag_days 调到与实际相符，否则到期清单会少算再次反映。",
        remedy_en="Enter what comes as it comes, or set label.reporting_lag_days to what it is: else matured lists "
        "count too few returns.",
        numbers={"late": late, "of": of, "limit": _LATE_SHARE, "p": p},
    )
    return [row], [finding]


def loads(part: Part, watch: Watch) -> pl.DataFrame:
    """Matters of the newest lists by office_id and handler: `len`."""
    last = max((one.cutoff for one in watch.past), default=None)
    newest = [one.entries.filter(pl.col("part") != "review")["matter_id"] for one in watch.past if one.cutoff == last]
    on_list = pl.concat([pl.Series("matter_id", [], pl.String), *newest])
    mine = part.register.matters.join(on_list.to_frame(), on="matter_id", how="semi")
    return mine.filter(pl.col("handler").is_not_null()).group_by("office_id", "handler").len()


def _load(watch: Watch, past: list[PastList]) -> Told:
    if not past:
        return [], []
    found = watch.found(loads).group_by("office_id", "handler").agg(pl.col("len").sum())["len"].to_numpy()
    if len(found) < LEAST_SHOWN:
        # With so few officers a figure is a name.
        return [], []
    middle, most = float(np.median(found)), int(found.max())
    row = in_words(
        "load",
        "每名承办人在本期清单上的件数",
        "matters of the newest list per officer",
        f"中位数 {middle:.0f}，最多 {most}（{len(found)} 名承办人）",
        f"median {middle:.0f}, most {most} ({len(found)} officers)",
        officers=len(found),
        median=middle,
        most=most,
    )
    if most < max(LEAST_SHOWN, _UNEVEN * middle):
        return [row], []
    finding = Finding(
        code="load_uneven",
        severity=Severity.INFO,
        title_zh="清单任务集中",
        title_en="the list's work falls on few",
        text_zh=f"{len(found)} 名承办人中，最多的一名有 {most} 件，中位数 {middle:.0f} 件。",
        text_en=f"Of {len(found)} officers one has {most} matters of the list, the median is {middle:.0f}.",
        remedy_zh="由部门负责人调配，先保证时限；不作对个人的评价。",
        remedy_en="Let the head of the department divide the work so that clocks are kept; it judges nobody.",
        numbers={"officers": len(found), "median": middle, "most": most},
    )
    return [row], [finding]
