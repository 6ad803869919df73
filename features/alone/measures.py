"""What each declared measure is for one matter alone: one compiled term a measure, bit-equal to the kernel's value."""

from bisect import bisect_left
from collections.abc import Callable
from typing import Any

from data.times import DAY_US
from features.alone import answer_measures, attribute_measures, clock_measures
from features.alone.seen import Asks, Seen, Term
from features.feature import Measure
from features.measures import (
    MOVES,
    STAGES,
    AgeDays,
    Count,
    CountSince,
    DaysSince,
    DaysSinceRenewed,
    Excess,
    Gap,
    Lacks,
    MaxPeople,
    Occurred,
    Renewed,
    Stage,
    StageDays,
    Waiting,
)
from features.step_measures import DaysBetween

_DAY = float(DAY_US)


def term_of(measure: Measure, asks: Asks) -> Term | None:
    """The compiled measure, its groups of kinds asked for; None for a kind of measure that is not compiled."""
    make = TERMS.get(type(measure))
    return None if make is None else make(measure, asks)


def _count(one: Count | Occurred, asks: Asks) -> Term:
    group, days = asks.group(one.kinds), one.days
    if days is None:
        return lambda seen: len(seen.times[group])
    window = days * DAY_US

    def count(seen: Seen) -> float:
        times = seen.times[group]
        return len(times) - bisect_left(times, seen.cutoff - window) if times else 0

    return count


def _occurred(one: Occurred, asks: Asks) -> Term:
    count = _count(one, asks)
    return lambda seen: count(seen) > 0


def _lacks(one: Lacks, asks: Asks) -> Term:
    group = asks.group(one.kinds)
    return lambda seen: not seen.times[group]


def _days_since(one: DaysSince, asks: Asks) -> Term:
    group, empty, cap = asks.group(one.kinds), one.empty, one.cap
    if not one.or_receipt:
        return lambda seen: min(seen.days_before(seen.last_time(group), empty), cap)

    def since(seen: Seen) -> float:
        when = max(seen.last_time(group), seen.receipt) if seen.receipt >= 0 else -1
        return min(seen.days_before(when, empty), cap)

    return since


def _age_days(one: AgeDays, asks: Asks) -> Term:
    return lambda seen: min(seen.days_before(seen.receipt, 0.0), one.cap)


def _count_since(one: CountSince, asks: Asks) -> Term:
    group, anchor, or_receipt = asks.group(one.kinds), asks.group(one.anchor), one.or_receipt

    def count(seen: Seen) -> float:
        after = seen.last_time(anchor)
        if or_receipt:
            after = max(after, seen.receipt)
        return sum(occurred > after for occurred in seen.times[group])

    return count


def _waiting(one: Waiting, asks: Asks) -> Term:
    group, answer, cap = asks.group(one.kinds), asks.group(one.answer), one.cap

    def waiting(seen: Seen) -> float:
        answered = seen.last_time(answer) // DAY_US
        for occurred in seen.times[group]:
            if occurred // DAY_US > answered:
                return min((seen.cutoff - occurred) / _DAY, cap)
        return 0.0

    return waiting


def _renewed(one: Renewed, asks: Asks) -> Term:
    group = asks.group(one.kinds)
    window = None if one.days is None else one.days * DAY_US

    def renewed(seen: Seen) -> float:
        times = seen.times[group]
        if not times:
            return 0
        first = (seen.receipt // DAY_US + 1) * DAY_US
        return len(times) - bisect_left(times, first if window is None else max(first, seen.cutoff - window))

    return renewed


def _days_since_renewed(one: DaysSinceRenewed, asks: Asks) -> Term:
    group, empty = asks.group(one.kinds), one.empty

    def since(seen: Seen) -> float:
        last = seen.last_time(group)
        renewed = last // DAY_US > seen.receipt // DAY_US
        return min(seen.days_before(last if renewed else -1, empty), empty)

    return since


def _gap(one: Gap, asks: Asks) -> Term:
    group, empty, mean = asks.group(one.kinds), one.empty, one.mean

    def gap(seen: Seen) -> float:
        times = seen.times[group]
        if mean:
            return (times[-1] - times[0]) / _DAY / (len(times) - 1) if len(times) > 1 else empty
        return (times[-1] - times[-2]) / _DAY if len(times) > 1 and times[-2] >= 0 else empty

    return gap


def _days_between(one: DaysBetween, asks: Asks) -> Term:
    first, then, empty, cap = asks.group(one.kinds), asks.group(one.then), one.empty, one.cap

    def between(seen: Seen) -> float:
        began, ended = seen.first_time(first), seen.first_time(then)
        return min(max((ended - began) / _DAY, 0.0), cap) if began >= 0 and ended >= 0 else empty

    return between


def _max_people(one: MaxPeople, asks: Asks) -> Term:
    group = asks.group(one.kinds)
    return lambda seen: max([0, *(int(seen.history.people[place]) for place in seen.at[group])])


def _stage(one: Stage, asks: Asks) -> Term:
    groups = [asks.group(kinds) for kinds in STAGES]
    return lambda seen: max(step * bool(seen.times[group]) for step, group in enumerate(groups, start=1))


def _stage_days(one: StageDays, asks: Asks) -> Term:
    return _days_since(DaysSince(MOVES, or_receipt=True, cap=one.cap), asks)


def _excess(one: Excess, asks: Asks) -> Term:
    group, settled, allowed = asks.group(one.kinds), asks.group(one.settled_by), one.allowed
    return lambda seen: max(len(seen.times[group]) - len(seen.times[settled]) - allowed, 0)


#: How each kind of measure is compiled; a kind that stands not here is left to the kernel.
TERMS: dict[type, Callable[[Any, Asks], Term]] = {
    AgeDays: _age_days,
    Count: _count,
    CountSince: _count_since,
    DaysBetween: _days_between,
    DaysSince: _days_since,
    DaysSinceRenewed: _days_since_renewed,
    Excess: _excess,
    Gap: _gap,
    Lacks: _lacks,
    MaxPeople: _max_people,
    Occurred: _occurred,
    Renewed: _renewed,
    Stage: _stage,
    StageDays: _stage_days,
    Waiting: _waiting,
    **answer_measures.TERMS,
    **attribute_measures.TERMS,
    **clock_measures.TERMS,
}
