"""Which (matter, cutoff) pairs are looked at, in the order the kernel needs."""

import numpy as np
import polars as pl

from data.contract import Register
from data.times import wall
from features.history import History, make_history
from features.kernel import View


def make_view(register: Register, snapshots: pl.DataFrame, *, working_days: bool = False) -> tuple[View, pl.DataFrame]:
    """The visible histories at `snapshots` (matter_id, cutoff), and those rows sorted as the view has them.

    Repeated snapshots count once; a snapshot of a matter that is not in the register is dropped.  `working_days` is
    the setting `clock.calendar`.
    """
    return view_of(make_history(register), snapshots, working_days=working_days)


def view_of(history: History, snapshots: pl.DataFrame, *, working_days: bool = False) -> tuple[View, pl.DataFrame]:
    """As `make_view`, for a history that is made already."""
    index = pl.DataFrame(
        {"matter_id": history.matter_ids, "matter": np.arange(len(history.matter_ids), dtype=np.int32)}
    )
    rows = (
        snapshots.select("matter_id", pl.col("cutoff").cast(pl.Int64))
        .unique()
        .join(index, on="matter_id", how="inner")
        .sort("matter", "cutoff")
    )
    cutoff = wall(rows["cutoff"], history.time_zone)
    return View(history, rows["matter"].to_numpy(), cutoff, working_days=working_days), rows.select(
        "matter_id", "cutoff"
    )


def every_matter(history: History, cutoffs: list[int]) -> pl.DataFrame:
    """All (matter, cutoff) pairs of a history; columns matter_id, cutoff."""
    return pl.DataFrame({"matter_id": history.matter_ids}).join(
        pl.DataFrame({"cutoff": cutoffs}, schema={"cutoff": pl.Int64}), how="cross"
    )
