"""How the matters of an office stand: the nearest open duty (late, due within a week, later, none), and since when.

Made from the histories by the clocks of every list (no score is needed, G7), and kept while nothing they rest on has
changed: an office of some thousand matters costs a moment once a batch and a day, and nothing after that.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from data.store import register
from data.store.mark import mark_of
from data.times import local_date
from features.rules import SOON_DAYS, duties
from serving.deps import Caller, Service
from serving.open_now import open_now


@dataclass(frozen=True, slots=True, kw_only=True)
class Stood:
    """One matter: its nearest open duty (late, week, later, or none) and the month of its registration, YYYY-MM."""

    due: str
    month: str


UNKNOWN = Stood(due="none", month="")
_BEGINS = ("registered", "transferred_in")


def due_states(service: Service, caller: Caller, office_id: str) -> Mapping[str, Stood]:
    """The matters of an office that stand with the caller, by matter id, but for later numbers of another."""
    scope = caller.matters
    part = (office_id, scope.handler, scope.department)
    rests_on = (mark_of(service.store, office_id), local_date(caller.now, service.settings.time_zone))
    return service.due.of(part, rests_on, lambda: _made(service, caller, office_id))


def _made(service: Service, caller: Caller, office_id: str) -> Mapping[str, Stood]:
    scope, settings = caller.matters, service.settings
    found = register.staff_register(service.store, office_id, handler=scope.handler, department=scope.department)
    if found is None or found.matters.is_empty():
        return {}
    numbers = found.matters["matter_id"].to_list()
    view, ids = open_now(settings, found, numbers, caller.now)
    as_of = min(caller.now, found.observed_until)
    shift = max(0, (local_date(caller.now, settings.time_zone) - local_date(as_of, settings.time_zone)).days)
    nearest: dict[str, int] = {}
    for duty in duties(view).to_dicts():
        if duty["days_left"] is not None:
            matter_id, left = ids[duty["row"]], int(duty["days_left"])
            nearest[matter_id] = min(left, nearest.get(matter_id, left))
    began = found.events.filter(pl.col("kind").is_in(_BEGINS)).group_by("matter_id").agg(pl.col("occurred_at").min())
    months = {
        one: local_date(at, settings.time_zone).isoformat()[:7]
        for one, at in zip(began["matter_id"].to_list(), began["occurred_at"].to_list(), strict=True)
    }
    return {
        one: Stood(due=_state(nearest[one], shift) if one in nearest else UNKNOWN.due, month=months.get(one, ""))
        for one in numbers
    }


def _state(left: int, shift: int) -> str:
    """As a duty of the ledger is late, or by today within a week of its day (or past it, to be checked)."""
    return "late" if left <= 0 else "week" if left - shift <= SOON_DAYS else "later"
