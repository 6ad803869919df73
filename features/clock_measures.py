"""The measures over clocks a feature may declare: missed, overdue, share used, nearest due, ended.

Each figure is made for every clock at once and kept with the view; a measure picks its clock, or all of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from data.times import DAY_US, FAR_US
from features import clocks
from features.clock_rules import State
from features.kernel import Floats, View
from features.order import Ints


@dataclass(frozen=True, slots=True)
class ClockMissed:
    """How often the duty of a clock was missed (None: of all clocks no remedy starts)."""

    clock: str | None = None

    def evaluate(self, view: View) -> Ints:
        """Shape (rows,), times."""
        return _missed(view)[_place(view, self.clock)]

    @staticmethod
    def together(measures: "Sequence[ClockMissed]") -> Callable[[View], Ints]:
        """Shape (measures, rows)."""
        return lambda view: _missed(view)[[_place(view, one.clock) for one in measures]]


@dataclass(frozen=True, slots=True)
class ClockOverdueDays:
    """Days by which the duty of a clock (None: any) is overdue at the cutoff; 0 where nothing is owed late.

    Whole days, 1 on the first day after the last in time.
    """

    clock: str | None = None
    cap: float = 730.0

    def evaluate(self, view: View) -> Floats:
        """Shape (rows,), days."""
        return self.together((self,))(view)[0]

    @staticmethod
    def together(measures: "Sequence[ClockOverdueDays]") -> Callable[[View], Floats]:
        """Shape (measures, rows)."""
        cap = np.array([[one.cap] for one in measures])
        return lambda view: np.minimum(_overdue_days(view)[[_place(view, one.clock) for one in measures]], cap)


@dataclass(frozen=True, slots=True)
class ClocksOverdue:
    """How many duties are overdue at the cutoff and still owed (no remedy's and no help's clock)."""

    def evaluate(self, view: View) -> Ints:
        """Shape (rows,), duties."""
        found = clocks.instances(view, for_features=True)
        return np.bincount(found.row[found.state == State.OVERDUE], minlength=view.rows)


@dataclass(frozen=True, slots=True)
class ClockShare:
    """The share of a clock that has run while its duty is unmet: 0 met or not running, above 1 overdue; capped.

    With `steps` only what has run since the last event of those kinds.
    """

    clock: str
    cap: float = 3.0
    steps: tuple[str, ...] = ()

    def evaluate(self, view: View) -> Floats:
        """Shape (rows,), share."""
        return np.minimum(_shares(view, self.steps)[_place(view, self.clock)], self.cap)

    @staticmethod
    def together(measures: "Sequence[ClockShare]") -> Callable[[View], Floats]:
        """Shape (measures, rows)."""
        cap = np.array([[one.cap] for one in measures])
        alike = len({one.steps for one in measures}) == 1

        def evaluate(view: View) -> Floats:
            if alike:
                return np.minimum(_shares(view, measures[0].steps)[[_place(view, one.clock) for one in measures]], cap)
            return np.array([one.evaluate(view) for one in measures])

        return evaluate


@dataclass(frozen=True, slots=True)
class NearestDue:
    """Days until the duty of a clock (None: of any) is due, negative when late; `empty` where nothing is owed."""

    clock: str | None = None
    empty: float = 400.0

    def evaluate(self, view: View) -> Floats:
        """Shape (rows,), days."""
        return self.together((self,))(view)[0]

    @staticmethod
    def together(measures: "Sequence[NearestDue]") -> Callable[[View], Floats]:
        """Shape (measures, rows)."""
        empty = np.array([[one.empty] for one in measures])
        return lambda view: np.maximum(
            np.minimum(_nearest(view)[[_place(view, one.clock) for one in measures]], empty), -empty
        )


def _place(view: View, clock: str | None) -> int:
    """The line of a clock in the tables below; the last is for all together."""
    return clocks.instances(view, for_features=True).place[clock]


def _missed(view: View) -> Ints:
    """Shape (clocks + 1, rows)."""

    def make() -> Ints:
        found = clocks.instances(view, for_features=True)
        number = len(found.rules)
        key = found.clock * view.rows + found.row
        times = np.bincount(key, weights=found.times, minlength=number * view.rows).astype(np.int64)
        table = times.reshape(number, view.rows)
        return np.concatenate([table, table.sum(axis=0, keepdims=True)])

    return view.keep("clock_missed", make)


def _overdue_days(view: View) -> Floats:
    """Shape (clocks + 1, rows)."""

    def make() -> Floats:
        found = clocks.instances(view, for_features=True)
        late = (found.state == State.OVERDUE).nonzero()[0]
        row = found.row[late]
        days = (view.cutoff[row] - found.due[late]) // DAY_US + 1
        return _extreme(view, found, late, days.astype(np.float64), np.maximum, 0.0)

    return view.keep("clock_overdue_days", make)


def _shares(view: View, steps: tuple[str, ...]) -> Floats:
    """Shape (clocks + 1, rows)."""

    def make() -> Floats:
        found = clocks.instances(view, for_features=True)
        owed = found.owed.nonzero()[0]
        row, started, due = found.row[owed], found.started[owed], found.due[owed]
        since = np.maximum(started, view.last_time(steps)[row]) if steps else started
        share = (view.cutoff[row] - since) / np.maximum(due - started, DAY_US)
        return _extreme(view, found, owed, share, np.maximum, 0.0)

    return view.keep(("clock_shares", steps), make)


def _nearest(view: View) -> Floats:
    """Shape (clocks + 1, rows)."""

    def make() -> Floats:
        found = clocks.instances(view, for_features=True)
        owed = found.owed.nonzero()[0]
        days = (found.due[owed] - view.cutoff[found.row[owed]]) / DAY_US
        return _extreme(view, found, owed, days, np.minimum, np.inf)

    return view.keep("clock_nearest", make)


def _extreme(view: View, found: clocks.Instances, these: Ints, values: Floats, of: np.ufunc, nothing: float) -> Floats:
    """The largest or smallest value of each clock and of all at each row. Shape (clocks + 1, rows)."""
    number = len(found.rules)
    flat = np.full(number * view.rows, nothing)
    of.at(flat, found.clock[these] * view.rows + found.row[these], values)
    table = flat.reshape(number, view.rows)
    return np.concatenate([table, of.reduce(table, axis=0, keepdims=True)])


@dataclass(frozen=True, slots=True)
class IsEnded:
    """Whether the matter stands ended at the cutoff: 0 or 1."""

    def evaluate(self, view: View) -> Ints:
        """Shape (rows,), 0/1."""
        return (clocks.ended_at(view) < FAR_US).astype(np.int64)
