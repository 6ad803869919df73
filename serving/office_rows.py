"""Where the stored office context comes from: one row per office, category and past month, made once and kept."""

import polars as pl

from data.contract import Register
from data.mapping import Task
from data.settings import Settings
from data.store.engine import Store
from data.store.register import read_context, read_register, write_context
from features.context import office_context
from features.history import History
from features.timing import timing_of
from training.labels import month_ends


def ensure_context(
    store: Store,
    settings: Settings,
    *,
    batch_id: int,
    register: Register | None = None,
    history: History | None = None,
    keep: bool = True,
) -> pl.DataFrame:
    """The stored office context at `batch_id`, after adding the rows of past month-ends that are not stored yet.

    `register` is the whole register of the batch, `history` its history, where the caller has them.  Without `keep` the
    rows are added to what is returned only.
    """
    stored = read_context(store, batch_id=batch_id)
    whole = register if register is not None else read_register(store, batch_id=batch_id)
    if not len(whole.events):
        return stored
    first = int(str(whole.events["occurred_at"].min()))
    have = set(stored["month_end"].to_list())
    missing = [end for end in month_ends(first, whole.observed_until, whole.time_zone) if end not in have]
    if not missing:
        return stored
    # The look-back of a month's row begins 90 days earlier; the first months simply have little to look back on.
    made = office_context(whole, missing, Task(), settings.cohort, timing=timing_of(settings.clock), history=history)
    if not keep:
        return pl.concat([stored, made.select(stored.columns)])
    write_context(store, made, batch_id=batch_id)
    return read_context(store, batch_id=batch_id)
