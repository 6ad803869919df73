"""What each feature's value is at each snapshot: the one function that training, screening and online scoring call."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.contract import OfficeContext, Register
from features.catalog import CATALOG
from features.facts import facts
from features.feature import FeatureSet
from features.history import History, make_history
from features.kernel import View
from features.snapshots import placed, view_at

#: Snapshot rows worked on at a time; bounds memory, changes no value.
BLOCK_ROWS = 400_000
_FACT = "fact:"


def build_features(
    register: Register,
    snapshots: pl.DataFrame,
    feature_set: FeatureSet = CATALOG,
    *,
    context: pl.DataFrame | None = None,
    with_facts: bool = False,
    working_days: bool = False,
    block_rows: int = BLOCK_ROWS,
) -> pl.DataFrame:
    """The matrix of `feature_set` at `snapshots` (matter_id, cutoff).

    Returns matter_id, cutoff and one Float64 column a feature, sorted by (matter_id, cutoff); repeated snapshots
    once, matters that are not in the register left out; with `with_facts` also the columns of `features.facts`,
    marked for `split_facts`.
    `context` is the stored office context (`data.contract.OfficeContext`); leave it out only for a set without
    office features.  `working_days` is the setting `clock.calendar`.
    """
    stored = None if context is None else _Context(register.matters.select("matter_id", "office_id"), context)

    def matrix(view: View, at: pl.DataFrame) -> pl.DataFrame:
        if stored is not None:
            for name, column in _office_columns(view, at, stored).items():
                view.keep(("office", name), lambda column=column: column)
        values = [
            pl.Series(feature.name, np.asarray(feature.measure.evaluate(view), dtype=np.float64))
            for feature in feature_set
        ]
        frame = at.with_columns(values)
        return frame.hstack(facts(view).rename(lambda name: _FACT + name)) if with_facts else frame

    return by_blocks(make_history(register), snapshots, matrix, working_days=working_days, block_rows=block_rows)


def split_facts(frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A frame built `with_facts` as two: the matrix, and matter_id, cutoff with the facts under their own names."""
    marked = [name for name in frame.columns if name.startswith(_FACT)]
    return frame.drop(marked), frame.select(
        "matter_id", "cutoff", *(pl.col(name).alias(name.removeprefix(_FACT)) for name in marked)
    )


def by_blocks(
    history: History,
    snapshots: pl.DataFrame,
    make: Callable[[View, pl.DataFrame], pl.DataFrame],
    *,
    working_days: bool = False,
    block_rows: int = BLOCK_ROWS,
) -> pl.DataFrame:
    """`make(view, its rows)` over runs of whole matters, concatenated: bounded memory, the same result."""
    matter, cutoff = placed(history, snapshots)
    parts: list[pl.DataFrame] = []
    start = 0
    while start < len(matter) or not parts:
        stop = min(start + block_rows, len(matter))
        if stop < len(matter):
            stop = int(np.searchsorted(matter, matter[stop - 1], side="right"))
        first, last = (int(matter[start]), int(matter[stop - 1]) + 1) if stop > start else (0, 0)
        block = history.block(first, last)
        here = matter[start:stop] - np.int32(first)
        parts.append(make(*view_at(block, here, cutoff[start:stop], working_days=working_days)))
        start = stop
    return pl.concat(parts)


@dataclass(frozen=True, slots=True)
class _Context:
    """Which office a matter belongs to, and the stored office context."""

    offices: pl.DataFrame
    rows: pl.DataFrame


def _office_columns(view: View, at: pl.DataFrame, stored: _Context) -> dict[str, NDArray[np.float64]]:
    """For each row the latest stored row of its (office, visible category); 0 where there is none yet."""
    names = [name for name in OfficeContext.column_names() if name not in ("office_id", "category", "month_end")]
    texts = np.array([*view.history.texts, "other"], dtype=object)
    code = view.at(view.history.code, view.last(["attribute:category"]), -1)
    keyed = (
        at.with_row_index("place")
        .with_columns(pl.Series("category", texts[code], dtype=pl.String))
        .join(stored.offices, on="matter_id", how="left")
        .sort("cutoff")
    )
    found = keyed.join_asof(
        stored.rows.sort("month_end"),
        left_on="cutoff",
        right_on="month_end",
        by=["office_id", "category"],
        strategy="backward",
        check_sortedness=False,
    ).sort("place")
    return {name: found[name].cast(pl.Float64).fill_null(0.0).to_numpy() for name in names}
