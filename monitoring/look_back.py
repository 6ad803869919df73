"""What was resolved ninety days ago: has it held since, or was it raised again."""

from datetime import timedelta

import polars as pl

from data.times import DAY_US

LOOK_BACK_DAYS = 90


def looked_back(events: pl.DataFrame, raised: pl.DataFrame, begin: int, until: int) -> pl.DataFrame:
    """Matters resolved whose 90 days ended in [begin, until): matter, day, and whether each `came` again.

    `events` (matter, kind, occurred_at, day) in order, `raised` (matter, again: a day); `begin` and `until` in the
    microseconds of `occurred_at`.  Of several times resolved in the period the last counts; the day itself does not.
    """
    span = LOOK_BACK_DAYS * DAY_US
    looked = events.filter(
        pl.col("kind") == "resolved", pl.col("occurred_at") + span < until, pl.col("occurred_at") + span >= begin
    ).unique("matter", keep="last", maintain_order=True)
    back = looked.join(raised, on="matter").filter(
        pl.col("again") > pl.col("day"), pl.col("again") <= pl.col("day") + timedelta(days=LOOK_BACK_DAYS)
    )
    return looked.select("matter", "day", came=pl.col("matter").is_in(back["matter"].unique().implode()))
