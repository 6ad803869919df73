"""Which day is the n-th working day after another, by the Chinese calendar of holidays and made-up workdays.

Years the calendar does not know yet count Monday to Friday; a site overrides single days in its settings.
"""

from datetime import date, timedelta
from functools import cache

import chinese_calendar
import numpy as np
from numpy.typing import NDArray

_FIRST = date(2000, 1, 1)
_DAYS = 60 * 366


@cache
def _workdays() -> NDArray[np.int64]:
    """All working days as days since 1970, ascending."""
    found: list[int] = []
    for step in range(_DAYS):
        day = _FIRST + timedelta(days=step)
        try:
            works = chinese_calendar.is_workday(day)
        except NotImplementedError:
            works = day.weekday() < 5
        if works:
            found.append((day - date(1970, 1, 1)).days)
    return np.array(found, dtype=np.int64)


def add_workdays(days: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """The `count`-th working day after each of `days` (days since 1970). Shape (n,)."""
    calendar = _workdays()
    position = np.searchsorted(calendar, days, side="right") + count - 1
    return calendar[np.minimum(position, len(calendar) - 1)]
