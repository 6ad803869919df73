"""Which duty of ours is due when: statutory clocks as a pure function of the visible history.

One table of dated rules, one evaluation of all of them together, used by features, must-act rules, the point sheet and
the desk alike.  `due` is exclusive: a reply due on 8 March is late from 00:00 on 9 March.  Sources: domain facts,
"Clocks".
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.contract import Register
from data.times import DAY_US, FAR_US, add_months_to_day
from features.clock_rules import ClockRule, State
from features.clock_table import RuleTable, rule_table
from features.follow_ups import each_month, follow_ups
from features.kernel import Flags, View
from features.met import first_met, kept_in_turn
from features.order import Ints
from features.snapshots import make_view
from features.standstill import ended_at, stretched
from features.timing import SHIPPED, Timing
from features.workdays import workdays

#: Plain integers: arrays take them several times faster than members of an enumeration.
_RUNNING, _MET, _MET_LATE, _OVERDUE, _WAIVED, _MISSED = (int(state) for state in State)


@dataclass(frozen=True, slots=True, kw_only=True)
class Instances:
    """Clocks running, met or missed at snapshot rows; all arrays have shape (instances,).

    `clock` numbers into `rules`; instants are local wall-clock microseconds, `due` exclusive, FAR_US for none;
    `times` is how often the duty was missed (monthly follow-ups are gathered in one instance); `owed` is whether it
    runs or is overdue.
    """

    row: Ints
    clock: Ints
    started: Ints
    due: Ints
    met: Ints
    state: Ints
    times: Ints
    owed: Flags
    rules: tuple[ClockRule, ...]
    #: Row, first midnight and answer (FAR_US for none) of each chain of monthly follow-ups.
    followed: tuple[Ints, Ints, Ints]
    #: The place of each clock among `rules` by its code; None stands behind them, for all together.
    place: dict[str | None, int]

    def of(self, chosen: Callable[[ClockRule], bool]) -> NDArray[np.bool_]:
        """Which instances belong to the rules `chosen` says yes to. Shape (instances,)."""
        return np.array([chosen(rule) for rule in self.rules], dtype=bool)[self.clock]


def instances(view: View, *, for_features: bool = False) -> Instances:
    """Every clock of every row of `view`, or those that feed features (cached with the view)."""
    return view.keep(
        ("clocks", for_features), lambda: _instances(view, rule_table(view.timing, for_features=for_features))
    )


def _instances(view: View, table: RuleTable) -> Instances:
    row, clock, started, own = _started(view, table)
    present = np.bincount(clock, minlength=len(table.rules) + 1)
    day = started // DAY_US
    begun = _begun(view, table, present, row, clock, day)
    due_day = _due(table, view.timing, clock, begun, own)
    for number in table.having_extension:
        extended = view.count(("extended",)) > 0
        if present[number]:
            due_day += np.where((clock == number) & extended[row], table.rules[number].extension_days, 0)
    due = due_day * DAY_US
    pausing = table.pauses[clock].nonzero()[0]
    due[pausing] = stretched(view, row[pausing], begun[pausing] * DAY_US, due[pausing])
    until = _granted(view)
    if until is not None:
        due = np.where(clock == table.granted, np.maximum(due, until[row]), due)
    met = first_met(view, table.groups, table.met_by[clock], row, day)
    for number in table.in_turn:
        kinds = table.rules[number].met_by
        view.pairs_of(kinds)
        if present[number]:
            mine = (clock == number).nonzero()[0]
            met[mine] = kept_in_turn(view, kinds, row[mine], started[mine], due[mine])
    state = _judged(view, table, clock, row, started, due, met)
    late = (state == _MET_LATE) | (state == _OVERDUE) | (state == _MISSED)
    # Behind the clocks stands where the monthly follow-ups begin: one of each row that was received.
    low = len(row) - int(present[-1])
    followed = (row[low:], due[low:] - DAY_US, met[low:])
    months = follow_ups(view, table.rules[table.monthly].met_by, *followed, reply_impossible(view))
    state = np.concatenate([state[:low], months.state])
    return Instances(
        row=np.concatenate([row[:low], months.row]),
        clock=np.concatenate([clock[:low], np.full(len(months.row), table.monthly)]),
        started=np.concatenate([started[:low], months.started]),
        due=np.concatenate([due[:low], months.due]),
        met=np.concatenate([met[:low], np.full(len(months.row), FAR_US)]),
        state=state,
        times=np.concatenate([(late & table.duty[clock])[:low], months.times]),
        owed=(state == _RUNNING) | (state == _OVERDUE),
        rules=table.rules,
        followed=followed,
        place=table.place,
    )


def _started(view: View, table: RuleTable) -> tuple[Ints, Ints, Ints, Ints]:
    """(row, rule, started, own due date) of every clock that may have begun; those of the last rule stand last."""
    history, receipt = view.history, view.receipt()
    row_of, version_of, number = [], [], []
    for rule, kinds in table.from_events:
        row, version = view.pairs_of(kinds)
        if len(row):
            row_of.append(row)
            version_of.append(version)
            number.append((rule, len(row)))
    received = (receipt >= 0).nonzero()[0]
    rules, at_receipt = table.from_receipt, len(received)
    row = np.concatenate([*row_of, *[received] * len(rules)])
    version = np.concatenate([*version_of, received[:0]])
    clock = np.array([rule for rule, _ in number] + list(rules)).repeat(
        [length for _, length in number] + [at_receipt] * len(rules)
    )
    started = np.concatenate([history.occurred[version], *[receipt[received]] * len(rules)])
    own = np.full(len(row), FAR_US)
    own[: len(version)] = history.due[version]
    # A clock without days or months and without a date of its own is none.
    keep = _on_path(view, table, row, clock) & ((own < FAR_US) | table.timed[clock])
    if table.dated:
        keep &= (started >= table.valid_from[clock]) & (started < table.valid_until[clock])
    for rule in table.having_not_after:
        first = view.first_time(table.rules[rule].not_after)[row] // DAY_US
        keep &= (clock != rule) | (first < 0) | (first >= started // DAY_US)
    return row[keep], clock[keep], started[keep], own[keep]


def _on_path(view: View, table: RuleTable, row: Ints, clock: Ints) -> Flags:
    codes = _path_codes(view.history.texts, table.paths)
    told = view.at(view.history.code, view.last(("attribute:procedure_path",)), -1)
    path = table.path[clock]
    return (path < 0) | (codes[path] == told[row])


@lru_cache(maxsize=64)
def _path_codes(texts: tuple[str, ...], paths: tuple[str, ...]) -> Ints:
    """Each path's place among the texts, -2 where it is not among them; one more for "any"."""
    return np.array([texts.index(path) if path in texts else -2 for path in (*paths, "")])


def reply_impossible(view: View) -> Flags:
    """Whether nobody can be answered. Shape (rows,)."""
    return view.at(view.history.number, view.last(("attribute:reply_possible",)), 1) == 0


def _begun(view: View, table: RuleTable, present: Ints, row: Ints, clock: Ints, day: Ints) -> Ints:
    """The day from which the time of each clock runs: its start, a restart, or acceptance where the setting says so."""
    for rules, kinds in [(table.answers, ("accepted",))] * bool(table.answers):
        first = view.first_time(kinds)[row] // DAY_US
        day = np.where(np.isin(clock, rules), np.maximum(day, first), day)
    for rule in table.having_restarts:
        again = view.last_time(table.rules[rule].restarts)
        if present[rule]:
            day = np.where(clock == rule, np.maximum(day, again[row] // DAY_US), day)
    return day


def _due(table: RuleTable, timing: Timing, clock: Ints, day: Ints, own: Ints) -> Ints:
    """The day each clock is due, exclusive. Shape (clocks,)."""
    due = np.where(table.timed[clock], day + table.days[clock], own // DAY_US)
    monthly = table.by_month[clock].nonzero()[0]
    due[monthly] = add_months_to_day(day[monthly], table.months[clock[monthly]])
    working = table.working[clock].nonzero()[0]
    if len(working):
        calendar = workdays(timing.rest, timing.work)
        count = table.days[clock[working]]
        place = calendar.searchsorted(day[working], side="right") + count - 1
        due[working] = np.where(count > 0, calendar[np.minimum(place, len(calendar) - 1)], day[working])
    due += 1
    return due


def _granted(view: View) -> Ints | None:
    """Until when the reply was extended at most, exclusive; -1 where no date was granted. Shape (rows,)."""
    row, version = view.pairs_of(("extended",))
    if not len(row):
        return None
    own = view.history.due[version]
    dated = own < FAR_US
    row, version, own = row[dated], version[dated], own[dated]
    found = np.full(view.rows, -1, dtype=np.int64)
    due = stretched(view, row, view.history.occurred[version], (own // DAY_US + 1) * DAY_US)
    np.maximum.at(found, row, due)
    return found


def _judged(view: View, table: RuleTable, clock: Ints, row: Ints, started: Ints, due: Ints, met: Ints) -> Ints:
    ended = ended_at(view)[row]
    ended = np.where(ended >= started, ended, FAR_US)
    unmet, late = met >= FAR_US, met >= due
    state = np.where(
        unmet,
        np.where(due <= view.cutoff[row], _OVERDUE, _RUNNING),
        np.where(late, _MET_LATE, _MET),
    )
    # An answer that came late, after the end, is no worse than none: both owe nothing.
    over = table.ends_with_matter[clock] & (ended < FAR_US)
    state[over & late & (ended < due)] = _WAIVED
    state[over & unmet & (ended >= due)] = _MISSED
    waivable = (table.waived_by[clock] >= 0).nonzero()[0]
    if len(waivable):
        group = table.waived_by[clock[waivable]]
        waived = first_met(view, table.groups, group, row[waivable], started[waivable] // DAY_US)
        spared = (waived < due[waivable]) & (waived < met[waivable]) & (state[waivable] != _MET)
        state[waivable[spared]] = _WAIVED
    chance = ~table.duty[clock]
    # What a person asked for late is no failing of theirs, nor of ours; what we need not do lapses.
    state[chance & ((state == _OVERDUE) | (state == _MISSED))] = _WAIVED
    state[table.right[clock] & (state == _MET_LATE)] = _WAIVED
    state[table.needs_reply_possible[clock] & reply_impossible(view)[row]] = _WAIVED
    return state


def each_follow_up(view: View) -> pl.DataFrame:
    """Each monthly follow-up whose month is over, in (row, due) order, where `clock_frame` gathers those missed.

    Columns: row, due (wall-clock µs, exclusive), kept.
    """
    found = instances(view)
    kinds = found.rules[found.place["monthly_follow_up"]].met_by
    row, due, kept = each_month(view, kinds, *found.followed, reply_impossible(view))
    return pl.DataFrame({"row": row, "due": due, "kept": kept}).sort("row", "due")


def clock_frame(view: View) -> pl.DataFrame:
    """The clocks of a view as rows for people and rules: one per instance, in (row, due) order.

    Columns: row, clock, started, due, met (wall-clock µs, null for none), state (name), times, days_left (whole days
    to the exclusive due instant: 1 on the last day, 0 and below when late), zh, en, article, kind.
    """
    found = instances(view)
    rules = [found.rules[number] for number in found.clock]
    return (
        pl.DataFrame(
            {
                "row": found.row,
                "clock": [rule.code for rule in rules],
                "started": found.started,
                "due": found.due,
                "met": found.met,
                "state": [State(code).name.lower() for code in found.state],
                "times": found.times,
                "days_left": np.ceil((found.due - view.cutoff[found.row]) / DAY_US).astype(np.int64),
                "zh": [rule.zh for rule in rules],
                "en": [rule.en for rule in rules],
                "article": [rule.article for rule in rules],
                "kind": [rule.kind for rule in rules],
            },
            schema_overrides=dict.fromkeys(("clock", "state", "zh", "en", "article", "kind"), pl.String),
        )
        .with_columns(met=pl.when(pl.col("met") < FAR_US).then("met"))
        .sort("row", "due", "clock", "started")
    )


def clock_table(register: Register, snapshots: pl.DataFrame, *, timing: Timing = SHIPPED) -> pl.DataFrame:
    """As `clock_frame`, for (matter_id, cutoff) snapshots of a register, with those two columns instead of row."""
    view, rows = make_view(register, snapshots, timing=timing)
    return (
        clock_frame(view)
        .join(rows.with_row_index("row").with_columns(pl.col("row").cast(pl.Int64)), on="row", maintain_order="left")
        .drop("row")
    )
