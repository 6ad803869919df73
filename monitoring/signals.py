"""Which ways there are to look better than the work: six signals, and what counts as a case of each (G22)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from data.settings import MonitorSettings
from data.times import DAY_US
from data.vocabulary import SUBSTANTIVE

#: A matter given up this soon after aid or a reception raises the question why.
HASTY_DAYS = 7


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
    cases: Callable[["Visible"], pl.DataFrame]
    rise: Callable[[MonitorSettings], float]
    limit: Callable[[MonitorSettings], float] | None = None


#: What the signals read of an event; picking some events takes as long as they have columns.
TOLD = ("matter_id", "kind", "at", "known", "seq", "caused_by", "document_no")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visible:
    """The events visible at the day looked at (`TOLD`; `at`, `known` in wall-clock µs), and the roles of kinds."""

    events: pl.DataFrame
    roles: dict[str, str]
    settle: int

    def of(self, *kinds: str) -> pl.DataFrame:
        return self.events.filter(pl.col("kind").is_in(kinds))


def _not_counted(seen: Visible) -> pl.DataFrame:
    """Contacts after the first, and those from above: a hit says it was caused by something and does not count."""
    raised = [code for code, role in seen.roles.items() if role in ("contact", "from_above")]
    contacts = seen.of(*raised).sort("at", "seq")
    later = contacts.filter(pl.int_range(pl.len()).over("matter_id") > 0)
    return later.select("matter_id", "at", hit=pl.col("caused_by").is_not_null())


def _unrated(seen: Visible) -> pl.DataFrame:
    """Matters resolved or closed: a hit has no rating known by the time it could be."""
    ends = seen.of("resolved", "closed").select("matter_id", "at")
    rated = seen.of("rated").select("matter_id", rated="at", told="known")
    return _with_any(ends, rated, (pl.col("rated") >= pl.col("at")) & _in_time(seen), hit_if=False)


def _terminated(seen: Visible) -> pl.DataFrame:
    """All ends but a transfer: a hit is a termination."""
    ends = seen.of("resolved", "closed", "terminated", "withdrawn", "moved_to_procedure", "not_accepted")
    return ends.select("matter_id", "at", hit=pl.col("kind") == "terminated")


def _undocumented(seen: Visible) -> pl.DataFrame:
    """Matters logged as resolved: a hit has no reply with a document number by then."""
    ends = seen.of("resolved").select("matter_id", "at")
    replies = (
        seen.of("progress_reply", *SUBSTANTIVE)
        .filter(pl.col("document_no").is_not_null())
        .select("matter_id", replied="at", told="known")
    )
    return _with_any(ends, replies, (pl.col("replied") <= pl.col("at")) & _in_time(seen), hit_if=False)


def _hasty(seen: Visible) -> pl.DataFrame:
    """Payments of aid: a hit is followed within 7 days by the matter being given up.

    Of the help given, not of the matters given up: where many are given up for other reasons, even help that is always
    followed by it would be a small share of those.
    """
    given = seen.of("aid_paid").select("matter_id", "at")
    return _given_up_after(seen, given, without=())


def _hasty_reception(seen: Visible) -> pl.DataFrame:
    """Receptions by a leader: a hit is followed within 7 days by the matter being given up, with no reply between."""
    given = seen.of("leader_reception").select("matter_id", "at")
    return _given_up_after(seen, given, without=("substantive_reply", "explanation"))


def _given_up_after(seen: Visible, given: pl.DataFrame, *, without: Sequence[str]) -> pl.DataFrame:
    ends = seen.of("accepted_by_person", "withdrawn").select("matter_id", ended="at", told="known")
    close = (pl.col("ended") >= pl.col("at")) & (pl.col("ended") < pl.col("at") + (HASTY_DAYS + 1) * DAY_US)
    hasty = given.join(ends, on="matter_id", how="inner").filter(close & _in_time(seen))
    if without:
        replies = seen.of(*without).select("matter_id", replied="at")
        answered = hasty.join(replies, on="matter_id", how="inner").filter(
            (pl.col("replied") >= pl.col("at")) & (pl.col("replied") <= pl.col("ended"))
        )
        hasty = hasty.join(answered, on=["matter_id", "at", "ended"], how="anti")
    hits = hasty.select("matter_id", "at").unique().with_columns(hit=pl.lit(value=True))
    return (
        given.unique().join(hits, on=["matter_id", "at"], how="left").with_columns(pl.col("hit").fill_null(value=False))
    )


def _in_time(seen: Visible) -> pl.Expr:
    return pl.col("told") < pl.col("at") + seen.settle


def _with_any(cases: pl.DataFrame, others: pl.DataFrame, condition: pl.Expr, *, hit_if: bool) -> pl.DataFrame:
    found = cases.join(others, on="matter_id", how="inner").filter(condition).select("matter_id", "at").unique()
    return cases.join(found.with_columns(hit=pl.lit(hit_if)), on=["matter_id", "at"], how="left").with_columns(
        pl.col("hit").fill_null(not hit_if)
    )


_BY_THE_AUDITOR = (
    "由检务督察逐件回访，核实息诉、撤回是否本人意愿；帮助不得以息诉为条件。",
    "The auditor asks in each matter whether it was the person's own wish; no help may depend on it.",
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
        zh=f"救助后{HASTY_DAYS}日内息诉、撤回",
        en=f"aid followed within {HASTY_DAYS} days by the matter being given up",
        remedy_zh=_BY_THE_AUDITOR[0],
        remedy_en=_BY_THE_AUDITOR[1],
        settle_days=HASTY_DAYS + 14,
        cases=_hasty,
        rise=lambda limits: limits.rise_hasty,
        limit=lambda limits: limits.limit_hasty,
    ),
    Signal(
        name="hasty_reception",
        zh=f"领导接访后未经答复、{HASTY_DAYS}日内息诉、撤回",
        en=f"a leader's reception followed within {HASTY_DAYS} days by the matter being given up, with no reply",
        remedy_zh=_BY_THE_AUDITOR[0],
        remedy_en=_BY_THE_AUDITOR[1],
        settle_days=HASTY_DAYS + 14,
        cases=_hasty_reception,
        rise=lambda limits: limits.rise_hasty,
        limit=lambda limits: limits.limit_hasty,
    ),
)
