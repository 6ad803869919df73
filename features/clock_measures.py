"""The measures over clocks a feature may declare: missed, overdue, share used, nearest due, ended."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.times import DAY_US, FAR_US
from features import clocks
from features.clock_rules import State
from features.history import Ints
from features.kernel import Floats, View


@dataclass(frozen=True, slots=True)
class ClockMissed:
    """How often the duty of a clock was missed (None: of all clocks no remedy starts)."""

    clock: str | None = None

    def evaluate(self, view: View) -> Ints:
        """Shape (rows,), times."""
        found = clocks.instances(view, for_features=True)
        chosen = _of_clock(found, self.clock)
        missed = np.zeros(view.rows, dtype=np.int64)
        np.add.at(missed, found.row[chosen], found.times[chosen])
        return missed


@dataclass(frozen=True, slots=True)
class ClockOverdueDays:
    """Days by which the duty of a clock (None: any) is overdue at the cutoff; 0 where nothing is owed late.

    Whole days, 1 on the first day after the last in time.
    """

    clock: str | None = None
    cap: float = 730.0

    def evaluate(self, view: View) -> Floats:
        """Shape (rows,), days."""
        found = clocks.instances(view, for_features=True)
        chosen = _of_clock(found, self.clock) & (found.state == State.OVERDUE)
        longest = np.zeros(view.rows)
        days = (view.cutoff[found.row[chosen]] - found.due[chosen]) // DAY_US + 1
        np.maximum.at(longest, found.row[chosen], days)
        return np.minimum(longest, self.cap)


@dataclass(frozen=True, slots=True)
class ClocksOverdue:
    """How many duties are overdue at the cutoff and still owed (no remedy's and no help's clock)."""

    def evaluate(self, view: View) -> Ints:
        """Shape (rows,), duties."""
        found = clocks.instances(view, for_features=True)
        return np.bincount(found.row[_of_clock(found, None) & (found.state == State.OVERDUE)], minlength=view.rows)


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
        found = clocks.instances(view, for_features=True)
        owed = (found.state == State.RUNNING) | (found.state == State.OVERDUE)
        chosen = _of_clock(found, self.clock) & owed
        row, started, due = found.row[chosen], found.started[chosen], found.due[chosen]
        since = np.maximum(started, view.last_time(self.steps)[row]) if self.steps else started
        largest = np.zeros(view.rows)
        np.maximum.at(largest, row, (view.cutoff[row] - since) / np.maximum(due - started, DAY_US))
        return np.minimum(largest, self.cap)


@dataclass(frozen=True, slots=True)
class NearestDue:
    """Days until the duty of a clock (None: of any) is due, negative when late; `empty` where nothing is owed."""

    clock: str | None = None
    empty: float = 400.0

    def evaluate(self, view: View) -> Floats:
        """Shape (rows,), days."""
        found = clocks.instances(view, for_features=True)
        owed = _of_clock(found, self.clock) & ((found.state == State.RUNNING) | (found.state == State.OVERDUE))
        row = found.row[owed]
        nearest = np.full(view.rows, self.empty)
        np.minimum.at(nearest, row, (found.due[owed] - view.cutoff[row]) / DAY_US)
        return np.clip(nearest, -self.empty, self.empty)


def _of_clock(found: clocks.Instances, clock: str | None) -> NDArray[np.bool_]:
    return found.of(lambda rule: clock in (None, rule.code))


@dataclass(frozen=True, slots=True)
class IsEnded:
    """Whether the matter stands ended at the cutoff: 0 or 1."""

    def evaluate(self, view: View) -> Ints:
        """Shape (rows,), 0/1."""
        return (clocks.ended_at(view) < FAR_US).astype(np.int64)
