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
from features.snapshots import view_of

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
    known = snapshots.select("matter_id", pl.col("cutoff").cast(pl.Int64)).unique()
    known = known.filter(pl.col("matter_id").is_in(history.matter_ids.implode()))
    blocks = _blocks(known, block_rows) or [known]
    return pl.concat([make(*_block_view(history, block, working_days)) for block in blocks])


def _block_view(history: History, rows: pl.DataFrame, working_days: bool) -> tuple[View, pl.DataFrame]:
    if not len(rows):
        return view_of(history.block(0, 0), rows, working_days=working_days)
    first = int(history.matter_ids.search_sorted(rows["matter_id"][0]))
    last = int(history.matter_ids.search_sorted(rows["matter_id"][-1])) + 1
    return view_of(history.block(first, last), rows, working_days=working_days)


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


def _blocks(snapshots: pl.DataFrame, block_rows: int) -> list[pl.DataFrame]:
    """Snapshots cut into runs of whole matters, about `block_rows` each."""
    ordered = snapshots.sort("matter_id", "cutoff")
    place = ordered["matter_id"].rle_id().to_numpy()
    blocks: list[pl.DataFrame] = []
    start = 0
    while start < len(ordered):
        stop = min(start + block_rows, len(ordered))
        if stop < len(ordered):
            stop = int(np.searchsorted(place, place[stop - 1], side="right"))
        blocks.append(ordered[start:stop])
        start = stop
    return blocks
