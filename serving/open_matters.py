"""How many matters of an office are open: what the volume of scores and of machines is measured against (G25)."""

import polars as pl

from data.store import register
from data.task import Task
from features.cohort import cohort
from serving.deps import Service


def open_matters(service: Service, office_id: str, stored: pl.DataFrame | None = None) -> int:
    """How many matters of the office were open at the last month-end on record, else at the end of its ledger.

    `stored`: the office's context, for who has read it.
    """
    if stored is None:
        stored = register.read_context(service.store, offices=[office_id])
    if stored.height:
        return int(stored.filter(pl.col("month_end") == pl.col("month_end").max())["open_matters"].sum())
    mine = register.read_register(service.store, offices=[office_id])
    members = cohort(mine, [mine.observed_until], Task(), service.settings.cohort)
    return members.filter(pl.col("is_open")).height
