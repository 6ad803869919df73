"""What pages show of reports of major matters: the form with its closed choices, and past reports with their times."""

from dataclasses import dataclass
from uuid import uuid4

from data.store import major
from data.store.users import UserRole
from data.vocabulary import ACTIONS, MAJOR_TRIGGERS
from serving.card import Card, place_of
from serving.deps import Caller, Service
from serving.major import can_receive, suggested
from serving.matters import some_seen
from serving.web import views
from serving.web.flag_view import who
from serving.web.text import translator
from serving.web.views import Option
from serving.web.work_view import WorkAttempt
from serving.workflow import can_decide


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRow:
    """One report; `received` is empty while no leader has received it, `id` 0 where the caller may not."""

    trigger: str
    handled: str
    overdue: str
    decision: str
    reported: str
    received: str
    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MajorCard:
    """Everything the template reads."""

    rows: list[ReportRow]
    may: bool
    triggers: list[Option]
    decisions: list[Option]
    suggested: str
    once: str
    attempt: WorkAttempt


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingReport:
    """A report that waits to be received by the caller."""

    matter_id: str
    number: str
    trigger: str
    reported: str


def major_card(service: Service, caller: Caller, card: Card, attempt: WorkAttempt | None) -> MajorCard:
    """The reports of a matter in the caller's scope, and what the caller may do."""
    t, language = translator(caller.language), caller.language
    side = 0 if language == "zh" else 1
    place, matter_id = place_of(card.matter), card.matter["matter_id"]
    receipts = major.receipts_of(service.store, matter_id)
    rows: list[ReportRow] = []
    for one in major.reports_of_matter(service.store, matter_id):
        receipt = receipts.get(one.id)
        rows.append(
            ReportRow(
                trigger=views.of_code(MAJOR_TRIGGERS, one.trigger, language),
                handled=one.handled,
                overdue=t("comma").join(duty[1 + side] for duty in one.overdue) or t("none"),
                decision=views.of_code(ACTIONS, one.decision, language),
                reported=f"{who(service, one.by, one.role, t)} {views.moment(one.at, card.time_zone)}",
                received=""
                if receipt is None
                else f"{who(service, receipt.by, receipt.role, t)} {views.moment(receipt.at, card.time_zone)}",
                id=one.id if receipt is None and can_receive(caller, place) else 0,
            )
        )
    told = [views.of_code(MAJOR_TRIGGERS, code, language) for code in suggested(card)]
    return MajorCard(
        rows=rows,
        may=can_decide(caller.person, place),
        triggers=[Option(value=code, label=pair[side]) for code, pair in MAJOR_TRIGGERS.items()],
        decisions=[Option(value=code, label=pair[side]) for code, pair in ACTIONS.items()],
        suggested=t("comma").join(told),
        once=str(uuid4()),
        attempt=attempt if attempt is not None and attempt.form == "major" else WorkAttempt(form="", problem=""),
    )


def waiting_reports(service: Service, caller: Caller) -> list[WaitingReport]:
    """The reports that no leader has received: for the head of petitions the office's, for a leader those they receive.

    The newest first.
    """
    found = major.unreceived(service.store, caller.matters.offices)
    matters = some_seen(service.store, caller.matters, [one.matter_id for one in found])
    zone, head = service.settings.time_zone, caller.person.role is UserRole.PETITION_HEAD
    return [
        WaitingReport(
            matter_id=one.matter_id,
            number=str(matters[one.matter_id]["matter_no"]),
            trigger=views.of_code(MAJOR_TRIGGERS, one.trigger, caller.language),
            reported=views.moment(one.at, zone),
        )
        for one in found
        if one.matter_id in matters and (head or can_receive(caller, place_of(matters[one.matter_id])))
    ]
