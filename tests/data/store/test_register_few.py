"""Reading a few matters, and one office's context, through the pool gives what the bulk reading gives."""

import polars as pl

from data.store import register
from data.store.engine import Store
from data.store.imports import write_register
from tests.histories import event, register_of
from tests.stored import batch_of


def _fill(store: Store) -> list[str]:
    numbers = [f"N-{number}" for number in range(5)]
    offices = {number: "A" if number < "N-3" else "B" for number in numbers}
    made = register_of({no: [event("2026-06-01", "registered")] for no in numbers}, offices=offices)
    write_register(
        store,
        made,
        batch_of(made, recorded_at=1),
    )
    return made.matters.sort("matter_id")["matter_id"].to_list()


def test_some_matters_are_those_of_the_bulk_reading(store: Store) -> None:
    ids = _fill(store)
    everything = register.read_matters(store)
    wanted = [ids[3], ids[1], ids[3], "unknown"]
    found = register.some_matters(store, wanted)
    assert found.equals(everything.filter(pl.col("matter_id").is_in([ids[1], ids[3]])))
    assert register.some_matters(store, []).height == 0


def test_context_of_some_offices_is_part_of_all(store: Store) -> None:
    _fill(store)
    rows = [(office, "other", end, 1, 2, 3) for office in ("A", "B") for end in (10, 20)]
    names = ["office_id", "category", "month_end", "open_matters", "overdue_permille", "return_permille"]
    register.write_context(store, pl.DataFrame(rows, schema=names, orient="row"), batch_id=1)
    everything = register.read_context(store)
    assert register.read_context(store, offices=["B"]).equals(everything.filter(pl.col("office_id") == "B"))
    assert register.read_context(store, offices=[]).height == 0
