"""When a duty was kept: the first event of the right kinds from the day it began, or one event for one duty."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data.times import DAY_US, FAR_US, day_number
from features.kernel import View
from features.order import Ints
from features.plan import Kinds


@dataclass(frozen=True, slots=True)
class _Index:
    """The versions of each group of kinds in order of (group, matter, day), a sentinel behind the last."""

    #: (group * matters + matter) * span + day - first, ascending.
    key: Ints
    version: Ints
    matters: int
    first: int
    span: int


def first_met(view: View, groups: tuple[Kinds, ...], group: Ints, row: Ints, day: Ints) -> Ints:
    """For each (group, row, day) when the first visible event of the group from that day on occurred, else FAR_US.

    An answer of the same day counts as later: days are all a ledger knows.  Shapes (n,).
    """
    index = view.keep(("met", groups), lambda: _index(view, groups))
    found = np.full(len(row), FAR_US)
    if len(index.version) == 1:
        return found
    history = view.history
    cell = (group * index.matters + view.matter[row]) * index.span
    place = index.key.searchsorted(cell + np.clip(day - index.first, 0, index.span - 1))
    cell += index.span
    asked: Ints | None = None
    while True:
        version = index.version[place]
        inside = index.key[place] < cell
        seen = inside & (view.first_row[version] <= row) & (row < view.end_row[version])
        when = history.occurred[version]
        if asked is None:
            np.copyto(found, when, where=seen)
        else:
            found[asked[seen]] = when[seen]
        # Known late, or corrected since: one of the events behind it may still be visible, until the cutoff itself.
        further = (inside & ~seen & (when < view.cutoff[row])).nonzero()[0]
        if not len(further):
            return found
        asked = further if asked is None else asked[further]
        place, cell, row = place[further] + 1, cell[further], row[further]


def _index(view: View, groups: tuple[Kinds, ...]) -> _Index:
    history = view.history
    view.note(groups)
    flags = history.kinds.table(groups)
    matters = len(history.starts) - 1
    group, version = flags[:, history.kind].nonzero()
    day = history.occurred[version] // DAY_US
    first = int(day.min()) if len(day) else 0
    span = (int(day.max()) if len(day) else 0) - first + 2
    key = (group * matters + history.matter[version]) * span + (day - first)
    return _Index(
        np.append(key, np.iinfo(np.int64).max),
        np.append(version, version[:1] if len(version) else 0),
        matters,
        first,
        span,
    )


def kept_in_turn(view: View, kinds: Sequence[str], row: Ints, started: Ints, due: Ints) -> Ints:
    """One keeping event settles one duty that had started by that day, the earliest due first; FAR_US for those open.

    Each duty in turn takes the first event left, so that one more event can only settle more, and earlier.
    """
    event_row, version = view.pairs_of(kinds)
    order = np.lexsort((view.history.occurred[version], event_row))
    event_row, occurred = event_row[order], view.history.occurred[version][order]
    free = np.ones(len(event_row), dtype=bool)
    met = np.full(len(row), FAR_US)
    duties = np.lexsort((started, due, row))
    turn = np.arange(len(row)) - np.searchsorted(row[duties], row[duties])
    for number in range(int(turn.max(initial=-1)) + 1):
        duty = duties[turn == number]  # at most one of each row
        place, end = np.searchsorted(event_row, row[duty]), np.searchsorted(event_row, row[duty], side="right")
        duty, place, end = duty[place < end], place[place < end], end[place < end]
        while len(duty):
            fits = free[place] & (day_number(occurred[place]) >= day_number(started[duty]))
            met[duty[fits]], free[place[fits]] = occurred[place[fits]], False
            more = ~fits & (place + 1 < end)
            duty, place, end = duty[more], place[more] + 1, end[more]
    return met
