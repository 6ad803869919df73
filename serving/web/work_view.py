"""What pages show of the work on a list: a matter's plan, measures and result, and how an office's list stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import uuid4

from data.contract import Register
from data.mapping import Task
from data.store import plans, register, screenings, signing
from data.store.plans import Measure, Plan, Result
from data.store.screenings import Screening
from data.store.users import UserRole
from data.times import DAY_US, cutoff_day, local_date
from data.vocabulary import ACTIONS, OUTCOMES, RESULTS
from features.aid_check import ARTICLE
from serving import gathering, lists, reminders
from serving.card import Card, place_of
from serving.deps import Caller, Service
from serving.export_book import last_date
from serving.export_rights import COPY_OF, Recipient
from serving.export_text import wording
from serving.matters import some_seen
from serving.papers import OFFICE_ROLES
from serving.permissions import Right, Scope, can_use
from serving.plan_state import PlanRow, plan_rows
from serving.since_last import flagged
from serving.standing import ListState, OnList, standing
from serving.web import views
from serving.web.flag_view import who
from serving.web.text import translator
from serving.web.views import Option, Translate
from serving.workflow import can_decide
from serving.working import MOST_LINES
from training.labels import returns

#: After so many days a result is looked back on.
LOOK_BACK_DAYS = 90
#: So many numbers are named before "… in all".
_NAMED = 8
#: So many steps are reminded of on a page; the rest follow as these are done.
_REMINDED = 20
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


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """A step of a plan to be reminded of: whose matter, what, by when, and its state."""

    matter_id: str
    number: str
    row: PlanRow


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingCard:
    """How an office's list stands, what it lacks, and what the caller may do with it."""

    state: str
    text: str
    told: list[str]
    pending: str
    without_plan: str
    ready: bool
    may_submit: bool
    may_reopen: bool
    hash: str
    gone: str
    late: str
    export: str
    may_read_back: bool
    papers: str
    below: list[str]
    steps: list[StepRow]
    once: str


def standing_card(service: Service, caller: Caller, screening: Screening, office_id: str) -> StandingCard:
    """How the list of an office in the caller's scope stands."""
    t, zone = translator(caller.language), service.settings.time_zone
    now = standing(service.store, screening.screening_id, office_id)
    latest = lists.current(service.store, office_id)
    current = latest is not None and latest.screening_id == screening.screening_id
    head = caller.person.role is UserRole.PETITION_HEAD and caller.person.office_id == office_id and current
    open_ = now.state in (ListState.DRAFT, ListState.RETURNED)
    lacks = gathering.missing(service, screening, office_id) if head and open_ else None
    told: list[str] = []
    if now.sent is not None:
        by = who(service, now.sent.by, now.sent.role, t)
        when = views.moment(now.sent.at, zone)
        told.append(f"{t('standing.version', version=now.version)}{t('colon')}{t('standing.by', who=by, when=when)}")
        if now.sent.opinion:
            told.append(f"{t('sign.office_note')}{t('colon')}{now.sent.opinion}")
    if now.state is ListState.RETURNED and now.last is not None:
        by = who(service, now.last.by, now.last.role, t)
        told.append(f"{t('standing.returned_opinion')}{t('colon')}{now.last.opinion} {by}")
    days = (caller.now - screening.created_at) // DAY_US
    late = days > service.settings.work.unsigned_days and now.state is not ListState.SIGNED and current
    return StandingCard(
        state=now.state,
        text=t(f"standing.state.{now.state}"),
        told=told,
        pending="" if lacks is None or not lacks.pending else t("standing.pending", list=_named(lacks.pending, t)),
        without_plan=""
        if lacks is None or not lacks.without_plan
        else t("standing.without_plan", list=_named(lacks.without_plan, t)),
        ready=lacks is not None and lacks.nothing,
        may_submit=head and open_,
        may_reopen=head and not open_,
        hash="" if now.sent is None or open_ else now.sent.content_hash or "",
        gone=gone_told(service, screening, office_id, t),
        late=t("standing.unsigned", days=days) if late else "",
        export=_copy(caller, office_id, t),
        papers=_papers(caller, office_id),
        below=_below(service, caller, t) if office_id == caller.person.office_id else [],
        steps=_steps(service, caller, office_id),
        may_read_back=can_use(caller.person, Right.DECIDE) and caller.person.office_id == office_id and current,
        once=str(uuid4()),
    )


def _copy(caller: Caller, office_id: str, t: Translate) -> str:
    """Which copy of their own office's list the caller may make; empty for none."""
    recipient = COPY_OF.get(caller.person.role)
    if recipient is None or office_id != caller.person.office_id:
        return ""
    told = wording(caller.language)(f"recipient.{recipient}", department=caller.person.department or "")
    return t("export.help", recipient=told)


def _below(service: Service, caller: Caller, t: Translate) -> list[str]:
    """The offices below the caller's whose lists lie unsigned, named with their days; of their lists nothing."""
    below = caller.matters.offices[1:]
    if not below:
        return []
    names = {row["office_id"]: row["name"] for row in register.read_offices(service.store).iter_rows(named=True)}
    found = reminders.unsigned_lists(service.store, service.settings, below, caller.now)
    return [t("standing.below", office=names[one.office_id], days=one.days) for one in found]


def _steps(service: Service, caller: Caller, office_id: str) -> list[StepRow]:
    """The steps of plans that are overdue or due within a week, on matters within the caller's scope."""
    today = local_date(caller.now, service.settings.time_zone)
    due = reminders.steps_due(service.store, office_id, today, caller.language)
    matters = some_seen(service.store, caller.matters, [step.matter_id for step in due])
    return [
        StepRow(matter_id=step.matter_id, number=str(matters[step.matter_id]["matter_no"]), row=step.row)
        for step in due
        if step.matter_id in matters
    ][:_REMINDED]


def _papers(caller: Caller, office_id: str) -> str:
    """To whom the documents of the caller's own office go, empty for who may not have them made."""
    if caller.person.role not in OFFICE_ROLES or office_id != caller.person.office_id:
        return ""
    say = wording(caller.language)
    return say("paper.list_help", recipient=say(f"recipient.{COPY_OF[caller.person.role]}"))


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


def gone_told(service: Service, screening: Screening, office_id: str, t: Translate) -> str:
    """How many of the office's list before are no longer on this one, in words; empty for none."""
    scope = Scope(offices=(office_id,))
    earlier = [one for one in lists.issued(service.store, scope) if one.cutoff < screening.cutoff]
    if not earlier:
        return ""
    before, now = (set(flagged(service.store, one, [office_id])) for one in (earlier[0], screening))
    gone = before - now
    if not gone:
        return ""
    results = plans.latest(service.store, Result, gone)
    done = sum(result.at >= earlier[0].created_at for result in results.values())
    return t("since.gone", n=len(gone), done=done)


def _named(numbers: Sequence[str], t: Translate) -> str:
    told = t("comma").join(numbers[:_NAMED])
    return told if len(numbers) <= _NAMED else f"{told}{t('comma')}{t('standing.more', n=len(numbers))}"


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
