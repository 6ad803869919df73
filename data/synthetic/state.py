"""What has happened to a matter so far, as one column of integers, and how each kind of event changes it."""

from enum import IntEnum

import numpy as np

from data.synthetic.constants import FIRST_CONTACTS, LATER_CONTACTS
from data.synthetic.world import Flags, Ints
from data.vocabulary import KINDS

#: A day that never came; far enough back that every decay is zero.
NEVER = -30_000
KIND_INDEX: dict[str, int] = {kind.code: index for index, kind in enumerate(KINDS)}


class Stage(IntEnum):
    """Where the handling stands."""

    INTAKE = 0
    HANDLING = 1
    ANSWERED = 2
    SUSPENDED = 3
    ENDED = 4


class End(IntEnum):
    """How the handling ended (0: it did not)."""

    NONE = 0
    CLOSED = 1
    RESOLVED = 2
    TERMINATED = 3
    WITHDRAWN = 4
    MOVED = 5
    NOT_ACCEPTED = 6
    TRANSFERRED = 7


class V(IntEnum):
    """Rows of the state matrix; `*_ON` rows hold day numbers (NEVER: not yet), the rest counts, codes and flags."""

    MATTER = 0
    REGISTERED_ON = 1
    RECEIVED_ON = 2
    OFFICE = 3
    CELL = 4
    CATEGORY = 5
    CAUSE = 6
    PATH = 7
    FIRST_TIME = 8
    REPLY_POSSIBLE = 9
    UNLUCKY = 10
    SEAT = 11
    HANDLER = 12
    STAGE = 13
    END = 14
    ENDED_ON = 15
    PROCEDURAL_ON = 16
    SUBSTANTIVE_ON = 17
    ANSWERED_ON = 18
    FOLLOWED_ON = 19
    EXPLAINED = 20
    EXPLAINED_ON = 21
    PARTS = 22
    RUSHED = 23
    RETURNS = 24
    RETURN_ON = 25
    SINCE_ANSWER = 26
    JOINT_ON = 27
    FORWARDED = 28
    ASSIGNED_DUE = 29
    MATERIAL_ASKED = 30
    MATERIAL_OPEN = 31
    PASSED_BACK = 32
    TOLD = 33
    HANDLER_CHANGES = 34
    CHANGED_ON = 35
    PROMISE_DUE = 36
    PROMISE_LEADER = 37
    RATED = 38
    CALLED = 39
    HEARING_OFFERED = 40
    HEARING_ON = 41
    LEADER_ON = 42
    LED = 43
    AID_ON = 44
    AID_SCREENED = 45
    HEARING_SCREENED = 46
    LAWYER_OFFERED = 47
    OFFICER_RATED = 48
    ACCEPTED_BY_PERSON = 49
    EXTENDED = 50
    REMEDY_ON = 51
    REMEDY_OPEN = 52
    ERROR_OPEN = 53
    CO_HANDLING = 54
    JOINT_FIRST = 55


ROWS = len(V)
_DAYS = tuple(v for v in V if v.name.endswith("_ON") and v not in (V.REGISTERED_ON, V.RECEIVED_ON))


def fresh_state(count: int) -> Ints:
    """Empty columns for `count` matters; shape (ROWS, count)."""
    state = np.zeros((ROWS, count), dtype=np.int32)
    for row in _DAYS:
        state[row] = NEVER
    return state


class Part:
    """Some columns of a state, each row gathered when it is first asked for: most actions look at few rows."""

    __slots__ = ("_rows", "_seen", "_state")

    def __init__(self, state: Ints, rows: Ints) -> None:
        self._state = state
        self._rows = rows
        self._seen: dict[V, Ints] = {}

    def __getitem__(self, row: V) -> Ints:
        if row not in self._seen:
            self._seen[row] = self._state[row].take(self._rows)
        return self._seen[row]


_DAY = -1
#: kind → rows it sets; `_DAY` stands for the day it happened.
_SETS: dict[str, dict[V, int]] = {
    "procedural_reply": {V.PROCEDURAL_ON: _DAY},
    "accepted": {V.STAGE: Stage.HANDLING},
    "suspended": {V.STAGE: Stage.SUSPENDED},
    "resumed": {V.STAGE: Stage.HANDLING},
    "extended": {V.EXTENDED: 1},
    "transfer_told": {V.TOLD: 1},
    "material_requested": {V.MATERIAL_OPEN: 1},
    "material_supplied": {V.MATERIAL_OPEN: 0},
    "handler_changed": {V.CHANGED_ON: _DAY},
    "progress_reply": {V.FOLLOWED_ON: _DAY, V.JOINT_ON: NEVER},
    "substantive_reply": {
        V.STAGE: Stage.ANSWERED,
        V.ANSWERED_ON: _DAY,
        V.SUBSTANTIVE_ON: _DAY,
        V.FOLLOWED_ON: _DAY,
        V.EXPLAINED: 0,
        V.SINCE_ANSWER: 0,
        V.RATED: 0,
        V.CALLED: 0,
        V.JOINT_ON: NEVER,
        V.ASSIGNED_DUE: 0,
    },
    "explanation": {
        V.SUBSTANTIVE_ON: _DAY,
        V.EXPLAINED: 1,
        V.EXPLAINED_ON: _DAY,
        V.SINCE_ANSWER: 0,
        V.JOINT_ON: NEVER,
    },
    "follow_up_call": {V.CALLED: 1},
    "promise_kept": {V.PROMISE_DUE: 0, V.PROMISE_LEADER: 0},
    "error_confirmed": {V.ERROR_OPEN: 1},
    "error_corrected": {V.ERROR_OPEN: 0},
    "hearing_screened": {V.HEARING_SCREENED: 1},
    "hearing_offered": {V.HEARING_OFFERED: 1},
    "hearing_held": {V.HEARING_ON: _DAY, V.HEARING_OFFERED: 0},
    "simple_hearing_held": {V.HEARING_ON: _DAY},
    "aid_screened": {V.AID_SCREENED: 1},
    "aid_paid": {V.AID_ON: _DAY},
    "lawyer_offered": {V.LAWYER_OFFERED: 1},
    "leader_reception": {V.LEADER_ON: _DAY},
    "leader_letter": {V.LEADER_ON: _DAY},
    "leader_assigned": {V.LEADER_ON: _DAY, V.LED: 1},
    "officer_rated": {V.OFFICER_RATED: 1},
    "co_handling_started": {V.CO_HANDLING: 1},
    "co_handling_done": {V.CO_HANDLING: 0},
    "accepted_by_person": {V.ACCEPTED_BY_PERSON: 1},
    "remedy_answered": {V.REMEDY_OPEN: 0},
    "reopened": {V.STAGE: Stage.HANDLING, V.END: End.NONE, V.FOLLOWED_ON: _DAY, V.ACCEPTED_BY_PERSON: 0},
    "closed": {V.END: End.CLOSED},
    "resolved": {V.END: End.RESOLVED},
    "terminated": {V.END: End.TERMINATED},
    "withdrawn": {V.END: End.WITHDRAWN},
    "moved_to_procedure": {V.END: End.MOVED},
    "not_accepted": {V.END: End.NOT_ACCEPTED},
    "transferred_out": {V.END: End.TRANSFERRED, V.TOLD: 0},
}
for _kind, _rows in _SETS.items():
    if V.END in _rows and _kind != "reopened":
        _rows |= {V.STAGE: Stage.ENDED, V.ENDED_ON: _DAY}
for _kind in (
    "review_requested",
    "appeal_to_superior",
    "superior_review_requested",
    "reconsideration_requested",
    "compensation_committee_requested",
    "supervision_requested",
):
    _SETS[_kind] = {V.REMEDY_ON: _DAY, V.REMEDY_OPEN: 1}
#: kind → row it counts up.
_COUNTS: dict[str, V] = {
    "material_requested": V.MATERIAL_ASKED,
    "returned": V.PASSED_BACK,
    "handler_changed": V.HANDLER_CHANGES,
}
#: kind → row that takes the event's value (parts missing as a count, rating code, due day).
VALUES: dict[str, V] = {
    "substantive_reply": V.PARTS,
    "rated": V.RATED,
    "promise_made": V.PROMISE_DUE,
    "assigned_from_above": V.ASSIGNED_DUE,
}
RETURN_KINDS = frozenset(LATER_CONTACTS) | frozenset(FIRST_CONTACTS)


def apply_event(state: Ints, rows: Ints, kind: str, day: Ints, value: Ints, *, own_cause: Flags | None = None) -> None:
    """Change the columns `rows` by one event of `kind` on `day` (shape of `rows`); `value` as `VALUES` says.

    For contacts `own_cause` marks those that are no return (the first one, or caused by us or by a remedy);
    for a progress reply `value` says whether it carried a document.
    """
    for row, what in _SETS.get(kind, {}).items():
        state[row, rows] = day if what == _DAY else what
    if kind in _COUNTS:
        state[_COUNTS[kind], rows] += 1
    if kind in VALUES:
        state[VALUES[kind], rows] = value
    if kind == "progress_reply":
        state[V.SUBSTANTIVE_ON, rows] = np.where(value > 0, day, state[V.SUBSTANTIVE_ON, rows])
    if kind == "forwarded_from_above":
        state[V.FORWARDED, rows] = 1
    if kind == "joint_submission":
        state[V.JOINT_ON, rows] = np.where(state[V.JOINT_ON, rows] == NEVER, day, state[V.JOINT_ON, rows])
    if kind in RETURN_KINDS:
        back = rows if own_cause is None else rows[~own_cause]
        when = day if own_cause is None else day[~own_cause]
        state[V.RETURNS, back] += 1
        state[V.SINCE_ANSWER, back] += 1
        state[V.RETURN_ON, back] = when
