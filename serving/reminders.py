"""What waits at an office: a list nobody has signed for days, and steps of plans overdue or due within a week."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, TypeVar

from data.settings import Settings
from data.store import plans, register, signing
from data.store.engine import Store
from data.store.plans import Measure, Plan, Result
from data.store.screenings import Screening, read_screenings
from data.store.signing import ListStep
from data.times import DAY_US, cutoff_day, local_date
from serving.plan_state import PlanRow, in_force, plan_rows
from serving.standing import ListState, standing

Row = TypeVar("Row", Measure, Result)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsigned:
    """An office's latest list, not signed `days` after it was made; `cutoff` is its last day (ISO)."""

    office_id: str
    cutoff: str
    days: int
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeReminder:
    """What waits at one office, in numbers of its own work; `unsigned` None where its list is signed or young."""

    office_id: str
    office: str
    unsigned: Unsigned | None
    steps_late: int
    steps_soon: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a matter's plan that is not done."""

    matter_id: str
    row: PlanRow


def unsigned_lists(
    store: Store, settings: Settings, offices: Iterable[str], now: int, *, look_back: bool = False
) -> list[Unsigned]:
    """The latest lists of some offices that went unsigned for more than `work.unsigned_days`, the longest first.

    An office with nothing on its list to be verified has nothing to sign.  With `look_back` as it stood at the
    instant `now`: lists made and steps taken from then on are not there.
    """
    before = now if look_back else None
    wanted = set(offices)
    parents = dict(register.office_tree(store))
    latest: dict[str, Screening] = {}
    for screening in read_screenings(store):
        if before is not None and screening.created_at >= before:
            continue
        for office in wanted - latest.keys():
            if _concerns(screening.scope, office, parents):
                latest[office] = screening
    steps = {(step.screening_id, step.office_id): step for step in signing.latest_steps(store, wanted, before=before)}
    found: list[Unsigned] = []
    for office, screening in latest.items():
        days = (now - screening.created_at) // DAY_US
        if days <= settings.work.unsigned_days or not _something_to_sign(screening, office):
            continue
        state = _state(store, steps.get((screening.screening_id, office)), before)
        if state is not ListState.SIGNED:
            cutoff = cutoff_day(screening.cutoff, settings.time_zone).isoformat()
            found.append(Unsigned(office_id=office, cutoff=cutoff, days=days, state=state))
    return sorted(found, key=lambda one: (-one.days, one.office_id))


def steps_due(store: Store, office_id: str, today: date, language: str) -> list[Step]:
    """The steps of an office's plans that are overdue or due within a week, the most urgent first."""
    return [step for step in open_steps(store, office_id, today, language) if step.row.state in ("late", "soon")]


def open_steps(store: Store, office_id: str, today: date, language: str) -> list[Step]:
    """The steps of an office's plans that are not done, the most urgent first.

    A plan whose work has ended asks for nothing more.
    """
    latest = plans.latest_of_office(store, Plan, office_id)
    measures = _by_matter(plans.of_office(store, Measure, office_id))
    results = _by_matter(plans.of_office(store, Result, office_id))
    found = [
        Step(matter_id=matter_id, row=row)
        for matter_id, plan in latest.items()
        if in_force(plan, results.get(matter_id, []))
        for row in plan_rows(plan, measures.get(matter_id, []), results.get(matter_id, []), today, language)
        if row.state != "done"
    ]
    return sorted(found, key=lambda step: (step.row.due, step.matter_id))


def office_reminders(store: Store, settings: Settings, offices: Sequence[str], now: int) -> list[OfficeReminder]:
    """What waits at each of some offices, those with nothing left out."""
    today = local_date(now, settings.time_zone)
    names = {row["office_id"]: row["name"] for row in register.read_offices(store).iter_rows(named=True)}
    unsigned = {one.office_id: one for one in unsigned_lists(store, settings, offices, now)}
    found: list[OfficeReminder] = []
    for office in offices:
        states = [step.row.state for step in steps_due(store, office, today, "zh")]
        if states or office in unsigned:
            found.append(
                OfficeReminder(
                    office_id=office,
                    office=names.get(office, office),
                    unsigned=unsigned.get(office),
                    steps_late=states.count("late"),
                    steps_soon=states.count("soon"),
                )
            )
    return found


def as_rows(found: Sequence[OfficeReminder]) -> list[dict[str, Any]]:
    """Plain JSON values."""
    return [asdict(one) for one in found]


def _concerns(scope: str, office: str, parents: dict[str, str | None]) -> bool:
    at: str | None = office
    while at is not None:
        if at == scope:
            return True
        at = parents.get(at)
    return scope not in parents


def _something_to_sign(screening: Screening, office: str) -> bool:
    counts = (screening.summary or {}).get("offices", {}).get(office)
    return counts is None or any(counts.get(part, 1) for part in ("model", "points"))


def _state(store: Store, step: ListStep | None, before: int | None) -> ListState:
    if step is None:
        return ListState.DRAFT
    return standing(store, step.screening_id, step.office_id, before=before).state


def _by_matter(rows: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.matter_id, []).append(row)
    return found
