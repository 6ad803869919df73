"""What an office did and left undone in a year, counted from its ledger, each number with the matters behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import exp, lgamma, log
from typing import Literal

import polars as pl

from data.contract import Register
from data.times import DAY_US, local_date, local_midnight
from data.vocabulary import KINDS, Role
from features.clocks import clock_table
from features.timing import Timing

#: The clocks leaders count: answered in seven days, in three months, and every month after that.
DUTIES = ("procedural_reply", "substantive_reply", "monthly_follow_up")
#: Acts of ours that are counted one by one.
ACTS: dict[str, tuple[str, ...]] = {
    "receptions": ("leader_reception", "video_reception", "field_visit"),
    "letters": ("leader_letter",),
    "hearings": ("hearing_held", "simple_hearing_held"),
    "aid": ("aid_paid",),
    "lawyers": ("lawyer_present",),
    "explanations": ("explanation",),
    "clues": ("clue_referred",),
}
ENDS = ("resolved", "accepted_by_person", "moved_to_procedure", "closed", "terminated", "withdrawn")
#: Of so few matters a cause's share says nothing, and may name somebody.
LEAST = 10
#: Months a surge is held against, and the chance of a false alarm a look at all causes may have.
_BEFORE, _CHANCE = 12, 0.01
LOOK_BACK_DAYS = 90
_RAISED = [kind.code for kind in KINDS if kind.role in (Role.CONTACT, Role.FROM_ABOVE)]

RowState = Literal["in_time", "late", "missed", "done", "not_done", "held", "again"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """One matter behind a number: the local day it is counted by, and how it counts."""

    matter_id: str
    day: date
    state: RowState


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number: `part` of `whole` (None where it is a count alone), and what is behind it."""

    code: str
    part: int
    whole: int | None
    rows: tuple[Behind, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Led:
    """Receptions or letters by rank and form, None where the ledger does not say."""

    act: str
    rank: str | None
    form: str | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A cause and department in closed months: matters registered (None: fewer than LEAST), duties missed on them.

    `before`: the monthly mean of the twelve months before the last closed one, where that one is a `surge`.
    """

    cause: str | None
    department: str | None
    registered: int | None
    missed: int
    surge: int | None
    before: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The year of an office up to `until` (UTC microseconds); `money` in fen."""

    year: int
    until: int
    figures: dict[str, Figure]
    ends: dict[str, int]
    led: tuple[Led, ...]
    money: int
    causes: tuple[Cause, ...]


def make_board(register: Register, year: int, *, timing: Timing) -> Board:
    """The board of the matters of `register` for a calendar year, as far as the ledger reaches."""
    zone = register.time_zone
    begin = local_midnight(date(year, 1, 1), zone)
    until = min(local_midnight(date(year + 1, 1, 1), zone), register.observed_until)
    events = (
        register.events.filter(pl.col("known_until").is_null(), pl.col("occurred_at") < until)
        .select("matter_id", "kind", "occurred_at", "seq", "rank", "form", "amount", "caused_by")
        .sort("matter_id", "occurred_at", "seq")
        .with_columns(day=_local_day(zone))
    )
    during = events.filter(pl.col("occurred_at") >= begin)
    figures = {one.code: one for one in _duties(register, begin, until, timing)}
    for code, kinds in ACTS.items():
        figures[code] = _count(code, during.filter(pl.col("kind").is_in(kinds)))
    ended = _ended(events, begin)
    for one in (_resolved(ended), _jointly(events, ended), _backlog(events, until), _held(events, begin, until)):
        figures[one.code] = one
    return Board(
        year=year,
        until=until,
        figures=figures,
        ends={kind: ended.filter(pl.col("kind") == kind).height for kind in ENDS},
        led=_led(during),
        money=int(during.filter(pl.col("kind") == "aid_paid")["amount"].sum() or 0),
        causes=_causes(register, events, figures, begin, until),
    )


def _local_day(zone: str) -> pl.Expr:
    return pl.from_epoch("occurred_at", "us").dt.replace_time_zone("UTC").dt.convert_time_zone(zone).dt.date()


def _duties(register: Register, begin: int, until: int, timing: Timing) -> list[Figure]:
    """Each clock that fell due in the period and was not waived: kept in time, or not, by all that is known now."""
    at = register.matters.select("matter_id", cutoff=pl.lit(register.observed_until, pl.Int64))
    zone = register.time_zone
    first, last = local_date(begin, zone), local_date(until - 1, zone)
    clocks = clock_table(register, at, timing=timing).with_columns(
        # `due` is exclusive: 00:00 of the day after the last day in time.
        day=pl.from_epoch(pl.col("due") - DAY_US, "us").dt.date()
    )
    judged = clocks.filter(
        pl.col("state").is_in(["met", "met_late", "overdue", "missed"]), pl.col("day").is_between(first, last)
    )
    states: dict[str, RowState] = {"met": "in_time", "met_late": "late", "overdue": "missed", "missed": "missed"}
    found: list[Figure] = []
    for code in DUTIES:
        rows = [
            Behind(matter_id=matter, day=day, state=states[state])
            for matter, day, state in judged.filter(pl.col("clock") == code)
            .select("matter_id", "day", "state")
            .sort("day", "matter_id", "state")
            .iter_rows()
        ]
        kept = sum(row.state == "in_time" for row in rows)
        found.append(Figure(code=code, part=kept, whole=len(rows), rows=tuple(rows)))
    return found


def _count(code: str, acts: pl.DataFrame) -> Figure:
    return Figure(code=code, part=acts.height, whole=None, rows=_behind(acts, "done"))


def _behind(rows: pl.DataFrame, state: RowState) -> tuple[Behind, ...]:
    return tuple(
        Behind(matter_id=matter, day=day, state=state)
        for matter, day in rows.select("matter_id", "day").sort("day", "matter_id").iter_rows()
    )


def _ended(events: pl.DataFrame, begin: int) -> pl.DataFrame:
    """The end that stands of each matter that ended in the period and was not reopened: matter_id, kind, day."""
    last = events.filter(pl.col("kind").is_in([*ENDS, "reopened"])).unique(
        "matter_id", keep="last", maintain_order=True
    )
    return last.filter(pl.col("kind") != "reopened", pl.col("occurred_at") >= begin)


def _resolved(ended: pl.DataFrame) -> Figure:
    done = ended.filter(pl.col("kind") == "resolved")
    rows = _behind(done, "done") + _behind(ended.filter(pl.col("kind") != "resolved"), "not_done")
    return Figure(code="resolved", part=done.height, whole=ended.height, rows=rows)


def _jointly(events: pl.DataFrame, ended: pl.DataFrame) -> Figure:
    """Resolved with a superior or subordinate office, of all resolved."""
    resolved = ended.filter(pl.col("kind") == "resolved")
    handled = events.filter(pl.col("kind") == "joint_handling")["matter_id"]
    done = resolved.filter(pl.col("matter_id").is_in(handled.implode()))
    rest = resolved.filter(~pl.col("matter_id").is_in(handled.implode()))
    rows = _behind(done, "done") + _behind(rest, "not_done")
    return Figure(code="resolved_together", part=done.height, whole=resolved.height, rows=rows)


def _backlog(events: pl.DataFrame, until: int) -> Figure:
    """Matters ever listed as backlog before `until`: resolved by then, or not."""
    listed = events.filter(pl.col("kind") == "backlog_listed").unique("matter_id", keep="last", maintain_order=True)
    last = events.filter(pl.col("kind").is_in([*ENDS, "reopened"]), pl.col("occurred_at") < until).unique(
        "matter_id", keep="last", maintain_order=True
    )
    cleared = last.filter(pl.col("kind") == "resolved")["matter_id"]
    done = listed.filter(pl.col("matter_id").is_in(cleared.implode()))
    rest = listed.filter(~pl.col("matter_id").is_in(cleared.implode()))
    rows = _behind(done, "done") + _behind(rest, "not_done")
    return Figure(code="backlog", part=done.height, whole=listed.height, rows=rows)


def _held(events: pl.DataFrame, begin: int, until: int) -> Figure:
    """Resolved so long ago that 90 days have passed by `until`, the 90 days ending in the period: not raised since."""
    span = LOOK_BACK_DAYS * DAY_US
    looked = events.filter(
        pl.col("kind") == "resolved", pl.col("occurred_at") + span < until, pl.col("occurred_at") + span >= begin
    ).unique("matter_id", keep="last", maintain_order=True)
    raised = events.filter(pl.col("kind").is_in(_RAISED), pl.col("caused_by").is_null()).select(
        "matter_id", again="occurred_at"
    )
    back = (
        looked.join(raised, on="matter_id")
        .filter(pl.col("again") > pl.col("occurred_at"), pl.col("again") <= pl.col("occurred_at") + span)["matter_id"]
        .unique()
    )
    held = looked.filter(~pl.col("matter_id").is_in(back.implode()))
    rows = _behind(held, "held") + _behind(looked.filter(pl.col("matter_id").is_in(back.implode())), "again")
    return Figure(code="look_back", part=held.height, whole=looked.height, rows=rows)


def _led(during: pl.DataFrame) -> tuple[Led, ...]:
    found: list[Led] = []
    for act in ("receptions", "letters"):
        groups = during.filter(pl.col("kind").is_in(ACTS[act])).group_by("rank", "form").len()
        found += [
            Led(act=act, rank=rank, form=form, count=count)
            for rank, form, count in groups.sort("rank", "form", nulls_last=True).iter_rows()
        ]
    return tuple(found)


def _causes(
    register: Register, events: pl.DataFrame, figures: dict[str, Figure], begin: int, until: int
) -> tuple[Cause, ...]:
    """By cause and department, in the closed months of the period; the surge is that of the last closed month."""
    zone = register.time_zone
    closed = local_date(until, zone).replace(day=1)  # the first day of the month that is not over
    place = register.matters.select("matter_id", "cause", "department")
    first = events.filter(pl.col("kind").is_in(["registered", "transferred_in"])).unique(
        "matter_id", keep="first", maintain_order=True
    )
    came = first.join(place, on="matter_id").filter(pl.col("day") < closed)
    year = came.filter(pl.col("day") >= local_date(begin, zone))
    missed = [
        row.matter_id
        for code in DUTIES
        for row in figures[code].rows
        if row.state in ("late", "missed") and row.day < closed
    ]
    late = pl.DataFrame({"matter_id": missed}, schema={"matter_id": pl.String}).join(place, on="matter_id")
    keys = ["cause", "department"]
    table = (
        year.group_by(keys)
        .len("registered")
        .join(late.group_by(keys).len("missed"), on=keys, how="full", coalesce=True, nulls_equal=True)
        .with_columns(pl.col("registered", "missed").fill_null(0))
        .sort("missed", "registered", *keys, descending=[True, True, False, False], nulls_last=True)
    )
    surges = _surges(came, closed, keys)
    return tuple(
        Cause(
            cause=row["cause"],
            department=row["department"],
            registered=row["registered"] if row["registered"] >= LEAST else None,
            missed=row["missed"],
            surge=surges.get((row["cause"], row["department"]), (None, None))[0],
            before=surges.get((row["cause"], row["department"]), (None, None))[1],
        )
        for row in table.iter_rows(named=True)
    )


def _surges(came: pl.DataFrame, closed: date, keys: Sequence[str]) -> dict[tuple[str, str], tuple[int, float]]:
    """Where the last closed month had more than chance allows against the twelve before, all looks together (Holm)."""
    month = (closed - timedelta(days=1)).replace(day=1)
    start = month.replace(year=month.year - 1)
    counted = (
        came.filter(pl.col("day") >= start)
        .group_by(*keys)
        .agg((pl.col("day") >= month).sum().alias("now"), (pl.col("day") < month).sum().alias("before"))
    )
    # Every cell is a look, also one too small to be told: leaving those out would make the rest look rarer.
    looks = sorted(
        (chance_of(now, now + before), cause, department, now, before / _BEFORE)
        for cause, department, now, before in counted.fill_null("").iter_rows()
    )
    found: dict[tuple[str, str], tuple[int, float]] = {}
    for place, (chance, cause, department, now, mean) in enumerate(looks):
        if chance > _CHANCE / (len(looks) - place):
            break
        if now >= LEAST:
            found[cause or None, department or None] = (now, mean)  # type: ignore[index]
    return found


def chance_of(now: int, both: int) -> float:
    """How likely at least `now` of `both` fall into one month of thirteen, were all alike: the exact binomial tail."""
    share = 1 / (_BEFORE + 1)
    whole = lgamma(both + 1)
    return sum(
        exp(whole - lgamma(n + 1) - lgamma(both - n + 1) + n * log(share) + (both - n) * log(1 - share))
        for n in range(now, both + 1)
    )
