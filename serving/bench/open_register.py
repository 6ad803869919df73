"""Invented registers for the monthly job: as many open matters as asked, with ended ones for the rest of the events.

What is repeated are the matters of the base register that are open on its last day, as they are, and as many ended
ones as bring the events to the wanted number a matter; a copy has ids and numbers of its own and the same offices.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import polars as pl

from data.contract import Register
from data.settings import Settings
from data.store import register as register_store
from data.store.engine import Store
from data.task import Task
from features.cohort import cohort
from features.context import office_context
from features.timing import timing_of
from serving.bench.registers import base_register
from training.labels import months_of

#: Copies of one batch of the store.
COPIES_A_BATCH = 8


def slice_of(seed: int, events_a_matter: float, size: int) -> tuple[Register, int]:
    """The matters one copy holds, and how many of them are open."""
    base = base_register(seed, size)
    members = cohort(base, [base.observed_until], Task(), Settings().cohort)
    opened = members.filter("is_open")["matter_id"]
    counts = base.events.group_by("matter_id").len().sort("matter_id")
    still = counts.filter(pl.col("matter_id").is_in(opened.implode()))
    room = round(events_a_matter * len(opened)) - int(still["len"].sum())
    ended = counts.filter(~pl.col("matter_id").is_in(opened.implode())).filter(pl.col("len").cum_sum() <= room)
    kept = pl.concat([still, ended])["matter_id"]

    def held(frame: Any) -> Any:
        return frame.filter(pl.col("matter_id").is_in(kept.implode()))

    return (
        replace(base, matters=held(base.matters), events=held(base.events), attributes=held(base.attributes)),
        len(opened),
    )


def copies(part: Register, count: int) -> Iterator[Register]:
    """So many copies of a slice, each with ids and numbers of its own."""
    for number in range(count):
        own = own_id("matter_id", number)
        yield replace(
            part,
            matters=part.matters.with_columns(own, (pl.lit(f"{number}-") + pl.col("matter_no")).alias("matter_no")),
            events=part.events.with_columns(own, own_id("event_id", number)),
            attributes=part.attributes.with_columns(own),
        )


def own_id(name: str, number: int) -> pl.Expr:
    """The ids of copy `number`."""
    return (pl.lit(f"{number:04x}-") + pl.col(name).str.slice(5)).alias(name)


def fill(store: Store, seed: int, matters: int, events_a_matter: float, base: int) -> dict[str, int]:
    """Fill an empty store with at least `matters` open matters, copies of a register of `base`; what it holds.

    The office context of all month ends but the last is there, as it is for a job that runs every month.
    """
    part, opened = slice_of(seed, events_a_matter, base)
    count = -(-matters // opened)
    made = copies(part, count)
    for first in range(0, count, COPIES_A_BATCH):
        some = [next(made) for _ in range(min(COPIES_A_BATCH, count - first))]
        whole = replace(
            part,
            matters=pl.concat([one.matters for one in some]),
            events=pl.concat([one.events for one in some]),
            attributes=pl.concat([one.attributes for one in some]),
        )
        batch = register_store.Batch(
            source="bench",
            file_sha256=f"{first:064d}",
            mapping_name="ledger",
            mapping_sha256="0" * 64,
            coverage="append",
            observed_until=whole.observed_until,
            time_zone=whole.time_zone,
            recorded_at=whole.observed_until,
            recorded_by="bench",
            demo=True,
        )
        register_store.write_register(store, whole, batch)
    settings = Settings()
    ends = months_of(part)[:-1]
    context = office_context(part, ends, Task(), settings.cohort, timing=timing_of(settings.clock))
    register_store.write_context(store, context, batch_id=1)
    return {
        "open": count * opened,
        "matters": count * part.matters.height,
        "events": count * part.events.height,
        "offices": part.offices.height,
    }
