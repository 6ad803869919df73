"""What the catalog says of one small history on one day."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from data.contract import OfficeContext
from features.build import build_features
from tests.drawn import Fact
from tests.histories import register_of, seen, snapshots


def value(history: Sequence[dict[str, Any]], feature: str, last_day: str, *facts: Fact) -> float:
    """The value of `feature` for a matter A1 at the cutoff that sees all of `last_day`."""
    return values(history, last_day, *facts)[feature]


def values(history: Sequence[dict[str, Any]], last_day: str, *facts: Fact) -> dict[str, Any]:
    """Every feature and, marked `fact:`, every fact of a matter A1 at the cutoff that sees all of `last_day`."""
    register = register_of({"A1": history}, attributes=facts)
    frame = build_features(register, snapshots(register, seen(last_day)), context=NO_CONTEXT, with_facts=True)
    return frame.row(0, named=True)


NO_CONTEXT: pl.DataFrame = OfficeContext.create_empty()
