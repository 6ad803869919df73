"""What was visible at each snapshot: counts, lasts and firsts over versions, for all cutoffs in one pass.

Every version is visible on one run of its matter's snapshot rows, so a count over any window is a difference
of two histograms and one running total, exact for late entries and corrections alike.  The same arrays serve
one matter online and a million in a batch; there is no second path.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from data.times import DAY_US, FAR_US
from features.history import History

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
T = TypeVar("T")


def distinct(values: Ints) -> Ints:
    """The different values, ascending; by sorting, which numpy does several times faster than by hashing."""
    ordered = np.sort(values)
    return ordered[np.concatenate([[True], ordered[1:] != ordered[:-1]])] if len(ordered) else ordered


class View:
    """Visible histories at snapshot rows.

    `matter` (rows,) numbers into `history`, `cutoff` (rows,) local wall-clock microseconds; rows sorted by
    (matter, cutoff) without repetition.  `working_days` is how the office's clocks count where a rule leaves the
    choice.  Intermediate results are kept for the life of the view.
    """

    def __init__(
        self, history: History, matter: NDArray[np.int32], cutoff: Ints, *, working_days: bool = False
    ) -> None:
        self.history = history
        self.working_days = working_days
        self.matter = matter
        self.cutoff = cutoff
        self.rows = len(matter)
        self._grid = distinct(cutoff)
        width = len(self._grid) + 1
        matters = len(history.matter_ids)
        # next_row[m, g]: the first row of matter m whose cutoff is at or after grid[g]; its last column is m's end.
        counts = np.bincount(matter, minlength=matters)
        self._row_end = np.cumsum(counts)
        position = np.searchsorted(self._grid, cutoff)
        held = np.zeros((matters, width), dtype=np.int32)
        held[matter, position] = 1
        before = np.cumsum(held, axis=1, dtype=np.int32) - held
        self._next_row = ((self._row_end - counts)[:, None] + before).astype(np.int32)
        self._kept: dict[Any, Any] = {}

    def keep(self, key: Any, make: Callable[[], T]) -> T:
        """The value under `key`, made once."""
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]

    def row_after(self, versions: Ints, instants: Ints) -> Ints:
        """For each version the first row of its matter whose cutoff lies after the instant. Shape (versions,)."""
        column = np.searchsorted(self._grid, instants, side="right")
        return self._next_row[self.history.matter[versions], column].astype(np.int64)

    def select(self, kinds: Sequence[str]) -> Ints:
        """The versions of some kinds or groups, in history order."""
        key = ("select", tuple(kinds))
        return self.keep(key, lambda: np.flatnonzero(self.history.kinds.flags(kinds)[self.history.kind]))

    def spans(self, versions: Ints) -> tuple[Ints, Ints]:
        """The half-open run of rows at which each version is visible."""
        first = self.row_after(versions, self.history.opens[versions])
        return first, self._end_rows(versions, self.history.closes[versions])

    def _end_rows(self, versions: Ints, instants: Ints) -> Ints:
        ends = self._row_end[self.history.matter[versions]]
        finite = instants < FAR_US
        if finite.any():
            ends = ends.copy()
            ends[finite] = self.row_after(versions[finite], instants[finite])
        return ends

    def total(self, versions: Ints, first: Ints, last: Ints, weight: Ints | None = None) -> Ints:
        """Integer sums of `weight` (default 1) over runs [first, last) of rows. Shape (rows,)."""
        live = first < last
        if weight is None:
            steps = np.bincount(first[live], minlength=self.rows + 1) - np.bincount(last[live], minlength=self.rows + 1)
        else:
            steps = np.zeros(self.rows + 1, dtype=np.int64)
            np.add.at(steps, first[live], weight[live])
            np.subtract.at(steps, last[live], weight[live])
        return np.cumsum(steps)[: self.rows]

    def count(self, kinds: Sequence[str], days: int | None = None) -> Ints:
        """How many visible events of `kinds` occurred in `[cutoff - days, cutoff)` (None: ever). Shape (rows,)."""

        def make() -> Ints:
            chosen = self.select(kinds)
            return self.count_of(chosen, days)

        return self.keep(("count", tuple(kinds), days), make)

    def count_of(self, versions: Ints, days: int | None = None) -> Ints:
        """As `count`, for chosen versions."""
        first, last = self.spans(versions)
        if days is not None:
            # An event leaves the window at the first cutoff later than occurred + days.
            edge = self.row_after(versions, self.history.occurred[versions] + days * DAY_US)
            last = np.minimum(last, edge)
        return self.total(versions, first, last)

    def pairs(self, versions: Ints) -> tuple[Ints, Ints]:
        """Every (row, version) with the version visible at the row. Two arrays of shape (pairs,)."""
        first, last = self.spans(versions)
        length = np.maximum(last - first, 0)
        which = np.repeat(np.arange(len(versions)), length)
        offset = np.arange(len(which)) - np.repeat(np.cumsum(length) - length, length)
        return first[which] + offset, versions[which]

    def last(self, kinds: Sequence[str]) -> Ints:
        """The last visible version of `kinds` in (occurred, file order), -1 where there is none. Shape (rows,)."""
        return self.keep(("last", tuple(kinds)), lambda: self.last_of(self.select(kinds)))

    def last_of(self, versions: Ints) -> Ints:
        """As `last`, for chosen versions."""
        return self._extreme(versions, versions)

    def first(self, kinds: Sequence[str]) -> Ints:
        """The first visible version of `kinds`, -1 where there is none. Shape (rows,)."""

        def make() -> Ints:
            chosen = self.select(kinds)
            starts = self.history.starts
            matter = self.history.matter[chosen]
            mirrored = starts[matter] + starts[matter + 1] - 1 - chosen
            found = self._extreme(chosen, mirrored)
            back = starts[self.matter] + starts[self.matter + 1] - 1 - found
            return np.where(found < 0, -1, back)

        return self.keep(("first", tuple(kinds)), make)

    def _extreme(self, versions: Ints, rank: Ints) -> Ints:
        # Ranks of later matters are larger, so one running maximum serves all matters; a value that belongs to
        # an earlier matter means that this row has seen nothing of its own.
        first, last = self.spans(versions)
        live = first < last
        standing = live & (last == self._row_end[self.history.matter[versions]])
        best = np.full(self.rows, -1, dtype=np.int64)
        np.maximum.at(best, first[standing], rank[standing])
        if self.rows:
            np.maximum.accumulate(best, out=best)
        best[best < self.history.starts[self.matter]] = -1
        ended = live & ~standing
        if ended.any():
            length = (last - first)[ended]
            which = np.repeat(np.flatnonzero(ended), length)
            offset = np.arange(len(which)) - np.repeat(np.cumsum(length) - length, length)
            np.maximum.at(best, first[which] + offset, rank[which])
        return best

    def at(self, values: NDArray[Any], versions: Ints, empty: Any) -> NDArray[Any]:
        """`values[versions]` with `empty` where the version is -1. Shape (rows,)."""
        if not len(values):
            return np.full(len(versions), empty)
        return np.where(versions >= 0, values[np.maximum(versions, 0)], empty)

    def last_time(self, kinds: Sequence[str]) -> Ints:
        """When the last visible event of `kinds` occurred, -1 where there is none. Shape (rows,)."""
        return self.keep(("last_time", tuple(kinds)), lambda: self.at(self.history.occurred, self.last(kinds), -1))

    def first_time(self, kinds: Sequence[str]) -> Ints:
        """When the first visible event of `kinds` occurred, -1 where there is none. Shape (rows,)."""
        return self.keep(("first_time", tuple(kinds)), lambda: self.at(self.history.occurred, self.first(kinds), -1))

    def receipt(self) -> Ints:
        """When the matter reached us, -1 while nothing says so. Shape (rows,).

        The earliest of the first contact, the registration (a contact after it is a later one) and the receipt date
        written down at registration.
        """

        def make() -> Ints:
            day = self.at(self.history.number, self.last(["attribute:received_on"]), -1)
            first = np.full(self.rows, FAR_US)
            for said in (
                self.first_time(["contact"]),
                self.first_time(["registered", "transferred_in"]),
                np.where(day >= 0, day * DAY_US, -1),
            ):
                first = np.where(said >= 0, np.minimum(first, said), first)
            return np.where(first < FAR_US, first, -1)

        return self.keep("receipt", make)

    def count_after(self, kinds: Sequence[str], after: Ints) -> Ints:
        """How many visible events of `kinds` occurred after `after` (rows,), or ever where that is -1."""
        row, version = self.keep(("pairs", tuple(kinds)), lambda: self.pairs(self.select(kinds)))
        later = self.history.occurred[version] > after[row]
        return np.bincount(row[later], minlength=self.rows)

    def days_before(self, instants: Ints, empty: float | Floats) -> Floats:
        """Days from `instants` to the cutoff, `empty` where they are negative. Shape (rows,)."""
        return np.where(instants >= 0, (self.cutoff - instants) / DAY_US, empty)
