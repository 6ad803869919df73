"""How much of our work stands with each handler: open matters, duties overdue and near, entries and steps that wait."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from serving.board_facts import Facts
from serving.lists import Line
from serving.reminders import Step
from serving.workflow import FlagState, state_of

#: A duty due within so many days is near.
SOON_DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What stands with one handler (None: with nobody yet), in counts of our own duties; no measure of a person."""

    handler: str | None
    departments: tuple[str, ...]
    matters: int
    late: int
    soon: int
    unverified: int
    steps_late: int


def workload(facts: Facts, lines: Sequence[Line], steps: Sequence[Step], today: date) -> list[Load]:
    """The handlers of some facts with open matters, in order of their numbers, never of how much they have."""
    matters = facts.matters.with_row_index("matter").filter("is_open")
    due = facts.owed.join(matters.select("matter", "handler"), on="matter")
    soon = today + timedelta(days=SOON_DAYS)
    counted = (
        matters.group_by("handler")
        .agg(matters=pl.len(), departments=pl.col("department").drop_nulls().unique().sort())
        .join(
            due.group_by("handler").agg(
                late=(pl.col("day") < today).sum(), soon=pl.col("day").is_between(today, soon).sum()
            ),
            on="handler",
            how="left",
            nulls_equal=True,
        )
        .with_columns(pl.col("late", "soon").fill_null(0))
        .sort("handler", nulls_last=True)
    )
    waiting = Counter(line.matter["handler"] for line in lines if state_of(line.decision) is FlagState.PENDING)
    of = dict(zip(facts.matters["matter_id"], facts.matters["handler"], strict=True))
    overdue = Counter(of.get(step.matter_id) for step in steps if step.row.state == "late")
    return [
        Load(
            departments=tuple(row.pop("departments")),
            unverified=waiting[row["handler"]],
            steps_late=overdue[row["handler"]],
            **row,
        )
        for row in counted.to_dicts()
    ]
