"""Can this month's data be relied on: how fresh, how complete, how late, how much of it assumed."""

from typing import Any

import numpy as np
import polars as pl

from data.contract import Register
from data.times import DAY_US, cutoff_day, wall_us
from monitoring.check import Finding, Outcome, Severity, Watch
from monitoring.part import Part
from monitoring.volume import WINDOW_DAYS, office_volumes, volume_findings

#: An event entered later than this many days after it happened is late.
LATE_DAYS = 3


def check_data_quality(watch: Watch) -> Outcome:
    """Freshness, volume by office, late entry, assumed times, links and unknown codes, as of `watch.as_of`."""
    zone = watch.register.time_zone
    as_of = wall_us(watch.as_of, zone)
    behind = max(0, (as_of - wall_us(watch.register.observed_until, zone)) // DAY_US)
    offices = office_volumes(watch)
    counts = {name: int(sums[0]) for name, sums in watch.found(tallied).sum().to_dict(as_series=False).items()}
    late_now, late_before = (_share(counts[f"late_{when}"], counts[f"real_{when}"]) for when in ("now", "before"))
    assumed = counts["assumed"] / counts["events"] if counts["events"] else 0.0
    findings = [
        *_freshness(int(behind)),
        *volume_findings(offices),
        *_lateness(late_now, late_before),
        *_assumed(assumed, watch.settings.gate.max_assumed_share),
        *_links(watch.register, watch.settings.learning.min_link_checks),
        *_codes(watch.unknown_codes),
    ]
    summary: dict[str, Any] = {
        "as_of": cutoff_day(watch.as_of, zone).isoformat(),
        "events": counts["events"],
        "days_behind": int(behind),
        "late_share": late_now[0],
        "late_share_before": late_before[0],
        "assumed_share": assumed,
        "links_checked": watch.register.links_checked,
        "links_checked_by_office": dict(watch.register.checked_by_office),
        "unknown_codes": sum(watch.unknown_codes.values()),
        "offices": offices,
    }
    return Outcome(name="data_quality", rows=[summary], findings=findings)


def tallied(part: Part, watch: Watch) -> pl.DataFrame:
    """One row of counts: events, those with assumed times, and of the last 90 days and the year before those with a
    real entry time and those of them entered late."""
    as_of = wall_us(watch.as_of, part.register.time_zone)
    occurred, late = pl.col("occurred"), pl.col("known_at") - pl.col("occurred_at") > LATE_DAYS * DAY_US
    spans = {"now": (as_of - 90 * DAY_US, as_of), "before": (as_of - 455 * DAY_US, as_of - 90 * DAY_US)}
    real = {
        when: ~pl.col("assumed") & (occurred >= since) & (occurred < until) for when, (since, until) in spans.items()
    }
    # The first version of an event says when it entered; corrections do not make it late.
    return part.first.select(
        events=pl.len().cast(pl.Int64),
        assumed=pl.col("assumed").sum().cast(pl.Int64),
        **{f"real_{when}": chosen.sum().cast(pl.Int64) for when, chosen in real.items()},
        **{f"late_{when}": (chosen & late).sum().cast(pl.Int64) for when, chosen in real.items()},
    )


def _share(late: int, real: int) -> tuple[float | None, int]:
    """Share of events entered late among those with a real entry time, and how many those are."""
    return (late / real if real else None), real


def _freshness(days: int) -> list[Finding]:
    if days <= 7:
        return []
    return [
        Finding(
            code="data_behind",
            severity=Severity.SEVERE if days > WINDOW_DAYS else Severity.WARNING,
            title_zh="台账数据未更新到截止日",
            title_en="the register does not reach the day asked for",
            text_zh=f"最近一次导入的数据距截止日 {days} 天。",
            text_en=f"The last import ends {days} days before it.",
            remedy_zh="导入最新台账后重新运行。",
            remedy_en="Import the latest ledger and run again.",
            numbers={"days": days},
        )
    ]


def _lateness(now: tuple[float | None, int], before: tuple[float | None, int]) -> list[Finding]:
    if now[0] is None or before[0] is None:
        return []
    pooled = (now[0] * now[1] + before[0] * before[1]) / (now[1] + before[1])
    error = float(np.sqrt(pooled * (1 - pooled) * (1 / now[1] + 1 / before[1])))
    if now[0] - before[0] <= max(0.05, 3 * error):
        return []
    return [
        Finding(
            code="late_entry",
            severity=Severity.WARNING,
            title_zh="补录增多",
            title_en="more events are entered late",
            text_zh=f"近90天有 {now[0]:.1%} 的记录迟于发生日 {LATE_DAYS} 天以上录入，此前一年为 {before[0]:.1%}。",
            text_en=f"{now[0]:.1%} of the last 90 days' events were entered more than {LATE_DAYS} days late, "
            f"against {before[0]:.1%} in the year before.",
            remedy_zh="提示承办人随办随录；补录期间清单可能低估近期情况。",
            remedy_en="Ask for entry as the work is done; until then a list may miss what happened recently.",
            numbers={"now": now[0], "before": before[0], "events": now[1]},
        )
    ]


def _assumed(share: float, limit: float) -> list[Finding]:
    if share <= limit:
        return []
    return [
        Finding(
            code="times_assumed",
            severity=Severity.WARNING,
            title_zh="时间点为推定",
            title_en="entry times are assumed",
            text_zh=f"{share:.1%} 的记录没有录入时间，按发生日加固定天数推定（上限 {limit:.0%}）。",
            text_en=f"{share:.1%} of the events have no entry time; it is taken as the day they happened plus a fixed "
            f"lag (limit {limit:.0%}).",
            remedy_zh="在台账中增加“录入日期”列；在此之前，回测结果不能单独作为启用依据。",
            remedy_en="Add the column 录入日期 to the ledger; until then a back-test alone cannot pass the gate.",
            numbers={"share": share, "limit": limit},
        )
    ]


def _links(register: Register, least: float) -> list[Finding]:
    share, blind = register.links_checked, register.unchecked_offices(least)
    if not blind and share >= least:
        return []
    offices = "、".join(blind)
    which_zh = f"（{offices}）" if offices else ""
    which_en = f" ({', '.join(blind)})" if offices else ""
    return [
        Finding(
            code="links_unchecked",
            severity=Severity.WARNING,
            title_zh="编号查重关联比例过低",
            title_en="too few numbers were checked for links",
            text_zh=f"已查重关联 {share:.0%}，有单位低于 {least:.0%}{which_zh}，无法判定“再次反映”。",
            text_en=f"{share:.0%} were checked, somewhere less than {least:.0%}{which_en}: whether a matter was raised "
            "again is not known there.",
            remedy_zh="请承办人或控申负责人在“待确认关联”页逐件确认；在此之前该单位按规则运行。",
            remedy_en="Handlers or the head confirm on the page of links; until then such an office runs by rules.",
            numbers={"share": share, "limit": least, "offices": list(blind)},
        )
    ]


def _codes(unknown: dict[str, int]) -> list[Finding]:
    if not unknown:
        return []
    most = sorted(unknown.items(), key=lambda item: (-item[1], item[0]))[:5]
    listed_zh = "、".join(f"{code} {count} 次" for code, count in most)
    listed_en = ", ".join(f"{code} {count}" for code, count in most)
    return [
        Finding(
            code="unknown_codes",
            severity=Severity.WARNING,
            title_zh="有未识别的环节代码",
            title_en="some codes are not known",
            text_zh=f"共 {sum(unknown.values())} 条未读入：{listed_zh}。",
            text_en=f"{sum(unknown.values())} rows were left out: {listed_en}.",
            remedy_zh="在映射文件的 [kinds] 中补充对应关系，再导入一次。",
            remedy_en="Add them to [kinds] of the mapping file and import again.",
            numbers={"codes": dict(most)},
        )
    ]
