"""How instants, local days and months are told apart.

Stored times are UTC instants, int64 microseconds since 1970 (`*_at`).  Everything that counts days, windows
or months works on *local wall-clock* microseconds, so that 90 days before a midnight is a midnight even
where summer time intervenes (ADR 0003).
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from numpy.typing import NDArray

DAY_US = 86_400_000_000
#: Stands for "never": later than every instant, far from overflow when a window is added.
FAR_US = 4 * 10**18

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


def wall_us(micros: int, zone: str) -> int:
    """Local wall-clock microseconds of an instant."""
    return to_us(from_us(micros).astimezone(ZoneInfo(zone)).replace(tzinfo=UTC))


def wall(column: pl.Series, zone: str) -> Micros:
    """Local wall-clock microseconds of a column of UTC microseconds; null becomes `FAR_US`. Shape (n,)."""
    local = pl.Series(
        column.cast(pl.Int64).cast(pl.Datetime("us", "UTC")).dt.convert_time_zone(zone).dt.replace_time_zone(None)
    )
    return local.cast(pl.Int64).fill_null(FAR_US).to_numpy()


def day_number(instants: Micros) -> Micros:
    """Days since 1970 of wall-clock microseconds. Shape (n,)."""
    return instants // DAY_US


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
