"""Which causes grew, and after which of our steps matters were raised again, by cause and department.

Closed months only, and no share or increase of fewer than ten.  Whatever is singled out had to stand out among all
cells looked at together (Holm), those too small to be told included: leaving them out would make the rest look rarer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import exp, inf, lgamma, log
from typing import Any, TypeVar

import polars as pl

from serving.board_facts import Facts
from serving.board_steps import STEPS
from training.metrics import wilson

T = TypeVar("T")
#: Of so few matters a share says nothing, and may name somebody.
LEAST = 10
#: Months an increase is held against at most, and at least.
_BEFORE, _BEFORE_LEAST = 12, 3
#: The chance of a false alarm that all looks together may have.
_CHANCE = 0.01
_KEYS = ["cause", "department"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A cause and department in the closed months of the year: matters registered (None: fewer than LEAST), duties
    missed on them."""

    cause: str | None
    department: str | None
    registered: int | None
    missed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Surge:
    """A cause and department with more in the last closed month than chance allows: matters registered (`step` None)
    or with a step gone wrong; `before` is the mean of the months before."""

    step: str | None
    cause: str | None
    department: str | None
    now: int
    before: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """So many `again` of `whole` matters were raised again, with the 95 % interval of the share (Wilson)."""

    again: int
    whole: int
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StepShare:
    """A step gone wrong, of the office (`whole_office`) or of a cause and department.

    `wrong` is the share raised again after it, `right` that where the step was as it should be (None under LEAST
    matters); `matters` is how many it went wrong on, exact.  `more`: raised again more often than where it was
    right, by more than chance, all looks together.
    """

    step: str
    whole_office: bool
    cause: str | None
    department: str | None
    matters: int
    wrong: Share | None
    right: Share | None
    more: bool


def causes(facts: Facts, places: pl.DataFrame) -> tuple[Cause, ...]:
    """What came and what of ours was late, by cause and department, most missed first; nothing to tell is left out."""
    begin = date(facts.year, 1, 1)
    came = facts.came.filter(pl.col("day").is_between(begin, facts.closed, closed="left"))
    late = facts.rows.filter(pl.col("state").is_in(["late", "missed"]), pl.col("day") < facts.closed)
    table = (
        came.join(places, on="matter")
        .group_by(_KEYS)
        .len("registered")
        .join(
            late.join(places, on="matter").group_by(_KEYS).len("missed"),
            on=_KEYS,
            how="full",
            coalesce=True,
            nulls_equal=True,
        )
        .with_columns(pl.col("registered", "missed").fill_null(0))
        .sort("missed", "registered", *_KEYS, descending=[True, True, False, False], nulls_last=True)
    )
    return tuple(
        Cause(
            cause=row["cause"],
            department=row["department"],
            registered=row["registered"] if row["registered"] >= LEAST else None,
            missed=row["missed"],
        )
        for row in table.iter_rows(named=True)
        if row["missed"] or row["registered"] >= LEAST
    )


def surges(facts: Facts, places: pl.DataFrame) -> tuple[Surge, ...]:
    """Where the last closed month had more than chance allows against the up to twelve before, all looks together."""
    month = (facts.closed - timedelta(days=1)).replace(day=1)
    start = max(month.replace(year=month.year - 1), facts.begun)
    before = 12 * (month.year - start.year) + month.month - start.month
    if before < _BEFORE_LEAST:
        return ()
    wrong = facts.steps.filter("wrong").select("step", "matter", "day")
    events = pl.concat([facts.came.select(pl.lit(None, pl.String).alias("step"), "matter", "day"), wrong])
    counted = (
        events.filter(pl.col("day") >= start, pl.col("day") < facts.closed)
        # One matter with two missed follow-ups in a month is one look at our handling of it, not two.
        .unique(["step", "matter", pl.col("day").dt.truncate("1mo")])
        .join(places, on="matter")
        .group_by("step", *_KEYS)
        .agg(now=(pl.col("day") >= month).sum(), before=(pl.col("day") < month).sum())
        .sort("step", *_KEYS)
    )
    looks = [(chance_of(row["now"], row["now"] + row["before"], before), row) for row in counted.to_dicts()]
    return tuple(
        Surge(
            step=row["step"],
            cause=row["cause"],
            department=row["department"],
            now=row["now"],
            before=row["before"] / before,
        )
        for row in standing_out(looks)
        if row["now"] >= LEAST
    )


def step_shares(steps: pl.DataFrame, places: pl.DataFrame, months: tuple[date, date]) -> tuple[StepShare, ...]:
    """How often matters were raised again after each step of some months whose 90 days are over, for the office and by
    cause and department.

    A matter counts once: by the first time the step went wrong on it, else by its first.
    """
    one_each = (
        steps.filter(pl.col("day").is_between(*months, closed="left"))
        .sort("wrong", "day", descending=[True, False])
        .unique(["step", "matter"], keep="first", maintain_order=True)
        .join(places, on="matter")
    )
    looks = [
        (more_often(row["again"], row["wrong"], row["right_again"], row["right"]), keys == [], row)
        for keys in ([], _KEYS)
        for row in _counted(one_each, ["step", *keys])
        if row["wrong"]
    ]
    more = [id(row) for row in standing_out([(chance, row) for chance, _, row in looks])]
    told = [
        StepShare(
            step=row["step"],
            whole_office=whole,
            cause=row.get("cause"),
            department=row.get("department"),
            matters=row["wrong"],
            wrong=_share(row["again"], row["wrong"]),
            right=_share(row["right_again"], row["right"]),
            more=id(row) in more and row["wrong"] >= LEAST,
        )
        for _, whole, row in looks
        if whole or row["wrong"] >= LEAST
    ]
    return tuple(sorted(told, key=lambda one: (STEPS.index(one.step), not one.whole_office, -one.matters)))


def _counted(one_each: pl.DataFrame, keys: Sequence[str]) -> list[dict[str, Any]]:
    wrong, again = pl.col("wrong"), pl.col("again")
    counts = {"wrong": wrong.sum(), "again_": (wrong & again).sum()}
    return (
        one_each.group_by(keys)
        .agg(**counts, right=(~wrong).sum(), right_again=(~wrong & again).sum())
        .rename({"again_": "again"})
        .sort(keys)
        .to_dicts()
    )


def _share(again: int, whole: int) -> Share | None:
    """A share with its 95 % interval (Wilson); None of fewer than LEAST."""
    if whole < LEAST:
        return None
    low, high = wilson(again, whole)
    return Share(again=again, whole=whole, low=low, high=high)


def standing_out(looks: list[tuple[float, T]]) -> list[T]:
    """What is too rare for chance among all looks together, the rarest first (Holm); `looks` are (chance, what)."""
    found: list[T] = []
    for place, (chance, what) in enumerate(sorted(looks, key=lambda look: look[0])):
        if chance > _CHANCE / (len(looks) - place):
            break
        found.append(what)
    return found


def chance_of(now: int, both: int, before: int) -> float:
    """How likely at least `now` of `both` fall into the last of `before` + 1 months, were all alike: the exact
    binomial tail."""
    share = 1 / (before + 1)
    return sum(exp(_choose(both, n) + n * log(share) + (both - n) * log(1 - share)) for n in range(now, both + 1))


def more_often(again: int, wrong: int, right_again: int, right: int) -> float:
    """How likely at least `again` of the `wrong` come out, were wrong and right alike: Fisher's exact tail."""
    both, whole = again + right_again, _choose(wrong + right, again + right_again)
    return sum(exp(_choose(wrong, n) + _choose(right, both - n) - whole) for n in range(again, min(wrong, both) + 1))


def _choose(whole: int, part: int) -> float:
    """The logarithm of how many ways there are to choose `part` of `whole`; minus infinity for none."""
    if not 0 <= part <= whole:
        return -inf
    return lgamma(whole + 1) - lgamma(part + 1) - lgamma(whole - part + 1)
