"""Working days are those of the calendar library, day by day, but for the days a site sets."""

from datetime import date, timedelta

import chinese_calendar
import numpy as np

from features.workdays import workdays

EPOCH = date(1970, 1, 1)


def test_working_days_are_those_of_the_calendar_library_and_beyond_it_monday_to_friday() -> None:
    found = set(workdays().tolist())
    known = [day.year for day in chinese_calendar.constants.holidays]
    for step in range((date(2040, 1, 1) - date(2001, 1, 1)).days):
        day = date(2001, 1, 1) + timedelta(days=step)
        if not min(known) <= day.year <= max(known):
            assert ((day - EPOCH).days in found) == (day.weekday() < 5), day
        elif day.month in (1, 2, 5, 9, 10):  # each look-up is slow; these months hold most of what is not plain
            assert ((day - EPOCH).days in found) == chinese_calendar.is_workday(day), day


def test_a_day_set_as_rest_is_none_and_one_set_as_work_is_one_and_rest_goes_first() -> None:
    plain = workdays()
    rest, sunday = int(plain[300]), int(plain[300]) + 1
    while sunday in plain:
        sunday += 1
    changed = workdays((rest,), (sunday, rest))
    assert set(changed.tolist()) == set(plain.tolist()) - {rest} | {sunday}
    assert np.all(np.diff(changed) > 0)
