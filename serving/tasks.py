"""The sweep as a task list for heads: what each department still owes its list, and what waits there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from data.store.screenings import Screening
from data.times import local_date
from serving import cases, explaining, lists, reminders
from serving.deps import Caller, Service
from serving.gathering import without_plan
from serving.lists import Line
from serving.matters import some_seen
from serving.permissions import Right, can_use
from serving.reminders import Step
from serving.standing import CLOSED, ListState, standing
from serving.workflow import FlagState, state_of
from serving.workload import Load, workload


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentTask:
    """What a department's entries on the list still lack; `next` is verify, plan, ready, wait or follow."""

    department: str | None
    entries: int
    unverified: int
    without_plan: int
    next: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tasks:
    """What waits at a head: of the whole office, or of the own department.

    `latest` is None where the office has no list; `load` is empty and `observed_until` None where no ledger is.
    """

    latest: Screening | None
    state: ListState
    departments: list[DepartmentTask]
    steps: list[tuple[dict[str, Any], Step]]
    links: int
    disputes: int
    explanations: int
    load: list[Load]
    observed_until: int | None


def tasks(service: Service, caller: Caller) -> Tasks:
    """Everything that waits for a head; what concerns their own post is not there (G16)."""
    store, scope = service.store, caller.matters
    office = scope.offices[0]
    latest = lists.current(store, office)
    lines: list[Line] = []
    state = ListState.DRAFT
    if latest is not None:
        found = lists.lines(store, latest, scope, caller.person.role, offices=[office])
        lines = [line for line in found if line.entry.part != lists.REVIEW]
        state = standing(store, latest.screening_id, office).state
    today = local_date(caller.now, service.settings.time_zone)
    due = reminders.steps_due(store, office, today, caller.language)
    matters = some_seen(store, scope, [step.matter_id for step in due])
    steps = [(matters[step.matter_id], step) for step in due if step.matter_id in matters]
    load: list[Load] = []
    observed = None
    board = service.boards.own(store, service.settings, scope)
    if board is not None:
        load, observed = workload(board.facts, lines, [step for _, step in steps], today), board.facts.observed_until
    return Tasks(
        latest=latest,
        state=state,
        departments=_departments(lines, state),
        steps=steps,
        links=len(cases.pairs(service, caller)) if can_use(caller.person, Right.LINKS) else 0,
        disputes=len(cases.waiting(service, caller)),
        explanations=len(explaining.waiting(service, caller)),
        load=load,
        observed_until=observed,
    )


def _departments(lines: Sequence[Line], state: ListState) -> list[DepartmentTask]:
    names = sorted({line.matter["department"] for line in lines}, key=lambda name: (name is None, name or ""))
    found: list[DepartmentTask] = []
    for name in names:
        mine = [line for line in lines if line.matter["department"] == name]
        pending = sum(state_of(line.decision) is FlagState.PENDING for line in mine)
        bare = sum(without_plan(line) for line in mine)
        found.append(
            DepartmentTask(
                department=name,
                entries=len(mine),
                unverified=pending,
                without_plan=bare,
                next=_next(pending, bare, state),
            )
        )
    return found


def _next(pending: int, bare: int, state: ListState) -> str:
    if state in CLOSED:
        return "follow" if state is ListState.SIGNED else "wait"
    return "verify" if pending else "plan" if bare else "ready"
