from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.ingest.dates import read_dates, to_utc
from data.times import to_us

_SHANGHAI = "Asia/Shanghai"
_YEARS = (datetime(1990, 1, 1), datetime(2090, 1, 1))  # noqa: DTZ001 — wall-clock times


def read(text: str, zone: str = _SHANGHAI) -> datetime | None:
    wall = read_dates(pl.Series([text]), zone)
    utc = wall.to_frame("wall").select(to_utc(pl.col("wall"), zone)).item()
    return None if utc is None else datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=utc)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-05", "2026/3/5", "2026.3.5", "2026年3月5日", "20260305", " 2026-03-05 ", "２０２６年３月５日",
        "2026-03-05 00:00:00", "2026-03-05T00:00:00+08:00", "2026-03-04T16:00:00Z", "2026年03月05日",
    ],
)  # fmt: skip
def test_ways_to_write_a_day(text: str) -> None:
    assert read(text) == datetime(2026, 3, 5, tzinfo=ZoneInfo(_SHANGHAI))


@pytest.mark.parametrize("text", ["2026-03-05 10:30", "2026年3月5日10时30分", "2026/3/5 10:30:00", "20260305103000"])
def test_ways_to_write_a_time(text: str) -> None:
    assert read(text) == datetime(2026, 3, 5, 10, 30, tzinfo=ZoneInfo(_SHANGHAI))


@pytest.mark.parametrize(
    "text", ["", "待定", "2026-13-01", "2026-02-30", "46086", "3/5/2026", "0206-03-05", "2026-03", "2026-03-05 25:00"]
)
def test_what_is_no_date_is_not_guessed(text: str) -> None:
    assert read(text) is None


@given(
    st.datetimes(*_YEARS),
    st.sampled_from(["Europe/Rome", _SHANGHAI]),
)
def test_local_times_are_read_in_the_mappings_zone(moment: datetime, zone: str) -> None:
    whole = moment.replace(microsecond=0)
    local = whole.replace(tzinfo=ZoneInfo(zone))
    there = local.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    if there == whole:  # an hour skipped by summer time is read an hour later
        assert read(whole.isoformat(sep=" "), zone) == local


def test_a_skipped_hour_is_read_an_hour_later() -> None:
    assert read("2026-03-29 02:30", "Europe/Rome") == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_nulls_stay_and_order_is_kept() -> None:
    cells = pl.Series(["2026-03-05", None, "x", "2026-03-04"])
    wall = read_dates(cells, _SHANGHAI).to_list()
    assert wall == [to_us(datetime(2026, 3, 5, tzinfo=UTC)), None, None, to_us(datetime(2026, 3, 4, tzinfo=UTC))]
    assert date(2026, 3, 5) - date(2026, 3, 4) == timedelta(microseconds=(wall[0] or 0) - (wall[3] or 0))
