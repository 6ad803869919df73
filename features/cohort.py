"""Which matters are looked at, at a cutoff: open ones, and those that ended in the last 90 days."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from data.contract import Register
from data.errors import InputRefused
from data.mapping import Measure, Task
from data.settings import CohortSettings
from data.times import DAY_US, FAR_US, cutoff_day, local_date
from features import clocks
from features.history import History, make_history
from features.kernel import View
from features.order import Ints
from features.snapshots import every_matter, view_of

#: Matters worked on at a time; bounds memory, changes nothing.
_BLOCK = 50_000


def cohort(
    register: Register,
    cutoffs: Sequence[int],
    task: Task,
    settings: CohortSettings,
    *,
    offices: Sequence[str] | None = None,
    history: History | None = None,
) -> pl.DataFrame:
    """The snapshots to screen or to learn from, at `cutoffs` (UTC microseconds).

    Columns matter_id, office_id, cutoff, is_open, ended_days (null while open), age_days, stale; sorted by
    (cutoff, office_id, matter_id).  `history` is that of the whole register where the caller has made it already.
    Raises InputRefused for a cutoff beyond what the batches cover.
    """
    for cutoff in cutoffs:
        refuse_future(register, cutoff)
    history = make_history(register) if history is None else history
    wanted = list(dict.fromkeys(cutoffs))
    parts: list[pl.DataFrame] = []
    for first in range(0, len(history.matter_ids), _BLOCK):
        block = history.block(first, min(first + _BLOCK, len(history.matter_ids)))
        parts.append(_members(block, wanted, task, settings))
    found = pl.concat(parts) if parts else _members(history, wanted, task, settings)
    found = found.join(register.matters.select("matter_id", "office_id"), on="matter_id", how="left")
    if offices is not None:
        found = found.filter(pl.col("office_id").is_in(list(offices)))
    return found.select("matter_id", "office_id", "cutoff", "is_open", "ended_days", "age_days", "stale").sort(
        "cutoff", "office_id", "matter_id"
    )


def refuse_future(register: Register, cutoff: int) -> None:
    """Raise InputRefused where a cutoff lies beyond the latest date the register's batches cover, or what was written
    since (Register.told)."""
    if cutoff > max([register.observed_until, *register.told.values()]):
        asked = cutoff_day(cutoff, register.time_zone)
        last = local_date(register.observed_until - 1, register.time_zone)
        raise InputRefused(
            "cutoff_in_future",
            f"截止日 {asked} 晚于台账数据覆盖到的日期 {last}；请先导入更新的台账，或改用不晚于该日的截止日",
            f"the cutoff {asked} is later than the ledger's data reach ({last}); ingest a newer ledger or use that day",
        )


def _members(history: History, cutoffs: list[int], task: Task, settings: CohortSettings) -> pl.DataFrame:
    view, rows = view_of(history, every_matter(history, cutoffs))
    receipt = view.first_time(["registered", "transferred_in"])
    age = np.where(receipt >= 0, (view.cutoff - receipt) / DAY_US, -1.0)
    latest = _last_step(view)
    idle = np.where(latest >= 0, (view.cutoff - latest) / DAY_US, np.inf)
    ended = clocks.ended_at(view)
    is_open = ended >= FAR_US
    ended_days = np.where(is_open, np.nan, (view.cutoff - ended) / DAY_US)
    stale = idle > settings.stale_days
    if task.cohort is None:
        gone = (
            view.at(view.history.kind, view.last(["closers", "reopened"]), -1)
            == view.history.kinds.ids["transferred_out"]
        )
        inside = (receipt >= 0) & (is_open | ((ended_days <= settings.after_end_days) & ~gone))
    else:
        inside = _by_condition(view, task)
    if settings.max_age_days is not None:
        inside &= age <= settings.max_age_days
    if settings.exclude_stale:
        inside &= ~stale
    return rows.with_columns(
        is_open=pl.Series(is_open),
        ended_days=pl.Series(ended_days).fill_nan(None),
        age_days=pl.Series(age),
        stale=pl.Series(stale),
    ).filter(pl.Series(inside))


def _last_step(view: View) -> Ints:
    every = [name for name in view.history.kinds.ids if not name.startswith("attribute:")]
    return view.last_time(every)


def _by_condition(view: View, task: Task) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """A mapping's own cohort: its SQL condition over its measures; unknown counts as outside."""
    table = pl.DataFrame({measure.name: _measured(view, measure) for measure in task.measures})
    if not len(table.columns):
        table = pl.DataFrame({"_row": np.arange(view.rows)})
    condition = pl.sql_expr(task.cohort or "TRUE")
    return table.select(condition.fill_null(value=False).alias("inside"))["inside"].to_numpy()


def _measured(view: View, measure: Measure) -> pl.Series:
    if measure.operation == "count":
        return pl.Series(view.count(measure.kinds).astype(np.int64))
    if measure.operation == "days_since":
        last = view.last_time(measure.kinds)
        days = pl.Series(np.where(last >= 0, (view.cutoff - last) // DAY_US, 0))
        return days.set(pl.Series(last < 0), measure.empty)
    row, version = view.pairs_of([f"attribute:{measure.attribute}"])
    largest = np.full(view.rows, np.iinfo(np.int64).min)
    np.maximum.at(largest, row, view.history.number[version])
    return pl.Series(largest).set(pl.Series(largest == np.iinfo(np.int64).min), measure.empty)
