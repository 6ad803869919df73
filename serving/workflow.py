"""What people may do with an entry of a list: accept, change or reject it with a reason, or put a matter forward.

A score, a rule or a date moves nothing here.  A decision and its record are committed together, or neither is; a
rejected entry stays where it stands, and its duties and clocks run on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from data.errors import InputRefused
from data.store import bulk, flags
from data.store.flags import Decision, DecisionCode, PutForward
from data.store.screenings import Screening
from data.store.users import User
from serving import acts, journal, lists
from serving.acts import LEVELS, NotNow, can_decide, check_can_decide
from serving.deps import Caller, Service
from serving.lists import Line
from serving.standing import check_open

__all__ = ["MOVES", "FlagState", "NotNow", "Proposal", "can_decide", "check_can_decide", "decide", "moves", "state_of"]


class FlagState(StrEnum):
    """How an entry stands: to verify, accepted, changed, or not taken up."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    CHANGED = "changed"
    REJECTED = "rejected"


#: From a state, by a decision, to the next; what is not here is refused.
MOVES: Mapping[FlagState, Mapping[DecisionCode, FlagState]] = {
    FlagState.PENDING: {
        "accept": FlagState.ACCEPTED,
        "change": FlagState.CHANGED,
        "reject": FlagState.REJECTED,
    },
    FlagState.ACCEPTED: {"change": FlagState.CHANGED, "reject": FlagState.REJECTED},
    FlagState.CHANGED: {
        "accept": FlagState.ACCEPTED,
        "change": FlagState.CHANGED,
        "reject": FlagState.REJECTED,
    },
    FlagState.REJECTED: {"accept": FlagState.ACCEPTED, "change": FlagState.CHANGED},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What a person sends: the decision with its reason, and for a change the new owner (staff number) or plan."""

    decision: DecisionCode
    reason: str
    owner: str = ""
    plan: str = ""
    once: str


def state_of(decision: Decision | None) -> FlagState:
    """The state the latest decision leaves an entry in."""
    return FlagState.PENDING if decision is None else MOVES[FlagState.PENDING][decision.decision]


def moves(person: User, latest: Decision | None) -> tuple[DecisionCode, ...]:
    """The decisions a person of this role may take now, in the order they are offered."""
    level = LEVELS.get(person.role, 0)
    if level == 0 or (latest is not None and LEVELS.get(latest.role, 0) > level):
        return ()
    return tuple(MOVES[state_of(latest)])


def decide(service: Service, caller: Caller, screening_id: str, matter_id: str, sent: Proposal) -> Decision:
    """Record a decision on an entry, with its audit entry; the same `once` again gives back the first.

    Raises NotFound and NotAllowed as `check_can_decide`, InputRefused for a missing or refused text (only how many
    refusals is logged), NotNow where the list is not the latest, does not hold the matter, or stands as asked.
    """
    place = acts.place_to_decide(service, caller, matter_id)
    screening = lists.find(service.store, caller.matters, screening_id)
    acts.check_reason(sent.reason)
    acts.check_texts(service, caller, [sent.reason, sent.plan], office_id=place.office_id, matter_id=matter_id)
    owner, plan = changed_by(sent)
    with service.store.write():
        flags.hold(service.store, screening_id)
        before = flags.decision_sent(service.store, caller.person.user_id, sent.once)
        if before is not None:
            acts.check_same((before.screening_id, before.matter_id), (screening_id, matter_id))
            return before
        acts.check_latest(service, screening, place.office_id)
        line = _line(service, caller, screening, place.office_id, matter_id)
        check_move(caller.person, line.decision, sent.decision)
        made = Decision(
            screening_id=screening_id,
            matter_id=matter_id,
            office_id=place.office_id,
            decided_by=caller.person.user_id,
            role=caller.person.role,
            at=caller.now,
            decision=sent.decision,
            reason=sent.reason.strip(),
            owner=owner,
            plan=plan,
            once=sent.once,
        )
        bulk.add(service.store, sent.once, [made])  # a bulk of one: it can be taken back for a while, as many can
        detail = {"screening": screening_id, "part": line.entry.part, "decision": sent.decision}
        acts.on_record(service, caller.entry(journal.DECIDE, place.office_id, detail, matter_id))
    return made


def put_forward(service: Service, caller: Caller, matter_id: str, *, reason: str, once: str) -> PutForward:
    """Put a matter forward by hand on the office's latest list, with its audit entry.

    It comes on top of the list and is displaced by no score.  Raises as `decide`; NotNow also where there is no list
    yet, or the matter already stands on it by hand.
    """
    place = acts.place_to_decide(service, caller, matter_id)
    acts.check_reason(reason)
    acts.check_texts(service, caller, [reason], office_id=place.office_id, matter_id=matter_id)
    screening = lists.current(service.store, place.office_id)
    if screening is None:
        raise NotNow("no_list_yet", "还没有本院的排查清单，不能提报", "there is no list of your office yet")
    with service.store.write():
        flags.hold(service.store, screening.screening_id)
        before = flags.put_forward_sent(service.store, caller.person.user_id, once)
        if before is not None:
            acts.check_same((before.matter_id,), (matter_id,))
            return before
        check_open(service.store, screening, place.office_id, part=lists.HAND)
        standing = flags.put_forward_for(service.store, screening.cutoff, [place.office_id])
        if any(one.matter_id == matter_id for one in standing):
            raise NotNow("already_put_forward", "该事项已由人工提报在清单上", "the matter already stands there by hand")
        made = PutForward(
            matter_id=matter_id,
            office_id=place.office_id,
            cutoff=screening.cutoff,
            put_by=caller.person.user_id,
            at=caller.now,
            reason=reason.strip(),
            once=once,
        )
        flags.add_put_forward(service.store, made)
        detail = {"screening": screening.screening_id}
        acts.on_record(service, caller.entry(journal.PUT_FORWARD, place.office_id, detail, matter_id))
    return made


def changed_by(sent: Proposal) -> tuple[str | None, str | None]:
    """The new owner and plan a change sends, None where it sends none. Raises InputRefused for a change of nothing."""
    owner, plan = sent.owner.strip(), sent.plan.strip()
    if sent.decision != "change":
        return None, None
    if owner:
        acts.check_staff_number(owner)
    if not owner and not plan:
        raise InputRefused(
            "change_missing",
            "更改须写明新的承办人编号或拟办意见",
            "a change needs a new owner's staff number or a proposal",
        )
    return owner or None, plan or None


def _line(service: Service, caller: Caller, screening: Screening, office_id: str, matter_id: str) -> Line:
    found = lists.lines(
        service.store, screening, caller.matters, caller.person.role, offices=[office_id], matter_id=matter_id
    )
    if not found:
        raise NotNow("not_on_list", "该事项不在这份清单上", "the matter does not stand on this list")
    # A must-act may have been put forward by hand as well: the decision is one, and that entry may have gone up.
    for line in found:
        check_open(service.store, screening, office_id, part=line.entry.part)
    return found[0]


def check_move(person: User, latest: Decision | None, decision: DecisionCode) -> None:
    """Raises NotNow for a decision this person may not take on an entry as it stands."""
    offered = moves(person, latest)
    if decision in offered:
        return
    if not offered:
        raise NotNow(
            "decided_above",
            "该事项已由负责人审核，不能再改",
            "a head has already reviewed this entry; it stays as it is",
        )
    raise NotNow("already_decided", "该事项已是此状态", "the entry already stands like this")
