"""The tables of time zones and months against the standard library and numpy, instant by instant."""

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest

from data.times import DAY_US, FAR_US, add_months, add_months_to_day, month_number, wall, wall_of, wall_us

ZONES = (
    *("Asia/Shanghai", "Asia/Urumqi", "UTC", "Europe/Rome", "America/Sao_Paulo", "America/New_York"),
    *("Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu", "Africa/Casablanca"),
)


@pytest.mark.parametrize("zone", ZONES)
def test_wall_clock_equals_the_standard_library_around_every_change(zone: str) -> None:
    chance = random.Random(zone)
    here = ZoneInfo(zone)
    first, changes = datetime(1970, 1, 2, tzinfo=UTC), []
    for number in range(365 * 65):
        day = first + timedelta(days=number)
        if day.astimezone(here).utcoffset() != (day + timedelta(days=1)).astimezone(here).utcoffset():
            changes.append(day)
    instants = [chance.randrange(0, 2_000_000_000) * 1_000_000 for _ in range(500)]
    for day in changes:
        start = int(day.timestamp()) * 1_000_000
        instants += [start + minute * 60_000_000 + shift for minute in range(0, 1440, 30) for shift in (-1, 0)]
    found = wall_of(np.array(instants), zone)
    assert found.tolist() == [wall_us(instant, zone) for instant in instants]


def test_wall_clock_beyond_the_table_and_without_instants() -> None:
    instants = [-5 * DAY_US, 0, (1 << 17) * DAY_US, FAR_US]
    assert wall_of(np.array(instants), "Europe/Rome").tolist() == [
        *(wall_us(instant, "Europe/Rome") for instant in instants[:3]),
        FAR_US,
    ]
    assert wall(pl.Series([None, 0], dtype=pl.Int64), "Asia/Shanghai").tolist() == [FAR_US, 8 * 3600 * 1_000_000]
    assert not len(wall_of(np.zeros(0, dtype=np.int64), "Asia/Shanghai"))


def test_months_of_days_equal_those_of_the_calendar_inside_and_outside_the_table() -> None:
    for days in (np.arange(0, 1 << 16, 7), np.array([-40, 5, 1 << 17])):
        months = np.resize([0, 1, 3, 11, 12, 60], len(days))
        assert add_months_to_day(days, months).tolist() == (add_months(days * DAY_US, months) // DAY_US).tolist()
        expected = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
        assert month_number(days).tolist() == expected.tolist()
