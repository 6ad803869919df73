"""What an office carried at a month's end, by category: the stored rows that office features read."""

from collections.abc import Iterable, Sequence

import numpy as np
import polars as pl

from data.contract import OfficeContext, Register
from data.mapping import Task
from data.settings import CohortSettings
from data.times import DAY_US
from features.clock_measures import ClockOverdueDays
from features.cohort import cohort
from features.history import History, make_history
from features.kernel import View
from features.measures import Count
from features.snapshots import view_of
from features.timing import SHIPPED, Timing

#: A cell with fewer matters is drawn towards the whole register by as many matters of prior weight.
SHRINK_BELOW = 20
LOOK_BACK_DAYS = 90
_CELL = ["office_id", "category", "month_end"]
_COUNTED = {
    "office_id": pl.String,
    "category": pl.String,
    "month_end": pl.Int64,
    **dict.fromkeys(("open_matters", "overdue", "size", "back", "past_size"), pl.Int64),
}


def office_context(
    register: Register,
    month_ends: Sequence[int],
    task: Task,
    settings: CohortSettings,
    *,
    timing: Timing = SHIPPED,
    history: History | None = None,
) -> pl.DataFrame:
    """One row per (office, category, month end) from what was visible then; columns of `OfficeContext`.

    `return_permille` is the share of the matters screened 90 days before that were raised again since, as known
    at the month's end (`history`: that of the register where the caller has made it); cells under 20 matters are
    shrunk to the register's share.
    """
    return context_rows([context_counts(register, month_ends, task, settings, timing=timing, history=history)])


def context_counts(
    register: Register,
    month_ends: Sequence[int],
    task: Task,
    settings: CohortSettings,
    *,
    timing: Timing = SHIPPED,
    history: History | None = None,
) -> pl.DataFrame:
    """What `office_context` is made of, as whole numbers that add up over the parts of a register (`_COUNTED`)."""
    ends = sorted(set(month_ends))
    if not ends:
        return pl.DataFrame(schema=_COUNTED)
    history = make_history(register) if history is None else history
    now = cohort(register, ends, task, settings, history=history)
    back = LOOK_BACK_DAYS * DAY_US
    before = cohort(register, [end - back for end in ends], task, settings, history=history).with_columns(
        pl.col("cutoff") + back
    )

    view, rows = view_of(history, now, timing=timing)
    overdue = rows.with_columns(_category(view), overdue=pl.Series(np.asarray(ClockOverdueDays().evaluate(view)) > 0))
    load = (
        now.join(overdue, on=["matter_id", "cutoff"])
        .group_by("office_id", "category", "cutoff")
        .agg(
            pl.col("is_open").sum().cast(pl.Int64).alias("open_matters"),
            pl.col("overdue").sum().alias("overdue"),
            pl.len().alias("size"),
        )
        .rename({"cutoff": "month_end"})
    )
    view, rows = view_of(history, before)
    came_back = rows.with_columns(
        _category(view), back=pl.Series(np.asarray(Count(("raised_again",), LOOK_BACK_DAYS).evaluate(view)) > 0)
    )
    past = (
        before.join(came_back, on=["matter_id", "cutoff"])
        .group_by("office_id", "category", "cutoff")
        .agg(pl.col("back").sum().alias("back"), pl.len().alias("past_size"))
        .rename({"cutoff": "month_end"})
    )
    cells = load.join(past, on=_CELL, how="full", coalesce=True)
    return cells.select(
        pl.col(name).cast(kind).fill_null(0) if name not in _CELL else name for name, kind in _COUNTED.items()
    )


def context_rows(counts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """The rows of `OfficeContext` that the counts of all parts of a register make together."""
    found = [part for part in counts if part.height]
    if not found:
        return OfficeContext.create_empty()
    cells = pl.concat(found).group_by(_CELL).agg(pl.col(name).sum() for name in _COUNTED if name not in _CELL)
    return OfficeContext.validate(
        cells.select(
            "office_id",
            "category",
            "month_end",
            "open_matters",
            _shrunk("overdue", "size").alias("overdue_permille"),
            _shrunk("back", "past_size").alias("return_permille"),
        ).sort("month_end", "office_id", "category")
    )


def _category(view: View) -> pl.Series:
    """The category visible at each row, `other` where none is: the same cell that a snapshot reads."""
    texts = np.array([*view.history.texts, "other"], dtype=object)
    return pl.Series("category", texts[view.at(view.history.code, view.last(["attribute:category"]), -1)], pl.String)


def _shrunk(part: str, whole: str) -> pl.Expr:
    """Permille, integer; small cells are drawn towards the register's share at the same month end."""
    share = pl.col(part).sum().over("month_end") / pl.col(whole).sum().over("month_end").clip(1)
    small = pl.col(whole) < SHRINK_BELOW
    value = (
        pl.when(small)
        .then((pl.col(part) + SHRINK_BELOW * share) / (pl.col(whole) + SHRINK_BELOW))
        .otherwise(pl.col(part) / pl.col(whole).clip(1))
    )
    return (value * 1000).round(0).cast(pl.Int64)
