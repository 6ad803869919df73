"""How a finding that flagged matters fare worse takes the model out of service, and who puts it back (G24).

The finding goes to the auditor and the leader; rules alone order the work until a named person has answered why.
"""

from data.errors import NotAllowed
from data.store import audit, holds, models, register
from data.store.audit import Entry
from data.store.engine import Store
from data.store.users import User, UserRole
from monitoring.check import Finding, Severity
from serving import acts, journal
from serving.deps import Caller, Service

#: The finding (`monitoring.harm`) that takes a model out of service until somebody has answered.
FLAG_HURTS = "flag_hurts"


def hold_where_it_hurts(
    store: Store, key: bytes, findings: tuple[Finding, ...], *, as_of: int, now: int, by: str
) -> bool:
    """Take the model out of service where a check found that flags hurt; whether it was.

    Nothing is held where rules serve anyway, or where the same day was held before: its answer stands.
    """
    hurting = [one.as_dict() for one in findings if one.code == FLAG_HURTS and one.severity is Severity.SEVERE]
    with store.write():
        if not hurting or models.champion(store) is None:
            return False
        number = holds.add_hold(store, as_of=as_of, findings=hurting, at=now)
        if number is None:
            return False
        detail = {"hold": number, "deeds": [one["numbers"]["deed"] for one in hurting]}
        audit.append_many(store, key, [Entry(at=now, user_id=by, action=journal.HARM_FOUND, detail=detail)])
    return True


def can_answer(service: Service, person: User) -> bool:
    """Whether a person may answer: the approver, or the leader of an office with none above it in the register."""
    if person.role == UserRole.APPROVER:
        return True
    parents = dict(register.office_tree(service.store))
    return person.role == UserRole.LEADER and person.office_id in parents and parents[person.office_id] is None


def answer(service: Service, caller: Caller, hold_id: int, *, text: str) -> None:
    """Keep the caller's answer, with which the model serves again.

    Raises NotAllowed for who may not answer or a finding answered already, InputRefused without words or with words
    that may not be kept, NotFound.
    """
    if not can_answer(service, caller.person):
        raise NotAllowed(
            "hold_not_yours",
            "由模型审批人或最上级院的院领导答复",
            "the approver or the leader of the topmost office answers",
        )
    acts.check_reason(text)
    acts.check_texts(service, caller, [text], office_id=caller.person.office_id or "")
    with service.store.write():
        holds.answer_hold(
            service.store,
            hold_id,
            by=caller.person.user_id,
            role=caller.person.role,
            text=text.strip(),
            at=caller.now,
        )
        acts.on_record(service, caller.entry(journal.HARM_ANSWERED, caller.person.office_id or "", {"hold": hold_id}))
