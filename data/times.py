"""How instants, local days and months are told apart.

Stored times are UTC instants, int64 microseconds since 1970 (`*_at`).  Everything that counts days, windows
or months works on *local wall-clock* microseconds, so that 90 days before a midnight is a midnight even
where summer time intervenes (ADR 0003).
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from numpy.typing import NDArray

DAY_US = 86_400_000_000
#: Stands for "never": later than every instant, far from overflow when a window is added.
FAR_US = 4 * 10**18

#: Days from 1970 on, until 2149, whose month and time zone are looked up in tables.
_TABLE_DAYS = 1 << 16

Micros = NDArray[np.int64]


def to_us(instant: datetime) -> int:
    """Microseconds since 1970 of an aware instant."""
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def from_us(micros: int) -> datetime:
    """The aware UTC instant of stored microseconds."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)


def local_midnight(day: date, zone: str) -> int:
    """The instant, in UTC microseconds, at which a local day begins."""
    return to_us(datetime.combine(day, time(), tzinfo=ZoneInfo(zone)))


def cutoff_instant(day: date, zone: str) -> int:
    """The cutoff that sees all of `day`: 00:00 local time at the start of the next day, as UTC microseconds."""
    return local_midnight(day + timedelta(days=1), zone)


def cutoff_day(cutoff: int, zone: str) -> date:
    """The last local day a cutoff sees (inverse of `cutoff_instant`)."""
    return local_date(cutoff, zone) - timedelta(days=1)


def local_date(micros: int, zone: str) -> date:
    """The local calendar day of an instant."""
    return from_us(micros).astimezone(ZoneInfo(zone)).date()


def month_before(now: int, zone: str) -> date:
    """The last local day of the month before that of an instant."""
    return local_date(now, zone).replace(day=1) - timedelta(days=1)


def wall_us(micros: int, zone: str) -> int:
    """Local wall-clock microseconds of an instant."""
    return to_us(from_us(micros).astimezone(ZoneInfo(zone)).replace(tzinfo=UTC))


def wall(column: pl.Series, zone: str) -> Micros:
    """Local wall-clock microseconds of a column of UTC microseconds; null becomes `FAR_US`. Shape (n,)."""
    return wall_of(column.cast(pl.Int64).fill_null(FAR_US).to_numpy(), zone)


def wall_of(instants: Micros, zone: str) -> Micros:
    """As `wall`, for an array, `FAR_US` for none."""
    finite = instants[instants < FAR_US]
    if not len(finite):
        return instants
    starts, offsets = _offsets(zone)
    low, high = int(finite.min()), int(finite.max())
    if not 0 <= low <= high < _TABLE_DAYS * DAY_US:
        local = _converted(instants, zone)
    elif (first := int(starts.searchsorted(low, side="right"))) == starts.searchsorted(high, side="right"):
        local = instants + offsets[first - 1]
    else:
        local = instants + offsets[starts.searchsorted(instants, side="right") - 1]
    return local if len(finite) == len(instants) else np.where(instants < FAR_US, local, FAR_US)


def _converted(instants: Micros, zone: str) -> Micros:
    """Local wall-clock microseconds by the calendar of time zones, one by one; `FAR_US` gives anything."""
    safe = pl.Series(np.where(instants < FAR_US, instants, 0)).cast(pl.Datetime("us", "UTC"))
    return safe.dt.convert_time_zone(zone).dt.replace_time_zone(None).cast(pl.Int64).to_numpy()


@cache
def _offsets(zone: str) -> tuple[Micros, Micros]:
    """From which instants on a zone's clocks stand how far from UTC, 1970–2149; the first holds from 1970."""
    days = np.arange(_TABLE_DAYS) * DAY_US
    offset = _converted(days, zone) - days
    changed = np.flatnonzero(np.diff(offset))
    # No zone changes twice between two midnights; halve until the second of each change is found.
    low, high = days[changed] // 1_000_000, days[changed + 1] // 1_000_000
    for _ in range(17):
        middle = (low + high) // 2
        moved = _converted(middle * 1_000_000, zone) - middle * 1_000_000 != offset[changed]
        low, high = np.where(moved, low, middle), np.where(moved, middle, high)
    return np.append(0, high * 1_000_000), np.append(offset[:1], offset[changed + 1])


def day_number(instants: Micros) -> Micros:
    """Days since 1970 of wall-clock microseconds. Shape (n,)."""
    return instants // DAY_US


@cache
def _months() -> tuple[Micros, Micros, Micros]:
    """The month (since 1970) of each day of the table; first day and length of each month, a thousand years of them."""
    of_day = np.arange(_TABLE_DAYS).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    first = np.arange(12_001).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return of_day, first[:-1], np.diff(first)


def month_number(days: Micros) -> Micros:
    """Months since 1970 of days since 1970. The shape of `days`."""
    if days.size and not int(days.view(np.uint64).max()) < _TABLE_DAYS:
        return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return _months()[0][days]


def add_months_to_day(days: Micros, months: int | Micros) -> Micros:
    """The same day of the month `months` later, or its last day; days since 1970 in and out."""
    _, first, length = _months()
    month = month_number(days)
    target = month + months
    if target.size and not 0 <= int(min(month.min(), target.min())) <= int(max(month.max(), target.max())) < len(first):
        return add_months(days * DAY_US, months) // DAY_US
    return first[target] + np.minimum(days - first[month], length[target] - 1)


def add_months(wall_micros: Micros, months: int | NDArray[np.int64]) -> Micros:
    """The same wall-clock time `months` later: same day of the month, or its last day. Shape (n,)."""
    days = wall_micros // DAY_US
    rest = wall_micros - days * DAY_US
    as_days = days.astype("datetime64[D]")
    first = as_days.astype("datetime64[M]")
    offset = (as_days - first.astype("datetime64[D]")).astype(np.int64)
    target = first + np.asarray(months).astype("timedelta64[M]")
    length = ((target + np.timedelta64(1, "M")).astype("datetime64[D]") - target.astype("datetime64[D]")).astype(
        np.int64
    )
    moved = target.astype("datetime64[D]").astype(np.int64) + np.minimum(offset, length - 1)
    return moved * DAY_US + rest
