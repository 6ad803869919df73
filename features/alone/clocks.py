"""Which duty of ours was due when, for one matter alone: the rule table compiled to plain Python.

The same rules, in the same order of steps, as `features.clocks` runs over arrays; each step is explained there.
"""

from bisect import bisect_right
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from data.times import DAY_US, FAR_US
from features.alone.seen import Asks, Seen
from features.clock_rules import ClockRule, State
from features.clock_table import RuleTable, rule_table
from features.workdays import workdays

_RUNNING, _MET, _MET_LATE, _OVERDUE, _WAIVED, _MISSED = (int(state) for state in State)
_LATE = frozenset((_MET_LATE, _OVERDUE, _MISSED))
_EPOCH = date(1970, 1, 1).toordinal()
#: clock, started, due, state, times; a clock's number is its place in the rule table.
Instance = tuple[int, int, int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """A clock rule with its groups of kinds as numbers."""

    number: int
    rule: ClockRule
    starts: int | None
    met_by: int
    waived_by: int | None
    restarts: int | None
    not_after: int | None
    working: bool
    from_acceptance: bool


class Clocks:
    """The clocks that feed features, compiled for the groups of `asks`."""

    def __init__(self, asks: Asks) -> None:
        self.table: RuleTable = rule_table(asks.timing, for_features=True)
        timing, group = asks.timing, asks.group
        self.calendar: list[int] = workdays(timing.rest, timing.work).tolist()
        self.extended = group(("extended",))
        self.accepted = group(("accepted",))
        self.path = group(("attribute:procedure_path",))
        self.reply_possible = group(("attribute:reply_possible",))

        def some(kinds: tuple[str, ...]) -> int | None:
            return group(kinds) if kinds else None

        self.rules = [
            _Rule(
                number=number,
                rule=rule,
                starts=some(rule.starts),
                met_by=group(rule.met_by),
                waived_by=some(rule.waived_by),
                restarts=some(rule.restarts),
                not_after=some(rule.not_after),
                working=bool(self.table.working[number]),
                from_acceptance=number in self.table.answers,
            )
            for number, rule in enumerate((*self.table.rules, self.table.base))
        ]
        self.follow_up = self.rules[self.table.monthly]

    def instances(self, seen: Seen) -> list[Instance]:
        """Every clock of the matter that runs, was met or missed."""
        path = self._path(seen)
        impossible = self._impossible(seen)
        granted = self._granted(seen)
        found: list[Instance] = []
        for one in self.rules:
            rule = one.rule
            if rule.monthly_after is not None or (rule.procedure_path is not None and rule.procedure_path != path):
                continue
            begun = self._begun(seen, one)
            if rule.in_turn:
                met = self._kept_in_turn(seen, one, begun)
            else:
                met = [seen.first_from(one.met_by, started // DAY_US) for started, _ in begun]
            for (started, due), answered in zip(begun, met, strict=True):
                if one.number == len(self.table.rules):
                    # Behind the clocks stands where the monthly follow-ups begin.
                    found += self._follow_ups(seen, due - DAY_US, answered, impossible)
                    continue
                late = max(due, granted) if one.number == self.table.granted else due
                state = self._judged(seen, one, started, late, answered, impossible)
                found.append((one.number, started, late, state, int(state in _LATE and rule.kind == "duty")))
        return found

    def _path(self, seen: Seen) -> str | None:
        places = seen.at[self.path]
        code = int(seen.history.code[places[-1]]) if places else -1
        return seen.history.texts[code] if code >= 0 else None

    def _impossible(self, seen: Seen) -> bool:
        places = seen.at[self.reply_possible]
        return bool(places) and int(seen.history.number[places[-1]]) == 0

    def _granted(self, seen: Seen) -> int:
        """Until when the reply was extended at most, exclusive; -1 where no date was granted."""
        found = -1
        for place in seen.at[self.extended]:
            own = int(seen.history.due[place])
            if own < FAR_US:
                found = max(found, seen.stretched(seen.occurred[place], (own // DAY_US + 1) * DAY_US))
        return found

    def _begun(self, seen: Seen, one: _Rule) -> list[tuple[int, int]]:
        """When each clock of a rule began and is due, exclusive."""
        rule = one.rule
        if one.starts is None:
            starts = [(seen.receipt, FAR_US)] if seen.receipt >= 0 else []
        else:
            starts = [(seen.occurred[place], int(seen.history.due[place])) for place in seen.at[one.starts]]
        found: list[tuple[int, int]] = []
        for started, own in starts:
            timed = rule.days is not None or rule.months is not None
            if not ((own < FAR_US or timed) and rule.valid_from <= started < rule.valid_until):
                continue
            if one.not_after is not None:
                first = seen.first_time(one.not_after) // DAY_US
                if 0 <= first < started // DAY_US:
                    continue
            day = started // DAY_US
            if one.from_acceptance:
                day = max(day, seen.first_time(self.accepted) // DAY_US)
            if one.restarts is not None:
                day = max(day, seen.last_time(one.restarts) // DAY_US)
            due = self._due_day(one, day, own) + 1
            if rule.extension_days and seen.at[self.extended]:
                due += rule.extension_days
            due *= DAY_US
            if rule.pauses:
                due = seen.stretched(day * DAY_US, due)
            found.append((started, due))
        return found

    def _due_day(self, one: _Rule, day: int, own: int) -> int:
        rule = one.rule
        if rule.months is not None:
            return month_later(day, rule.months)
        if rule.days is None:
            return own // DAY_US
        if not one.working:
            return day + rule.days
        if not rule.days:
            return day
        place = bisect_right(self.calendar, day) + rule.days - 1
        return self.calendar[min(place, len(self.calendar) - 1)]

    def _kept_in_turn(self, seen: Seen, one: _Rule, begun: list[tuple[int, int]]) -> list[int]:
        """One keeping event settles one duty that had started by that day, the earliest due first."""
        free = list(seen.times[one.met_by])
        met = [FAR_US] * len(begun)
        for place in sorted(range(len(begun)), key=lambda number: (begun[number][1], begun[number][0])):
            day = begun[place][0] // DAY_US
            for turn, occurred in enumerate(free):
                if occurred // DAY_US >= day:
                    met[place] = free.pop(turn)
                    break
        return met

    def _judged(self, seen: Seen, one: _Rule, started: int, due: int, met: int, impossible: bool) -> int:
        rule = one.rule
        if rule.needs_reply_possible and impossible:
            return _WAIVED
        unmet, late = met >= FAR_US, met >= due
        if unmet:
            state = _OVERDUE if due <= seen.cutoff else _RUNNING
        else:
            state = _MET_LATE if late else _MET
        if rule.ends_with_matter and started <= seen.ended < FAR_US:
            if late and seen.ended < due:
                state = _WAIVED
            elif unmet:
                state = _MISSED
        if one.waived_by is not None and state != _MET:
            waived = seen.first_from(one.waived_by, started // DAY_US)
            if waived < due and waived < met:
                state = _WAIVED
        lapses = rule.kind != "duty" and state in (_OVERDUE, _MISSED)
        return _WAIVED if lapses or (rule.kind == "right" and state == _MET_LATE) else state

    def _follow_ups(self, seen: Seen, begin: int, answered: int, impossible: bool) -> list[Instance]:
        until = min(answered, seen.ended, seen.cutoff)
        if until <= begin or impossible:
            return []
        clock, since = self.table.monthly, begin + DAY_US
        still_owed = until >= seen.cutoff
        elapsed = _whole_months(begin, until - seen.stood_since(since, until))
        kept = {
            _whole_months(begin, occurred - seen.stood_since(since, occurred))
            for occurred in seen.times[self.follow_up.met_by]
            if occurred >= since
        }
        last_in = max(kept, default=-1)
        missed = elapsed - sum(period < elapsed for period in kept)
        overdue = still_owed and elapsed > 0 and last_in < elapsed - 1

        def end(months: int) -> int:
            return seen.stretched(since, (month_later(begin // DAY_US, months) + 1) * DAY_US)

        found: list[Instance] = []
        if missed > 0:
            state = _OVERDUE if overdue else _MISSED
            found.append((clock, begin, end(last_in + 2 if overdue else elapsed), state, missed))
        if still_owed:
            started = end(elapsed) - DAY_US if elapsed > 0 else begin
            found.append((clock, started, end(elapsed + 1), _MET if last_in >= elapsed else _RUNNING, 0))
        return found


@dataclass(frozen=True, slots=True)
class Figures:
    """What clock measures read, a number for each clock and last for all of them together."""

    instances: list[Instance]
    missed: list[int]
    overdue_days: list[int]
    nearest: list[float]


def figures_of(asks: Asks) -> Callable[[Seen], Figures]:
    """The figures of a matter's clocks, made once for each visible history."""
    clocks = asks.once("clocks", lambda: Clocks(asks))
    number = len(clocks.table.rules)

    def make(seen: Seen) -> Figures:
        found = clocks.instances(seen)
        missed, overdue, nearest = [0] * (number + 1), [0] * (number + 1), [float("inf")] * (number + 1)
        for clock, _, due, state, times in found:
            for line in (clock, number):
                missed[line] += times
                if state == _OVERDUE:
                    overdue[line] = max(overdue[line], (seen.cutoff - due) // DAY_US + 1)
                if state in (_OVERDUE, _RUNNING):
                    nearest[line] = min(nearest[line], float(due - seen.cutoff) / DAY_US)
        return Figures(found, missed, overdue, nearest)

    return lambda seen: seen.keep("clocks", make)


def share_of(asks: Asks, clock: str | None, steps: tuple[str, ...]) -> Callable[[Seen], float]:
    """The largest share of a clock (None: of any) that has run while its duty is unmet."""
    figures, step = figures_of(asks), asks.group(steps) if steps else None
    line = place_of(asks, clock)

    def share(seen: Seen) -> float:
        largest = 0.0
        for number, started, due, state, _ in figures(seen).instances:
            if state in (_OVERDUE, _RUNNING) and (clock is None or number == line):
                since = started if step is None else max(started, seen.last_time(step))
                largest = max(largest, float(seen.cutoff - since) / max(due - started, DAY_US))
        return largest

    return share


def place_of(asks: Asks, clock: str | None) -> int:
    """The line of a clock in the figures; the last is for all together."""
    return rule_table(asks.timing, for_features=True).place[clock]


def month_later(day: int, months: int) -> int:
    """The same day of the month `months` later, or its last day; days since 1970 in and out."""
    begin = date.fromordinal(day + _EPOCH)
    year, month = divmod(begin.year * 12 + begin.month - 1 + months, 12)
    return date(year, month + 1, min(begin.day, monthrange(year, month + 1)[1])).toordinal() - _EPOCH


def _whole_months(begin: int, until: int) -> int:
    first, last = date.fromordinal(begin // DAY_US + _EPOCH), date.fromordinal(until // DAY_US + _EPOCH)
    months = max((last.year - first.year) * 12 + last.month - first.month, 0)
    return max(months - ((month_later(begin // DAY_US, months) + 1) * DAY_US > until), 0)
