"""How a major matter is reported to the office's leaders and received: closed triggers, closed fields, two times."""

from dataclasses import dataclass

from data.errors import InputRefused
from data.store import major
from data.store.major import MajorReport, Receipt
from data.store.users import UserRole
from data.vocabulary import ACTIONS, MAJOR_TRIGGERS
from serving import acts, journal, matters
from serving.acts import NotNow
from serving.card import Card, make_card, place_of
from serving.deps import Caller, Service
from serving.permissions import MatterPlace, Right, check_can_see_matter, check_can_use, matter_not_found


@dataclass(frozen=True, slots=True, kw_only=True)
class SentReport:
    """A report as it is sent."""

    trigger: str
    handled: str
    decision: str
    once: str


def report(service: Service, caller: Caller, matter_id: str, sent: SentReport) -> MajorReport:
    """Report a matter of the caller's office, with its audit entry; the same `once` again gives back the first.

    Our duties overdue now are written in by the ledger, not by hand.  Raises as `acts.check_can_decide`; InputRefused
    for an unknown trigger or measure, and for a missing or refused text.
    """
    found = matters.find(service, caller, matter_id)
    place = place_of(found.matters.row(0, named=True))
    acts.check_can_decide(caller, place)
    wrong: list[tuple[str, str]] = []
    if sent.trigger not in MAJOR_TRIGGERS:
        wrong.append(("请选择报告情形", "choose why it is reported"))
    if sent.decision not in ACTIONS:
        wrong.append(("请选择提请决定的措施", "choose the measure to be decided on"))
    if not sent.handled.strip():
        wrong.append(("请写明本院办理情况", "say what our office has done"))
    if wrong:
        raise InputRefused("report_invalid", "报告有误，未保存", "the report is off; nothing was saved", wrong)
    acts.check_texts(service, caller, [sent.handled], office_id=place.office_id, matter_id=matter_id)
    card = make_card(found, service.settings, None, matters.context_of(service, found), now=caller.now)
    with service.store.write():
        before = major.report_sent(service.store, caller.person.user_id, sent.once)
        if before is not None:
            acts.check_same((before.matter_id,), (matter_id,))
            return before
        made = MajorReport(
            matter_id=matter_id,
            office_id=place.office_id,
            trigger=sent.trigger,
            handled=sent.handled.strip(),
            overdue=[[one["code"], one["zh"], one["en"]] for one in card.duties if one["missed"]],
            decision=sent.decision,
            by=caller.person.user_id,
            role=caller.person.role,
            at=caller.now,
            once=sent.once,
        )
        major.add_report(service.store, made)
        detail = {"trigger": sent.trigger, "decision": sent.decision}
        acts.on_record(service, caller.entry(journal.MAJOR_REPORTED, place.office_id, detail, matter_id))
    return made


def receive(service: Service, caller: Caller, report_id: int, *, once: str) -> MajorReport:
    """Note that a leader has received a report, with its audit entry; received once, it stays so.

    Raises NotFound for a report outside the leader's scope (recusal included, G16), NotAllowed for other roles.
    """
    check_can_use(caller.person, Right.SIGN)
    found = major.find_report(service.store, report_id)
    if found is None:
        raise matter_not_found()
    place = place_of(matters.find(service, caller, found.matter_id).matters.row(0, named=True))
    check_can_see_matter(caller.matters, place)
    if not can_receive(caller, place):
        raise NotNow(
            "report_other_office",
            "该报告由其本院院领导收悉",
            "this report is received by a leader of its own office",
        )
    with service.store.write():
        if report_id not in major.receipts_of(service.store, found.matter_id):
            receipt = Receipt(
                report_id=report_id,
                matter_id=found.matter_id,
                by=caller.person.user_id,
                role=caller.person.role,
                at=caller.now,
                once=once,
            )
            major.add_receipt(service.store, receipt)
            detail = {"trigger": found.trigger}
            acts.on_record(service, caller.entry(journal.MAJOR_RECEIVED, place.office_id, detail, found.matter_id))
    return found


def can_receive(caller: Caller, place: MatterPlace) -> bool:
    """Whether a leader receives reports of a matter they see: their own office's, or one about a leader below."""
    own = place.office_id == caller.person.office_id
    return caller.person.role is UserRole.LEADER and (own or place.respondent_post == "leader")


def suggested(card: Card) -> list[str]:
    """The triggers the record itself speaks for: an urgent mark not seen to, an error not corrected."""
    codes = {one["code"] for one in card.duties}
    rules = {one["rule"] for one in card.proposals}
    found = [("deadline", "urgent" in codes), ("error", bool(rules & {"error_not_corrected", "error_not_explained"}))]
    return [trigger for trigger, holds in found if holds]
