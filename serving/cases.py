"""What people may do about a matter's numbers and data: confirm or refuse a link, dispute a value, answer a dispute.

Nothing here happens by itself (G1, G18): evidence is shown, a named person decides, and the decision, the new version
and the record are committed together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from data.errors import InputRefused, NotFound
from data.store import disputes, links, register, users
from data.store import vault as vaults
from data.store.disputes import REASONS, Answer, AnswerCode, Case, Dispute, Subject
from data.store.links import LinkDecision
from data.store.users import UserRole
from data.times import DAY_US, local_date, local_midnight
from data.vocabulary import CATEGORIES, CAUSES, KIND
from serving import acts, journal, lookups
from serving.acts import NotNow, check_can_decide
from serving.card import place_of
from serving.deps import Caller, Service
from serving.matters import place_seen, some_seen
from serving.permissions import MatterPlace, check_can_answer, check_can_link

#: Evidence only the vault gives: the same identity number, as two keyed hashes say.
IDENTITY = "identity"
#: The choice that says there is no earlier number.
NONE = "none"
_NO_MATTER = {"category": CATEGORIES, "cause": CAUSES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An earlier number (a row of contract.Matters) and why it may be the same matter.

    `registered_at` only where the vault found it: there the page shows number, cause and date and nothing else.
    """

    matter: dict[str, Any]
    evidence: str
    days_apart: int
    registered_at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A later number with the earlier ones it may belong to."""

    later: dict[str, Any]
    candidates: list[Candidate]


def pairs(service: Service, caller: Caller, *, number: str | None = None) -> list[Pair]:
    """The open proposals of the caller's office for the numbers in their scope, or for one of them.

    No matter about the caller's own post appears, on either side (G16).
    """
    scope = caller.matters
    own = caller.person.office_id or ""
    found = links.open_proposals(service.store, [own], window_days=links.WINDOW_DAYS)
    rows = found.to_dicts() if number is None else [row for row in found.to_dicts() if row["alias_id"] == number]
    ids = {row[side] for row in rows for side in ("alias_id", "matter_id")}
    matters = {row["matter_id"]: row for row in register.some_matters(service.store, ids).to_dicts()}
    made: dict[str, Pair] = {}
    for row in rows:
        later, earlier = matters[row["alias_id"]], matters[row["matter_id"]]
        if not scope.holds(place_of(later)) or _recused(caller, earlier):
            continue
        pair = made.setdefault(row["alias_id"], Pair(later=later, candidates=[]))
        pair.candidates.append(Candidate(matter=earlier, evidence=row["evidence"], days_apart=row["days_apart"]))
    return list(made.values())


def pair_of(service: Service, caller: Caller, number: str) -> Pair | None:
    """What may be decided of one number: the proposals of the ledger, and what the caller's own look-up found."""
    pair = next(iter(pairs(service, caller, number=number)), None)
    seen = set[str]() if pair is None else {one.matter["matter_id"] for one in pair.candidates}
    found = [
        Candidate(matter=matter, evidence=IDENTITY, days_apart=0, registered_at=at)
        for matter, at in lookups.told(service, caller, number) or ()
        if matter["matter_id"] not in seen
    ]
    if pair is None and found:
        pair = Pair(later=register.some_matters(service.store, [number]).row(0, named=True), candidates=[])
    if pair is not None:
        pair.candidates.extend(found)
    return pair


def decide_link(service: Service, caller: Caller, later_id: str, *, choice: str, once: str) -> str:
    """Confirm that a number belongs to an earlier one (`choice` its id), or that it has none (`none`).

    Returns the matter to look at next.  Raises NotFound out of scope, NotAllowed for who may not decide, NotNow where
    the pair is not proposed (any more), for links are made from shown evidence only.
    """
    place = place_seen(service, caller, later_id)
    check_can_link(caller.person, place)
    with service.store.write():
        if links.decision_sent(service.store, caller.person.user_id, once):
            return later_id if choice == NONE else choice
        offered = pair_of(service, caller, later_id)
        shown = {one.matter["matter_id"]: one for one in ([] if offered is None else offered.candidates)}
        if choice != NONE and choice not in shown:
            raise NotNow(
                "link_not_proposed", "没有这一关联建议，或已有人处理", "this pair is not proposed, or is settled"
            )
        if choice == NONE:
            # That two matters are one person's is written down nowhere: only what the ledger proposed is refused.
            refused = [
                _link(caller, place, earlier, later_id, "refuse", (one.evidence, one.days_apart), once)
                for earlier, one in shown.items()
                if one.evidence != IDENTITY
            ]
            none = _link(caller, place, "", later_id, "none", ("", 0), once)
            links.refuse_links(service.store, [*refused, none])
        else:
            evidence = (shown[choice].evidence, shown[choice].days_apart)
            links.confirm_link(service.store, _link(caller, place, choice, later_id, "confirm", evidence, once))
        action = journal.LINK_REFUSED if choice == NONE else journal.LINK_CONFIRMED
        acts.on_record(
            service, caller.entry(action, place.office_id, {} if choice == NONE else {"matter": choice}, later_id)
        )
    if service.vault is not None:
        vaults.settle(service.vault, later_id)
    return later_id if choice == NONE else choice


def dispute(
    service: Service,
    caller: Caller,
    matter_id: str,
    *,
    about: str,
    day: str,
    code: str,
    reason_class: str,
    text: str,
    once: str,
) -> None:
    """Ask for a correction of an event (`about` = `event:ID`), a class (`category`, `cause`) or a link (`link:ID`).

    `day` (YYYY-MM-DD) and `code` are the value asked for.  Raises as `workflow.decide`; InputRefused also where the
    value asked for is missing, unknown, or what stands already.
    """
    place = place_seen(service, caller, matter_id)
    check_can_decide(caller, place)
    acts.check_reason(text)
    acts.check_texts(service, caller, [text], office_id=place.office_id, matter_id=matter_id)
    if reason_class not in REASONS:
        raise InputRefused("dispute_reason", "请选择错误原因", "choose what kind of error it is")
    subject, target, before, wanted = _asked(service, matter_id, about, day, code)
    if subject != "link" and all(before.get(name) == value for name, value in wanted.items()):
        raise InputRefused(
            "dispute_same", "请填写与现值不同的正确值", "give the right value, other than the present one"
        )
    made = Dispute(
        office_id=place.office_id,
        matter_id=matter_id,
        subject=subject,
        target=target,
        before=before,
        wanted=wanted,
        reason_class=reason_class,
        text=text.strip(),
        raised_by=caller.person.user_id,
        role=caller.person.role,
        raised_at=caller.now,
        due_at=caller.now + service.settings.correction.answer_days * DAY_US,
        once=once,
    )
    with service.store.write():
        if disputes.dispute_sent(service.store, caller.person.user_id, once):
            return
        standing = disputes.cases_of_matter(service.store, [matter_id])
        if any(
            one.answer is None and (one.dispute.subject, one.dispute.target) == (subject, target) for one in standing
        ):
            raise NotNow("dispute_open", "此项已有待答复的更正申请", "a request about this is open already")
        number = disputes.raise_dispute(service.store, made)
        detail = {"dispute": number, "subject": subject, "reason": reason_class}
        acts.on_record(service, caller.entry(journal.DISPUTE_RAISED, place.office_id, detail, matter_id))


def answer(service: Service, caller: Caller, dispute_id: int, *, code: AnswerCode, text: str) -> str:
    """Answer a dispute; an accepted one writes the correction.  Returns the matter.

    Raises NotFound out of scope, NotAllowed for who may not answer, InputRefused for a refusal without a reason, NotNow
    where it is the caller's own and somebody else of the office could answer it.
    """
    case = disputes.find_case(service.store, dispute_id)
    place = place_seen(service, caller, case.dispute.matter_id)
    check_can_answer(caller.person, place)
    own = case.dispute.raised_by == caller.person.user_id
    if own and _others(service, caller):
        raise NotNow("dispute_own", "本人提出的更正申请须由他人答复", "somebody else answers your own request")
    if code == "refuse" or text.strip():
        acts.check_reason(text)
        acts.check_texts(service, caller, [text], office_id=place.office_id, matter_id=case.dispute.matter_id)
    made = Answer(
        dispute_id=dispute_id,
        answer=code,
        text=text.strip(),
        answered_by=caller.person.user_id,
        role=caller.person.role,
        at=caller.now,
        value=case.dispute.wanted if code == "accept" else {},
    )
    with service.store.write():
        batch = disputes.answer_dispute(service.store, case, made)
        detail = {"dispute": dispute_id, "answer": code, "batch": batch, "own": own}
        acts.on_record(service, caller.entry(journal.DISPUTE_ANSWERED, place.office_id, detail, case.dispute.matter_id))
    return case.dispute.matter_id


def waiting(service: Service, caller: Caller) -> list[tuple[Case, dict[str, Any]]]:
    """The open disputes about matters of the caller's office and scope, with the matter's row, due first at the top."""
    found = disputes.open_cases(service.store, [caller.person.office_id or ""])
    matters = some_seen(service.store, caller.matters, {one.dispute.matter_id for one in found})
    return [(one, matters[one.dispute.matter_id]) for one in found if one.dispute.matter_id in matters]


def _asked(
    service: Service, matter_id: str, about: str, day: str, code: str
) -> tuple[Subject, str, Mapping[str, Any], Mapping[str, Any]]:
    what, _, target = about.partition(":")
    if what == "link":
        standing = links.standing_links(service.store, numbers=[matter_id])
        if not any(one.alias_id == target and one.matter_id == matter_id for one in standing):
            raise NotFound("no_such_link", "没有这一关联，或已解除", "there is no such link, or it was taken back")
        return "link", target, {"alias": target}, {}
    if what in ("category", "cause"):
        subject: Subject = "category" if what == "category" else "cause"
        if code not in _NO_MATTER[what]:
            raise InputRefused("dispute_code", "请选择正确的类别或事由", "choose the right category or cause")
        row = register.some_matters(service.store, [matter_id]).row(0, named=True)
        return subject, "", {"code": row[what]}, {"code": code}
    group = [matter_id, *(one.alias_id for one in links.standing_links(service.store, numbers=[matter_id]))]
    zone = service.settings.time_zone
    for number in group:
        for row in register.matter_events(service.store, number).to_dicts():
            if what == "event" and row["event_id"] == target and row["known_until"] is None:
                return "event", target, _value(row), _wanted(row, day, code, zone)
    raise InputRefused("dispute_target", "请选择要更正的内容", "choose what is to be corrected")


def _value(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"kind": row["kind"], "occurred_at": row["occurred_at"]}


def _wanted(row: Mapping[str, Any], day: str, code: str, zone: str) -> dict[str, Any]:
    value = _value(row)
    if code:
        # An event may be of another kind, but what opened the matter stays what it is.
        if code not in KIND or "registered" in (code, row["kind"]):
            raise InputRefused("dispute_kind", "请选择正确的环节", "choose the right kind of event")
        value["kind"] = code
    if day:
        try:
            right = date.fromisoformat(day)
        except ValueError:
            raise InputRefused("dispute_day", "日期请写成 2026-03-05", "write the date as 2026-03-05") from None
        if right > local_date(row["known_at"], zone):
            raise InputRefused(
                "dispute_day_late", "更正后的日期不能晚于录入日期", "the right date cannot be after it was entered"
            )
        if right != local_date(row["occurred_at"], zone):
            value["occurred_at"] = local_midnight(right, zone)
    return value


def _recused(caller: Caller, matter: Mapping[str, Any]) -> bool:
    post = caller.person.respondent_post
    return post is not None and matter["respondent_post"] == post


def _others(service: Service, caller: Caller) -> bool:
    """Whether another head or leader of the office could answer."""
    roles: Sequence[UserRole] = (UserRole.PETITION_HEAD, UserRole.LEADER)
    return any(
        one.user_id != caller.person.user_id
        and one.office_id == caller.person.office_id
        and one.role in roles
        and one.disabled_at is None
        for one in users.read_users(service.store)
    )


def _link(
    caller: Caller,
    place: MatterPlace,
    earlier: str,
    later: str,
    decision: links.LinkCode,
    evidence: tuple[str, int],
    once: str,
) -> LinkDecision:
    return LinkDecision(
        office_id=place.office_id,
        matter_id=earlier,
        alias_id=later,
        decision=decision,
        evidence={"evidence": evidence[0], "days_apart": evidence[1]},
        decided_by=caller.person.user_id,
        role=caller.person.role,
        at=caller.now,
        once=once,
    )
