"""What the bell tells a person: duties, steps of plans and signatures that wait for them, derived from what stands.

Nothing here is about a person, a score or a band.  A notice goes when what it is about is done; marking it as read
only takes it off the count.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from data.store import notices as stored
from data.store.users import UserRole
from data.times import DAY_US, from_us, local_date
from data.vocabulary import ACTIONS
from serving import cases, explaining, leading, lists, reminders, signing, today
from serving.deps import Caller, Service
from serving.matters import some_seen
from serving.permissions import Right, can_use
from serving.standing import ListState, standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing that waits: `key` names it for good, `kind` is duty, plan or signature, `text` (zh, en) says what.

    `state` is late or soon; `due` the ISO day, empty where there is none; `number` and `matter_id` None for a list.
    """

    key: str
    kind: str
    text: tuple[str, str]
    href: str
    state: str
    due: str = ""
    number: str | None = None
    matter_id: str | None = None


def notices(service: Service, caller: Caller) -> list[Notice]:
    """What stands for the caller now, the most pressing first; nothing for roles without matters."""
    if caller.scope is None or caller.user is None or not can_use(caller.user, Right.LISTS):
        return []
    day = local_date(caller.now, service.settings.time_zone)
    rests_on = (stored.mark(service.store), day, caller.scope, caller.user)
    return service.notices.of(caller.user.user_id, rests_on, lambda: standing_notices(service, caller, day))


def unread(service: Service, caller: Caller) -> int:
    """How many of them the caller has not marked as read."""
    found = notices(service, caller)
    return len({one.key for one in found} - stored.read_by(service.store, caller.actor)) if found else 0


def standing_notices(service: Service, caller: Caller, day: date) -> list[Notice]:
    """Everything that waits for the caller on `day`: late first, then by day."""
    person, office = caller.person, caller.matters.offices[0]
    found: list[Notice] = []
    if can_use(person, Right.TODAY):
        found += _duties(service, caller)
    if person.role is UserRole.LEADER:
        found += _to_sign(service, caller)
        found += [_step(matter, step) for matter, step in leading.promised(service, caller) if step.row.state != "open"]
    else:
        found += _steps(service, caller, office, day)
        found += _answers(service, caller, day)
    if person.role is UserRole.PETITION_HEAD:
        found += _own_list(service, caller, office)
    unique = {one.key: one for one in found}
    return sorted(unique.values(), key=lambda one: (one.state != "late", one.due or "9999", one.key))


def mark_read(service: Service, caller: Caller, keys: Iterable[str]) -> None:
    """Mark some of the caller's notices as read; a key that is not among them is passed over."""
    found = {one.key: one.matter_id for one in notices(service, caller)}
    wanted = {key: found[key] for key in keys if key in found}
    stored.mark_read(service.store, caller.actor, wanted, standing=found, at=caller.now)


def _duties(service: Service, caller: Caller) -> list[Notice]:
    owing = today.owing(service, caller)
    if owing is None:
        return []
    return [
        Notice(
            key=f"duty:{one.matter['matter_id']}:{one.duty['code']}:{one.duty['due']}",
            kind="duty",
            text=(str(one.duty["zh"]), str(one.duty["en"])),
            href=f"/matters/{one.matter['matter_id']}",
            state="late" if one.duty["missed"] else "soon",
            due=from_us(int(one.duty["due"]) - DAY_US).date().isoformat(),
            number=str(one.matter["matter_no"]),
            matter_id=str(one.matter["matter_id"]),
        )
        for one in (*owing.follow_ups, *owing.duties)
    ]


def _steps(service: Service, caller: Caller, office: str, day: date) -> list[Notice]:
    due = reminders.steps_due(service.store, office, day, "zh")
    matters = some_seen(service.store, caller.matters, [step.matter_id for step in due])
    return [_step(matters[step.matter_id], step) for step in due if step.matter_id in matters]


def _step(matter: Mapping[str, Any], step: reminders.Step) -> Notice:
    return Notice(
        key=f"plan:{step.matter_id}:{step.row.action}:{step.row.due}",
        kind="plan",
        text=ACTIONS[step.row.action],
        href=f"/matters/{step.matter_id}#work",
        state=step.row.state,
        due=step.row.due,
        number=str(matter["matter_no"]),
        matter_id=step.matter_id,
    )


def _answers(service: Service, caller: Caller, day: date) -> list[Notice]:
    """Requests for correction and explanation that wait for the office's answer: duties with a day of their own."""
    zone = service.settings.time_zone
    asked = [
        (
            f"correction:{one.dispute.dispute_id}",
            ("更正申请待答复", "a request for correction to answer"),
            local_date(one.dispute.due_at, zone),
            row,
        )
        for one, row in cases.waiting(service, caller)
    ]
    asked += [
        (f"explanation:{one.request.request_id}", ("说明申请待出具", "an explanation to give"), one.request.due_on, row)
        for one, row in explaining.waiting(service, caller)
    ]
    return [
        Notice(
            key=key,
            kind="duty",
            text=text,
            href="/corrections",
            state="late" if due < day else "soon",
            due=due.isoformat(),
            number=str(row["matter_no"]),
            matter_id=str(row["matter_id"]),
        )
        for key, text, due, row in asked
    ]


def _to_sign(service: Service, caller: Caller) -> list[Notice]:
    return [
        Notice(
            key=f"sign:{one.standing.sent.id}",
            kind="signature",
            text=("清单待您签批", "a list waits for your signature"),
            href=f"/sign#list-{one.standing.sent.id}",
            state="soon",
        )
        for one in signing.waiting(service, caller)
        if one.standing.sent is not None and any(entry.may for entry in one.entries)
    ]


def _own_list(service: Service, caller: Caller, office: str) -> list[Notice]:
    """A list that came back, and one that has gone unsigned too long."""
    latest = lists.current(service.store, office)
    if latest is None:
        return []
    found: list[Notice] = []
    href = f"/list?screening={latest.screening_id}&office={office}#standing"
    now = standing(service.store, latest.screening_id, office)
    if now.state is ListState.RETURNED and now.last is not None:
        said = ("清单已退回，请修改后另送", "the list came back to be mended")
        found.append(Notice(key=f"returned:{now.last.id}", kind="signature", text=said, href=href, state="late"))
    if reminders.unsigned_lists(service.store, service.settings, [office], caller.now):
        said = ("本期清单尚未签批下达", "this month's list is not signed yet")
        key = f"unsigned:{latest.screening_id}"
        found.append(Notice(key=key, kind="signature", text=said, href=href, state="late"))
    return found
