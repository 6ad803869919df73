"""What each feature's value is at each snapshot: the one function that training, screening and online scoring call."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
import polars as pl

from data.contract import Register
from data.times import wall_us
from features.alone.compiled import compiled
from features.catalog import CATALOG
from features.facts import facts
from features.feature import FeatureSet
from features.history import Filed, History, filed
from features.kernel import Floats, View
from features.kinds import register_kinds
from features.matrix import Ready, ready
from features.snapshots import local_cutoffs, placed
from features.stored_context import StoredContext, stored_context
from features.timing import SHIPPED, Timing

#: Snapshot rows worked on at a time; bounds memory, changes no value.
BLOCK_ROWS = 8_000
#: Blocks worked on side by side; changes no value.
THREADS = 2
FACT = "fact:"
T = TypeVar("T")


def build_features(
    register: Register,
    snapshots: pl.DataFrame,
    feature_set: FeatureSet = CATALOG,
    *,
    context: pl.DataFrame | None = None,
    with_facts: bool = False,
    also: Callable[[View], pl.DataFrame] | None = None,
    timing: Timing = SHIPPED,
    history: History | None = None,
    block_rows: int = BLOCK_ROWS,
    threads: int = THREADS,
) -> pl.DataFrame:
    """The matrix of `feature_set` at `snapshots` (matter_id, cutoff).

    Returns matter_id, cutoff and one Float64 column a feature, sorted by (matter_id, cutoff); repeated snapshots
    once, matters that are not in the register left out; with `with_facts` also the columns of `features.facts`,
    marked for `split_facts`, and of the frame `also` makes of a view, marked alike.
    `context` is the stored office context (`data.contract.OfficeContext`); leave it out only for a set without
    office features.  `timing` says how the office's clocks count; `history` is that of the whole register where the
    caller has made it already.
    """
    prepared = ready(feature_set, register_kinds(register), timing=timing, with_facts=with_facts)
    # What lists need besides features looks at all kinds of help; a matrix alone at fewer.
    whole: Filed | History = history or filed(register, None if with_facts else prepared.groups)
    stored = None if context is None else stored_context(register.matters, whole, context)
    matter, cutoff = placed(whole, snapshots)
    local = local_cutoffs(whole, cutoff)
    out = np.empty((len(feature_set), len(matter)))

    def block(start: int, stop: int) -> pl.DataFrame | None:
        first, last = (int(matter[start]), int(matter[stop - 1]) + 1) if stop > start else (0, 0)
        view = View(
            whole.block(first, last),
            matter[start:stop] - np.int32(first),
            local[start:stop],
            timing=timing,
            plan=prepared.plan,
        )
        _fill(prepared, view, out[:, start:stop], stored, cutoff[start:stop], first)
        if not with_facts:
            return None
        more = facts(view) if also is None else facts(view).hstack(also(view))
        return more.rename(lambda name: FACT + name)

    found = _side_by_side(block, _blocks(matter, block_rows), threads)
    frame = pl.DataFrame({"matter_id": whole.matter_ids.gather(matter), "cutoff": cutoff}).with_columns(
        pl.Series(name, column) for name, column in zip(feature_set.names, out, strict=True)
    )
    more = [part for part in found if part is not None]
    return frame.hstack(pl.concat(more)) if more else frame


def one_matter(
    history: History,
    cutoff: int,
    feature_set: FeatureSet = CATALOG,
    *,
    stored: StoredContext | None = None,
    timing: Timing = SHIPPED,
) -> Floats:
    """The features of a history of one matter, all its kinds taken in, at `cutoff` (UTC microseconds).

    Shape (features,), bit-equal to the matter's row of `build_features`: the same declared measures, compiled to
    plain Python, which a few events need a fifth of the time for (ADR 0044).  A set with a measure of a kind that is
    not compiled goes through the kernel.
    """
    alone = compiled(feature_set, history.kinds, timing)
    if alone is not None:
        return alone.values(history, wall_us(cutoff, history.time_zone), cutoff, stored)
    prepared = ready(feature_set, history.kinds, timing=timing)
    at = np.array([cutoff])
    view = View(history, _FIRST, local_cutoffs(history, at), timing=timing, plan=prepared.plan)
    out = np.empty((len(feature_set), 1))
    _fill(prepared, view, out, stored, at, 0)
    return out[:, 0]


_FIRST = np.zeros(1, dtype=np.int32)


def _fill(
    prepared: Ready, view: View, out: Floats, stored: StoredContext | None, cutoff: np.ndarray, first: int
) -> None:
    if stored is not None:
        for name, column in stored.columns(view, cutoff, first).items():
            view.keep(("office", name), lambda column=column: column)
    prepared.fill(view, out)


def _blocks(matter: np.ndarray, block_rows: int) -> list[tuple[int, int]]:
    """Runs of whole matters of about `block_rows` rows, at least one."""
    found: list[tuple[int, int]] = []
    start = 0
    while start < len(matter) or not found:
        stop = min(start + block_rows, len(matter))
        if stop < len(matter):
            stop = int(np.searchsorted(matter, matter[stop - 1], side="right"))
        found.append((start, stop))
        start = stop
    return found


def _side_by_side(work: Callable[[int, int], T], blocks: Sequence[tuple[int, int]], threads: int) -> list[T]:
    """The results of all blocks, in their order."""
    if len(blocks) == 1 or threads == 1:
        return [work(start, stop) for start, stop in blocks]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda block: work(*block), blocks))


def split_facts(frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A frame built `with_facts` as two: the matrix, and matter_id, cutoff with the facts under their own names."""
    marked = [name for name in frame.columns if name.startswith(FACT)]
    return frame.drop(marked), frame.select(
        "matter_id", "cutoff", *(pl.col(name).alias(name.removeprefix(FACT)) for name in marked)
    )
