"""The measures a feature may declare: small frozen values that a view can evaluate.

A measure that many features declare has `together`: from several of its kind one function that evaluates all of them
at once, which is what keeps a single matter fast.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from data.times import DAY_US, FAR_US
from features.kernel import Counts, Flags, Floats, View
from features.order import Ints


@dataclass(frozen=True, slots=True)
class Count:
    """How many events of `kinds` occurred in the last `days` (None: ever)."""

    kinds: tuple[str, ...]
    days: int | None = None

    def evaluate(self, view: View) -> Ints:
        """Shape (rows,), events."""
        return view.count(self.kinds, self.days).astype(np.int64)

    @staticmethod
    def together(measures: "Sequence[Count]") -> Callable[[View], Counts]:
        """Shape (measures, rows)."""
        keys = tuple((one.kinds, one.days) for one in measures)
        return lambda view: view.counts(keys)


@dataclass(frozen=True, slots=True)
class Occurred:
    """Whether an event of `kinds` occurred in the last `days` (None: ever): 0 or 1."""

    kinds: tuple[str, ...]
    days: int | None = None

    def evaluate(self, view: View) -> Ints:
        """Shape (rows,), 0/1."""
        return (view.count(self.kinds, self.days) > 0).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Lacks:
    """Whether no event of `kinds` has occurred yet: 1 or 0."""

    kinds: tuple[str, ...]

    def evaluate(self, view: View) -> Ints:
        """Shape (rows,), 0/1."""
        return (view.last(self.kinds) < 0).astype(np.int64)

    @staticmethod
    def together(measures: "Sequence[Lacks]") -> Callable[[View], Flags]:
        """Shape (measures, rows)."""
        groups = tuple(one.kinds for one in measures)
        return lambda view: view.lasts(groups) < 0


@dataclass(frozen=True, slots=True)
class DaysSince:
    """Days since the last event of `kinds`, `empty` without one; with `or_receipt` since receipt, if that is later."""

    kinds: tuple[str, ...]
    empty: float = 0.0
    or_receipt: bool = False
    cap: float = 3650.0

    def evaluate(self, view: View) -> Floats:
        """Shape (rows,), days."""
        return self.together((self,))(view)[0]

    @staticmethod
    def together(measures: "Sequence[DaysSince]") -> Callable[[View], Floats]:
        """Shape (measures, rows)."""
        groups = tuple(one.kinds for one in measures)
        empty = np.array([[one.empty] for one in measures])
        cap = np.array([[one.cap] for one in measures])
        from_receipt = np.array([[one.or_receipt] for one in measures])
        any_receipt = bool(from_receipt.any())

        def evaluate(view: View) -> Floats:
            when = view.last_times(groups)
            if any_receipt:
                receipt = view.receipt()
                since = np.where(receipt >= 0, np.maximum(when, receipt), -1)
                when = np.where(from_receipt, since, when)
            return np.minimum(view.days_before(when, empty), cap)

        return evaluate


@dataclass(frozen=True, slots=True)
class AgeDays:
    """Days since the receipt of the matter, capped."""

    cap: float = 3650.0

    def evaluate(self, view: View) -> Floats:
        """Shape (rows,), days."""
        return np.minimum(view.days_before(view.receipt(), 0.0), self.cap)


@dataclass(frozen=True, slots=True)
class CountSince:
    """How many events of `kinds` occurred after the last event of `anchor` (ever, where there is no anchor).

    With `or_receipt` those after receipt, if that is later: the contact that opened the matter is no return.
    """

    kinds: tuple[str, ...]
    anchor: tuple[str, ...]
    or_receipt: bool = False

    def evaluate(self, view: View) -> Ints:
        """Shape (rows,), events."""
        after = view.last_time(self.anchor)
        return view.count_after(self.kinds, np.maximum(after, view.receipt()) if self.or_receipt else after)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Days since the first event of `kinds` that no event of `answer` has followed; 0 where nothing waits."""

    kinds: tuple[str, ...]
    answer: tuple[str, ...]
    cap: float = 730.0

    def evaluate(self, view: View) -> Floats:
        """Shape (rows,), days."""
        answered = view.last_time(self.answer)
        row, version = view.pairs_of(self.kinds)
        occurred = view.history.occurred[version]
        # An answer of the same day counts as later: days are all a ledger knows.
        open_ones = occurred // DAY_US > answered[row] // DAY_US
        first = np.full(view.rows, FAR_US)
        np.minimum.at(first, row[open_ones], occurred[open_ones])
        return np.where(first < FAR_US, np.minimum((view.cutoff - first) / DAY_US, self.cap), 0.0)


@dataclass(frozen=True, slots=True)
class Renewed:
    """How many events of `kinds` came after the day of receipt, in the last `days` (None: ever).

    The first contact, which every matter has, is not one of them: so 0 is the ordinary, empty state.
    """

    kinds: tuple[str, ...]
    days: int | None = None

    def evaluate(self, view: View) -> Ints:
        """Shape (rows,), events."""
        return self.together((self,))(view)[0]

    @staticmethod
    def together(measures: "Sequence[Renewed]") -> Callable[[View], Ints]:
        """Shape (measures, rows)."""
        places: dict[tuple[str, ...], list[int]] = {}
        for place, one in enumerate(measures):
            places.setdefault(one.kinds, []).append(place)
        edges = np.array([[FAR_US if one.days is None else one.days * DAY_US] for one in measures])

        def evaluate(view: View) -> Ints:
            found = np.zeros((len(measures), view.rows), dtype=np.int64)
            for kinds, mine in places.items():
                row, version = view.pairs_of(kinds)
                occurred = view.history.occurred[version]
                age = view.cutoff[row] - occurred
                later = occurred // DAY_US > view.receipt()[row] // DAY_US
                window, pair = ((age <= edges[mine]) & later).nonzero()
                totals = np.bincount(window * view.rows + row[pair], minlength=len(mine) * view.rows)
                found[mine] = totals.reshape(len(mine), view.rows)
            return found

        return evaluate


@dataclass(frozen=True, slots=True)
class DaysSinceRenewed:
    """Days since the last event of `kinds` after the day of receipt; `empty` without one."""

    kinds: tuple[str, ...]
    empty: float

    def evaluate(self, view: View) -> Floats:
        """Shape (rows,), days."""
        # If any came after that day, the last one did.
        last = view.last_time(self.kinds)
        renewed = last // DAY_US > view.receipt() // DAY_US
        return np.minimum(view.days_before(np.where(renewed, last, -1), self.empty), self.empty)


@dataclass(frozen=True, slots=True)
class Gap:
    """Days between the last two events of `kinds`; `empty` with fewer than two."""

    kinds: tuple[str, ...]
    empty: float
    mean: bool = False

    def evaluate(self, view: View) -> Floats:
        """Shape (rows,), days."""
        number = view.count(self.kinds)
        last = view.last_time(self.kinds)
        if self.mean:
            span = last - view.first_time(self.kinds)
            return np.where(number > 1, span / DAY_US / np.maximum(number - 1, 1), self.empty)
        row, version = view.pairs_of(self.kinds)
        occurred = view.history.occurred[version]
        before = np.full(view.rows, -1, dtype=np.int64)
        earlier = version < view.last(self.kinds)[row]
        np.maximum.at(before, row[earlier], occurred[earlier])
        return np.where(before >= 0, (last - before) / DAY_US, self.empty)


@dataclass(frozen=True, slots=True)
class MaxPeople:
    """The largest band of people in the visible joint submissions: 0 none or not stated, 1, 2–4, 5 and more."""

    kinds: tuple[str, ...]

    def evaluate(self, view: View) -> Ints:
        """Shape (rows,), band 0–3."""
        row, version = view.pairs_of(self.kinds)
        found = np.zeros(view.rows, dtype=np.int64)
        np.maximum.at(found, row, view.history.people[version].astype(np.int64))
        return found


@dataclass(frozen=True, slots=True)
class Stage:
    """How far our handling has come: 0 received, 1 answered procedurally, 2 accepted, 3 answered, 4 explained.

    Only our own duties move it; remedies and contacts do not.
    """

    def evaluate(self, view: View) -> Ints:
        """Shape (rows,), 0–4."""
        return ((view.lasts(STAGES) >= 0) * _STEPS).max(axis=0)


STAGES: tuple[tuple[str, ...], ...] = (
    ("procedural_reply",),
    ("accepted", "case_review_opened"),
    ("substantive_reply",),
    ("explanation",),
)
_STEPS = np.arange(1, len(STAGES) + 1)[:, None]
MOVES = tuple(kind for kinds in STAGES for kind in kinds)


@dataclass(frozen=True, slots=True)
class StageDays:
    """Days since the last event that moves the stage (since receipt before any), capped."""

    cap: float = 1095.0

    def evaluate(self, view: View) -> Floats:
        """Shape (rows,), days."""
        return DaysSince(MOVES, or_receipt=True, cap=self.cap).evaluate(view)


@dataclass(frozen=True, slots=True)
class Excess:
    """How many more events of `kinds` than of `settled_by` there are, not below 0, less `allowed`."""

    kinds: tuple[str, ...]
    settled_by: tuple[str, ...] = ()
    allowed: int = 0

    def evaluate(self, view: View) -> Ints:
        """Shape (rows,), events."""
        return self.together((self,))(view)[0]

    @staticmethod
    def together(measures: "Sequence[Excess]") -> Callable[[View], Ints]:
        """Shape (measures, rows)."""
        counted = tuple((one.kinds, None) for one in measures)
        settled = tuple((one.settled_by, None) for one in measures)
        allowed = np.array([[one.allowed] for one in measures])
        return lambda view: np.maximum(view.counts(counted) - view.counts(settled) - allowed, 0)
