"""Do the figures look better than the work: what an office could do to them, against its own past (G22)."""

from typing import Any

import polars as pl

from data.settings import MonitorSettings
from data.times import DAY_US, wall_us
from monitoring.check import Finding, Outcome, Severity, Watch
from monitoring.figures import is_small, shown_share
from monitoring.part import Part
from monitoring.signals import SIGNALS, TOLD, Signal, Visible
from monitoring.volume import ALL_OFFICES

#: The last so many days are held against the year before them.
DAYS_NOW = 90
DAYS_BEFORE = 365
#: The offices together, as one more to judge.
ALL = ""
#: (hits, cases) of the last 90 days, and of the year before.
Both = tuple[tuple[int, int], tuple[int, int]]
#: Below so many cases, now and in the year before, nothing is judged; the tests are exact, and ask for no more.
_LEAST_NOW, _LEAST = 5, 10


def check_gaming(watch: Watch) -> Outcome:
    """Per signal and office: the share of the last 90 days and of the year before, and whether it rose beyond chance.

    Rises are judged by Fisher's exact test against the office's own past, limits by the exact binomial test; both
    corrected over all signals and offices.  Across offices small cells are not shown, here and in findings.
    """
    register = watch.register
    names = dict(register.offices.select("office_id", "name").iter_rows())
    across = register.offices.height > 1
    counted = watch.found(pressed)
    rows: list[dict[str, Any]] = []
    findings: list[Finding] = []
    by_signal = {signal.name: _counts(counted.filter(pl.col("signal") == signal.name)) for signal in SIGNALS}
    everything = {
        (signal.name, office): both
        for signal in SIGNALS
        for own in (by_signal[signal.name],)
        for office, both in (own | ({ALL: _together(own)} if len(own) > 1 else {})).items()
    }
    all_judged = _judged(everything, watch.settings.monitor)
    for signal in SIGNALS:
        own = by_signal[signal.name]
        counts = {office: both for (name, office), both in everything.items() if name == signal.name}
        judged = {office: all_judged[signal.name, office] for office in counts}
        told: dict[str, list[Finding]] = {}
        for office, (now, before) in sorted(counts.items()):
            small = (_hides(own, 0), _hides(own, 1)) if office == ALL else (is_small(*now), is_small(*before))
            row: dict[str, Any] = {
                "signal": signal.name,
                "office_id": office,
                "office": ALL_OFFICES[0] if office == ALL else names.get(office, office),
                "zh": signal.zh,
                "en": signal.en,
                "now": shown_share(*now, masked=across and small[0]),
                "before": shown_share(*before, masked=across and small[1]),
            }
            # From a chance and its margins the hidden count could be told.
            open_now, open_both = not row["now"]["masked"], not (row["now"]["masked"] or row["before"]["masked"])
            row["p_rise"] = judged[office][0] if open_both else None
            row["p_limit"] = judged[office][1] if open_now else None
            rows.append(row)
            told[office] = _findings(signal, row, (now, before), judged[office], watch.settings.monitor)
        # The offices together say what none of them says alone.
        alone = [finding for office, found in told.items() if office != ALL for finding in found]
        findings += alone or told.get(ALL, [])
    return Outcome(name="gaming", rows=rows, findings=findings)


def pressed(part: Part, watch: Watch) -> pl.DataFrame:
    """Cases (`of`) and `hits` by signal and office_id, `now` (the last 90 settled days) and in the year before."""
    zone = part.register.time_zone
    found = [
        pl.DataFrame(
            schema={"signal": pl.String, "office_id": pl.String, "now": pl.Boolean, "hits": pl.Int64, "of": pl.Int64}
        )
    ]
    told = part.standing.select(*TOLD)
    for signal in SIGNALS:
        seen = Visible(events=told, roles=part.register.roles, settle=signal.settle_days * DAY_US)
        until = wall_us(watch.as_of, zone) - seen.settle
        since = until - DAYS_NOW * DAY_US
        cases = signal.cases(seen).filter((pl.col("at") < until) & (pl.col("at") >= since - DAYS_BEFORE * DAY_US))
        counts = (
            cases.join(part.offices, on="matter_id", how="inner")
            .group_by("office_id", now=pl.col("at") >= since)
            .agg(hits=pl.col("hit").sum().cast(pl.Int64), of=pl.len().cast(pl.Int64))
        )
        found.append(counts.select(pl.lit(signal.name).alias("signal"), "office_id", "now", "hits", "of"))
    return pl.concat(found)


def _counts(counted: pl.DataFrame) -> dict[str, Both]:
    """(hits, cases) of each office in the last 90 days, and in the year before those."""
    placed = counted.group_by("office_id", "now").agg(pl.col("hits", "of").sum())
    counts: dict[str, Both] = {}
    for office, now, hits, of in placed.select("office_id", "now", "hits", "of").iter_rows():
        first, second = counts.get(office, ((0, 0), (0, 0)))
        counts[office] = ((hits, of), second) if now else (first, (hits, of))
    return counts


def _together(counts: dict[str, Both]) -> Both:
    """The offices as one: what is too little to judge in each may not be in all of them."""
    now, before = (
        tuple(sum(column) for column in zip(*(pair[when] for pair in counts.values()), strict=True)) for when in (0, 1)
    )
    return (now[0], now[1]), (before[0], before[1])


def _hides(counts: dict[str, Both], when: int) -> bool:
    """Whether the sum less the offices that are shown would tell what is too small to be shown."""
    small = [pair[when] for pair in counts.values() if is_small(*pair[when])]
    return bool(small) and is_small(sum(hits for hits, _ in small), sum(of for _, of in small))


def _judged(
    counts: dict[tuple[str, str], Both], settings: MonitorSettings
) -> dict[tuple[str, str], tuple[float | None, float | None]]:
    """Per signal and office the corrected chance of such a rise, and of so much above the limit; None: not judged."""
    from scipy import stats  # most verbs never come here

    def corrected(chances: dict[tuple[str, str], float]) -> dict[tuple[str, str], float]:
        if not chances:
            return {}
        return dict(zip(chances, map(float, stats.false_discovery_control(list(chances.values()))), strict=True))

    limits = {signal.name: signal.limit(settings) for signal in SIGNALS if signal.limit is not None}
    rises = {
        one: float(stats.hypergeom.sf(h - 1, n + of, h + hits, n))
        for one, ((h, n), (hits, of)) in counts.items()
        if n >= _LEAST_NOW and of >= _LEAST
    }
    over = {
        one: float(stats.binom.sf(h - 1, n, limits[one[0]]))
        for one, ((h, n), _) in counts.items()
        if one[0] in limits and n >= _LEAST_NOW
    }
    rises, over = corrected(rises), corrected(over)
    return {one: (rises.get(one), over.get(one)) for one in counts}


def _findings(
    signal: Signal,
    row: dict[str, Any],
    counts: Both,
    judged: tuple[float | None, float | None],
    settings: MonitorSettings,
) -> list[Finding]:
    (now, before), (p_rise, p_limit) = counts, judged
    share = now[0] / now[1] if now[1] else 0.0
    limit = None if signal.limit is None else signal.limit(settings)
    if limit is not None and p_limit is not None and p_limit < settings.false_share:
        return [_finding(signal, row, severe=True, against=limit)]
    if p_rise is None or p_rise >= settings.false_share:
        return []
    if share - before[0] / before[1] < signal.rise(settings):
        return []
    return [_finding(signal, row, severe=False, against=None)]


def _finding(signal: Signal, row: dict[str, Any], *, severe: bool, against: float | None) -> Finding:
    def told(share: dict[str, Any], hidden: str) -> str:
        return hidden if share["masked"] else f"{share['hits']}/{share['of']} = {share['share']:.0%}"

    hidden = ("件数按规定不显示", "figures not shown")
    beside_zh = f"上限 {against:.0%}" if against is not None else f"此前一年 {told(row['before'], hidden[0])}"
    beside_en = f"limit {against:.0%}" if against is not None else f"the year before {told(row['before'], hidden[1])}"
    p = row["p_limit"] if severe else row["p_rise"]
    sure_zh, sure_en = ("非偶然", "beyond chance") if p is None else (f"校正后 p {p:.1g}", f"corrected p {p:.1g}")
    return Finding(
        code="figures_pressed_over" if severe else "figures_pressed",
        severity=Severity.SEVERE if severe else Severity.WARNING,
        title_zh=f"{row['office']}：{signal.zh}" + ("超过上限" if severe else "占比上升"),
        title_en=f"{row['office'] if row['office_id'] else ALL_OFFICES[1]}: {signal.en}, "
        + ("above the limit" if severe else "rising"),
        text_zh=f"近{DAYS_NOW}天 {told(row['now'], hidden[0])}，{beside_zh}（{sure_zh}）。",
        text_en=f"Last {DAYS_NOW} days {told(row['now'], hidden[1])}; {beside_en} ({sure_en}).",
        remedy_zh=signal.remedy_zh,
        remedy_en=signal.remedy_en,
        numbers={"signal": signal.name, "office_id": row["office_id"], "p": p, "limit": against}
        | {f"{when}_{key}": row[when][key] for when in ("now", "before") for key in ("hits", "of")},
    )
