"""Which instant a date in a cell means."""

import polars as pl

from data.distinct import each_once
from data.times import DAY_US

_DATE = (
    r"^(?P<y>\d{4})[-./年](?P<m>\d{1,2})[-./月](?P<d>\d{1,2})日?"
    r"(?:[ T]*(?P<h>\d{1,2})[:时点](?P<n>\d{1,2})(?:[:分](?P<s>\d{1,2}))?(?:[.,]\d+)?[分秒]?"
    r"(?P<z>Z|[+-]\d{2}:?\d{2})?)?$"
)
_COMPACT = r"^(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})(?:(?P<h>\d{2})(?P<n>\d{2})(?P<s>\d{2}))?$"
#: Years outside are typing errors, not dates.
_YEARS = (1949, 2100)


def read_dates(cells: pl.Series, zone: str) -> pl.Series:
    """Local wall-clock microseconds of text cells, null where the cell is empty or no date. Shape (n,), Int64.

    Each distinct text is looked at once.

    Reads 2026-03-05, 2026/3/5, 2026.3.5, 2026年3月5日, 20260305, full-width digits, with or without a time; a
    time with an offset (ISO 8601) is brought to `zone`.  A bare spreadsheet serial number is not guessed at.
    """
    return each_once(cells, lambda texts: _walls(texts, zone))


def instants_of(walls: pl.Series, zone: str) -> pl.Series:
    """`to_utc` of a column, each distinct time looked at once: a ledger has thousands of days, whatever its rows."""
    each = walls.unique().drop_nulls().alias("wall").to_frame()
    found = each.with_columns(to_utc(pl.col("wall"), zone).alias("at"))
    return walls.alias("wall").to_frame().join(found, on="wall", how="left", maintain_order="left")["at"]


def _walls(texts: pl.Series, zone: str) -> pl.Series:
    tidy = texts.str.normalize("NFKC").str.strip_chars()
    long = tidy.str.extract_groups(_DATE).struct.unnest()
    short = tidy.str.extract_groups(_COMPACT).struct.unnest()
    parts = pl.concat([long, short.rename(lambda name: f"c{name}")], how="horizontal")
    picked = parts.select(
        *(pl.coalesce(name, f"c{name}").str.zfill(4 if name == "y" else 2).alias(name) for name in "ymd"),
        *(pl.coalesce(name, f"c{name}").fill_null("0").str.zfill(2).alias(name) for name in "hns"),
        pl.col("z").str.replace("Z", "+0000").str.replace(":", "").alias("z"),
    )
    moment = pl.concat_str([pl.col(name) for name in "ymdhns"]).str.to_datetime(
        "%Y%m%d%H%M%S", strict=False, time_unit="us"
    )
    read = picked.select(moment.alias("at"), "z").select(
        pl.when(pl.col("at").dt.year().is_between(*_YEARS)).then("at").alias("at"), "z"
    )
    minutes = (pl.col("z").str.slice(1, 2).cast(pl.Int64) * 60 + pl.col("z").str.slice(3, 2).cast(pl.Int64)) * pl.when(
        pl.col("z").str.starts_with("-")
    ).then(-1).otherwise(1)
    offset = (pl.col("at").cast(pl.Int64) - minutes * 60_000_000).cast(pl.Datetime("us", "UTC"))
    local = offset.dt.convert_time_zone(zone).dt.replace_time_zone(None)
    return read.select(
        pl.when(pl.col("z").is_null()).then("at").otherwise(local).cast(pl.Int64).alias("wall")
    ).to_series()


def to_utc(wall: pl.Expr, zone: str) -> pl.Expr:
    """UTC microseconds of local wall-clock microseconds; an hour that summer time skips is read an hour later."""
    naive = wall.cast(pl.Datetime("us"))
    exact = naive.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    later = naive.dt.offset_by("1h").dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    return pl.coalesce(exact, later).dt.convert_time_zone("UTC").cast(pl.Int64)


def day_of(wall: pl.Expr) -> pl.Expr:
    """The local day of wall-clock microseconds, as days since 1970."""
    return wall // DAY_US
