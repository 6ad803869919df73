"""What each declared measure over clocks is for one matter alone."""

from collections.abc import Callable
from typing import Any

from data.times import FAR_US
from features.alone.clocks import figures_of, place_of, share_of
from features.alone.seen import Asks, Term
from features.clock_measures import ClockMissed, ClockOverdueDays, ClockShare, ClocksOverdue, IsEnded, NearestDue
from features.clock_rules import State

_OVERDUE = int(State.OVERDUE)


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


#: How each of these measures is compiled.
TERMS: dict[type, Callable[[Any, Asks], Term]] = {
    ClockMissed: _clock_missed,
    ClockOverdueDays: _clock_overdue_days,
    ClockShare: _clock_share,
    ClocksOverdue: _clocks_overdue,
    IsEnded: _is_ended,
    NearestDue: _nearest_due,
}
