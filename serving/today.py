"""What is due today on the matters of a handler or a department: follow-ups, duties, flags, steps of plans, answers.

Computed from the histories as they stand, by the rules and clocks of every list; no score is needed (G7).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from data.contract import Register
from data.store import register
from data.store.mark import register_mark
from data.times import local_date
from features.catalog import CATALOG
from features.measures import Renewed
from features.rules import SOON_DAYS, duties
from serving import cases, explaining, lists
from serving.card import place_of
from serving.deps import Caller, Service
from serving.lists import Line
from serving.open_now import open_now
from serving.reminders import Step, steps_due
from serving.workflow import FlagState, state_of

#: The clock of the monthly answer on progress or result: what officers owe first.
FOLLOW_UP = "monthly_follow_up"
_WAITING = "waiting_for_answer_days"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """One thing our office owes on a matter: a row of features.rules.duties, or days without an answer."""

    matter: Mapping[str, Any]
    duty: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Owing:
    """What histories say as of `as_of` (UTC microseconds), `shift` days before today; all lists most pressing first.

    `follow_ups` and `duties` are overdue or due within a week; `unanswered` matters were raised again and have waited
    so many days.
    """

    as_of: int
    shift: int
    open_matters: int
    follow_ups: list[Owed]
    duties: list[Owed]
    unanswered: list[tuple[Mapping[str, Any], int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The matters' rows by id and what they owe; from `steady` (UTC microseconds) on time alone changes nothing."""

    matters: Mapping[str, Mapping[str, Any]]
    owing: Owing | None
    steady: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """What waits for one person; `owing` is None where no ledger was imported yet, or nothing stands with them.

    `flags` are entries of the latest list that nobody has verified, `steps` those of plans overdue or due in a week.
    """

    owing: Owing | None
    flags: list[Line]
    steps: list[tuple[Mapping[str, Any], Step]]
    corrections: int
    explanations: int


def today(service: Service, caller: Caller) -> Today:
    """Everything that waits for the caller: a handler's own matters, or those of a head's department."""
    scope, store = caller.matters, service.store
    mine, owing_now = _told(service, caller)
    latest = next(iter(lists.issued(store, scope, limit=1)), None)
    lines = [] if latest is None else lists.lines(store, latest, scope, caller.person.role)
    now = local_date(caller.now, service.settings.time_zone)
    steps = steps_due(store, scope.offices[0], now, caller.language)
    return Today(
        owing=owing_now,
        flags=[line for line in lines if state_of(line.decision) is FlagState.PENDING],
        steps=[(mine[step.matter_id], step) for step in steps if step.matter_id in mine],
        corrections=len(cases.waiting(service, caller)),
        explanations=len(explaining.waiting(service, caller)),
    )


def owing(service: Service, caller: Caller) -> Owing | None:
    """What histories say of the caller's matters; None where no ledger was imported, or nothing stands with them."""
    return _told(service, caller)[1]


def _told(service: Service, caller: Caller) -> tuple[Mapping[str, Mapping[str, Any]], Owing | None]:
    """The caller's matters by id, and what their histories say; kept until the register changes."""

    def make() -> Told:
        found, mine = _mine(service, caller)
        if found is None or not mine:
            return Told(matters=mine, owing=None, steady=0)
        steady = max(found.observed_until, *(found.seen_until(matter_id) for matter_id in mine))
        return Told(matters=mine, owing=_owing(service, found, mine, caller.now), steady=steady)

    told: Told = service.owing.of(
        caller.matters, register_mark(service.store), make, holds=lambda kept: caller.now >= kept.steady
    )
    if told.owing is None:
        return told.matters, None
    zone = service.settings.time_zone
    shift = (local_date(caller.now, zone) - local_date(told.owing.as_of, zone)).days
    return told.matters, replace(told.owing, shift=max(0, shift))


def _mine(service: Service, caller: Caller) -> tuple[Register | None, dict[str, Mapping[str, Any]]]:
    scope = caller.matters
    found = register.staff_register(service.store, scope.offices[0], handler=scope.handler, department=scope.department)
    rows = [] if found is None else found.matters.to_dicts()
    # What is about the person's own post is not theirs to see (G16).
    return found, {row["matter_id"]: row for row in rows if scope.holds(place_of(row))}


def _owing(service: Service, found: Register, mine: Mapping[str, Mapping[str, Any]], now: int) -> Owing:
    settings = service.settings
    as_of = min(now, found.observed_until)
    view, ids = open_now(settings, found, mine, now)
    owed = [
        Owed(matter=mine[ids[duty["row"]]], duty=duty)
        for duty in duties(view).to_dicts()
        if duty["days_left"] is not None and duty["days_left"] <= SOON_DAYS
    ]
    owed.sort(key=lambda one: (one.duty["days_left"], one.matter["matter_no"]))
    waited = np.asarray(CATALOG.get(_WAITING).measure.evaluate(view), dtype=np.int64)
    again = (Renewed(("raised_again",)).evaluate(view) > 0) & (waited > 0)  # a first contact is not raised again
    longest = [row for row in np.argsort(-waited, kind="stable").tolist() if again[row]]
    return Owing(
        as_of=as_of,
        shift=0,
        open_matters=len(ids),
        follow_ups=[one for one in owed if one.duty["code"] == FOLLOW_UP],
        duties=[one for one in owed if one.duty["code"] != FOLLOW_UP],
        unanswered=[(mine[ids[row]], int(waited[row])) for row in longest],
    )
