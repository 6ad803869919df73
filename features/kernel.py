"""What was visible at each snapshot: counts, lasts and firsts over versions, for all cutoffs in one pass.

Every version is visible on one run of its matter's snapshot rows, so a count over any window is a difference of two
histograms and one running total, exact for late entries and corrections alike.  What a plan names is made for all
its groups of kinds together; the same arrays serve one matter online and a million in a batch.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from data.times import DAY_US, FAR_US
from features.history import History
from features.order import Ints
from features.plan import Asked, CountKey, Kinds, Lines, Plan, make_plan
from features.timing import SHIPPED, Timing

Counts = NDArray[np.int32]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Pairs = tuple[Ints, Ints]
T = TypeVar("T")


def distinct(values: Ints) -> Ints:
    """The different values, ascending; by sorting, which numpy does several times faster than by hashing."""
    ordered = np.sort(values)
    return ordered[np.concatenate([[True], ordered[1:] != ordered[:-1]])] if len(ordered) else ordered


class View:
    """Visible histories at snapshot rows.

    `matter` (rows,) numbers into `history`, `cutoff` (rows,) local wall-clock microseconds; rows sorted by
    (matter, cutoff) without repetition.  `timing` is how the office's clocks count.  What `plan` names is made
    together when the first of it is asked for; anything else is made alone and noted in `asked`.  Intermediate
    results are kept for the life of the view.
    """

    def __init__(
        self,
        history: History,
        matter: NDArray[np.int32],
        cutoff: Ints,
        *,
        timing: Timing = SHIPPED,
        plan: Plan | None = None,
    ) -> None:
        self.history = history
        self.timing = timing
        self.matter = matter
        self.cutoff = cutoff
        self.rows = len(matter)
        self.plan = plan
        self.asked: dict[Asked, None] = {}
        self._kept: dict[Any, Any] = {}
        self._grid = distinct(cutoff) if self.rows > 1 else cutoff
        width = len(self._grid) + 1
        # _next_row[m * width + g]: the first row of matter m whose cutoff is at or after grid[g]; the last column of
        # a matter is its end.
        held = np.zeros((len(history.starts) - 1) * width, dtype=np.int64)
        held[matter * np.int64(width) + self._grid.searchsorted(cutoff)] = 1
        self._next_row = held.cumsum()
        self._next_row -= held
        self._base = history.matter * np.int64(width)
        #: The half-open run of rows at which each version is visible; empty for none. Shapes (versions,).
        self.first_row = self._row_after(history.opens)
        self.end_row = np.maximum(self._row_after(history.closes), self.first_row)
        if plan is not None:
            self._counted = self._count(plan)
            self._extreme = self._extremes(plan)
            self._extreme_time = self.at(history.occurred, self._extreme, -1)
            self._paired = self._pairs(plan)

    def keep(self, key: Any, make: Callable[[], T]) -> T:
        """The value under `key`, made once."""
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]

    def _row_after(self, instants: Ints) -> Ints:
        """The first row of each version's matter whose cutoff lies after its instant. Shape (…, versions)."""
        return self._next_row[self._base + self._grid.searchsorted(instants, side="right")]

    def select(self, kinds: Sequence[str]) -> Ints:
        """The versions of some kinds or groups, in history order."""
        self.note((tuple(kinds),))
        key = ("select", tuple(kinds))
        return self.keep(key, lambda: self.history.kinds.flags(kinds)[self.history.kind].nonzero()[0])

    def note(self, groups: Sequence[Kinds]) -> None:
        """Say that versions of these kinds are looked at. Raises LookupError where the history has none."""
        for kinds in groups:
            self.asked["select", kinds] = None
            self._refuse_left_out(kinds)

    def _refuse_left_out(self, kinds: Sequence[str]) -> None:
        """Raise LookupError for kinds the history was made without: an empty answer would be a wrong one."""
        only = self.history.only
        if only is not None and np.any(self.history.kinds.flags(kinds) & ~only):
            raise LookupError(f"the history was made without {', '.join(kinds)}, which no plan had asked for")

    def count(self, kinds: Sequence[str], days: int | None = None) -> Counts:
        """How many visible events of `kinds` occurred in `[cutoff - days, cutoff)` (None: ever). Shape (rows,)."""
        return self.counts(((tuple(kinds), days),))[0]

    def counts(self, keys: tuple[CountKey, ...]) -> Counts:
        """As `count`, for several at once. Shape (keys, rows)."""
        place = self._places("count", keys)
        if place is not None:
            return self._counted[place]
        return self._alone("count", keys, self._count)

    def last(self, kinds: Sequence[str]) -> Ints:
        """The last visible version of `kinds` in (occurred, file order), -1 where there is none. Shape (rows,)."""
        return self.lasts((tuple(kinds),))[0]

    def lasts(self, groups: tuple[Kinds, ...]) -> Ints:
        """As `last`, for several groups at once. Shape (groups, rows)."""
        place = self._places("last", groups)
        if place is not None:
            return self._extreme[place]
        return self._alone("last", groups, self._extremes)

    def last_time(self, kinds: Sequence[str]) -> Ints:
        """When the last visible event of `kinds` occurred, -1 where there is none. Shape (rows,)."""
        return self.last_times((tuple(kinds),))[0]

    def last_times(self, groups: tuple[Kinds, ...]) -> Ints:
        """As `last_time`, for several groups at once. Shape (groups, rows)."""
        place = self._places("last", groups)
        if place is not None:
            return self._extreme_time[place]
        return self.at(self.history.occurred, self._alone("last", groups, self._extremes), -1)

    def first_time(self, kinds: Sequence[str]) -> Ints:
        """When the first visible event of `kinds` occurred, -1 where there is none. Shape (rows,)."""
        return self.first_times((tuple(kinds),))[0]

    def first_times(self, groups: tuple[Kinds, ...]) -> Ints:
        """As `first_time`, for several groups at once. Shape (groups, rows)."""
        place = self._places("first", groups)
        if place is not None:
            return self._extreme_time[place]
        return self.at(self.history.occurred, self._alone("first", groups, self._extremes), -1)

    def _places(self, what: str, keys: tuple[Any, ...]) -> Lines | None:
        """Where the plan's tables answer `keys`; None where they do not."""
        return None if self.plan is None else self.plan.places(what, keys)

    def _alone(self, what: str, keys: tuple[Any, ...], make: Callable[[Plan], T]) -> T:
        """The answers to what no plan names, in a table with one row each."""
        questions = [(what, key) for key in keys]
        self.asked.update(dict.fromkeys(questions))
        for _, key in questions:
            self._refuse_left_out(key[0] if what == "count" else key)
        return self.keep((what, keys), lambda: make(make_plan(self.history.kinds, questions)))

    def pairs_of(self, kinds: Sequence[str]) -> Pairs:
        """Every (row, version) with the version of `kinds` visible at the row, by version, then row."""
        key = tuple(kinds)
        plan = self.plan
        if plan is not None and key in plan.place["pairs"]:
            return self._paired[plan.place["pairs"][key]]
        self.asked["pairs", key] = None
        return self.keep(("pairs", key), lambda: self.pairs(self.select(key)))

    def pairs(self, versions: Ints) -> Pairs:
        """Every (row, version) with the version visible at the row, by version, then row. Shapes (pairs,)."""
        first = self.first_row[versions]
        length = self.end_row[versions] - first
        version = versions.repeat(length)
        # Rows of one version follow each other; each version starts anew from its first.
        row = np.arange(len(version)) + (first - length.cumsum() + length).repeat(length)
        return row, version

    def _pairs(self, plan: Plan) -> list[Pairs]:
        """The pairs of every group of a plan, each version's rows found once."""
        kind = self.history.kind
        row, version = self.pairs(np.any(plan.pair_flags, axis=0)[kind].nonzero()[0])
        group, place = plan.pair_flags[:, kind[version]].nonzero()
        row, version = row[place], version[place]
        ends = group.searchsorted(np.arange(len(plan.pair_flags) + 1)).tolist()
        return [(row[low:high], version[low:high]) for low, high in pairwise(ends)]

    def _count(self, plan: Plan) -> Counts:
        columns, stride = plan.counts, self.rows + 1
        base = plan.count_table[:, self.history.kind] * stride
        ends = self.end_row[None]
        if len(plan.windows):
            # An event leaves a window at the first cutoff later than occurred + days.
            left = self._row_after(self.history.occurred + plan.windows)
            ends = np.concatenate([ends, np.maximum(np.minimum(left, self.end_row), self.first_row)])
        # No matter has two thousand million events: half the width is half the memory to go through.
        steps = np.zeros((columns + 1) * stride, dtype=np.int32)
        np.add.at(steps, (base + self.first_row).ravel(), np.int32(1))
        np.subtract.at(steps, (base + ends[plan.count_window]).ravel(), np.int32(1))
        table = steps.reshape(columns + 1, stride)[:columns, : self.rows]
        return np.cumsum(table, axis=1, dtype=np.int32)

    def _extremes(self, plan: Plan) -> Ints:
        """The lasts, then the firsts of a plan. Shape (columns, rows)."""
        # Ranks of later matters are larger, so one running maximum serves all matters; a value that belongs to an
        # earlier matter means that this row has seen nothing of its own.
        history, stride = self.history, self.rows + 1
        starts = history.starts
        mirror = starts[:-1] + starts[1:] - 1
        versions = np.arange(len(history.kind))
        ranks = np.array([versions, mirror[history.matter] - versions])[plan.extreme_mirrored]
        live = self.first_row < self.end_row
        stands = live & (self.end_row == self._matter_end())
        column = plan.extreme_table[:, history.kind] * stride
        best = np.full((plan.extremes + 1) * stride, -1)
        # What does not stand to the end of its matter is parked behind the last row.
        np.maximum.at(best, (column + np.where(stands, self.first_row, self.rows)).ravel(), ranks.ravel())
        best = np.maximum.accumulate(best.reshape(plan.extremes + 1, stride), axis=1)
        best[:, :-1][best[:, :-1] < starts[self.matter]] = -1
        ended = (live & ~stands).nonzero()[0]
        if len(ended):
            row, version = self.pairs(ended)
            np.maximum.at(
                best.reshape(-1),
                (plan.extreme_table[:, history.kind[version]] * stride + row).ravel(),
                ranks[:, version].ravel(),
            )
        found = best[: plan.extremes, :-1]
        firsts = found[plan.lasts :]
        if len(firsts):
            np.subtract(mirror[self.matter], firsts, out=firsts, where=firsts >= 0)
        return found

    def _matter_end(self) -> Ints:
        """For each version the row behind its matter's last. Shape (versions,)."""
        return self._next_row[self._base + len(self._grid)]

    def at(self, values: NDArray[Any], versions: Ints, empty: Any) -> NDArray[Any]:
        """`values[versions]` with `empty` where the version is -1. The shape of `versions`."""
        if not len(values):
            return np.full(versions.shape, empty)
        return np.where(versions >= 0, values[versions], empty)

    def receipt(self) -> Ints:
        """When the matter reached us, -1 while nothing says so. Shape (rows,).

        The earliest of the first contact, the registration (a contact after it is a later one) and the receipt date
        written down at registration.
        """

        def make() -> Ints:
            day = self.at(self.history.number, self.last(("attribute:received_on",)), -1)
            first = np.where(day >= 0, day * DAY_US, FAR_US)
            for said in self.first_times((("contact",), ("registered", "transferred_in"))):
                first = np.where(said >= 0, np.minimum(first, said), first)
            return np.where(first < FAR_US, first, -1)

        return self.keep("receipt", make)

    def count_after(self, kinds: Sequence[str], after: Ints) -> Ints:
        """How many visible events of `kinds` occurred after `after` (rows,), or ever where that is -1."""
        row, version = self.pairs_of(kinds)
        return np.bincount(row[self.history.occurred[version] > after[row]], minlength=self.rows)

    def days_before(self, instants: Ints, empty: float | Floats) -> Floats:
        """Days from `instants` to the cutoff, `empty` where they are negative. Shape (…, rows)."""
        return np.where(instants >= 0, (self.cutoff - instants) / DAY_US, empty)
