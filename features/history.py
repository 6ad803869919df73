"""Which versions exist, as arrays: the one gate between a register and everything that models, times or shows it.

Nothing else in `features` or `training` reads events.  Instants become local wall-clock microseconds here, kinds
become small integers, dated attributes become versions of their own pseudo-kind, so that one kernel serves all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.contract import Register
from features.columns import DTYPES, columns_of
from features.kinds import KindIndex, register_kinds
from features.numbering import Numbering, numbering_of
from features.order import Columns, Ints, order_of

#: What a history holds besides its versions.
_OF_THE_WHOLE = ("matter_ids", "starts", "kinds", "texts", "time_zone", "only", "numbering")
#: What is gathered for a block: the matters stand in order, and a place in the file is of no use any more.
_GATHERED = tuple(name for name in DTYPES if name not in ("matter", "seq"))


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Versions sorted by (matter, occurred, file order); all arrays up to `row_id` have shape (n,).

    `opens`/`closes`: a version is visible at cutoff c iff opens < c <= closes.  `number` is an amount (fen), an
    attribute's number or 0; `code` an attribute's text as an index into `texts`, -1 for none.
    """

    matter: NDArray[np.int32]
    kind: NDArray[np.int16]
    occurred: Ints
    opens: Ints
    closes: Ints
    due: Ints
    number: Ints
    code: NDArray[np.int32]
    people: NDArray[np.int8]
    parts: NDArray[np.int8]
    solved: NDArray[np.int8]
    level: NDArray[np.int8]
    row_id: NDArray[np.int64]
    matter_ids: pl.Series
    starts: Ints
    kinds: KindIndex
    texts: tuple[str, ...]
    time_zone: str
    #: Which kinds were taken in, where not all were. Shape (kinds,).
    only: NDArray[np.bool_] | None = None
    #: How the matters of the whole register are numbered; None for a part of it.
    numbering: Numbering | None = None

    def block(self, first: int, last: int) -> "History":
        """The same for matters first..last-1 only (views, no copies); matter numbers start at 0 again."""
        low, high = int(self.starts[first]), int(self.starts[last])
        cut = {
            column.name: getattr(self, column.name)[low:high]
            for column in fields(self)
            if column.name not in ("matter", *_OF_THE_WHOLE)
        }
        return History(
            matter=self.matter[low:high] - np.int32(first),
            matter_ids=self.matter_ids[first:last],
            starts=self.starts[first : last + 1] - low,
            kinds=self.kinds,
            texts=self.texts,
            time_zone=self.time_zone,
            only=self.only,
            **cut,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """The versions of a register as they lie, and the order a history has them in.

    A block of matters is sorted when it is cut out: small enough for the processor's own memory, and beside others.
    """

    columns: Columns
    #: None where the versions lie in order already.
    order: Ints | None
    starts: Ints
    matter_ids: pl.Series
    numbering: Numbering
    kinds: KindIndex
    texts: tuple[str, ...]
    time_zone: str
    only: NDArray[np.bool_] | None

    def block(self, first: int, last: int) -> History:
        """The history of matters first..last-1; matter numbers start at 0 there."""
        starts = self.starts[first : last + 1]
        these = slice(int(starts[0]), int(starts[-1]))
        place = these if self.order is None else self.order[these]
        cut = {name: self.columns[name][place] for name in _GATHERED}
        return History(
            matter=np.arange(last - first, dtype=np.int32).repeat(np.diff(starts)),
            matter_ids=self.matter_ids[first:last],
            starts=starts - starts[0],
            kinds=self.kinds,
            texts=self.texts,
            time_zone=self.time_zone,
            only=self.only,
            numbering=None,
            **cut,
        )


def filed(register: Register, groups: Sequence[Sequence[str]] | None = None) -> Filed:
    """The versions of a register, matters in the order of their sorted ids.

    With `groups` only versions of those kinds and groups of kinds: what a plan asks of nothing else needs.
    """
    numbering = numbering_of(register.matters["matter_id"])
    kinds = register_kinds(register)
    only = None if groups is None else np.any([kinds.flags(names) for names in groups], axis=0)
    columns, texts = columns_of(register, kinds, numbering, only)
    return _filed(columns, kinds, numbering, texts, register.time_zone, only)


def make_history(register: Register, groups: Sequence[Sequence[str]] | None = None) -> History:
    """All of `filed` as one history."""
    return _whole(filed(register, groups))


def no_history(kinds: KindIndex) -> History:
    """The history of no matter, for some kinds."""
    nothing: Columns = {name: np.zeros(0, dtype=dtype) for name, dtype in DTYPES.items()}
    return _whole(_filed(nothing, kinds, numbering_of(pl.Series("matter_id", [], dtype=pl.String)), (), "UTC", None))


def _filed(
    columns: Columns,
    kinds: KindIndex,
    numbering: Numbering,
    texts: tuple[str, ...],
    time_zone: str,
    only: NDArray[np.bool_] | None,
) -> Filed:
    held = np.bincount(columns["matter"], minlength=len(numbering.ids))
    return Filed(
        columns=columns,
        order=order_of(columns),
        starts=np.concatenate([[0], held.cumsum()]),
        matter_ids=numbering.ids,
        numbering=numbering,
        kinds=kinds,
        texts=texts,
        time_zone=time_zone,
        only=only,
    )


def _whole(versions: Filed) -> History:
    return replace(versions.block(0, len(versions.matter_ids)), numbering=versions.numbering)
