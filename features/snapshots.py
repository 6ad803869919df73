"""Which (matter, cutoff) pairs are looked at, in the order the kernel needs."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.contract import Register
from data.times import wall_of
from features.history import Filed, History, make_history
from features.kernel import View, distinct
from features.numbering import numbering_of
from features.order import Ints
from features.timing import SHIPPED, Timing


def make_view(register: Register, snapshots: pl.DataFrame, *, timing: Timing = SHIPPED) -> tuple[View, pl.DataFrame]:
    """The visible histories at `snapshots` (matter_id, cutoff), and those rows sorted as the view has them.

    Repeated snapshots count once; a snapshot of a matter that is not in the register is dropped.  `timing`
    says how the office's clocks count.
    """
    return view_of(make_history(register), snapshots, timing=timing)


def view_of(history: History, snapshots: pl.DataFrame, *, timing: Timing = SHIPPED) -> tuple[View, pl.DataFrame]:
    """As `make_view`, for a history that is made already."""
    return view_at(history, *placed(history, snapshots), timing=timing)


def view_at(
    history: History, matter: NDArray[np.int32], cutoff: Ints, *, timing: Timing = SHIPPED
) -> tuple[View, pl.DataFrame]:
    """As `view_of`, for snapshots placed already: matter numbers and cutoffs (UTC microseconds), shape (rows,)."""
    rows = pl.DataFrame({"matter_id": history.matter_ids.gather(matter), "cutoff": cutoff})
    return View(history, matter, local_cutoffs(history, cutoff), timing=timing), rows


def local_cutoffs(history: History | Filed, cutoff: Ints) -> Ints:
    """Cutoffs (UTC microseconds) as local wall-clock microseconds, as a history has its times. Shape (rows,)."""
    return wall_of(cutoff, history.time_zone)


def placed(history: History | Filed, snapshots: pl.DataFrame) -> tuple[NDArray[np.int32], Ints]:
    """Each snapshot once, as its matter's number and its cutoff (UTC microseconds), in the order of both.

    A snapshot of a matter that is not in the history is dropped.  Shapes (rows,).
    """
    matter = (history.numbering or numbering_of(history.matter_ids)).of(snapshots["matter_id"])
    cutoff = snapshots["cutoff"].cast(pl.Int64).to_numpy()
    if not (here := matter >= 0).all():
        matter, cutoff = matter[here], cutoff[here]
    later = (matter[1:] > matter[:-1]) | ((matter[1:] == matter[:-1]) & (cutoff[1:] > cutoff[:-1]))
    if later.all():
        return matter.astype(np.int32), cutoff
    grid = distinct(cutoff)
    rank = np.searchsorted(grid, cutoff)
    # One integer for both, so that sorting and dropping repetitions never touches a text.
    key = distinct(matter * max(len(grid), 1) + rank)
    return (key // max(len(grid), 1)).astype(np.int32), grid[key % max(len(grid), 1)]


def every_matter(history: History, cutoffs: list[int]) -> pl.DataFrame:
    """All (matter, cutoff) pairs of a history; columns matter_id, cutoff."""
    return pl.DataFrame({"matter_id": history.matter_ids}).join(
        pl.DataFrame({"cutoff": cutoffs}, schema={"cutoff": pl.Int64}), how="cross"
    )
