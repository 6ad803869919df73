"""When a matter stood still or ended, and by how much that moves what is due."""

import numpy as np

from data.times import DAY_US, FAR_US, day_number
from features.kernel import View
from features.order import Ints


def ended_at(view: View) -> Ints:
    """When the matter ended, FAR_US while it is open or was opened again. Shape (rows,)."""

    def make() -> Ints:
        last = view.last(("closers", "reopened"))
        ends = view.at(view.history.kinds.flags(("closers",))[view.history.kind], last, empty=False)
        return np.where(ends, view.at(view.history.occurred, last, FAR_US), FAR_US)

    return view.keep("ended_at", make)


def stops(view: View) -> list[tuple[Ints, Ints]]:
    """The stretches in which the matter stood suspended or ended, in order of time: of each row the first one's start
    and length, then the second's … (FAR_US and 0 for none), whole days up to the cutoff. Shapes (rows,)."""

    def make() -> list[tuple[Ints, Ints]]:
        history = view.history
        row, version = view.pairs_of(("suspended", "resumed", "closers", "reopened"))
        if not len(row):
            return []
        # Pairs stand in order of their versions, and so of time.
        order = row.argsort(kind="stable")
        row, version = row[order], version[order]
        begin = day_number(history.occurred[version]) * DAY_US
        # Each of these events holds until the next one of its row.
        end = day_number(view.cutoff[row]) * DAY_US
        np.copyto(end[:-1], begin[1:], where=row[1:] == row[:-1])
        stopped = history.kinds.flags(("suspended", "closers"))[history.kind[version]] & (end > begin)
        row, begin, length = row[stopped], begin[stopped], (end - begin)[stopped]
        turn = np.arange(len(row)) - row.searchsorted(row)
        found: list[tuple[Ints, Ints]] = []
        for number in range(int(turn.max(initial=-1)) + 1):
            these = turn == number
            start, time = np.full(view.rows, FAR_US), np.zeros(view.rows, dtype=np.int64)
            start[row[these]], time[row[these]] = begin[these], length[these]
            found.append((start, time))
        return found

    return view.keep("stops", make)


def stretched(view: View, row: Ints, since: Ints, due: Ints) -> Ints:
    """`due` moved by what the matter stood still from `since` on, as long as it was not yet over. Shape (n,).

    A stop after the due date moves nothing: what was missed stays missed.
    """
    since = day_number(since) * DAY_US
    for start, time in stops(view):
        counted = np.clip(start[row] + time[row] - since, 0, time[row])
        due = due + np.where(start[row] < due, counted, 0)
    return due


def unmoved_after(view: View, row: Ints, due: Ints, met: Ints) -> Ints:
    """`due` as `stretched` would have it without the stops that begin on the day of `met` or later. Shape (n,).

    A duty kept before the matter ended was due when it was due, not at the end of all time.
    """
    day = day_number(met) * DAY_US
    for start, time in reversed(stops(view)):
        # Stops stand in order of time: one moved the date if it began before what the date was without it.
        moved = (start[row] < due - time[row]) & (start[row] >= day)
        due = due - np.where(moved, time[row], 0)
    return due


def stood_since(view: View, row: Ints, since: Ints, until: Ints) -> Ints:
    """How long the matter stood still up to `until`, in stops that began at `since` or later. Shape (n,)."""
    stood = np.zeros(len(row), dtype=np.int64)
    for start, time in stops(view):
        stood += np.where(start[row] >= since, np.clip(until - start[row], 0, time[row]), 0)
    return stood
