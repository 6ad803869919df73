"""What pages show of the work on a matter of a list: its plan, measures and result."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import uuid4

from data.contract import Register
from data.mapping import Task
from data.store import plans, screenings, signing
from data.store.plans import Measure, Plan, Result
from data.times import DAY_US, cutoff_day, local_date
from data.vocabulary import ACTIONS, OUTCOMES, RESULTS
from features.aid_check import ARTICLE
from serving.card import Card, place_of
from serving.deps import Caller, Service
from serving.export_book import last_date
from serving.export_rights import COPY_OF, Recipient
from serving.export_text import wording
from serving.plan_state import PlanRow, plan_rows
from serving.standing import OnList
from serving.web import views
from serving.web.flag_view import who
from serving.web.text import translator
from serving.web.views import Option, Translate
from serving.workflow import can_decide
from serving.working import MOST_LINES
from training.labels import returns

#: After so many days a result is looked back on.
LOOK_BACK_DAYS = 90
#: A proposal without a date of its own is dated so many days ahead, for a person to change.
_PROPOSED_DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkAttempt:
    """A form that was sent and not saved: which (plan, measure, result), what to mend, and what was typed."""

    form: str
    problem: str
    lines: list[str] = field(default_factory=list[str])
    values: Mapping[str, str] = field(default_factory=dict[str, str])
    rows: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalView:
    """A measure that would fit, why, and the article behind it."""

    action: str
    why: str
    article: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkCard:
    """Everything the template reads of a matter's plan and work; `may` record, `may_plan` change the plan."""

    may: bool
    may_plan: bool
    owner: str
    rows: list[PlanRow]
    measures: list[str]
    results: list[str]
    signed: list[str]
    paper: str
    proposals: list[ProposalView]
    aid_note: str
    proposed: bool
    actions: list[Option]
    outcomes: list[Option]
    endings: list[Option]
    blanks: list[tuple[str, str]]
    suggested_owner: str
    today: str
    once: str
    attempt: WorkAttempt


def work_card(
    service: Service,
    caller: Caller,
    card: Card,
    found: Register,
    stands: OnList,
    attempt: WorkAttempt | None,
    *,
    propose: bool = False,
) -> WorkCard:
    """The plan, measures and results of a matter in the caller's scope, and what the caller may record.

    `propose`: the form starts from what the rules propose; nothing is saved by that.
    """
    t, zone, language = translator(caller.language), service.settings.time_zone, caller.language
    matter_id, place = card.matter["matter_id"], place_of(card.matter)
    may = bool(stands.lines) and can_decide(caller.person, place)
    if stands.lines:
        plan = stands.lines[0].plan
    else:
        plan = plans.latest(service.store, Plan, [matter_id]).get(matter_id)
    measures = plans.of_matter(service.store, Measure, matter_id)
    results = plans.of_matter(service.store, Result, matter_id)
    today = local_date(caller.now, zone)
    sent = attempt or WorkAttempt(form="", problem="")
    planned = [] if plan is None else [(line.action, line.due.isoformat()) for line in plan.lines]
    rows = list(sent.rows) if sent.form == "plan" else planned
    proposed = propose and may and not stands.closed and sent.form != "plan"
    if proposed:
        known = {action for action, _ in rows}
        rows += [line for line in _proposed(card, today) if line[0] not in known]
        rows = rows[:MOST_LINES]
    return WorkCard(
        may=may,
        may_plan=may and not stands.closed,
        owner="" if plan is None else plan.owner,
        rows=plan_rows(plan, measures, results, today, language),
        measures=[_measure(service, one, language, t) for one in measures],
        results=[line for one in results for line in _result(service, one, found, caller.now, language, t)],
        signed=_signed(service, matter_id, t),
        paper=_plan_paper(caller, card),
        proposals=[
            ProposalView(
                action=views.of_code(ACTIONS, one["action"], language),
                why=views.said(one, language),
                article=views.article_of(one),
            )
            for one in card.proposals
        ],
        aid_note=_aid_note(card, t),
        proposed=proposed,
        actions=_options(ACTIONS, language),
        outcomes=_options(OUTCOMES, language),
        endings=_options(RESULTS, language),
        blanks=[*rows, *[("", "")] * MOST_LINES][: min(MOST_LINES, max(3, len(rows) + 1))],
        suggested_owner=sent.values.get("owner", "" if plan is None else plan.owner) or (card.matter["handler"] or ""),
        today=today.isoformat(),
        once=str(uuid4()),
        attempt=sent,
    )


def _proposed(card: Card, today: date) -> list[tuple[str, str]]:
    """The proposals as lines of a plan: due on the duty's own last day, or a week from today."""
    lines: list[tuple[str, str]] = []
    for one in card.proposals:
        last = None if one["due"] is None else last_date(int(one["due"]))
        day = last if last is not None and last >= today else today + timedelta(days=_PROPOSED_DAYS)
        lines.append((one["action"], day.isoformat()))
    return lines


def _aid_note(card: Card, t: Translate) -> str:
    paid = card.aid_paid
    if paid is None:
        return ""
    return t("aid.paid", n=paid.times, day=views.wall_day(paid.last_at), article=views.article_of({"article": ARTICLE}))


def _plan_paper(caller: Caller, card: Card) -> str:
    """To whom a matter's plan goes as a document, empty for a matter of another office."""
    if card.matter["office_id"] != caller.person.office_id:
        return ""
    say = wording(caller.language)
    recipient = COPY_OF.get(caller.person.role, Recipient.CASE_DEPARTMENT)
    return say("paper.plan_help", recipient=say(f"recipient.{recipient}", department=card.matter["department"] or ""))


def _measure(service: Service, one: Measure, language: str, t: Translate) -> str:
    told = [
        one.done_on.isoformat(),
        views.of_code(ACTIONS, one.action, language),
        views.of_code(OUTCOMES, one.outcome, language),
    ]
    if one.document_no:
        told.append(one.document_no)
    return f"{t('comma').join(told)} {who(service, one.by, one.role, t)}"


def _result(service: Service, one: Result, found: Register, now: int, language: str, t: Translate) -> list[str]:
    zone = service.settings.time_zone
    ends = one.at + LOOK_BACK_DAYS * DAY_US
    line = t(
        "result.by",
        result=views.of_code(RESULTS, one.result, language),
        who=who(service, one.by, one.role, t),
        when=views.moment(one.at, zone),
    )
    came_back = returns(found, Task())["occurred_at"]
    if ((came_back > one.at) & (came_back < ends)).any():
        return [line, t("result.again")]
    if min(now, found.observed_until) < ends:
        return [line, t("result.look_back", day=views.day(ends, zone))]
    return [line, t("result.held")]


def _signed(service: Service, matter_id: str, t: Translate) -> list[str]:
    found = signing.signatures_of_matter(service.store, matter_id)
    zone = service.settings.time_zone
    days = {
        one.screening_id: cutoff_day(one.cutoff, zone).isoformat()
        for one in (screenings.read_screenings(service.store) if found else ())
    }
    return [
        t(
            "signed.line",
            day=days.get(step.screening_id, ""),
            version=step.version,
            who=f"{who(service, signature.by, signature.role, t)} {views.moment(signature.at, zone)}",
        )
        for step, signature in found
    ]


def _options(table: Mapping[str, tuple[str, str]], language: str) -> list[Option]:
    return [Option(value=code, label=views.of_code(table, code, language)) for code in table]
