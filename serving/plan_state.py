"""How the steps of a plan stand on a day: done, open, due soon or overdue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from data.store.plans import Measure, Plan, Result
from data.vocabulary import ACTIONS

#: A step due within so many days is due soon.
SOON_DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """One step of a plan: what (its code and words), by when (ISO day), and its state: done, open, soon or late."""

    action: str
    text: str
    due: str
    state: str


def in_force(plan: Plan, results: Sequence[Result]) -> bool:
    """Whether the work a plan asks for has not ended since it was made."""
    return all(one.at < plan.at for one in results)


def plan_rows(
    plan: Plan | None, measures: Sequence[Measure], results: Sequence[Result], today: date, language: str
) -> list[PlanRow]:
    """The steps of a plan; one is done once a measure of its kind was recorded since the work before ended.

    What was tried and not possible leaves its step as it is: the duty stands.
    """
    if plan is None:
        return []
    side = 0 if language == "zh" else 1
    return [
        PlanRow(
            action=line.action,
            text=ACTIONS[line.action][side],
            due=line.due.isoformat(),
            state=_open(line.due, today) if done is None else "done",
        )
        for line, done in zip(plan.lines, done_on(plan, measures, results), strict=True)
    ]


def done_on(plan: Plan, measures: Sequence[Measure], results: Sequence[Result]) -> list[date | None]:
    """The day each step of a plan was first done on since the work before the plan ended; None while it is not."""
    ended = max((one.at for one in results if one.at < plan.at), default=0)
    done = [one for one in measures if one.at > ended and one.outcome != "not_possible"]
    return [min((one.done_on for one in done if one.action == line.action), default=None) for line in plan.lines]


def _open(due: date, today: date) -> str:
    left = (due - today).days
    return "late" if left < 0 else "soon" if left <= SOON_DAYS else "open"
