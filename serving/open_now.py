"""How the open matters among some stand at an instant: their histories, each seen as far as it is known."""

from collections.abc import Iterable

import polars as pl

from data.contract import Register
from data.settings import Settings
from data.task import Task
from features.cohort import cohort
from features.history import make_history
from features.kernel import View
from features.snapshots import view_of
from features.timing import timing_of


def open_now(settings: Settings, found: Register, matter_ids: Iterable[str], now: int) -> tuple[View, list[str]]:
    """A view with one row for each matter that is open at `now`, or as far as it is known, and their ids in order."""
    history = make_history(found)
    until = {matter_id: min(now, found.seen_until(matter_id)) for matter_id in matter_ids}
    members = cohort(found, sorted(set(until.values())), Task(), settings.cohort, history=history)
    then = pl.DataFrame(
        {"matter_id": list(until), "cutoff": list(until.values())}, schema_overrides={"cutoff": pl.Int64}
    )
    here = members.filter("is_open").join(then, on=["matter_id", "cutoff"], how="semi")
    view, rows = view_of(history, here, timing=timing_of(settings.clock))
    return view, rows["matter_id"].to_list()
