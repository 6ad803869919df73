"""Which monthly follow-ups were owed, kept and missed: after the three months, until an answer or the end."""

from dataclasses import dataclass

import numpy as np

from data.times import DAY_US, add_months_to_day, month_number
from features.clock_rules import State
from features.kernel import Flags, View, distinct
from features.order import Ints
from features.plan import Kinds
from features.standstill import ended_at, stood_since, stretched

_RUNNING, _MET, _OVERDUE, _MISSED = int(State.RUNNING), int(State.MET), int(State.OVERDUE), int(State.MISSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Months:
    """The months of each row in which a follow-up was owed; `kept` are the months kept, as place * 4096 + month.

    `row`, `begin`, `until`, `elapsed` (months over) and `last_in` (the last month with an answer, -1 for none) have one
    value for each row that ever owed a follow-up.
    """

    row: Ints
    begin: Ints
    until: Ints
    elapsed: Ints
    last_in: Ints
    kept: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUps:
    """The follow-ups missed so far, gathered, and the one that runs: at most one of each for a row."""

    row: Ints
    started: Ints
    due: Ints
    state: Ints
    times: Ints


def follow_ups(view: View, kinds: Kinds, row: Ints, begin: Ints, answered: Ints, impossible: Flags) -> FollowUps:
    """The follow-ups of `row`s whose months begin at `begin` (midnights) and end with `answered`, FAR_US for never.

    None is owed where no reply is possible (`impossible`, of all rows).
    """
    found = _months(view, kinds, row, begin, answered, impossible)
    row, begin, until, elapsed, kept = found.row, found.begin, found.until, found.elapsed, found.kept
    if not len(row):
        return FollowUps(row=row, started=row, due=row, state=row, times=row)
    still_owed = until >= view.cutoff[row]
    full = kept % 4096 < elapsed[kept // 4096]
    missed = elapsed - np.bincount(kept[full] // 4096, minlength=len(row))
    overdue = still_owed & (elapsed > 0) & (found.last_in < elapsed - 1)
    late, current = (missed > 0).nonzero()[0], still_owed.nonzero()[0]
    # Where nothing has come since a follow-up failed, it is that one which is overdue, not the latest.
    open_since = np.where(overdue, found.last_in + 2, elapsed)[late]
    these = np.concatenate([late, current, current])
    # The end, exclusive, of a month of each row, stops included.
    months = np.concatenate([open_since, elapsed[current], elapsed[current] + 1])
    days = add_months_to_day(begin[these] // DAY_US, months) + 1
    ends = stretched(view, row[these], begin[these] + DAY_US, days * DAY_US)
    one, two = len(late), len(late) + len(current)
    gathered, previous, running = ends[:one], ends[one:two], ends[two:]
    return FollowUps(
        row=np.concatenate([row[late], row[current]]),
        started=np.concatenate([begin[late], np.where(elapsed[current] > 0, previous - DAY_US, begin[current])]),
        due=np.concatenate([gathered, running]),
        state=np.concatenate(
            [
                np.where(overdue[late], _OVERDUE, _MISSED),
                np.where(found.last_in[current] >= elapsed[current], _MET, _RUNNING),
            ]
        ),
        times=np.concatenate([missed[late], np.zeros(len(current), dtype=np.int64)]),
    )


def each_month(
    view: View, kinds: Kinds, row: Ints, begin: Ints, answered: Ints, impossible: Flags
) -> tuple[Ints, Ints, Flags]:
    """Each follow-up whose month is over, one by one: its row, when it was due (exclusive) and whether it was made.

    An answer given after the month counts for the month it was given in.  Shapes (follow-ups,).
    """
    found = _months(view, kinds, row, begin, answered, impossible)
    place = np.repeat(np.arange(len(found.row)), found.elapsed)
    month = np.arange(len(place)) - np.repeat(np.cumsum(found.elapsed) - found.elapsed, found.elapsed)
    first = found.begin[place]
    days = add_months_to_day(first // DAY_US, month + 1) + 1
    due = stretched(view, found.row[place], first + DAY_US, days * DAY_US)
    return found.row[place], due, np.isin(place * 4096 + month, found.kept)


def _months(view: View, kinds: Kinds, row: Ints, begin: Ints, answered: Ints, impossible: Flags) -> _Months:
    pair_row, version = view.pairs_of(kinds)
    until = np.minimum(np.minimum(answered, ended_at(view)[row]), view.cutoff[row])
    owed = (until > begin) & ~impossible[row]
    row, begin, until = row[owed], begin[owed], until[owed]
    if not len(row):
        return _Months(row=row, begin=row, until=row, elapsed=row, last_in=row, kept=row)
    # Months are counted in time that ran: a month in which the matter stood still is longer.
    elapsed = _whole_months(begin, until - stood_since(view, row, begin + DAY_US, until))
    place = np.full(view.rows, -1, dtype=np.int64)
    place[row] = np.arange(len(row))
    owner = place[pair_row]
    occurred = view.history.occurred[version]
    after = (owner >= 0) & (occurred >= begin[owner] + DAY_US)
    owner, occurred = owner[after], occurred[after]
    ran = occurred - stood_since(view, row[owner], begin[owner] + DAY_US, occurred)
    period = _whole_months(begin[owner], ran)
    last_in = np.full(len(row), -1, dtype=np.int64)
    np.maximum.at(last_in, owner, period)
    kept = distinct(owner * 4096 + period)
    return _Months(row=row, begin=begin, until=until, elapsed=elapsed, last_in=last_in, kept=kept)


def _whole_months(begin: Ints, until: Ints) -> Ints:
    """How many months after `begin` (midnights) have passed with the whole of their last day by `until`. Shape (n,)."""
    first = begin // DAY_US
    months = np.maximum(month_number(until // DAY_US) - month_number(first), 0)
    return np.maximum(months - ((add_months_to_day(first, months) + 1) * DAY_US > until), 0)
