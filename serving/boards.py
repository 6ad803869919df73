"""What an office did and left undone in a year: the numbers of its facts that one reader may open, and their rows."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import polars as pl

from data.times import local_date
from serving.board_causes import Cause, StepShare, Surge, causes, step_shares, surges
from serving.board_facts import ACTS, DUTIES, ENDS, LED_ACTS, Facts
from serving.board_steps import STEPS, closed_year
from serving.permissions import Scope

#: Shares of matters, each told with its numerator, denominator and definition.
RATES = ("resolved", "resolved_together", "received_resolved", "chief_share", "backlog", "look_back")
#: A step of ours that went wrong, as a number that opens its rows.
STEP_CODES = tuple(f"step_{step}" for step in STEPS)
MEASURES = (*DUTIES, *ACTS, *RATES, *STEP_CODES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """One thing behind a number: its matter, the local day it is counted by, and how it counts."""

    matter: dict[str, Any]
    day: date
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number: `part` of `whole` (None where it is a count alone); so many `rows` are behind it."""

    code: str
    part: int
    whole: int | None
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Led:
    """Receptions or letters by the level of the office, rank and form, None where the ledger does not say."""

    act: str
    level: str | None
    rank: str | None
    form: str | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The year of an office up to `facts.until`; `money` in fen.

    Aided were `aided` people at least, in payments of which `aided_untold` do not say how many.  `months` are those of
    the step shares: the first day, and the day after the last.
    """

    facts: Facts
    figures: dict[str, Figure]
    ends: dict[str, int]
    led: tuple[Led, ...]
    money: int
    aided: int
    aided_untold: int
    causes: tuple[Cause, ...]
    steps: tuple[StepShare, ...]
    surges: tuple[Surge, ...]
    months: tuple[date, date]


def held_by(scope: Scope, matters: pl.DataFrame) -> pl.Series:
    """`scope.holds` of every row of a matters frame at once."""
    post, own = pl.lit(scope.not_post, pl.String), pl.lit(scope.offices[0])
    recused = ((pl.col("respondent_post") == post) & (pl.col("office_id") == own)).fill_null(value=False)
    held = pl.col("office_id").is_in(scope.offices) & ~recused
    for name, only in (("department", scope.department), ("handler", scope.handler)):
        if only is not None:
            held &= (pl.col(name) == only).fill_null(value=False)
    return matters.select(held.alias("held"))["held"]


def seen_by(facts: Facts, held: pl.Series) -> Facts:
    """The facts of the matters a reader may open: `held` has one boolean for each row of `facts.matters`."""
    if bool(held.all()):
        return facts

    def mine(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.filter(held.gather(frame["matter"]))

    return replace(
        facts,
        rows=mine(facts.rows),
        ended=mine(facts.ended),
        came=mine(facts.came),
        led=mine(facts.led),
        paid=mine(facts.paid),
        steps=mine(facts.steps),
        owed=mine(facts.owed),
        # Places in `matters` stay as they are: what is not held is emptied, not taken out.
        matters=facts.matters.with_columns(pl.when(held).then(name).alias(name) for name in facts.matters.columns),
    )


def make_board(facts: Facts) -> Board:
    """The board of some facts."""
    counted = facts.rows.group_by("code", "state").len()
    counts = {(code, state): number for code, state, number in counted.iter_rows()}
    places = facts.matters.select("cause", "department", "level").with_row_index("matter")
    months = closed_year(facts.closed, _until(facts))
    paid = facts.paid
    return Board(
        facts=facts,
        figures={code: _figure(code, counts) for code in (*DUTIES, *ACTS, *RATES)},
        ends={kind: facts.ended.filter(pl.col("kind") == kind).height for kind in ENDS},
        led=_led(facts, places),
        money=int(paid["amount"].sum() or 0),
        aided=int(paid["people"].sum() or 0),
        aided_untold=paid.filter(pl.col("untold")).height,
        causes=causes(facts, places),
        steps=step_shares(facts.steps, places, months),
        surges=surges(facts, places),
        months=months,
    )


def behind(facts: Facts, measure: str, *, skip: int = 0, most: int | None = None) -> tuple[list[Behind], int]:
    """The rows behind a number in order of their days, `most` after the first `skip`; and how many there are in all."""
    if measure in STEP_CODES:
        first, last = closed_year(facts.closed, _until(facts))
        wrong = facts.steps.filter(
            pl.col("step") == measure.removeprefix("step_"),
            "wrong",
            pl.col("day").is_between(first, last, closed="left"),
        )
        once = wrong.sort("day", "matter").unique("matter", keep="first", maintain_order=True)
        rows = once.select("matter", "day", state=pl.when("again").then(pl.lit("again")).otherwise(pl.lit("held")))
    else:
        rows = facts.rows.filter(pl.col("code") == measure)
    shown = rows.slice(skip, most)
    matters = facts.matters[shown["matter"]].to_dicts()
    found = [
        Behind(matter=matter, day=day, state=state)
        for matter, (day, state) in zip(matters, shown.select("day", "state").iter_rows(), strict=True)
    ]
    return found, rows.height


def _until(facts: Facts) -> date:
    return local_date(facts.until, facts.time_zone)


def _figure(code: str, counts: dict[tuple[str, str], int]) -> Figure:
    mine = {state: number for (one, state), number in counts.items() if one == code}
    rows = sum(mine.values())
    part = sum(mine.get(state, 0) for state in ("in_time", "done", "held"))
    return Figure(code=code, part=part, whole=None if code in ACTS else rows, rows=rows)


def _led(facts: Facts, places: pl.DataFrame) -> tuple[Led, ...]:
    groups = facts.led.join(places, on="matter", how="left").group_by("act", "level", "rank", "form").len("count")
    order = {act: number for number, act in enumerate(LED_ACTS)}
    rows = groups.sort(
        pl.col("act").replace_strict(order, return_dtype=pl.Int8), "level", "rank", "form", nulls_last=True
    )
    return tuple(Led(**row) for row in rows.iter_rows(named=True))
