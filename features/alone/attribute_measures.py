"""What each declared measure over attributes, the office and the calendar is for one matter alone."""

from bisect import bisect_left
from collections.abc import Callable
from typing import Any

from data.times import DAY_US
from features.alone.seen import Asks, Seen, Term
from features.attribute_measures import AttributeCode, AttributeMax, AttributeNumber, Office, no_context
from features.calendar_measures import RestDaysAfterReceipt, RestDaysAhead
from features.workdays import workdays


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


#: How each of these measures is compiled.
TERMS: dict[type, Callable[[Any, Asks], Term]] = {
    AttributeCode: _attribute_code,
    AttributeMax: _attribute_max,
    AttributeNumber: _attribute_number,
    Office: _office,
    RestDaysAfterReceipt: _rest_days_after_receipt,
    RestDaysAhead: _rest_days_ahead,
}
