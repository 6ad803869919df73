"""What follows a flag: how soon the first help comes, whether plans are carried out, whether what is resolved holds."""

from datetime import date, timedelta
from typing import Any

import polars as pl

from data.times import DAY_US, cutoff_day, wall_us
from data.vocabulary import SUBSTANTIVE
from monitoring.check import Finding, Outcome, Severity, Watch
from monitoring.cohorts import listed_in
from monitoring.figures import LEAST_SHOWN, in_words, is_small, shown_share
from monitoring.look_back import LOOK_BACK_DAYS, looked_back
from monitoring.part import Part
from monitoring.tables import share_cell
from monitoring.waiting import median_wait

#: Help within so many days of the list is what is compared.
HELP_DAYS = 30
#: The latest month-ends, and those before them they are held against.
_LISTS_NOW = 3
_LISTS_BEFORE = 12
DAYS_NOW = 90
DAYS_BEFORE = 365
#: Fewer cases, now or before, say nothing; a share has fallen from so much on.
_LEAST = 30
_FALL = 0.15
#: Below this share of steps done by their day, plans are not carried out whatever they were before.
_KEPT = 0.50
#: Hits and of how many.
Count = tuple[int, int]


def check_follow_through(watch: Watch) -> Outcome:
    """Days from flag to first help, plan steps done by their day, and resolved matters that held for 90 days.

    Each is held against the office's own past by Fisher's exact test; offices together, and nobody is named.
    """
    rows: list[dict[str, Any]] = []
    findings: list[Finding] = []
    for made, found in (_first_help(watch), _plans(watch), _resolved(watch)):
        rows += made
        findings += found
    return Outcome(name="follow_through", rows=rows, findings=findings)


def times_of_help(part: Part, watch: Watch) -> pl.DataFrame:
    """When listed matters were helped: matter_id and `at` on the wall, as known by `watch.as_of`.

    Help is a reply on the substance, an explanation, or help given or offered (a mere screening is none).
    """
    helps = [code for code, role in part.register.roles.items() if role == "help" and not code.endswith("_screened")]
    given = part.standing.filter(pl.col("kind").is_in([*helps, *SUBSTANTIVE])).select("matter_id", "at")
    return given.join(watch.made(listed_in), on="matter_id", how="semi")


def held_since(part: Part, watch: Watch) -> pl.DataFrame:
    """How many matters resolved `now` (their 90 days ended lately) and before were not raised again since."""
    register = part.register
    raising = [code for code, role in register.roles.items() if role in ("contact", "from_above")]
    events = (
        part.standing.filter(pl.col("kind").is_in([*raising, "resolved"]))
        .select("kind", "seq", "caused_by", matter="matter_id", occurred_at="at")
        .with_columns(day=pl.from_epoch("occurred_at", "us").dt.date())
        .sort("matter", "occurred_at", "seq")
    )
    raised = events.filter(pl.col("kind").is_in(raising), pl.col("caused_by").is_null()).select("matter", again="day")
    # What came at the end of the 90 days may take so long to be entered.
    until = wall_us(watch.as_of, register.time_zone) - watch.settings.label.reporting_lag_days * DAY_US
    since = until - DAYS_NOW * DAY_US
    rows: list[tuple[bool, int, int]] = []
    for begin, end in ((since, until), (since - DAYS_BEFORE * DAY_US, since)):
        came = looked_back(events, raised, begin, end)["came"]
        rows.append((begin == since, *_count(~came)))
    return pl.DataFrame(rows, schema={"now": pl.Boolean, "held": pl.Int64, "of": pl.Int64}, orient="row")


def first_help(watch: Watch) -> pl.DataFrame:
    """Every matter among the k of a list: cutoff, matter_id, days until the first help, and whether it came by `as_of`.

    Help as in `times_of_help`; `days` of one not helped is how long it has waited, at most the horizon.
    """
    until = wall_us(watch.as_of, watch.register.time_zone)
    pairs = watch.made(listed_in).filter(pl.col("since") < until)
    span = watch.horizon_days * DAY_US
    after = pairs.join(watch.found(times_of_help), on="matter_id").filter(
        (pl.col("at") >= pl.col("since")) & (pl.col("at") < pl.col("since") + span)
    )
    first = after.group_by("cutoff", "matter_id").agg(pl.col("at").min())
    found = pairs.join(first, on=["cutoff", "matter_id"], how="left")
    waited = pl.min_horizontal(pl.lit(until), pl.col("since") + span)
    return found.select(
        "cutoff",
        "matter_id",
        days=(pl.coalesce("at", waited) - pl.col("since")) / DAY_US,
        helped=pl.col("at").is_not_null(),
    ).sort("cutoff", "matter_id")


Told = tuple[list[dict[str, Any]], list[Finding]]


def _first_help(watch: Watch) -> Told:
    found = first_help(watch)
    if found["matter_id"].n_unique() < LEAST_SHOWN:
        return [], []
    across, zone = watch.register.offices.height > 1, watch.register.time_zone
    # Only lists whose thirty days and entry are over tell how many were helped within them.
    settled = wall_us(watch.as_of, zone) - (HELP_DAYS + watch.settings.label.reporting_lag_days) * DAY_US
    cutoffs = sorted(cutoff for cutoff in found["cutoff"].unique() if wall_us(cutoff, zone) <= settled)
    recent = cutoffs[-_LISTS_NOW:]
    usual = cutoffs[-_LISTS_NOW - _LISTS_BEFORE : -_LISTS_NOW]
    soon = found.with_columns(soon=pl.col("helped") & (pl.col("days") < HELP_DAYS))
    counts = [_count(soon.filter(pl.col("cutoff").is_in(chosen))["soon"]) for chosen in (recent, usual)]
    newest = found.filter(pl.col("cutoff").is_in(recent or sorted(found["cutoff"].unique())[-_LISTS_NOW:]))
    middle, low, high = median_wait(newest["days"].to_numpy(), newest["helped"].to_numpy())
    bounds = "–".join("…" if bound is None else f"{bound:.0f}" for bound in (low, high))
    told = "…" if middle is None else f"{middle:.0f}"
    rows = [
        in_words(
            "first_help",
            f"最近 {_LISTS_NOW} 期清单：从列入到首次帮助或实质答复的天数（中位数）",
            f"the last {_LISTS_NOW} lists: days from the list to the first help or reply on the substance (median)",
            f"{told}（95% 区间 {bounds}）",
            f"{told} (95 % interval {bounds})",
            median=middle,
            interval=[low, high],
            of=newest.height,
        )
    ]
    names = f"列入后 {HELP_DAYS} 天内得到帮助或实质答复的", f"helped or answered within {HELP_DAYS} days of the list"
    row, p = _then_now("helped_soon", names, counts[0], counts[1], across=across)
    rows.append(row)
    if not _fell(counts[0], counts[1]) or p is None or p >= watch.settings.monitor.false_share:
        return rows, []
    finding = _finding(
        row,
        "提示之后帮助来得更慢",
        "help comes later after a flag than it did",
        "核对计划是否按期落实、人手是否不足；帮助不等签批，可先办。",
        "See whether plans are carried out and hands are enough; help waits for no signature.",
        code="help_slow",
    )
    return rows, [finding]


def _plans(watch: Watch) -> Told:
    from scipy import stats  # most verbs never come here

    if watch.plan_steps is None:
        return [], []
    today = cutoff_day(watch.as_of, watch.register.time_zone) + timedelta(days=1)
    due, done = pl.col("due"), pl.col("done_on")
    steps = watch.plan_steps.filter(due < today).with_columns(
        kept=(done <= due).fill_null(value=False), late=(done > due).fill_null(value=False) & (done < today)
    )
    now = steps.filter(due >= today - timedelta(days=DAYS_NOW))
    before = steps.filter(
        _between(due, today - timedelta(days=DAYS_NOW + DAYS_BEFORE), today - timedelta(days=DAYS_NOW))
    )
    counts = _count(now["kept"]), _count(before["kept"])
    if counts[0][1] < LEAST_SHOWN:
        return [], []
    across = watch.register.offices.height > 1
    names = "化解预案中近90天到期、按期办的措施", "steps of plans due in the last 90 days that were done by their day"
    row, p = _then_now("plans_kept", names, *counts, across=across)
    late, open_ = int(now["late"].sum()), now.height - int(now["kept"].sum()) - int(now["late"].sum())
    if not (across and (row["now"]["masked"] or min(late, open_) < LEAST_SHOWN)):
        row["said_zh"] += f"；逾期办 {late}，未办 {open_}"
        row["said_en"] += f"; {late} late, {open_} still open"
    limit = watch.settings.monitor.false_share
    fell = _fell(*counts) and p is not None and p < limit
    low = counts[0][1] >= _LEAST and float(stats.binom.cdf(*counts[0], _KEPT)) < limit
    if not (fell or low):
        return [row], []
    finding = _finding(
        row,
        "化解预案未按期落实",
        "plans are not carried out in time",
        "请控申负责人逐件催办到期措施；确需调整的，重新提出拟办意见并说明理由。",
        "Let the head chase what is due one by one; where a step must change, make the plan anew with its reason.",
        code="plans_slip",
    )
    return [row], [finding]


def _resolved(watch: Watch) -> Told:
    found = watch.found(held_since).group_by("now").sum()
    by_period = {now: (held, of) for now, held, of in found.iter_rows()}
    counts = [by_period[True], by_period[False]]
    if counts[0][1] < LEAST_SHOWN:
        return [], []
    names = (
        f"登记化解后满 {LOOK_BACK_DAYS} 天、未再反映的",
        f"resolved, and not raised again in the {LOOK_BACK_DAYS} days after",
    )
    row, p = _then_now("look_back", names, counts[0], counts[1], across=watch.register.offices.height > 1)
    if not _fell(counts[0], counts[1]) or p is None or p >= watch.settings.monitor.false_share:
        return [row], []
    finding = _finding(
        row,
        "化解后又再次反映的增多",
        "more of what was resolved comes back",
        "抽查近期“化解”的答复文书与评价；未真正解决的，恢复办理。",
        "Look at the replies and ratings behind recent “resolved”; reopen what was not.",
        code="look_back_worse",
    )
    return [row], [finding]


def _between(column: pl.Expr, first: date, end: date) -> pl.Expr:
    return (column >= first) & (column < end)


def _count(hits: pl.Series) -> Count:
    return int(hits.sum()), len(hits)


def _fell(now: Count, before: Count) -> bool:
    """Whether enough cases tell, and the share has fallen by enough to matter."""
    if min(now[1], before[1]) < _LEAST:
        return False
    return before[0] / before[1] - now[0] / now[1] >= _FALL


def _then_now(
    name: str, names: tuple[str, str], now: Count, before: Count, *, across: bool
) -> tuple[dict[str, Any], float | None]:
    """The row of a share and its past, and how likely so low a share is if nothing changed; None without a past."""
    from scipy import stats

    p = float(stats.hypergeom.cdf(now[0], now[1] + before[1], now[0] + before[0], now[1])) if before[1] else None
    masked = across and (is_small(*now) or (bool(before[1]) and is_small(*before)))
    shares = shown_share(*now, masked=masked), shown_share(*before, masked=masked)
    told = [f"{share_cell(shares[0], side)}" for side in (0, 1)]
    if before[1] and not masked:
        told = [f"{told[0]}，此前 {share_cell(shares[1], 0)}", f"{told[1]}; before {share_cell(shares[1], 1)}"]
    row = in_words(name, *names, told[0], told[1], now=shares[0], before=shares[1], p=None if masked else p)
    return row, p


def _finding(row: dict[str, Any], zh: str, en: str, remedy_zh: str, remedy_en: str, *, code: str) -> Finding:
    return Finding(
        code=code,
        severity=Severity.WARNING,
        title_zh=zh,
        title_en=en,
        text_zh=f"{row['zh']}：{row['said_zh']}。",
        text_en=f"{row['en'][0].upper()}{row['en'][1:]}: {row['said_en']}.",
        remedy_zh=remedy_zh,
        remedy_en=remedy_en,
        numbers={
            "name": row["name"],
            "now": row["now"]["share"],
            "before": row["before"]["share"],
            "p": row["p"],
        },
    )
