"""Which days are working days, by the Chinese calendar of holidays and made-up workdays; a site sets single days.

Years the calendar does not know yet count Monday to Friday.
"""

from collections.abc import Iterable
from datetime import date
from functools import cache

import numpy as np
from chinese_calendar.constants import holidays
from chinese_calendar.constants import workdays as made_up
from numpy.typing import NDArray

_EPOCH = date(1970, 1, 1).toordinal()
_THURSDAY = 3  #: the weekday of 1970-01-01, Monday being 0
_FIRST = date(2000, 1, 1).toordinal() - _EPOCH
_DAYS = 60 * 366


@cache
def workdays(rest: tuple[int, ...] = (), work: tuple[int, ...] = ()) -> NDArray[np.int64]:
    """All working days as days since 1970, ascending; `rest` and `work` are days set otherwise."""
    number = np.arange(_FIRST, _FIRST + _DAYS)
    works = (number + _THURSDAY) % 7 < 5
    # What the library looks up day by day, finding out anew each time which years it knows.
    for days, value in ((_numbers(holidays), False), (_numbers(made_up), True), (work, True), (rest, False)):
        works[np.isin(number, np.array(list(days), dtype=np.int64))] = value
    return number[works]


def _numbers(days: Iterable[date]) -> list[int]:
    return [day.toordinal() - _EPOCH for day in days]


def rest_days_between(
    first: NDArray[np.int64], end: NDArray[np.int64], *, rest: tuple[int, ...] = (), work: tuple[int, ...] = ()
) -> NDArray[np.int64]:
    """How many of the days [first, end) are no working days. Shape (n,)."""
    calendar = workdays(rest, work)
    return (end - first) - (np.searchsorted(calendar, end) - np.searchsorted(calendar, first))
