"""What people decide on many rows of a list at once, all of them or none, and how they take back one or many.

Each row is a decision of its own, with the reason given for all and its own record.  Taking back is for who decided,
in the same session, for `work.undo_minutes`, and only while nobody has decided after and the list has not gone up.
"""

from collections.abc import Sequence
from uuid import NAMESPACE_URL, uuid5

from data.errors import InputRefused
from data.store import bulk, flags
from data.store.bulk import Bulk
from data.store.flags import Decision
from data.store.screenings import Screening
from serving import acts, journal, lists, workflow
from serving.acts import NotNow
from serving.deps import Caller, Service
from serving.lists import Line
from serving.permissions import Right, check_can_use
from serving.standing import CLOSED, SIGNED_PARTS, standing
from serving.workflow import Proposal

#: More rows than a page of a list ever shows.
MOST_ROWS = 200
_MINUTE_US = 60_000_000


def decide_many(service: Service, caller: Caller, screening_id: str, matter_ids: Sequence[str], sent: Proposal) -> Bulk:
    """Record one decision on each of some entries of the caller's own office's list; the same `once` gives the first.

    Raises InputRefused where no row is chosen or a text is missing or refused; NotNow naming every row that cannot be
    decided on like this, and then nothing at all is saved.
    """
    check_can_use(caller.person, Right.DECIDE)
    chosen = list(dict.fromkeys(matter_ids))
    screening = lists.find(service.store, caller.matters, screening_id)
    office = caller.matters.offices[0]
    if not chosen:
        raise InputRefused("no_rows", "请先勾选要核实的事项", "choose the rows first")
    if len(chosen) > MOST_ROWS:
        raise InputRefused("too_many_rows", f"一次最多 {MOST_ROWS} 件", f"at most {MOST_ROWS} rows at a time")
    acts.check_reason(sent.reason)
    acts.check_texts(service, caller, [sent.reason, sent.plan], office_id=office)
    owner, plan = workflow.changed_by(sent)
    with service.store.write():
        flags.hold(service.store, screening_id)
        before = bulk.find(service.store, caller.person.user_id, sent.once)
        if before is not None:
            told = [screening_id, *sorted(chosen)]
            acts.check_same([before.decisions[0].screening_id, *sorted(_matters(before))], told)
            return before
        acts.check_latest(service, screening, office)
        lines = _lines(service, caller, screening, office)
        _check_rows(service, caller, screening, office, chosen, lines, sent)
        made = [
            Decision(
                screening_id=screening_id,
                matter_id=matter_id,
                office_id=office,
                decided_by=caller.person.user_id,
                role=caller.person.role,
                at=caller.now,
                decision=sent.decision,
                reason=sent.reason.strip(),
                owner=owner,
                plan=plan,
                once=str(uuid5(NAMESPACE_URL, f"{sent.once}/{matter_id}")),
            )
            for matter_id in chosen
        ]
        bulk.add(service.store, sent.once, made)
        for one in made:
            part = lines[one.matter_id][0].entry.part
            detail = {"screening": screening_id, "part": part, "decision": sent.decision, "rows": len(made)}
            acts.on_record(service, caller.entry(journal.DECIDE, office, detail, one.matter_id))
    return Bulk(bulk=sent.once, decisions=tuple(made), undone=False)


def undo(service: Service, caller: Caller, screening_id: str, number: str) -> None:
    """Take back what the caller sent as `number`, one decision or many; a second click changes nothing more.

    Raises NotNow where the time or the session is over, or naming every row somebody has decided on since, or that
    has gone up; then nothing is taken back.
    """
    check_can_use(caller.person, Right.DECIDE)
    screening = lists.find(service.store, caller.matters, screening_id)
    office = caller.matters.offices[0]
    with service.store.write():
        flags.hold(service.store, screening_id)
        found = bulk.find(service.store, caller.person.user_id, number)
        if found is not None and found.undone:
            return
        if (
            found is None
            or found.decisions[0].screening_id != screening_id
            or minutes_left(service, caller, found) == 0
        ):
            raise NotNow(
                "undo_over",
                "已超过可撤销的时间，请逐件更改",
                "the time to take it back is over; change the rows one by one",
            )
        acts.check_latest(service, screening, office)
        _check_undone(service, caller, screening, office, found)
        bulk.undo(service.store, number, by=caller.person.user_id, at=caller.now)
        for one in found.decisions:
            detail = {"screening": screening_id, "decision": one.decision, "rows": len(found.decisions)}
            acts.on_record(service, caller.entry(journal.DECISION_UNDONE, office, detail, one.matter_id))


def last(service: Service, caller: Caller, screening_id: str) -> tuple[Bulk, int] | None:
    """What the caller decided last on a list with the minutes left to take it back; None where nothing can be."""
    found = bulk.latest(service.store, caller.person.user_id, screening_id)
    if found is None or (left := minutes_left(service, caller, found)) == 0:
        return None
    return found, left


def own_alone(service: Service, caller: Caller, decision: Decision) -> tuple[Bulk, int] | None:
    """A decision that was sent on its own, with the minutes its author has left to take it back; None for none left."""
    found = bulk.find(service.store, caller.person.user_id, decision.once)
    if found is None or found.undone or len(found.decisions) > 1:
        return None
    left = minutes_left(service, caller, found)
    return (found, left) if left else None


def minutes_left(service: Service, caller: Caller, found: Bulk) -> int:
    """Whole minutes, rounded up, in which a bulk can be taken back in this session; 0: no more."""
    decided = found.decisions[0].at
    if caller.session is None or decided < caller.session.created_at:
        return 0
    return max(0, -(-(decided + service.settings.work.undo_minutes * _MINUTE_US - caller.now) // _MINUTE_US))


def _lines(service: Service, caller: Caller, screening: Screening, office: str) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = {}
    for line in lists.lines(service.store, screening, caller.matters, caller.person.role, offices=[office]):
        found.setdefault(line.entry.matter_id, []).append(line)
    return found


def _check_rows(
    service: Service,
    caller: Caller,
    screening: Screening,
    office: str,
    chosen: Sequence[str],
    lines: dict[str, list[Line]],
    sent: Proposal,
) -> None:
    closed = standing(service.store, screening.screening_id, office).state in CLOSED
    refused: list[tuple[str, str]] = []
    unknown = 0
    for matter_id in chosen:
        mine = lines.get(matter_id)
        if mine is None:
            unknown += 1
            continue
        number = str(mine[0].matter["matter_no"])
        if closed and any(line.entry.part in SIGNED_PARTS for line in mine):
            refused.append((f"{number}：清单已送签或已签批", f"{number}: the list has gone up or is signed"))
            continue
        try:
            workflow.check_move(caller.person, mine[0].decision, sent.decision)
        except NotNow as why:
            refused.append((f"{number}：{why.zh}", f"{number}: {why.en}"))
    if unknown:  # what is not on the caller's list is not named: it may be no matter of theirs
        refused.append((f"另有 {unknown} 件不在您的这份清单上", f"{unknown} more are not on this list of yours"))
    _refuse(refused)


def _check_undone(service: Service, caller: Caller, screening: Screening, office: str, found: Bulk) -> None:
    lines = _lines(service, caller, screening, office)
    closed = standing(service.store, screening.screening_id, office).state in CLOSED
    refused: list[tuple[str, str]] = []
    for one in found.decisions:
        mine = lines.get(one.matter_id, [])
        now = mine[0].decision if mine else None
        number = str(mine[0].matter["matter_no"]) if mine else "—"
        if now is None or (now.decided_by, now.once) != (one.decided_by, one.once):
            refused.append((f"{number}：此后已另有核实意见", f"{number}: it was decided on again since"))
        elif closed and any(line.entry.part in SIGNED_PARTS for line in mine):
            refused.append((f"{number}：清单已送签或已签批", f"{number}: the list has gone up or is signed"))
    _refuse(refused)


def _refuse(told: Sequence[tuple[str, str]]) -> None:
    if told:
        raise NotNow(
            "rows_refused",
            "下列事项不能这样办理，全部未保存",
            "these rows cannot be done like this; nothing at all was saved",
            told,
        )


def _matters(found: Bulk) -> list[str]:
    return [one.matter_id for one in found.decisions]
