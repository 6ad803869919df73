"""What people may do with an entry of a list: accept, change or reject it with a reason, or put a matter forward.

A score, a rule or a date moves nothing here.  A decision and its record are committed together, or neither is; a
rejected entry stays where it stands, and its duties and clocks run on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from data.errors import InputRefused, NotAllowed
from data.forbidden import check_text, is_code
from data.store import audit, flags
from data.store.audit import Entry
from data.store.flags import Decision, DecisionCode, PutForward
from data.store.screenings import Screening
from data.store.users import User, UserRole
from serving import journal, lists, matters
from serving.card import place_of
from serving.deps import Caller, Service
from serving.lists import Line
from serving.permissions import MatterPlace, Right, check_can_see_matter, check_can_use

_LONGEST_OWNER = 20


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
#: Bottom-up, as practised: what a head decided a handler does not undo.
_LEVELS: Mapping[str, int] = {
    UserRole.HANDLER: 1,
    UserRole.DEPARTMENT_HEAD: 2,
    UserRole.PETITION_HEAD: 3,
}


class NotNow(NotAllowed):
    """The person may, but not as things stand."""

    status = 409


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
    level = _LEVELS.get(person.role, 0)
    if level == 0 or (latest is not None and _LEVELS.get(latest.role, 0) > level):
        return ()
    return tuple(MOVES[state_of(latest)])


def can_decide(person: User, place: MatterPlace) -> bool:
    """Whether a person who sees the matter may decide on it, or put it forward: their own office's, below leaders."""
    return person.role in _LEVELS and place.office_id == person.office_id


def check_can_decide(caller: Caller, place: MatterPlace | None) -> None:
    """Raises NotFound for a matter out of scope (recusal included, G16), NotAllowed for who only reads."""
    check_can_see_matter(caller.matters, place)
    check_can_use(caller.person, Right.DECIDE)
    if place is None or not can_decide(caller.person, place):
        raise NotAllowed(
            "decide_other_office", "只能核实本院的事项", "only matters of your own office can be decided on"
        )


def decide(service: Service, caller: Caller, screening_id: str, matter_id: str, sent: Proposal) -> Decision:
    """Record a decision on an entry, with its audit entry; the same `once` again gives back the first.

    Raises NotFound and NotAllowed as `check_can_decide`, InputRefused for a missing or refused text (only how many
    refusals is logged), NotNow where the list is not the latest, does not hold the matter, or stands as asked.
    """
    place = _place(service, caller, matter_id)
    screening = lists.find(service.store, caller.matters, screening_id)
    _check_texts(service, caller, place, matter_id, {"reason": sent.reason, "plan": sent.plan})
    owner, plan = _changed(sent)
    with service.store.write():
        flags.hold(service.store, screening_id)
        before = flags.decision_sent(service.store, caller.person.user_id, sent.once)
        if before is not None:
            _check_same((before.screening_id, before.matter_id), (screening_id, matter_id))
            return before
        _check_latest(service, screening, place.office_id)
        line = _line(service, caller, screening, place.office_id, matter_id)
        _check_move(caller.person, line.decision, sent.decision)
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
        flags.add_decision(service.store, made)
        detail = {"screening": screening_id, "part": line.entry.part, "decision": sent.decision}
        _on_record(service, _entry(caller, journal.DECIDE, place, matter_id, detail))
    return made


def put_forward(service: Service, caller: Caller, matter_id: str, *, reason: str, once: str) -> PutForward:
    """Put a matter forward by hand on the office's latest list, with its audit entry.

    It comes on top of the list and is displaced by no score.  Raises as `decide`; NotNow also where there is no list
    yet, or the matter already stands on it by hand.
    """
    place = _place(service, caller, matter_id)
    _check_texts(service, caller, place, matter_id, {"reason": reason})
    screening = lists.current(service.store, place.office_id)
    if screening is None:
        raise NotNow("no_list_yet", "还没有本院的排查清单，不能提报", "there is no list of your office yet")
    with service.store.write():
        flags.hold(service.store, screening.screening_id)
        before = flags.put_forward_sent(service.store, caller.person.user_id, once)
        if before is not None:
            _check_same((before.matter_id,), (matter_id,))
            return before
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
        _on_record(service, _entry(caller, journal.PUT_FORWARD, place, matter_id, detail))
    return made


def _place(service: Service, caller: Caller, matter_id: str) -> MatterPlace:
    place = place_of(matters.find(service, matter_id).matters.row(0, named=True))
    check_can_decide(caller, place)
    return place


def _check_texts(
    service: Service, caller: Caller, place: MatterPlace, matter_id: str, texts: Mapping[str, str]
) -> None:
    """The gate for typed text (G2): what is refused is told to who typed it, and nobody else."""
    if not texts["reason"].strip():
        raise InputRefused("reason_missing", "请写明理由", "give the reason")
    found = [refusal for text in texts.values() for refusal in check_text(text)]
    if not found:
        return
    service.journal.record(_entry(caller, journal.TEXT_REFUSED, place, matter_id, {"refusals": len(found)}))
    told = [
        (
            f"{one.zh}。{one.offer_zh}" if one.offer_zh else one.zh,
            f"{one.en}; {one.offer_en}" if one.offer_en else one.en,
        )
        for one in found
    ]
    raise InputRefused(
        "text_refused",
        "文字中有不能保存的内容，未保存",
        "the text holds what may not be kept; nothing was saved",
        list(dict.fromkeys(told)),
    )


def _changed(sent: Proposal) -> tuple[str | None, str | None]:
    owner, plan = sent.owner.strip(), sent.plan.strip()
    if sent.decision != "change":
        return None, None
    if owner and (len(owner) > _LONGEST_OWNER or not is_code(owner)):
        raise InputRefused("owner_code", "承办人只写编号，如 S0107", "give the owner's staff number, such as S0107")
    if not owner and not plan:
        raise InputRefused(
            "change_missing",
            "更改须写明新的承办人编号或拟办意见",
            "a change needs a new owner's staff number or a proposal",
        )
    return owner or None, plan or None


def _check_same(before: Sequence[str], now: Sequence[str]) -> None:
    if tuple(before) != tuple(now):
        raise NotNow("once_used", "此表单已提交过，请刷新页面", "this form was already sent; reload the page")


def _check_latest(service: Service, screening: Screening, office_id: str) -> None:
    latest = lists.current(service.store, office_id)
    if latest is None or latest.screening_id != screening.screening_id:
        raise NotNow(
            "list_superseded", "已有更新的排查清单，请在最新清单上核实", "there is a later list; decide on that one"
        )


def _line(service: Service, caller: Caller, screening: Screening, office_id: str, matter_id: str) -> Line:
    found = lists.lines(
        service.store, screening, caller.matters, caller.person.role, offices=[office_id], matter_id=matter_id
    )
    if not found:
        raise NotNow("not_on_list", "该事项不在这份清单上", "the matter does not stand on this list")
    return found[0]


def _check_move(person: User, latest: Decision | None, decision: DecisionCode) -> None:
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


def _on_record(service: Service, entry: Entry) -> None:
    audit.append_many(service.store, service.journal.key, [entry])


def _entry(caller: Caller, action: str, place: MatterPlace, matter_id: str, detail: Mapping[str, str | int]) -> Entry:
    return Entry(
        at=caller.now,
        user_id=caller.person.user_id,
        action=action,
        office_id=place.office_id,
        matter_id=matter_id,
        detail=dict(detail),
        request_id=caller.request_id,
    )
