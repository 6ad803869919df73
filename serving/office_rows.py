"""Where the stored office context comes from: one row per office, category and past month, made once and kept."""

from collections.abc import Callable

import polars as pl

from data.mapping import Task
from data.settings import Settings
from data.store.engine import Store
from data.store.register import read_context, write_context
from features.context import context_counts, context_rows
from features.timing import timing_of
from serving.histories import Histories
from training.labels import month_ends


def ensure_context(
    store: Store,
    settings: Settings,
    *,
    batch_id: int,
    histories: Histories,
    keep: bool = True,
    tell: Callable[[int], None] = lambda part: None,
) -> pl.DataFrame:
    """The stored office context at `batch_id`, after adding the rows of past month-ends that are not stored yet.

    `histories` are those of the whole register of the batch; `tell` is told the number of the part looked at, from 1.
    Without `keep` the rows are added to what is returned only.
    """
    stored = read_context(store, batch_id=batch_id)
    head, first = histories.head, histories.parts.first()
    if first is None:
        return stored
    have = set(stored["month_end"].to_list())
    missing = [end for end in month_ends(first, head.observed_until, head.time_zone) if end not in have]
    if not missing:
        return stored
    timing, counts = timing_of(settings.clock), list[pl.DataFrame]()
    for number, (part, history) in enumerate(histories, 1):
        tell(number)
        # The look-back of a month's row begins 90 days earlier; the first months simply have little to look back on.
        counts.append(context_counts(part, missing, Task(), settings.cohort, timing=timing, history=history))
    made = context_rows(counts)
    if not keep:
        return pl.concat([stored, made.select(stored.columns)])
    write_context(store, made, batch_id=batch_id)
    return read_context(store, batch_id=batch_id)
