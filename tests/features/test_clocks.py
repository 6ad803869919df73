"""Every clock against a naive day-by-day reference on random histories, and the edges of each by hand."""

import calendar
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import chinese_calendar
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from data import vocabulary
from data.clock_settings import ClockSettings, PathClock
from data.contract import Register
from data.errors import SettingsError
from data.settings import load_settings
from data.times import DAY_US, FAR_US, from_us
from features.clock_rules import CLOCKS
from features.clocks import State, clock_table, each_follow_up, instances
from features.snapshots import make_view
from features.timing import SHIPPED, Timing, timing_of
from tests.drawn import BUSY, SPAN, Fact, facts_of, many, one_event, one_history
from tests.histories import event, register_of, seen, snapshots

ONE = timedelta(days=1)
#: What moves clocks, drawn often enough to meet: stops, extensions, remedies, promises, late ends.
HEAVY = (
    *BUSY,
    *("extended", "suspended", "resumed", "closed", "reopened", "promise_made", "promise_made", "promise_kept"),
    *("review_requested", "appeal_to_superior", "remedy_answered", "accepted", "transfer_told", "joint_meeting"),
    *("explanation", "progress_reply", "transferred_in", "resolved", "jurisdiction_objected", "hearing_offered"),
    *("hearing_held", "aid_screened", "aid_paid", "case_review_opened", "material_supplied", "recheck_requested"),
)
#: What takes up a matter passed to us, after which nobody objects to jurisdiction.
TAKEN_UP = ("accepted", "not_accepted", "substantive_reply")
WORKING = timing_of(ClockSettings(calendar="working"))
#: Working days, months from acceptance, and two days the calendar of holidays has otherwise.
OWN_TIMING = timing_of(
    ClockSettings(
        calendar="working",
        reply_from="acceptance",
        rest_days=(date(2025, 3, 11), date(2024, 3, 6)),
        work_days=(date(2025, 3, 15), date(2024, 3, 10)),
    )
)
Clock = tuple[str, date, date, date | None, str, int]


# ---- the reference: one matter, one cutoff, dates and loops -------------------------------------------------------


@dataclass(frozen=True)
class Seen:
    """One visible event."""

    kind: str
    day: date
    due: date | None


def _months(day: date, count: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


@cache
def _working(day: date, count: int, timing: Timing) -> date:
    while count:
        day += ONE
        number = (day - date(1970, 1, 1)).days
        works = number in timing.work or (chinese_calendar.is_workday(day) and number not in timing.rest)
        count -= works
    return day


def _days(start: date, end: date) -> list[date]:
    return [start + n * ONE for n in range((end - start).days)]


class Matter:
    """One matter as the office sees it on the day before `cut`."""

    def __init__(self, history: Sequence[dict[str, Any]], facts: Sequence[Fact], cut: date, timing: Timing) -> None:
        self.cut, self.timing = cut, timing
        self.followed: list[tuple[date, bool]] = []
        found: list[Seen] = []
        for row in history:
            if not (date.fromisoformat(row["known"]) < cut):
                continue
            if row["until"] is not None and date.fromisoformat(row["until"]) < cut:
                continue
            kind = row["kind"]
            caused = row["caused_by"] is not None and vocabulary.KIND[kind].role.value in ("contact", "from_above")
            documented = kind == "progress_reply" and row["document_no"] is not None
            due = None if row["due_at"] is None else (from_us(row["due_at"]) + timedelta(hours=8)).date()
            name = "caused" if caused else "documented" if documented else kind
            found.append(Seen(name, date.fromisoformat(row["day"]), due))
        self.events = sorted(found, key=lambda one: one.day)  # stable: the file's order within a day
        self.fact: dict[str, str | int] = {}
        for _, name, value, day in sorted(facts, key=lambda one: one[3]):
            if date.fromisoformat(day) < cut:
                self.fact[name] = value
        contacts = [one.day for one in self.events if one.kind in vocabulary.codes(vocabulary.Role.CONTACT)]
        registered = [one.day for one in self.events if one.kind in ("registered", "transferred_in")]
        self.receipt = min(contacts + registered, default=None)
        self.stopped: set[date] = set()
        self.ended: date | None = None
        marks = [one for one in self.events if one.kind in ("suspended", "resumed", "reopened", *vocabulary.CLOSERS)]
        for one, after in zip(marks, [*marks[1:], None], strict=False):
            if one.kind in ("suspended", *vocabulary.CLOSERS):
                self.stopped.update(_days(one.day, cut if after is None else after.day))
            if one.kind == "reopened":
                self.ended = None
            elif one.kind in vocabulary.CLOSERS:
                self.ended = one.day

    def days_of(self, *kinds: str) -> list[date]:
        return [one.day for one in self.events if one.kind in kinds]

    def after(self, start: date, *kinds: str) -> date | None:
        return min((day for day in self.days_of(*kinds) if day >= start), default=None)

    def run(self, start: date, length: int) -> date:
        """The first day before which `length` days that count have passed since `start`."""
        day = start
        while length > 0:
            length -= day not in self.stopped
            day += ONE
        return day

    def ran(self, start: date, end: date) -> int:
        return sum(day not in self.stopped for day in _days(start, end))

    def judge(
        self, code: str, start: date, due: date, met: date | None, *, ends: bool = True, needs: bool = False
    ) -> Clock:
        ended = self.ended if self.ended is not None and self.ended >= start else None
        if needs and self.fact.get("reply_possible", 1) == 0:
            state = "WAIVED"
        elif met is not None and met < due:
            state = "MET"
        elif ends and ended is not None and ended < due:
            state = "WAIVED"
        elif met is not None:
            state = "MET_LATE"
        elif ends and ended is not None:
            state = "MISSED"
        else:
            state = "OVERDUE" if due <= self.cut else "RUNNING"
        return code, start, due, met, state, int(state in ("MET_LATE", "OVERDUE", "MISSED"))

    def in_turn(self, code: str, duties: list[tuple[date, date]], kept_by: str) -> list[Clock]:
        kept = sorted(self.days_of(kept_by))
        found: list[Clock] = []
        for due, start in sorted(duties):
            met = next((day for day in kept if day >= start), None)
            if met is not None:
                kept.remove(met)
            found.append(self.judge(code, start, due, met, ends=False))
        return found

    def clocks(self) -> list[Clock]:
        found: list[Clock] = []
        substantive = ("substantive_reply", "explanation", "documented")
        if self.receipt is not None:
            start = self.receipt
            met = self.after(start, "registered", "transferred_in")
            found.append(self.judge("same_day_registration", start, start + ONE, met))
            seven = _working(start, 7, self.timing) if self.timing.working_days else start + 7 * ONE
            due = seven + ONE
            met = self.after(start, "procedural_reply", "substantive_reply", "not_accepted", "transfer_told")
            found.append(self.judge("procedural_reply", start, due, met, needs=True))
            since = start
            if self.timing.from_acceptance:
                since = max([start, *self.days_of("accepted")[:1]])
            three = self.run(since, (_months(since, 3) + ONE - since).days)
            due = three
            for one in self.events:
                if one.kind == "extended" and one.due is not None:
                    due = max(due, self.run(one.day, (one.due + ONE - one.day).days))
            met = self.after(start, "substantive_reply", "progress_reply", "documented")
            found.append(self.judge("substantive_reply", start, due, met, needs=True))
            found.extend(self.monthly(three - ONE))
        for one in self.events:
            if one.kind == "urgent_marked":
                replies = ("procedural_reply", "progress_reply", "documented", "substantive_reply", "explanation")
                met = self.after(one.day, *replies, "joint_meeting")
                found.append(self.judge("urgent", one.day, one.day + ONE, met))
            if one.kind == "transferred_out":
                met = self.after(one.day, "transfer_told")
                found.append(self.judge("transfer_told", one.day, one.day + 16 * ONE, met, ends=False, needs=True))
            if one.kind == "assigned_from_above" and one.due is not None:
                met = self.after(one.day, *substantive)
                found.append(self.judge("assigned_report", one.day, one.due + ONE, met))
            if one.kind == "accepted" and self.fact.get("procedure_path") == "petition_opinion":
                due = one.day + (91 if self.days_of("extended") else 61) * ONE
                found.append(self.judge("petition_opinion", one.day, due, self.after(one.day, "substantive_reply")))
            found.extend(self.windows(one))
        promises = [(one.due + ONE, one.day) for one in self.events if one.kind == "promise_made" and one.due]
        found += self.in_turn("promise", promises, "promise_kept")
        remedies = set(vocabulary.codes(vocabulary.Role.REMEDY)) - {"remedy_answered"}
        asked = [(one.day + 31 * ONE, one.day) for one in self.events if one.kind in remedies]
        return found + self.in_turn("remedy_answer", asked, "remedy_answered")

    def windows(self, one: Seen) -> list[Clock]:
        """Times to act in, dated decisions, and the clocks of a procedure path that an event starts."""
        path, found = self.fact.get("procedure_path"), []
        if one.kind in ("transferred_in", "assigned_from_above", "forwarded_from_above"):
            due = _working(one.day, 5, self.timing) + ONE
            met, taken = self.after(one.day, "jurisdiction_objected"), self.after(one.day, *TAKEN_UP)
            clock = self.judge("jurisdiction_objection", one.day, due, met)
            if clock[4] != "MET" and taken is not None and taken < due and (met is None or taken < met):
                clock = (*clock[:4], "WAIVED", 0)
            found.append((*clock[:4], "WAIVED" if clock[4] in ("OVERDUE", "MISSED") else clock[4], 0))
        for code, starts, kept in (
            ("hearing_decision", ("hearing_screened", "hearing_offered"), ("hearing_held", "simple_hearing_held")),
            ("aid_decision", ("aid_screened",), ("aid_paid", "social_aid_referred")),
        ):
            if one.kind in starts and one.due is not None:
                found.append(self.judge(code, one.day, one.due + ONE, self.after(one.day, *kept)))
        for code, start, asked in (
            ("review_window", "substantive_reply", "review_requested"),
            ("recheck_window", "remedy_answered", "recheck_requested"),
        ):
            if one.kind == start and path == "petition_opinion" and not any(d < one.day for d in self.days_of(asked)):
                clock = self.judge(code, one.day, one.day + 31 * ONE, self.after(one.day, asked), ends=False)
                lapsed = clock[4] in ("OVERDUE", "MET_LATE")
                found.append((*clock[:4], "WAIVED" if lapsed else clock[4], 0))
        for code, own, start, months in (
            ("criminal_appeal_review", "criminal_appeal", "case_review_opened", 3),
            ("supervision_review", "civil_admin_supervision", "accepted", 3),
            ("compensation_decision", "state_compensation", "accepted", 2),
        ):
            if one.kind == start and path == own:
                begun = one.day
                if path == "state_compensation":
                    begun = max([one.day, *self.days_of("material_supplied")])
                due = self.run(begun, (_months(begun, months) + ONE - begun).days)
                found.append(self.judge(code, one.day, due, self.after(one.day, "substantive_reply")))
        return found

    def monthly(self, begin: date) -> list[Clock]:
        if self.fact.get("reply_possible", 1) == 0 or self.receipt is None:
            return []
        answered = self.after(self.receipt, "substantive_reply")
        until = min(day for day in (answered, self.ended, self.cut) if day is not None)
        if until <= begin:
            return []

        def month_of(day: date) -> int:
            """In which month after `begin` a day lies, the first being 0; the last day of a month belongs to it."""
            ran, number = self.ran(begin + ONE, day), 0
            while (_months(begin, number + 1) - begin).days <= ran:
                number += 1
            return number

        def end_of(number: int) -> date:
            return self.run(begin + ONE, (_months(begin, number) - begin).days)

        elapsed = month_of(until)
        followed = {
            month_of(day)
            for day in self.days_of("progress_reply", "documented", "substantive_reply", "explanation")
            if day > begin
        }
        missed = [number for number in range(elapsed) if number not in followed]
        self.followed = [(end_of(number + 1), number in followed) for number in range(elapsed)]
        still, last = until == self.cut, max(followed, default=-1)
        found: list[Clock] = []
        if missed:
            overdue = still and last < elapsed - 1
            due = end_of(last + 2 if overdue else elapsed)
            found.append(("monthly_follow_up", begin, due, None, "OVERDUE" if overdue else "MISSED", len(missed)))
        if still:
            start = end_of(elapsed) - ONE if elapsed else begin
            state = "MET" if last >= elapsed else "RUNNING"
            found.append(("monthly_follow_up", start, end_of(elapsed + 1), None, state, 0))
        return found


# ---- ours, in the same shape ---------------------------------------------------------------------------------------


def _date(wall: int) -> date:
    assert wall % DAY_US == 0, "clocks stand on whole days"
    return date(1970, 1, 1) + timedelta(days=wall // DAY_US)


def _ours(register: Register, cut: int, timing: Timing = SHIPPED) -> dict[str, list[Clock]]:
    view, rows = make_view(register, snapshots(register, cut), timing=timing)
    found = instances(view)
    ours: dict[str, list[Clock]] = {matter: [] for matter in rows["matter_id"]}
    for number, row in enumerate(found.row):
        met = int(found.met[number])
        ours[rows["matter_id"][int(row)]].append(
            (
                found.rules[int(found.clock[number])].code,
                _date(int(found.started[number])),
                _date(int(found.due[number])),
                None if met == FAR_US else _date(met),
                State(found.state[number]).name,
                int(found.times[number]),
            )
        )
    return ours


def _months_of(register: Register, cut: int, timing: Timing) -> dict[str, list[tuple[date, bool]]]:
    view, rows = make_view(register, snapshots(register, cut), timing=timing)
    found: dict[str, list[tuple[date, bool]]] = {matter: [] for matter in rows["matter_id"]}
    for row, due, kept in each_follow_up(view).iter_rows():
        found[rows["matter_id"][row]].append((_date(due), kept))
    return found


def _key(clock: Clock) -> tuple[Any, ...]:
    return (*clock[:3], clock[3] or date.max, *clock[4:])


def _shift(row: dict[str, Any], days: int) -> dict[str, Any]:
    moved = {
        name: None if row[name] is None else (date.fromisoformat(row[name]) + days * ONE).isoformat()
        for name in ("day", "known", "until")
    }
    return row | moved | {"due_at": None if row["due_at"] is None else row["due_at"] + days * DAY_US}


@settings(max_examples=4, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(st.integers(0, 2**31), st.integers(60, SPAN + 200), st.sampled_from([0, -400, -330]), st.booleans())
def test_every_clock_equals_the_naive_reference(seed: int, cut: int, offset: int, own: bool) -> None:
    """1,000 histories a draw; moved by -400 or -330 days they run across 29 February 2024. `own`: a site's settings."""
    timing = OWN_TIMING if own else SHIPPED
    chance, histories, facts = many(seed, 300)
    for number in range(700):
        name = f"H{number:05d}"
        extra = [one_event(chance, HEAVY) for _ in range(chance.randrange(12))]
        histories[name] = one_history(chance, 3) + extra
        facts += facts_of(chance, name)
    histories = {name: [_shift(row, offset) for row in history] for name, history in histories.items()}
    facts = [(no, name, value, (date.fromisoformat(day) + offset * ONE).isoformat()) for no, name, value, day in facts]
    register = register_of(histories, attributes=facts)
    last = date(2025, 1, 1) + (cut + offset) * ONE
    ours = _ours(register, seen(last.isoformat()), timing)
    months = _months_of(register, seen(last.isoformat()), timing)
    numbers = dict(zip(register.matters["matter_no"], register.matters["matter_id"], strict=True))
    for number, history in histories.items():
        matter = Matter(history, [fact for fact in facts if fact[0] == number], last + ONE, timing)
        assert sorted(ours[numbers[number]], key=_key) == sorted(matter.clocks(), key=_key), (number, last)
        assert months[numbers[number]] == matter.followed, (number, last)


# ---- by hand -------------------------------------------------------------------------------------------------------


def _one(
    history: list[dict[str, Any]], last_day: str, *facts: Fact, timing: Timing = SHIPPED
) -> dict[str, list[Clock]]:
    """The clocks of one matter on a day, by code."""
    register = register_of({"A1": history}, attributes=facts)
    [found] = _ours(register, seen(last_day), timing).values()
    return {code: sorted((one for one in found if one[0] == code), key=_key) for code in {one[0] for one in found}}


def _received(day: str) -> list[dict[str, Any]]:
    return [event(day, "letter"), event(day, "registered")]


@pytest.mark.parametrize(
    ("received", "last_day"),
    [
        ("2025-11-30", "2026-02-28"),
        ("2023-11-30", "2024-02-29"),
        ("2025-01-31", "2025-04-30"),
        ("2024-02-29", "2024-05-29"),
        ("2025-03-08", "2025-06-08"),
    ],
)
def test_three_months_run_to_the_same_day_or_the_months_last(received: str, last_day: str) -> None:
    [clock] = _one(_received(received), received)["substantive_reply"]
    assert clock[2] - ONE == date.fromisoformat(last_day)
    assert _one(_received(received), last_day)["substantive_reply"][0][4] == "OVERDUE"
    answered = [*_received(received), event(last_day, "substantive_reply")]
    assert _one(answered, last_day)["substantive_reply"][0][4] == "MET"


def test_month_after_month_returns_to_the_31st() -> None:
    """Received on 31 October: 3 months are 31 January; the follow-ups are due on 28 February, 31 March, 30 April."""
    history = _received("2025-10-31")
    due = [_one(history, day)["monthly_follow_up"][-1][2] - ONE for day in ("2026-02-01", "2026-03-01", "2026-04-01")]
    assert due == [date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]


def test_seven_days_are_calendar_days_and_working_days_where_the_setting_says_so() -> None:
    """Received on Sunday 28 September 2025, a day worked in exchange; 1–8 October is the holiday."""
    history = _received("2025-09-28")
    assert _one(history, "2025-09-28")["procedural_reply"][0][2] == date(2025, 10, 6)
    # 29 and 30 September, then 9, 10, the worked Saturday 11, 13 and 14 October.
    assert _one(history, "2025-09-28", timing=WORKING)["procedural_reply"][0][2] == date(2025, 10, 15)


def test_statutory_sixty_days_stay_calendar_days() -> None:
    history = [*_received("2025-09-28"), event("2025-09-28", "accepted")]
    path = ("A1", "procedure_path", "petition_opinion", "2025-09-28")
    for timing in (SHIPPED, WORKING):
        [clock] = _one(history, "2025-09-28", path, timing=timing)["petition_opinion"]
        assert clock[2] - ONE == date(2025, 11, 27)
    extended = [*history, event("2025-11-01", "extended")]
    assert _one(extended, "2025-11-02", path)["petition_opinion"][0][2] - ONE == date(2025, 12, 27)
    assert "petition_opinion" not in _one(history, "2025-09-28")


def test_receipt_is_the_first_contact_else_the_registration() -> None:
    assert _one([event("2025-03-10", "registered")], "2025-03-12")["procedural_reply"][0][1] == date(2025, 3, 10)
    both = [event("2025-03-08", "letter"), event("2025-03-10", "registered")]
    assert _one(both, "2025-03-12")["procedural_reply"][0][1] == date(2025, 3, 8)
    assert _one(both, "2025-03-12")["same_day_registration"][0][4] == "MET_LATE"
    # The first contact that was written down came after registration: it is a later one and restarts nothing.
    later = [event("2025-03-10", "registered"), event("2025-05-02", "visit")]
    assert _one(later, "2025-05-03")["substantive_reply"][0][1] == date(2025, 3, 10)
    assert _one(later, "2025-05-03")["same_day_registration"][0][4] == "MET"


def test_the_receipt_date_written_at_registration_starts_the_clocks() -> None:
    """收件 on 8 March (day 20155 since 1970), registered on the 10th."""
    received = ("A1", "received_on", (date(2025, 3, 8) - date(1970, 1, 1)).days, "2025-03-10")
    clocks = _one([event("2025-03-10", "registered")], "2025-03-12", received)
    assert clocks["procedural_reply"][0][2] == date(2025, 3, 16)
    assert clocks["same_day_registration"][0][4] == "MET_LATE"


def test_time_suspended_does_not_count() -> None:
    """Due 10 April; stood still 1–20 March (20 days): due 30 April."""
    history = [*_received("2025-01-10"), event("2025-03-01", "suspended"), event("2025-03-21", "resumed")]
    assert _one(history, "2025-04-01")["substantive_reply"][0][2] - ONE == date(2025, 4, 30)


def test_two_suspensions_and_one_resumption_are_one_stop() -> None:
    history = [
        *_received("2025-01-10"),
        event("2025-03-01", "suspended"),
        event("2025-03-11", "suspended"),
        event("2025-03-21", "resumed"),
    ]
    assert _one(history, "2025-04-01")["substantive_reply"][0][2] - ONE == date(2025, 4, 30)


def test_a_suspension_after_the_due_date_mends_nothing() -> None:
    history = [*_received("2025-01-10"), event("2025-04-15", "suspended")]
    [clock] = _one(history, "2025-06-30")["substantive_reply"]
    assert (clock[2] - ONE, clock[4]) == (date(2025, 4, 10), "OVERDUE")


def test_an_open_suspension_moves_the_due_date_with_the_day() -> None:
    """Suspended from 1 April with ten days (1–10 April) still to run: as seen on 30 June they begin on 1 July."""
    history = [*_received("2025-01-10"), event("2025-04-01", "suspended")]
    [clock] = _one(history, "2025-06-30")["substantive_reply"]
    assert (clock[2] - ONE, clock[4]) == (date(2025, 7, 10), "RUNNING")


def test_months_in_which_the_matter_stood_ended_owe_no_follow_up() -> None:
    """Closed on 1 March, opened again on 1 June: 92 days that do not count; three months end 11 July, not 10 April."""
    history = [*_received("2025-01-10"), event("2025-03-01", "closed"), event("2025-06-01", "reopened")]
    clocks = _one(history, "2025-06-30")
    assert (clocks["substantive_reply"][0][2] - ONE, clocks["substantive_reply"][0][4]) == (
        date(2025, 7, 11),
        "RUNNING",
    )
    assert "monthly_follow_up" not in clocks


def test_an_extension_with_its_date_moves_the_reply_and_a_later_one_without_a_date_does_not_undo_it() -> None:
    history = [
        *_received("2025-01-10"),
        event("2025-04-01", "extended", due="2025-05-20"),
        event("2025-04-02", "extended"),
    ]
    assert _one(history, "2025-04-12")["substantive_reply"][0][2] - ONE == date(2025, 5, 20)


def test_no_reply_is_owed_where_none_is_possible() -> None:
    anonymous = ("A1", "reply_possible", 0, "2025-01-10")
    clocks = _one([*_received("2025-01-10"), event("2025-02-01", "transferred_out")], "2025-12-31", anonymous)
    assert {code: rows[0][4] for code, rows in clocks.items()} == {
        "same_day_registration": "MET",
        "procedural_reply": "WAIVED",
        "substantive_reply": "WAIVED",
        "transfer_told": "WAIVED",
    }


def test_follow_ups_are_overdue_from_the_first_that_failed_until_we_follow_up() -> None:
    """Due 10 April; follow-ups 10 May, 10 June, 10 July, …; on 30 August none has come: overdue since 10 May."""
    history = _received("2025-01-10")
    gathered, running = _one(history, "2025-08-30")["monthly_follow_up"]
    assert (gathered[2] - ONE, gathered[4], gathered[5]) == (date(2025, 5, 10), "OVERDUE", 4)
    assert (running[2] - ONE, running[4]) == (date(2025, 9, 10), "RUNNING")
    followed = [*history, event("2025-06-03", "progress_reply")]
    gathered, running = _one(followed, "2025-08-30")["monthly_follow_up"]
    assert (gathered[2] - ONE, gathered[4], gathered[5]) == (date(2025, 7, 10), "OVERDUE", 3)
    now = [*followed, event("2025-08-20", "explanation")]
    gathered, running = _one(now, "2025-08-30")["monthly_follow_up"]
    assert (gathered[4], gathered[5], running[4]) == ("MISSED", 3, "MET")


def test_follow_ups_end_with_the_answer() -> None:
    history = [*_received("2025-01-10"), event("2025-05-05", "substantive_reply")]
    assert "monthly_follow_up" not in _one(history, "2025-12-31")
    late = [*_received("2025-01-10"), event("2025-05-20", "substantive_reply")]
    [gathered] = _one(late, "2025-12-31")["monthly_follow_up"]
    assert (gathered[4], gathered[5]) == ("MISSED", 1)


def test_a_promise_is_owed_after_the_matter_has_ended() -> None:
    history = [
        *_received("2025-01-10"),
        event("2025-02-01", "promise_made", due="2025-04-01"),
        event("2025-02-03", "closed"),
    ]
    assert _one(history, "2025-04-02")["promise"][0][4] == "OVERDUE"
    kept = [*history, event("2025-03-30", "promise_kept")]
    assert _one(kept, "2025-04-02")["promise"][0][4] == "MET"


def test_one_kept_promise_settles_one_and_never_a_later_one() -> None:
    """The first promise has no date; that it was kept says nothing about the second."""
    history = [
        *_received("2025-01-10"),
        event("2025-01-15", "promise_made"),
        event("2025-01-20", "promise_kept"),
        event("2025-02-01", "promise_made", due="2025-03-01"),
    ]
    assert [clock[4] for clock in _one(history, "2025-04-02")["promise"]] == ["OVERDUE"]
    two = [*_received("2025-01-10"), *(event("2025-02-01", "promise_made", due=f"2025-03-0{n}") for n in (1, 5))]
    once = [*two, event("2025-02-20", "promise_kept")]
    assert [clock[4] for clock in _one(once, "2025-04-02")["promise"]] == ["MET", "OVERDUE"]


def test_a_duty_that_began_after_the_end_is_not_waived_by_it() -> None:
    history = [*_received("2025-01-10"), event("2025-02-01", "closed"), event("2025-03-01", "urgent_marked")]
    clocks = _one(history, "2025-03-01")
    assert clocks["urgent"][0][4] == "OVERDUE"
    assert clocks["substantive_reply"][0][4] == "WAIVED"


def test_a_remedy_starts_a_clock_that_outlives_the_end_and_feeds_no_feature() -> None:
    history = [*_received("2025-01-10"), event("2025-02-01", "closed"), event("2025-02-10", "review_requested")]
    [clock] = _one(history, "2025-03-20")["remedy_answer"]
    assert (clock[2] - ONE, clock[4]) == (date(2025, 3, 12), "OVERDUE")
    assert {rule.code for rule in CLOCKS if not rule.feature} == {
        *("remedy_answer", "review_window", "recheck_window", "hearing_decision", "aid_decision"),
        "jurisdiction_objection",
    }
    assert not any(rule.feature for rule in SHIPPED.rules[len(CLOCKS) :]), "a setting moves no feature"


def test_an_entry_known_late_changes_the_clock_only_from_then_on() -> None:
    history = [*_received("2025-01-10"), event("2025-01-15", "procedural_reply", known="2025-02-10")]
    assert _one(history, "2025-02-09")["procedural_reply"][0][4] == "OVERDUE"
    assert _one(history, "2025-02-10")["procedural_reply"][0][4] == "MET"


def test_days_left_is_one_on_the_last_day_and_zero_on_the_first_day_late() -> None:
    """The procedural reply is due on 17 January."""
    register = register_of({"A1": _received("2025-01-10")})
    table = clock_table(register, snapshots(register, *(seen(f"2025-01-{day}") for day in (15, 16, 17, 18))))
    rows = [row for row in table.to_dicts() if row["clock"] == "procedural_reply"]
    assert [row["days_left"] for row in rows] == [2, 1, 0, -1]
    assert [row["state"] for row in rows] == ["running", "running", "overdue", "overdue"]
    assert all(row["zh"] and row["en"] and row["article"] for row in rows)


def test_the_time_to_object_to_jurisdiction_lapses_and_is_no_duty() -> None:
    """Assigned on Monday 3 March 2025: five working days end on the 10th."""
    assigned = [*_received("2025-01-10"), event("2025-03-03", "assigned_from_above")]
    for last, state in (("2025-03-09", "RUNNING"), ("2025-03-10", "WAIVED")):
        [clock] = _one(assigned, last)["jurisdiction_objection"]
        assert (clock[2], clock[4], clock[5]) == (date(2025, 3, 11), state, 0), last
    for day, state in (("2025-03-10", "MET"), ("2025-03-11", "MET_LATE")):
        [clock] = _one([*assigned, event(day, "jurisdiction_objected")], "2025-03-20")["jurisdiction_objection"]
        assert clock[4] == state
    accepted = [*assigned, event("2025-03-05", "accepted"), event("2025-03-12", "jurisdiction_objected")]
    assert _one(accepted, "2025-03-20")["jurisdiction_objection"][0][4] == "WAIVED"


def test_the_persons_time_to_ask_for_review_and_recheck_is_never_missed_by_anybody() -> None:
    path = ("A1", "procedure_path", "petition_opinion", "2025-01-10")
    answered = [*_received("2025-01-10"), event("2025-02-01", "substantive_reply")]
    asked = [*answered, event("2025-03-20", "review_requested")]
    decided = [*asked, event("2025-04-01", "remedy_answered"), event("2025-04-20", "recheck_requested")]
    done = [*decided, event("2025-05-10", "remedy_answered")]
    assert _one(answered, "2025-02-20", path)["review_window"][0][2:5] == (date(2025, 3, 4), None, "RUNNING")
    assert _one(answered, "2025-03-20", path)["review_window"][0][4] == "WAIVED"
    assert _one(asked, "2025-03-25", path)["review_window"][0][4:] == ("WAIVED", 0)
    assert _one(decided, "2025-05-01", path)["recheck_window"][0][4] == "MET"
    assert len(_one(done, "2025-05-20", path)["recheck_window"]) == 1
    assert "review_window" not in _one(answered, "2025-02-20")


def test_a_hearing_or_aid_with_a_date_is_due_on_it() -> None:
    history = [*_received("2025-01-10"), event("2025-02-01", "hearing_offered", due="2025-03-01")]
    assert _one(history, "2025-03-01")["hearing_decision"][0][4] == "OVERDUE"
    assert _one([*history, event("2025-02-27", "hearing_held")], "2025-03-01")["hearing_decision"][0][4] == "MET"
    assert "aid_decision" not in _one([*history, event("2025-02-01", "aid_screened")], "2025-03-01")


def test_a_path_clock_starts_anew_with_the_material_and_runs_only_on_its_path() -> None:
    path = ("A1", "procedure_path", "state_compensation", "2025-01-10")
    accepted = [*_received("2025-01-10"), event("2025-01-20", "accepted")]
    supplied = [*accepted, event("2025-02-05", "material_supplied")]
    assert _one(accepted, "2025-02-28", path)["compensation_decision"][0][2] == date(2025, 3, 21)
    assert _one(supplied, "2025-02-28", path)["compensation_decision"][0][2] == date(2025, 4, 6)
    assert "compensation_decision" not in _one(accepted, "2025-02-28")


def test_a_path_clock_of_a_site_is_dated() -> None:
    own = PathClock(
        code="filing_review",
        zh="不立案复议审查",
        en="review of a decision not to file",
        article="invented",
        procedure_path="no_filing",
        starts=("accepted",),
        met_by=("substantive_reply",),
        waived_by=("withdrawn",),
        days=7,
        working=True,
        valid_from=date(2025, 2, 1),
        valid_until=date(2025, 3, 1),
    )
    timing = timing_of(ClockSettings(paths=(own,)))
    path = ("A1", "procedure_path", "no_filing", "2025-01-01")
    opened = _received("2025-01-01")
    for day, due in (("2025-01-31", None), ("2025-02-10", date(2025, 2, 20)), ("2025-03-01", None)):
        found = _one([*opened, event(day, "accepted")], "2025-03-31", path, timing=timing).get("filing_review")
        assert (None if found is None else found[0][2]) == due
    waived = [*opened, event("2025-02-10", "accepted"), event("2025-02-12", "withdrawn")]
    assert _one(waived, "2025-03-31", path, timing=timing)["filing_review"][0][4] == "WAIVED"


def test_three_months_run_from_acceptance_where_the_setting_says_so_and_from_receipt_without_one() -> None:
    from_acceptance = timing_of(ClockSettings(reply_from="acceptance"))
    opened = _received("2025-01-10")
    accepted = [*opened, event("2025-01-25", "accepted")]
    for history, timing, due in (
        (accepted, SHIPPED, date(2025, 4, 11)),
        (accepted, from_acceptance, date(2025, 4, 26)),
        (opened, from_acceptance, date(2025, 4, 11)),
    ):
        assert _one(history, "2025-03-31", timing=timing)["substantive_reply"][0][2] == due


def test_holidays_can_be_set_otherwise() -> None:
    """Seven working days from Thursday 6 March 2025 end on Monday the 17th; one more rest day, then one workday."""
    opened = _received("2025-03-06")
    for rest, work, due in (
        ((), (), date(2025, 3, 18)),
        ((date(2025, 3, 12),), (), date(2025, 3, 19)),
        ((), (date(2025, 3, 15),), date(2025, 3, 16)),
    ):
        timing = timing_of(ClockSettings(calendar="working", rest_days=rest, work_days=work))
        assert _one(opened, "2025-03-31", timing=timing)["procedural_reply"][0][2] == due


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"months": 1}, "days 与 months"),
        ({"starts": ()}, "starts 与 met_by"),
        ({"met_by": ("answered",)}, "没有环节 answered"),
        ({"procedure_path": "somewhere"}, "程序类别只能是"),
        ({"waived_by": ("review_requested",)}, "救济申请不能解除"),
    ],
)
def test_a_path_clock_that_makes_no_sense_is_refused(tmp_path: Path, wrong: dict[str, Any], words: str) -> None:
    table = {"code": "own", "zh": "甲", "en": "a", "article": "b", "procedure_path": "other", "days": 5}
    table |= {"starts": ("accepted",), "met_by": ("substantive_reply",)} | wrong
    path = tmp_path / "petition-risk.toml"
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in table.items()]
    path.write_text("[[clock.paths]]\n" + "\n".join(lines), encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        load_settings(path, {})
    assert words in refused.value.text("zh")


def test_the_code_of_a_shipped_clock_is_taken() -> None:
    own = ClockSettings().paths[0].model_copy(update={"code": "urgent"})
    with pytest.raises(SettingsError) as refused:
        timing_of(ClockSettings(paths=(own,)))
    assert refused.value.code == "clock_code_taken"
