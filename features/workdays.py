"""Which days are working days, by the Chinese calendar of holidays and made-up workdays; a site sets single days.

Years the calendar does not know yet count Monday to Friday.
"""

from datetime import date, timedelta
from functools import cache

import chinese_calendar
import numpy as np
from numpy.typing import NDArray

_FIRST = date(2000, 1, 1)
_DAYS = 60 * 366


@cache
def workdays(rest: tuple[int, ...] = (), work: tuple[int, ...] = ()) -> NDArray[np.int64]:
    """All working days as days since 1970, ascending; `rest` and `work` are days set otherwise."""
    found: list[int] = []
    for step in range(_DAYS):
        day = _FIRST + timedelta(days=step)
        try:
            works = chinese_calendar.is_workday(day)
        except NotImplementedError:
            works = day.weekday() < 5
        number = (day - date(1970, 1, 1)).days
        if (works or number in work) and number not in rest:
            found.append(number)
    return np.array(found, dtype=np.int64)


def rest_days_between(
    first: NDArray[np.int64], end: NDArray[np.int64], *, rest: tuple[int, ...] = (), work: tuple[int, ...] = ()
) -> NDArray[np.int64]:
    """How many of the days [first, end) are no working days. Shape (n,)."""
    calendar = workdays(rest, work)
    return (end - first) - (np.searchsorted(calendar, end) - np.searchsorted(calendar, first))
