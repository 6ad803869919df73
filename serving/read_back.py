"""What a filled-in workbook would record at the desk, row by row, where it does not fit, and its recording."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from data.store import plans, register
from data.store.plans import Measure, Result
from data.store.screenings import Screening, find_screening
from data.times import cutoff_day, local_date
from serving import acts, journal, lists, working
from serving.card import place_of
from serving.deps import Caller, Service
from serving.filled_book import FilledBook, FilledRow, Intent, Said
from serving.permissions import can_see_matter
from serving.row_keys import RowKey, desk_states
from serving.working import SentMeasure

#: A measure lies within the last year, as on the matter's page.
_LONGEST_AGO = 366


class Fit(StrEnum):
    """How a row fits the desk: recorded at once, on confirmation of that row only, or not at all."""

    NEW = "new"
    SAME = "same"
    CHANGED = "changed"
    OLDER = "older"
    WRONG = "wrong"
    MIXED = "mixed"
    TWICE = "twice"
    NO_KEY = "no_key"
    OTHER_OFFICE = "other_office"
    NOT_YOURS = "not_yours"
    NOT_LISTED = "not_listed"


#: Rows of these are recorded where the person ticks them.
ASKED: frozenset[Fit] = frozenset({Fit.CHANGED, Fit.OLDER})


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A row that may be recorded, as it travels between preview and recording: its key and what it asks for."""

    sealed: str
    key: RowKey
    intent: Intent


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """One row and how it fits; `number` is the matter's, empty where the person may not know it."""

    where: str
    number: str
    fit: Fit
    intent: Intent
    told: tuple[Said, ...] = ()
    proposal: Proposal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """Every filled-in row with how it fits, what stood empty, and which rows of the copy are not in the file."""

    rows: tuple[Looked, ...]
    blank: int
    missing: tuple[int, ...]
    without_key: tuple[str, ...]

    @property
    def recordable(self) -> list[Proposal]:
        """What may be recorded: at once, or where its row is ticked."""
        return [row.proposal for row in self.rows if row.proposal is not None]


def look(service: Service, caller: Caller, book: FilledBook) -> Preview:
    """Compare a filled-in workbook with the desk; nothing is recorded but that somebody looked."""
    desk = _Desk(service, caller)
    rows: list[Looked] = []
    taken: dict[str, Intent] = {}
    for row in book.rows:
        where = f"{row.sheet} {row.row}"
        if row.key is None:
            rows.append(Looked(where=where, number="", fit=Fit.NO_KEY, intent=Intent()))
            continue
        proposal = Proposal(sealed=row.sealed, key=row.key, intent=row.intent)
        rows.append(replace(_fit(desk, proposal, row, taken), where=where))
    refused = sum(row.refused for row in book.rows)
    office = caller.matters.offices[0]
    counts = {fit.value: sum(row.fit is fit for row in rows) for fit in Fit if any(row.fit is fit for row in rows)}
    made = [caller.entry(journal.FILLED_LOOKED, office, {"rows": counts, "serials": _serials(book.keys)})]
    if refused:
        made.append(caller.entry(journal.TEXT_REFUSED, office, {"refusals": refused}))
    service.journal.record(*made)
    return Preview(rows=tuple(rows), blank=book.blank, missing=_missing(book.keys), without_key=book.without_key)


def record(service: Service, caller: Caller, sent: Sequence[Proposal], ticked: Collection[str]) -> tuple[int, Preview]:
    """Record what fits of some rows, and of those that ask for it what is ticked (by sealed key), all or nothing.

    Measures and results are the uploader's own, as on the matter's page; how many were recorded, and how the rows
    stand now.  Sent again, nothing is recorded twice.  Raises as `working.record_measure`.
    """
    count = 0
    with service.store.write():
        desk = _Desk(service, caller)
        taken: dict[str, Intent] = {}
        for proposal in sent:
            found = _fit(desk, proposal, None, taken)
            if found.fit is Fit.NEW or (found.fit in ASKED and proposal.sealed in ticked):
                count += _record(service, caller, desk, proposal)
        if count:
            detail: dict[str, Any] = {"recorded": count, "serials": _serials([one.key for one in sent])}
            acts.on_record(service, caller.entry(journal.FILLED_RECORDED, caller.matters.offices[0], detail))
    desk = _Desk(service, caller)
    again: dict[str, Intent] = {}
    rows = [_fit(desk, proposal, None, again) for proposal in sent]
    return count, Preview(rows=tuple(rows), blank=0, missing=(), without_key=())


class _Desk:
    """What is asked of the store once for all rows: lists, matters, measures."""

    def __init__(self, service: Service, caller: Caller) -> None:
        self.service, self.caller = service, caller
        self.today = local_date(caller.now, service.settings.time_zone)
        self._latest: dict[str, Screening | None] = {}
        self._listed: dict[str, set[str]] = {}
        self._states: dict[tuple[str, str], str] = {}

    def matter(self, matter_id: str) -> dict[str, Any] | None:
        """The matter's row where the caller may see it."""
        found = register.some_matters(self.service.store, [matter_id])
        if found.is_empty():
            return None
        row = found.row(0, named=True)
        return row if can_see_matter(self.caller.matters, place_of(row)) else None

    def latest(self, office_id: str) -> Screening | None:
        if office_id not in self._latest:
            self._latest[office_id] = lists.current(self.service.store, office_id)
        return self._latest[office_id]

    def listed(self, office_id: str) -> set[str]:
        """The matters on the office's latest list that the caller sees there."""
        if office_id not in self._listed:
            latest = self.latest(office_id)
            found = (
                []
                if latest is None
                else lists.lines(
                    self.service.store, latest, self.caller.matters, self.caller.person.role, offices=[office_id]
                )
            )
            self._listed[office_id] = {line.entry.matter_id for line in found}
        return self._listed[office_id]

    def moved_on(self, key: RowKey) -> bool:
        """Whether something was recorded on the matter since the copy was made."""
        at = (key.screening_id, key.matter_id)
        if at not in self._states:
            made = desk_states(self.service.store, key.screening_id, key.office_id, [key.matter_id])
            self._states[at] = made[key.matter_id]
        return self._states[at] != key.state

    def left_of(self, matter_id: str, intent: Intent) -> Intent:
        """What of an intent is not recorded yet."""
        measures = plans.of_matter(self.service.store, Measure, matter_id)
        there = {one.action for one in measures if (one.done_on, one.outcome) == (intent.done_on, intent.outcome)}
        results = plans.of_matter(self.service.store, Result, matter_id)
        since = results[0].at if results else 0
        # A result counts as there only while nothing was done after it, but for what this row itself says.
        later = [one for one in measures if one.at > since]
        same = bool(results) and results[0].result == intent.result and not later
        actions = tuple(action for action in intent.actions if action not in there)
        return replace(intent, actions=actions, result="" if same and not actions else intent.result)

    def measured(self, matter_id: str) -> bool:
        """Whether a measure was recorded since the last result."""
        results = plans.of_matter(self.service.store, Result, matter_id)
        since = results[0].at if results else 0
        return any(one.at > since for one in plans.of_matter(self.service.store, Measure, matter_id))


def _fit(desk: _Desk, proposal: Proposal, row: FilledRow | None, taken: dict[str, Intent]) -> Looked:
    """How a row fits; `row` is the sheet's own, None where only the proposal is left of it."""
    key, intent = proposal.key, proposal.intent

    def looked(fit: Fit, *told: Said, number: str = "", may: bool = False) -> Looked:
        return Looked(where="", number=number, fit=fit, intent=intent, told=told, proposal=proposal if may else None)

    if key.office_id != desk.caller.matters.offices[0]:
        return looked(Fit.OTHER_OFFICE)
    matter = desk.matter(key.matter_id)
    if matter is None:
        return looked(Fit.NOT_YOURS)
    number = str(matter["matter_no"])
    if row is not None and row.number != number:
        return looked(Fit.MIXED)
    wrong = [*(row.wrong if row is not None else ()), *_day_wrong(desk.today, intent)]
    if wrong:
        return looked(Fit.WRONG, *wrong, number=number)
    before = taken.get(key.matter_id)
    if before is not None and before != intent and (before.result or intent.result):
        return looked(Fit.TWICE, number=number)
    taken[key.matter_id] = intent
    left = desk.left_of(key.matter_id, intent)
    if before == intent or not (left.actions or left.result):
        return looked(Fit.SAME, number=number)
    if left.result and not left.actions and not desk.measured(key.matter_id):
        nothing = ("还没有登记办理措施，不能登记办毕", "no measure is recorded; there is no result without one")
        return looked(Fit.WRONG, nothing, number=number)
    if key.matter_id not in desk.listed(key.office_id):
        return looked(Fit.NOT_LISTED, number=number)
    latest = desk.latest(key.office_id)
    if latest is not None and latest.screening_id != key.screening_id:
        zone = desk.service.settings.time_zone
        then = cutoff_day(find_screening(desk.service.store, key.screening_id).cutoff, zone).isoformat()
        return looked(Fit.OLDER, (then, then), number=number, may=True)
    if desk.moved_on(key):
        return looked(Fit.CHANGED, number=number, may=True)
    return looked(Fit.NEW, number=number, may=True)


def _day_wrong(today: date, intent: Intent) -> list[Said]:
    if intent.done_on is None or 0 <= (today - intent.done_on).days <= _LONGEST_AGO:
        return []
    return [("完成日期应在过去一年内，不晚于今天", "the day lies within the last year, today at the latest")]


def _record(service: Service, caller: Caller, desk: _Desk, proposal: Proposal) -> int:
    key = proposal.key
    left = desk.left_of(key.matter_id, proposal.intent)
    day = "" if left.done_on is None else left.done_on.isoformat()
    for action in left.actions:
        once = _once(key, action, day, left.outcome)
        sent = SentMeasure(action=action, done_on=day, outcome=left.outcome, document_no="", once=once)
        working.record_measure(service, caller, key.matter_id, sent)
    if left.result:
        once = _once(key, left.result, day, "result")
        working.record_result(service, caller, key.matter_id, result=left.result, once=once)
    return len(left.actions) + bool(left.result)


def _once(key: RowKey, *words: str) -> str:
    """The same for the same cells of the same copy: a second upload, or a second click, records nothing."""
    return str(uuid5(NAMESPACE_OID, "|".join((key.serial, key.matter_id, *words))))


def _missing(keys: Sequence[RowKey]) -> tuple[int, ...]:
    """The places of a copy's rows that are not in the file; none where rows of several copies stand in it."""
    if len({one.serial for one in keys}) != 1:
        return ()
    return tuple(sorted(set(range(1, keys[0].rows + 1)) - {one.place for one in keys}))


def _serials(keys: Sequence[RowKey]) -> list[str]:
    return sorted({one.serial for one in keys})[:5]
