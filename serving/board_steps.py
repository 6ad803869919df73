"""Which steps of ours were done as they should be, and whether the matter was raised again within 90 days after.

A step is judged right or wrong by its own record alone.  The months looked at are closed, and so old that the 90 days
are over: twelve of them.
"""

from datetime import date, timedelta

import polars as pl

#: The steps in reading order; those of the first line are clocks.
STEPS = (
    *("procedural_reply", "substantive_reply", "monthly_follow_up", "transfer_told", "promise"),
    *("returned", "asked_twice", "incomplete_answer", "unexplained_answer"),
)
AFTER_DAYS = 90


def make_steps(
    judged: pl.DataFrame, events: pl.DataFrame, raised: pl.DataFrame, closed: date, until: date
) -> pl.DataFrame:
    """Every step before the month that is not over: step, matter, day, wrong, and whether the matter was raised again.

    `judged` (code, matter, day, state) are the clocks, `events` all that stand by `until`, `raised` (matter, again) the
    days a matter was raised.  `again` is null where the 90 days are not over by `until`.
    """
    steps = pl.concat(
        [
            judged.select(step="code", matter="matter", day="day", wrong=pl.col("state") != "in_time"),
            _passed_back(events),
            _asked(events),
            *_answered(events),
        ]
    ).filter(pl.col("day") < closed)
    numbered = steps.with_row_index("place")
    after = timedelta(days=AFTER_DAYS)
    back = (
        numbered.join(raised, on="matter")
        .filter(pl.col("again") > pl.col("day"), pl.col("again") <= pl.col("day") + after)["place"]
        .unique()
    )
    over = pl.col("day") + after < until
    return numbered.select(
        "step", "matter", "day", "wrong", again=pl.when(over).then(pl.col("place").is_in(back.implode()))
    )


def closed_year(closed: date, until: date) -> tuple[date, date]:
    """The first day of the twelve months whose 90 days are over, and the day after their last."""
    last = min(closed, (until - timedelta(days=AFTER_DAYS)).replace(day=1))
    return last.replace(year=last.year - 1), last


def _as(step: str, found: pl.DataFrame, wrong: pl.Expr) -> pl.DataFrame:
    return found.select(step=pl.lit(step), matter="matter", day="day", wrong=wrong)


def _passed_back(events: pl.DataFrame) -> pl.DataFrame:
    """Passed back within the house, against accepted without ever having been passed back by then."""
    found = events.filter(pl.col("kind").is_in(["returned", "accepted"]))
    before = (pl.col("kind") == "returned").cum_sum().over("matter")
    return _as("returned", found.filter((pl.col("kind") == "returned") | (before == 0)), pl.col("kind") == "returned")


def _asked(events: pl.DataFrame) -> pl.DataFrame:
    """Material asked for again, against asked for once."""
    found = events.filter(pl.col("kind") == "material_requested")
    return _as("asked_twice", found, pl.int_range(pl.len()).over("matter") > 0)


def _answered(events: pl.DataFrame) -> list[pl.DataFrame]:
    """Answers lacking a part, of those whose parts the ledger tells; and answers not explained by that day."""
    answers = events.filter(pl.col("kind") == "substantive_reply")
    explained = (
        events.filter(pl.col("kind") == "explanation").group_by("matter").agg(pl.col("day").min().alias("explained"))
    )
    both = answers.join(explained, on="matter", how="left", maintain_order="left")
    return [
        _as("incomplete_answer", answers.filter(pl.col("parts_missing").is_not_null()), pl.col("parts_missing") > 0),
        _as("unexplained_answer", both, pl.col("explained").is_null() | (pl.col("explained") > pl.col("day"))),
    ]
