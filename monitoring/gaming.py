"""Do the figures look better than the work: what an office could do to them, against its own past (G22)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import polars as pl

from data.contract import Register
from data.settings import MonitorSettings
from data.times import DAY_US, wall, wall_us
from data.vocabulary import SUBSTANTIVE
from monitoring.check import Finding, Outcome, Severity, Watch
from monitoring.figures import is_small, shown_share
from monitoring.volume import ALL_OFFICES

#: The last so many days are held against the year before them.
DAYS_NOW = 90
DAYS_BEFORE = 365
#: A matter given up this soon after aid or a reception raises the question why.
HASTY_DAYS = 7
#: The offices together, as one more to judge.
ALL = ""
#: (hits, cases) of the last 90 days, and of the year before.
Both = tuple[tuple[int, int], tuple[int, int]]
#: Below so many cases nothing is judged.
_LEAST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One way to look better: `cases` gives one row per case with `matter_id`, `at` (wall µs) and `hit`.

    `settle_days` is how long a case may take to be entered in full; only cases older than that are looked at, and
    what became known of one later does not count, then as now.  `rise` and `limit` read their thresholds.
    """

    name: str
    zh: str
    en: str
    remedy_zh: str
    remedy_en: str
    settle_days: int
    cases: Callable[["_Visible"], pl.DataFrame]
    rise: Callable[[MonitorSettings], float]
    limit: Callable[[MonitorSettings], float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Visible:
    """The events visible at the day looked at, `at` and `known` as wall-clock microseconds, and the roles of kinds."""

    events: pl.DataFrame
    roles: dict[str, str]
    settle: int

    def of(self, *kinds: str) -> pl.DataFrame:
        return self.events.filter(pl.col("kind").is_in(kinds))


def check_gaming(watch: Watch) -> Outcome:
    """Per signal and office: the share of the last 90 days and of the year before, and whether it rose beyond chance.

    Rises are judged by Fisher's exact test against the office's own past, limits by the exact binomial test; both
    corrected over the offices.  Across offices small cells are not shown, here and in findings.
    """
    register, until = watch.register, wall_us(watch.as_of, watch.register.time_zone)
    names = dict(register.offices.select("office_id", "name").iter_rows())
    across = register.offices.height > 1
    events = _visible(register, watch.as_of)
    rows: list[dict[str, Any]] = []
    findings: list[Finding] = []
    for signal in SIGNALS:
        seen = _Visible(events=events, roles=register.roles, settle=signal.settle_days * DAY_US)
        cases = signal.cases(seen).join(register.matters.select("matter_id", "office_id"), on="matter_id", how="inner")
        own = _counts(cases, until - seen.settle)
        counts = own | ({ALL: _together(own)} if len(own) > 1 else {})
        judged = _judged(signal, counts, watch.settings.monitor)
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


def _visible(register: Register, as_of: int) -> pl.DataFrame:
    events = register.events.filter(
        (pl.col("known_from") < as_of) & (pl.col("known_until").is_null() | (pl.col("known_until") >= as_of))
    )
    zone = register.time_zone
    return events.with_columns(at=wall(events["occurred_at"], zone), known=wall(events["known_from"], zone))


def _counts(cases: pl.DataFrame, until: int) -> dict[str, Both]:
    """(hits, cases) of each office in the 90 days before `until`, and in the year before those."""
    since = until - DAYS_NOW * DAY_US
    placed = (
        cases.filter((pl.col("at") < until) & (pl.col("at") >= since - DAYS_BEFORE * DAY_US))
        .group_by("office_id", now=pl.col("at") >= since)
        .agg(hits=pl.col("hit").sum(), of=pl.len())
    )
    counts: dict[str, Both] = {}
    for office, now, hits, of in placed.iter_rows():
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
    signal: Signal,
    counts: dict[str, Both],
    settings: MonitorSettings,
) -> dict[str, tuple[float | None, float | None]]:
    """Per office the corrected chance of such a rise, and of so much above the limit; None where not judged."""
    from scipy import stats  # most verbs never come here

    def corrected(chances: dict[str, float]) -> dict[str, float]:
        if not chances:
            return {}
        return dict(zip(chances, map(float, stats.false_discovery_control(list(chances.values()))), strict=True))

    rises = {
        office: float(stats.hypergeom.sf(h - 1, n + of, h + hits, n))
        for office, ((h, n), (hits, of)) in counts.items()
        if min(n, of) >= _LEAST
    }
    over = {
        office: float(stats.binom.sf(h - 1, n, signal.limit(settings)))
        for office, ((h, n), _) in counts.items()
        if signal.limit is not None and n >= _LEAST
    }
    rises, over = corrected(rises), corrected(over)
    return {office: (rises.get(office), over.get(office)) for office in counts}


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


def _not_counted(seen: _Visible) -> pl.DataFrame:
    """Contacts after the first, and those from above: a hit says it was caused by something and does not count."""
    raised = [code for code, role in seen.roles.items() if role in ("contact", "from_above")]
    contacts = seen.of(*raised).sort("at", "seq")
    later = contacts.filter(pl.int_range(pl.len()).over("matter_id") > 0)
    return later.select("matter_id", "at", hit=pl.col("caused_by").is_not_null())


def _unrated(seen: _Visible) -> pl.DataFrame:
    """Matters resolved or closed: a hit has no rating known by the time it could be."""
    ends = seen.of("resolved", "closed").select("matter_id", "at")
    rated = seen.of("rated").select("matter_id", rated="at", told="known")
    return _with_any(ends, rated, (pl.col("rated") >= pl.col("at")) & _in_time(seen), hit_if=False)


def _terminated(seen: _Visible) -> pl.DataFrame:
    """All ends but a transfer: a hit is a termination."""
    ends = seen.of("resolved", "closed", "terminated", "withdrawn", "moved_to_procedure", "not_accepted")
    return ends.select("matter_id", "at", hit=pl.col("kind") == "terminated")


def _undocumented(seen: _Visible) -> pl.DataFrame:
    """Matters logged as resolved: a hit has no reply with a document number by then."""
    ends = seen.of("resolved").select("matter_id", "at")
    replies = (
        seen.of("progress_reply", *SUBSTANTIVE)
        .filter(pl.col("document_no").is_not_null())
        .select("matter_id", replied="at", told="known")
    )
    return _with_any(ends, replies, (pl.col("replied") <= pl.col("at")) & _in_time(seen), hit_if=False)


def _hasty(seen: _Visible) -> pl.DataFrame:
    """Matters given up: a hit came within 7 days of aid, or of a leader's reception with no reply in between."""
    ends = seen.of("accepted_by_person", "withdrawn").select("matter_id", "at")
    replies = seen.of("substantive_reply", "explanation").select("matter_id", "at").rename({"at": "replied"})
    given = seen.of("aid_paid", "leader_reception").select("matter_id", "kind", given="at", told="known")
    close = (pl.col("given") <= pl.col("at")) & (pl.col("given") > pl.col("at") - (HASTY_DAYS + 1) * DAY_US)
    answered = (
        given.filter(pl.col("kind") == "leader_reception")
        .join(replies, on="matter_id", how="inner")
        .join(ends, on="matter_id", how="inner")
        .filter((pl.col("replied") <= pl.col("at")) & (pl.col("replied") >= pl.col("given")))
        .select("matter_id", "given", "at")
        .unique()
    )
    pairs = ends.join(given, on="matter_id", how="inner").filter(close & _in_time(seen))
    unanswered = pairs.filter(pl.col("kind") == "leader_reception").join(
        answered, on=["matter_id", "given", "at"], how="anti"
    )
    hits = pl.concat([pairs.filter(pl.col("kind") == "aid_paid"), unanswered]).select("matter_id", "at").unique()
    return ends.join(hits.with_columns(hit=pl.lit(value=True)), on=["matter_id", "at"], how="left").with_columns(
        pl.col("hit").fill_null(value=False)
    )


def _in_time(seen: _Visible) -> pl.Expr:
    return pl.col("told") < pl.col("at") + seen.settle


def _with_any(cases: pl.DataFrame, others: pl.DataFrame, condition: pl.Expr, *, hit_if: bool) -> pl.DataFrame:
    found = cases.join(others, on="matter_id", how="inner").filter(condition).select("matter_id", "at").unique()
    return cases.join(found.with_columns(hit=pl.lit(hit_if)), on=["matter_id", "at"], how="left").with_columns(
        pl.col("hit").fill_null(not hit_if)
    )


SIGNALS: tuple[Signal, ...] = (
    Signal(
        name="not_counted",
        zh="登记为“由我院安排或救济引起”而不计入的反映",
        en="contacts logged as caused by us or by a remedy, and not counted",
        remedy_zh="抽查这些反映的来源标注；没有依据的，改回“再次反映”。",
        remedy_en="Spot-check what those contacts were caused by; where nothing shows it, count them.",
        settle_days=14,
        cases=_not_counted,
        rise=lambda limits: limits.rise_not_counted,
    ),
    Signal(
        name="unrated",
        zh="办结或化解后没有评价",
        en="ended without a rating",
        remedy_zh="由承办人以外的人员补做评价。",
        remedy_en="Have the ratings collected by somebody other than the handler.",
        settle_days=60,
        cases=_unrated,
        rise=lambda limits: limits.rise_unrated,
    ),
    Signal(
        name="terminated",
        zh="以终结了结",
        en="ended by termination",
        remedy_zh="复核近期终结事项的条件和审批，不符合的恢复办理。",
        remedy_en="Review the grounds and approvals of recent terminations; reopen those without.",
        settle_days=14,
        cases=_terminated,
        rise=lambda limits: limits.rise_terminated,
    ),
    Signal(
        name="undocumented",
        zh="登记化解而没有答复文书",
        en="logged as resolved with no reply document",
        remedy_zh="补出答复文书；没有答复过的，恢复办理。",
        remedy_en="Find the reply documents; where nobody replied, reopen the matter.",
        settle_days=14,
        cases=_undocumented,
        rise=lambda limits: limits.rise_undocumented,
        limit=lambda limits: limits.limit_undocumented,
    ),
    Signal(
        name="hasty",
        zh=f"救助后或未答复的领导接访后{HASTY_DAYS}日内息诉、撤回",
        en=f"given up within {HASTY_DAYS} days of aid, or of a leader's reception with no reply",
        remedy_zh="由检务督察逐件回访，核实息诉、撤回是否本人意愿；帮助不得以息诉为条件。",
        remedy_en="The auditor asks in each matter whether it was the person's own wish; no help may depend on it.",
        settle_days=14,
        cases=_hasty,
        rise=lambda limits: limits.rise_hasty,
        limit=lambda limits: limits.limit_hasty,
    ),
)
