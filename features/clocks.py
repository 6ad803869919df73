"""Which duty of ours is due when: statutory clocks as a pure function of the visible history.

One table of dated rules, one evaluation, used by features, must-act rules, the point sheet and the desk alike.
`due` is exclusive: a reply due on 8 March is late from 00:00 on 9 March.  Sources: domain facts, "Clocks".
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.contract import Register
from data.times import DAY_US, FAR_US, add_months, day_number
from features.clock_rules import BY_CODE, ClockRule, State
from features.history import Ints
from features.kernel import View, distinct
from features.snapshots import make_view
from features.standstill import ended_at, stood_since, stretched
from features.timing import SHIPPED, Timing
from features.workdays import add_workdays


@dataclass(frozen=True, slots=True, kw_only=True)
class Instances:
    """Clocks running, met or missed at snapshot rows; all arrays have shape (instances,).

    `clock` numbers into `rules`; instants are local wall-clock microseconds, `due` exclusive, FAR_US for none;
    `times` is how often the duty was missed (monthly follow-ups are gathered in one instance).
    """

    row: Ints
    clock: NDArray[np.int8]
    started: Ints
    due: Ints
    met: Ints
    state: NDArray[np.int8]
    times: Ints
    rules: tuple[ClockRule, ...]

    def of(self, chosen: Callable[[ClockRule], bool]) -> NDArray[np.bool_]:
        """Which instances belong to the rules `chosen` says yes to. Shape (instances,)."""
        return np.array([chosen(rule) for rule in self.rules], dtype=bool)[self.clock]


def instances(view: View, *, for_features: bool = False) -> Instances:
    """Every clock of every row of `view`, or those that feed features (cached with the view)."""

    def make() -> Instances:
        parts: list[Instances] = []
        for number, rule in enumerate(view.timing.rules):
            if for_features and not rule.feature:
                continue
            if rule.monthly_after is not None:
                parts.extend(_monthly(view, number, rule))
            else:
                parts.append(_single(view, number, rule))
        return Instances(
            **{
                name: np.concatenate([getattr(part, name) for part in parts])
                for name in ("row", "clock", "started", "due", "met", "state", "times")
            },
            rules=view.timing.rules,
        )

    return view.keep(("clocks", for_features), make)


def _due(rule: ClockRule, started: Ints, own: Ints, timing: Timing) -> Ints:
    if rule.months is not None:
        return add_months(day_number(started) * DAY_US, rule.months) + DAY_US
    if rule.days is None:
        return np.where(own < FAR_US, day_number(own) * DAY_US + DAY_US, FAR_US)
    if rule.counts == "working" or (rule.counts == "setting" and timing.working_days):
        return (add_workdays(day_number(started), rule.days, rest=timing.rest, work=timing.work) + 1) * DAY_US
    return (day_number(started) + rule.days + 1) * DAY_US


def _reply_impossible(view: View) -> NDArray[np.bool_]:
    told = view.last(["attribute:reply_possible"])
    return view.at(view.history.number, told, 1) == 0


def _on_path(view: View, path: str | None, row: Ints) -> NDArray[np.bool_]:
    if path is None:
        return np.ones(len(row), dtype=bool)
    code = view.history.texts.index(path) if path in view.history.texts else -2
    return view.at(view.history.code, view.last(["attribute:procedure_path"]), -1)[row] == code


def _first_after(view: View, kinds: Sequence[str], row: Ints, started: Ints) -> Ints:
    """For each (row, started): the first visible event of `kinds` from that day on, FAR_US where there is none.

    An answer of the same day counts as later: days are all a ledger knows.
    """
    started = day_number(started) * DAY_US
    pair_row, version = view.pairs_of(kinds)
    if not len(pair_row) or not len(row):
        return np.full(len(row), FAR_US)
    occurred = view.history.occurred[version]
    order = np.lexsort((occurred, pair_row))
    pair_row, occurred = pair_row[order], occurred[order]
    # Position of the first pair of this row that is not earlier: one search over a combined, sorted rank.
    stamps = distinct(np.concatenate([occurred, started]))
    width = len(stamps) + 1
    keys = pair_row * width + np.searchsorted(stamps, occurred)
    wanted = np.searchsorted(keys, row * width + np.searchsorted(stamps, started))
    safe = np.minimum(wanted, len(keys) - 1)
    return np.where((wanted < len(keys)) & (pair_row[safe] == row), occurred[safe], FAR_US)


def _single(view: View, number: int, rule: ClockRule) -> Instances:
    history = view.history
    if rule.starts:
        kinds = ["remedy"] if rule.starts == ("remedy_started",) else list(rule.starts)
        versions = view.select(kinds)
        if rule.starts == ("remedy_started",):
            answered = history.kinds.ids["remedy_answered"]
            versions = versions[history.kind[versions] != answered]
        row, version = view.pairs(versions)
        started, own = history.occurred[version], history.due[version]
    else:
        receipt = view.receipt()
        row = np.flatnonzero(receipt >= 0).astype(np.int64)
        started, own = receipt[row], np.full(len(row), FAR_US)
    keep = _on_path(view, rule.procedure_path, row) & (started >= rule.valid_from) & (started < rule.valid_until)
    if rule.not_after:
        first = view.first_time(rule.not_after)[row]
        keep &= (first < 0) | (day_number(first) >= day_number(started))
    row, started, own = row[keep], started[keep], own[keep]
    begun = started
    if rule.restarts:
        begun = np.maximum(started, view.last_time(rule.restarts)[row])
    elif rule.code == "substantive_reply":
        begun = _answer_from(view)[row]
    due = _due(rule, begun, own, view.timing)
    if rule.extension_days:
        due = due + (view.count(["extended"])[row] > 0) * rule.extension_days * DAY_US
    if rule.pauses:
        due = stretched(view, row, begun, due)
    if rule.code == "substantive_reply":
        due = np.maximum(due, _granted(view)[row])
    dated = due < FAR_US
    row, started, due = row[dated], started[dated], due[dated]
    if rule.in_turn:
        met = _kept_in_turn(view, rule.met_by, row, started, due)
    else:
        met = _first_after(view, rule.met_by, row, started)
    return _judge(view, number, rule, row, started, due, met)


def _answer_from(view: View) -> Ints:
    """From when the three months run: receipt, or the first acceptance where the setting says so. Shape (rows,).

    Without an acceptance they run from receipt: a matter nobody accepts waits no longer than one somebody did.
    """
    receipt = view.receipt()
    return np.maximum(receipt, view.first_time(["accepted"])) if view.timing.from_acceptance else receipt


def _granted(view: View) -> Ints:
    """Until when the reply was extended at most, exclusive; -1 where no date was granted. Shape (rows,)."""
    row, version = view.pairs_of(["extended"])
    own = view.history.due[version]
    dated = own < FAR_US
    row, version, own = row[dated], version[dated], own[dated]
    found = np.full(view.rows, -1, dtype=np.int64)
    due = stretched(view, row, view.history.occurred[version], day_number(own) * DAY_US + DAY_US)
    np.maximum.at(found, row, due)
    return found


def _kept_in_turn(view: View, kinds: Sequence[str], row: Ints, started: Ints, due: Ints) -> Ints:
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


def _judge(view: View, number: int, rule: ClockRule, row: Ints, started: Ints, due: Ints, met: Ints) -> Instances:
    cutoff = view.cutoff[row]
    ended = ended_at(view)[row]
    ended = np.where(ended >= started, ended, FAR_US)
    state = np.where(
        met < FAR_US,
        np.where(met < due, State.MET, State.MET_LATE),
        np.where(due <= cutoff, State.OVERDUE, State.RUNNING),
    )
    if rule.ends_with_matter:
        unmet = met >= FAR_US
        # An answer that came late, after the end, is no worse than none: both owe nothing.
        state = np.where((met >= due) & (ended < due), State.WAIVED, state)
        state = np.where(unmet & (ended < FAR_US) & (ended >= due), State.MISSED, state)
    if rule.waived_by:
        waived = _first_after(view, rule.waived_by, row, started)
        state = np.where((waived < due) & (waived < met) & (state != State.MET), State.WAIVED, state)
    if rule.kind != "duty":
        lapsed = (state == State.OVERDUE) | (state == State.MISSED)
        # What a person asked for late is no failing of theirs, nor of ours.
        state = np.where(lapsed | ((state == State.MET_LATE) & (rule.kind == "right")), State.WAIVED, state)
    if rule.needs_reply_possible:
        state = np.where(_reply_impossible(view)[row], State.WAIVED, state)
    late = (state == State.MET_LATE) | (state == State.OVERDUE) | (state == State.MISSED)
    return Instances(
        row=row,
        clock=np.full(len(row), number, dtype=np.int8),
        started=started,
        due=due,
        met=met,
        state=state.astype(np.int8),
        times=(late & (rule.kind == "duty")).astype(np.int64),
        rules=view.timing.rules,
    )


def _monthly(view: View, number: int, rule: ClockRule) -> tuple[Instances, Instances]:
    """Follow-ups owed month by month after the reply's due date, until we answered or the matter ended."""
    receipt = view.receipt()
    row = np.flatnonzero((receipt >= 0) & ~_reply_impossible(view)).astype(np.int64)
    months = BY_CODE["substantive_reply"].months or 0
    since = _answer_from(view)[row]
    first_due = add_months(day_number(since) * DAY_US, months) + DAY_US
    begin = stretched(view, row, since, first_due) - DAY_US
    answered = _first_after(view, ["substantive_reply"], row, receipt[row])
    until = np.minimum(np.minimum(answered, ended_at(view)[row]), view.cutoff[row])
    owed = until > begin
    row, begin, until = row[owed], begin[owed], until[owed]
    still_owed = until >= view.cutoff[row]
    # Months are counted in time that ran: a month in which the matter stood still is longer.
    elapsed = _whole_months(begin, until - stood_since(view, row, begin + DAY_US, until))
    pair_row, version = view.pairs_of(rule.met_by)
    place = np.full(view.rows, -1, dtype=np.int64)
    place[row] = np.arange(len(row))
    owner = place[pair_row]
    occurred = view.history.occurred[version]
    inside = owner >= 0
    owner, occurred = owner[inside], occurred[inside]
    later = occurred >= begin[owner] + DAY_US
    owner, occurred = owner[later], occurred[later]
    ran = occurred - stood_since(view, row[owner], begin[owner] + DAY_US, occurred)
    period = _whole_months(begin[owner], ran)
    last_in = np.full(len(row), -1, dtype=np.int64)
    np.maximum.at(last_in, owner, period)
    kept = distinct(owner * 4096 + period)
    full = kept % 4096 < elapsed[kept // 4096]
    kept_full = np.bincount(kept[full] // 4096, minlength=len(row))
    missed = elapsed - kept_full
    overdue = still_owed & (elapsed > 0) & (last_in < elapsed - 1)
    late, current = missed > 0, still_owed
    # Where nothing has come since a follow-up failed, it is that one which is overdue, not the latest.
    open_since = np.where(overdue, last_in + 2, elapsed)
    clock = np.full(len(row), number, dtype=np.int8)
    far = np.full(len(row), FAR_US)

    def month(count: Ints) -> Ints:
        """The end, exclusive, of the `count`-th month of each row, stops included."""
        return stretched(view, row, begin + DAY_US, add_months(begin, count) + DAY_US)

    gathered = Instances(
        row=row[late],
        clock=clock[late],
        started=begin[late],
        due=month(open_since)[late],
        met=far[late],
        state=np.where(overdue[late], State.OVERDUE, State.MISSED).astype(np.int8),
        times=missed[late],
        rules=view.timing.rules,
    )
    running = Instances(
        row=row[current],
        clock=clock[current],
        started=np.where(elapsed > 0, month(elapsed) - DAY_US, begin)[current],
        due=month(elapsed + 1)[current],
        met=far[current],
        state=np.where(last_in[current] >= elapsed[current], State.MET, State.RUNNING).astype(np.int8),
        times=np.zeros(int(current.sum()), dtype=np.int64),
        rules=view.timing.rules,
    )
    return gathered, running


def _whole_months(begin: Ints, until: Ints) -> Ints:
    """How many months after `begin` have passed with the whole of their last day by `until`. Shape (n,)."""
    start = day_number(begin).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    end = day_number(until).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    months = np.maximum(end - start, 0)
    return np.maximum(months - (add_months(begin, months) + DAY_US > until), 0)


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
