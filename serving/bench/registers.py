"""Invented registers of any size: a smaller one again and again, with fresh ids and other days.

The generator lives through every day of a matter and takes seconds for 20,000 of them; what a bench needs beyond are
histories of the same shape.  Copy `k` moves all its matters `37 k mod 360` days back and renames matters, events and
offices, so nothing is shared; copy 0 is the register itself.
"""

from collections.abc import Iterable

import polars as pl

from data.contract import Register
from data.synthetic import bench_plan, make_register
from data.times import DAY_US

#: Matters of the register that is repeated.
BASE = 20_000
_TIMES = ("occurred_at", "known_at", "known_from", "known_until", "due_at")


def base_register(seed: int, matters: int = BASE) -> Register:
    """The register that is repeated."""
    return make_register(bench_plan(seed, matters)).register


def copy_of(register: Register, number: int) -> Register:
    """Copy `number` of a register."""
    if not number:
        return register
    back = number * 37 % 360 * DAY_US
    return Register(
        offices=register.offices.with_columns(_renamed(name, number) for name in ("office_id", "parent_id")),
        matters=register.matters.with_columns(_renamed(name, number) for name in ("matter_id", "office_id")),
        events=_moved(register.events, number, back, ("event_id", "matter_id")),
        attributes=_moved(register.attributes, number, back, ("matter_id",)),
        observed_until=register.observed_until,
        time_zone=register.time_zone,
        roles=register.roles,
    )


def copies_of(register: Register, numbers: Iterable[int]) -> Register:
    """Several copies as one register."""
    parts = [copy_of(register, number) for number in numbers]
    return Register(
        offices=pl.concat([part.offices for part in parts]),
        matters=pl.concat([part.matters for part in parts]),
        events=pl.concat([part.events for part in parts]),
        attributes=pl.concat([part.attributes for part in parts]),
        observed_until=register.observed_until,
        time_zone=register.time_zone,
        roles=register.roles,
    )


def _renamed(name: str, number: int) -> pl.Expr:
    # Opaque ids keep their length; offices have names of any.
    kept = pl.col(name).str.slice(5) if name in ("matter_id", "event_id") else pl.col(name)
    return (pl.lit(f"{number:04x}-") + kept).alias(name)


def _moved(frame: pl.DataFrame, number: int, back: int, ids: tuple[str, ...]) -> pl.DataFrame:
    times = [pl.col(name) - back for name in _TIMES if name in frame.columns]
    return frame.with_columns(*times, *(_renamed(name, number) for name in ids))
