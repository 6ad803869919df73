"""What pages show of how an office's list stands: its state, what it lacks, steps due, lists below unsigned."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from data.store import plans, register
from data.store.plans import Result
from data.store.screenings import Screening
from data.store.users import UserRole
from data.times import DAY_US, local_date
from serving import gathering, lists, reminders
from serving.deps import Caller, Service
from serving.export_rights import COPY_OF
from serving.export_text import wording
from serving.matters import some_seen
from serving.papers import OFFICE_ROLES
from serving.permissions import Right, Scope, can_use
from serving.plan_state import PlanRow
from serving.since_last import flagged
from serving.standing import ListState, standing
from serving.web import views
from serving.web.flag_view import who
from serving.web.text import translator
from serving.web.views import Translate

#: So many numbers are named before "… in all".
_NAMED = 8
#: So many steps are reminded of on a page; the rest follow as these are done.
_REMINDED = 20


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
