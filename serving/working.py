"""What people plan, do and reach on a matter of the latest list: the plan, measures taken, and that it is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from data.errors import InputRefused
from data.store import flags, plans
from data.store.plans import Measure, Plan, PlanLine, Result
from data.store.screenings import Screening
from data.times import local_date
from data.vocabulary import ACTIONS, OUTCOMES, RESULTS
from serving import acts, journal, lists
from serving.acts import NotNow
from serving.deps import Caller, Service
from serving.lists import Line
from serving.permissions import MatterPlace
from serving.standing import SIGNED_PARTS, check_open

#: A plan is a handful of steps; so many more than are ever needed.
MOST_LINES = 8
_LONGEST_DOCUMENT = 60

Work = TypeVar("Work", Plan, Measure, Result)


@dataclass(frozen=True, slots=True, kw_only=True)
class SentPlan:
    """A plan as it is sent: owner (staff number) and (action, due day) lines; empty lines are left out."""

    owner: str
    lines: Sequence[tuple[str, str]]
    once: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMeasure:
    """A measure as it is sent; `done_on` an ISO day."""

    action: str
    done_on: str
    outcome: str
    document_no: str
    once: str


def save_plan(service: Service, caller: Caller, matter_id: str, sent: SentPlan) -> Plan:
    """Make or replace the plan of a matter on the latest list, with its audit entry.

    Raises as `acts.check_can_decide`; InputRefused naming every line at fault; NotNow for a matter that is not on
    the latest list, or whose list has gone up.
    """
    place = acts.place_to_decide(service, caller, matter_id)
    owner, lines = sent.owner.strip(), _lines(service, caller, sent.lines)
    if not owner:
        raise InputRefused("owner_missing", "请写明承办人编号", "give the owner's staff number")
    acts.check_staff_number(owner)
    with service.store.write():
        screening, line, before = _open(service, caller, place, matter_id, Plan, sent.once)
        if before is not None:
            return before
        check_open(service.store, screening, place.office_id, part=line.entry.part)
        made = Plan(
            screening_id=screening.screening_id,
            matter_id=matter_id,
            office_id=place.office_id,
            owner=owner,
            lines=lines,
            by=caller.person.user_id,
            role=caller.person.role,
            at=caller.now,
            once=sent.once,
        )
        plans.add(service.store, made)
        detail = {"screening": screening.screening_id, "lines": len(lines)}
        acts.on_record(service, caller.entry(journal.PLAN, place.office_id, detail, matter_id))
    return made


def record_measure(service: Service, caller: Caller, matter_id: str, sent: SentMeasure) -> Measure:
    """Record a help or duty done on a matter of the latest list, with its audit entry. Raises as `save_plan`.

    It is written here for the look at the plan; what proves a duty done is the ledger's own document.
    """
    place = acts.place_to_decide(service, caller, matter_id)
    done_on = _measure_day(service, caller, sent)
    document = sent.document_no.strip()
    acts.check_texts(service, caller, [document], office_id=place.office_id, matter_id=matter_id)
    with service.store.write():
        screening, _, before = _open(service, caller, place, matter_id, Measure, sent.once)
        if before is not None:
            return before
        made = Measure(
            screening_id=screening.screening_id,
            matter_id=matter_id,
            office_id=place.office_id,
            action=sent.action,
            done_on=done_on,
            outcome=sent.outcome,
            document_no=document or None,
            by=caller.person.user_id,
            role=caller.person.role,
            at=caller.now,
            once=sent.once,
        )
        plans.add(service.store, made)
        detail = {"screening": screening.screening_id, "measure": sent.action, "outcome": sent.outcome}
        acts.on_record(service, caller.entry(journal.MEASURE, place.office_id, detail, matter_id))
    return made


def record_result(service: Service, caller: Caller, matter_id: str, *, result: str, once: str) -> Result:
    """Record that the work the list asked for is done, and how it ended. Raises as `save_plan`.

    NotNow also where no measure was recorded since the list: a result without anything done is no result.
    """
    place = acts.place_to_decide(service, caller, matter_id)
    if result not in RESULTS:
        raise InputRefused("result_unknown", "请选择办理结果", "choose a result")
    with service.store.write():
        screening, _, before = _open(service, caller, place, matter_id, Result, once)
        if before is not None:
            return before
        last = plans.latest(service.store, Result, [matter_id]).get(matter_id)
        since = 0 if last is None else last.at
        if not any(one.at > since for one in plans.of_matter(service.store, Measure, matter_id)):
            raise NotNow(
                "nothing_done",
                "尚未记录办理措施，不能登记办毕",
                "no measure has been recorded; there is no result without one",
            )
        made = Result(
            screening_id=screening.screening_id,
            matter_id=matter_id,
            office_id=place.office_id,
            result=result,
            by=caller.person.user_id,
            role=caller.person.role,
            at=caller.now,
            once=once,
        )
        plans.add(service.store, made)
        detail = {"screening": screening.screening_id, "result": result}
        acts.on_record(service, caller.entry(journal.RESULT, place.office_id, detail, matter_id))
    return made


def _open(
    service: Service, caller: Caller, place: MatterPlace, matter_id: str, kind: type[Work], once: str
) -> tuple[Screening, Line, Work | None]:
    """Inside a transaction: the latest list, the matter's entry on it, and what was already sent under `once`."""
    screening = lists.current(service.store, place.office_id)
    lines: list[Line] = []
    if screening is not None:
        flags.hold(service.store, screening.screening_id)
        lines = lists.lines(
            service.store, screening, caller.matters, caller.person.role, offices=[place.office_id], matter_id=matter_id
        )
    if screening is None or not lines:
        raise NotNow("not_on_list", "该事项不在最新一期清单上", "the matter does not stand on the latest list")
    before = plans.sent(service.store, kind, caller.person.user_id, once)
    if before is not None:
        acts.check_same((before.matter_id,), (matter_id,))
    first = next((line for line in lines if line.entry.part in SIGNED_PARTS), lines[0])
    return screening, first, before


def _lines(service: Service, caller: Caller, sent: Sequence[tuple[str, str]]) -> tuple[PlanLine, ...]:
    today = local_date(caller.now, service.settings.time_zone)
    wrong: list[tuple[str, str]] = []
    made: list[PlanLine] = []
    given = [(action.strip(), due.strip()) for action, due in sent if action.strip() or due.strip()]
    for number, (action, due) in enumerate(given, 1):
        day = _day(due)
        if action not in ACTIONS:
            wrong.append((f"第{number}项：请选择办理措施", f"line {number}: choose a measure"))
        elif day is None:
            wrong.append((f"第{number}项：请写明完成日期", f"line {number}: give the day it is due"))
        elif not 0 <= (day - today).days <= 366:
            wrong.append(
                (f"第{number}项：完成日期应在今天起一年内", f"line {number}: the day lies within a year from today")
            )
        elif any(line.action == action for line in made):
            zh, en = ACTIONS[action]
            wrong.append((f"第{number}项：{zh}已列", f"line {number}: {en} is there already"))
        else:
            made.append(PlanLine(action=action, due=day))
    if not given:
        wrong.append(("至少写一项措施", "give at least one measure"))
    if len(given) > MOST_LINES:
        wrong.append((f"最多{MOST_LINES}项", f"at most {MOST_LINES} lines"))
    if wrong:
        raise InputRefused("plan_invalid", "化解预案有误，未保存", "the plan is off; nothing was saved", wrong)
    return tuple(made)


def _measure_day(service: Service, caller: Caller, sent: SentMeasure) -> date:
    today = local_date(caller.now, service.settings.time_zone)
    day = _day(sent.done_on)
    wrong: list[tuple[str, str]] = []
    if sent.action not in ACTIONS:
        wrong.append(("请选择办理措施", "choose a measure"))
    if sent.outcome not in OUTCOMES:
        wrong.append(("请选择办理情况", "choose how it ended"))
    if day is None or day > today or (today - day).days > 366:
        wrong.append(("办理日期应在过去一年内，不晚于今天", "the day lies within the last year, today at the latest"))
    if len(sent.document_no.strip()) > _LONGEST_DOCUMENT:
        wrong.append((f"文书号不超过{_LONGEST_DOCUMENT}字", f"at most {_LONGEST_DOCUMENT} characters of document no."))
    if wrong or day is None:
        raise InputRefused("measure_invalid", "办理措施有误，未保存", "the measure is off; nothing was saved", wrong)
    return day


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None
