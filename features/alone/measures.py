"""What each declared measure is for one matter alone: one compiled term a measure, bit-equal to the kernel's value."""

from bisect import bisect_left
from collections.abc import Callable
from typing import Any

from data.times import DAY_US, FAR_US
from features.alone.clocks import figures_of, place_of, share_of
from features.alone.seen import Asks, Seen
from features.answer_measures import PartMissing, UnsolvedRatings
from features.calendar_measures import RestDaysAfterReceipt, RestDaysAhead
from features.clock_measures import ClockMissed, ClockOverdueDays, ClockShare, ClocksOverdue, IsEnded, NearestDue
from features.clock_rules import State
from features.feature import Measure
from features.measures import (
    MOVES,
    STAGES,
    AgeDays,
    AttributeCode,
    AttributeMax,
    AttributeNumber,
    Count,
    CountSince,
    DaysSince,
    DaysSinceRenewed,
    Excess,
    Gap,
    Lacks,
    MaxPeople,
    MissingParts,
    Occurred,
    Office,
    RatedUnsolved,
    Renewed,
    Stage,
    StageDays,
    Waiting,
    no_context,
)
from features.step_measures import DaysBetween
from features.workdays import workdays

#: A measure compiled: its value for one visible history.
Term = Callable[[Seen], float]
_DAY = float(DAY_US)
_OVERDUE = int(State.OVERDUE)


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


def _missing_parts(one: MissingParts, asks: Asks) -> Term:
    group = asks.group(one.kinds)
    return lambda seen: min([5, *(max(int(seen.history.parts[place]), 0).bit_count() for place in seen.at[group])])


def _part_missing(one: PartMissing, asks: Asks) -> Term:
    group, bit = asks.group(("substantive_reply",)), one.bit
    return lambda seen: all(max(int(seen.history.parts[place]), 0) & bit for place in seen.at[group])


def _rated_unsolved(one: RatedUnsolved, asks: Asks) -> Term:
    rated, called = asks.group(("rated",)), asks.group(("follow_up_call",))

    def unsolved(seen: Seen) -> float:
        places = seen.at[rated]
        if not places or int(seen.history.solved[places[-1]]) != 1:
            return 0
        return not one.unvisited or seen.last_time(called) < seen.last_time(rated)

    return unsolved


def _unsolved_ratings(one: UnsolvedRatings, asks: Asks) -> Term:
    rated = asks.group(("rated",))
    return lambda seen: sum(int(seen.history.solved[place]) == 1 for place in seen.at[rated])


def _stage(one: Stage, asks: Asks) -> Term:
    groups = [asks.group(kinds) for kinds in STAGES]
    return lambda seen: max(step * bool(seen.times[group]) for step, group in enumerate(groups, start=1))


def _stage_days(one: StageDays, asks: Asks) -> Term:
    return _days_since(DaysSince(MOVES, or_receipt=True, cap=one.cap), asks)


def _excess(one: Excess, asks: Asks) -> Term:
    group, settled, allowed = asks.group(one.kinds), asks.group(one.settled_by), one.allowed
    return lambda seen: max(len(seen.times[group]) - len(seen.times[settled]) - allowed, 0)


def _attribute_number(one: AttributeNumber, asks: Asks) -> Term:
    group = asks.group((f"attribute:{one.name}",))

    def number(seen: Seen) -> float:
        places = seen.at[group]
        if places:
            return float(int(seen.history.number[places[-1]])) * one.scale + 0.0
        return 0.0 * one.scale + one.empty

    return number


def _attribute_max(one: AttributeMax, asks: Asks) -> Term:
    group = asks.group((f"attribute:{one.name}",))

    def largest(seen: Seen) -> float:
        places = seen.at[group]
        return float(max(int(seen.history.number[place]) for place in places)) * one.scale if places else one.empty

    return largest


def _attribute_code(one: AttributeCode, asks: Asks) -> Term:
    group = asks.group((f"attribute:{one.name}",))
    level = {text: number for number, text in enumerate(one.levels, start=1)}

    def code(seen: Seen) -> float:
        places = seen.at[group]
        text = int(seen.history.code[places[-1]]) if places else -1
        return level.get(seen.history.texts[text], 0) if text >= 0 else 0

    return code


def _office(one: Office, asks: Asks) -> Term:
    return lambda seen: no_context() if seen.office is None else seen.office[one.column]


def _rest_days(days: int, asks: Asks) -> Callable[[int], int]:
    calendar: list[int] = workdays(asks.timing.rest, asks.timing.work).tolist()
    return lambda first: days - (bisect_left(calendar, first + days) - bisect_left(calendar, first))


def _rest_days_ahead(one: RestDaysAhead, asks: Asks) -> Term:
    rest = _rest_days(one.days, asks)
    return lambda seen: rest(seen.cutoff // DAY_US)


def _rest_days_after_receipt(one: RestDaysAfterReceipt, asks: Asks) -> Term:
    rest = _rest_days(one.days, asks)
    return lambda seen: rest(seen.receipt // DAY_US + 1) if seen.receipt >= 0 else 0


def _clock_missed(one: ClockMissed, asks: Asks) -> Term:
    figures, line = figures_of(asks), place_of(asks, one.clock)
    return lambda seen: figures(seen).missed[line]


def _clock_overdue_days(one: ClockOverdueDays, asks: Asks) -> Term:
    figures, line, cap = figures_of(asks), place_of(asks, one.clock), one.cap
    return lambda seen: min(figures(seen).overdue_days[line], cap)


def _clocks_overdue(one: ClocksOverdue, asks: Asks) -> Term:
    figures = figures_of(asks)
    return lambda seen: sum(state == _OVERDUE for _, _, _, state, _ in figures(seen).instances)


def _clock_share(one: ClockShare, asks: Asks) -> Term:
    share, cap = share_of(asks, one.clock, one.steps), one.cap
    return lambda seen: min(share(seen), cap)


def _nearest_due(one: NearestDue, asks: Asks) -> Term:
    figures, line, empty = figures_of(asks), place_of(asks, one.clock), one.empty
    return lambda seen: max(min(figures(seen).nearest[line], empty), -empty)


def _is_ended(one: IsEnded, asks: Asks) -> Term:
    return lambda seen: seen.ended < FAR_US


#: How each kind of measure is compiled; a kind that stands not here is left to the kernel.
TERMS: dict[type, Callable[[Any, Asks], Term]] = {
    AgeDays: _age_days,
    AttributeCode: _attribute_code,
    AttributeMax: _attribute_max,
    AttributeNumber: _attribute_number,
    ClockMissed: _clock_missed,
    ClockOverdueDays: _clock_overdue_days,
    ClockShare: _clock_share,
    ClocksOverdue: _clocks_overdue,
    Count: _count,
    CountSince: _count_since,
    DaysBetween: _days_between,
    DaysSince: _days_since,
    DaysSinceRenewed: _days_since_renewed,
    Excess: _excess,
    Gap: _gap,
    IsEnded: _is_ended,
    Lacks: _lacks,
    MaxPeople: _max_people,
    MissingParts: _missing_parts,
    NearestDue: _nearest_due,
    Occurred: _occurred,
    Office: _office,
    PartMissing: _part_missing,
    RatedUnsolved: _rated_unsolved,
    Renewed: _renewed,
    RestDaysAfterReceipt: _rest_days_after_receipt,
    RestDaysAhead: _rest_days_ahead,
    Stage: _stage,
    StageDays: _stage_days,
    UnsolvedRatings: _unsolved_ratings,
    Waiting: _waiting,
}
