"""How an office's list is gathered and sent up to be signed, or taken back to be corrected as a new version."""

from dataclasses import dataclass

from data.store import flags, signing
from data.store.screenings import Screening
from data.store.signing import ListStep, SentEntry, StepCode
from data.store.users import UserRole
from serving import acts, journal, lists
from serving.acts import NotNow
from serving.deps import Caller, Service
from serving.lists import Line
from serving.permissions import Right, Scope, check_can_use
from serving.standing import SIGNED_PARTS, ListState, goes_up, standing
from serving.workflow import FlagState, state_of

_TAKEN = (FlagState.ACCEPTED, FlagState.CHANGED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """What an office's list still lacks before it can go up, as matter numbers."""

    pending: tuple[str, ...]
    without_plan: tuple[str, ...]

    @property
    def nothing(self) -> bool:
        """Whether it can go up."""
        return not self.pending and not self.without_plan


def missing(service: Service, screening: Screening, office_id: str) -> Missing:
    """Which entries of an office's list wait for a decision, or went without a plan."""
    lines = _all_lines(service, screening, office_id)
    middle = [line for line in lines if line.entry.part in SIGNED_PARTS]
    return Missing(
        pending=tuple(_number(line) for line in middle if state_of(line.decision) is FlagState.PENDING),
        without_plan=tuple(_number(line) for line in middle if without_plan(line)),
    )


def without_plan(line: Line) -> bool:
    """Whether an entry was taken up, goes up to be signed, and has no plan yet."""
    return state_of(line.decision) in _TAKEN and goes_up(line.entry) and line.plan is None


def submit(service: Service, caller: Caller, screening_id: str, *, opinion: str, once: str) -> ListStep:
    """Send the caller's office's list up to be signed; the same `once` again gives back the first.

    Raises NotNow where entries wait for a decision or a plan, a later list exists, or it has gone up already;
    InputRefused for a refused text; NotFound for a list that is not the office's.
    """
    office_id, screening = _own_list(service, caller, screening_id)
    acts.check_texts(service, caller, [opinion], office_id=office_id)
    with service.store.write():
        flags.hold(service.store, screening_id)
        before = signing.step_sent(service.store, caller.person.user_id, once)
        if before is not None:
            acts.check_same((before.screening_id, before.step), (screening_id, "submit"))
            return before
        acts.check_latest(service, screening, office_id)
        now = standing(service.store, screening_id, office_id)
        if now.state not in (ListState.DRAFT, ListState.RETURNED):
            raise NotNow("already_sent", "清单已送签", "the list has gone up already")
        _check_ready(missing(service, screening, office_id))
        entries = _contents(service, screening, office_id)
        version = now.version + 1
        made = signing.add_step(
            service.store,
            ListStep(
                id=0,
                screening_id=screening_id,
                office_id=office_id,
                step="submit",
                version=version,
                opinion=opinion.strip(),
                by=caller.person.user_id,
                role=caller.person.role,
                at=caller.now,
                once=once,
                content_hash=signing.version_hash(screening.list_hash, office_id, version, entries),
            ),
            entries,
        )
        detail = {
            "screening": screening_id,
            "version": version,
            "hash": made.content_hash or "",
            "entries": len(entries),
        }
        acts.on_record(service, caller.entry(journal.SUBMIT_LIST, office_id, detail))
    return made


def reopen(service: Service, caller: Caller, screening_id: str, *, opinion: str, once: str) -> ListStep:
    """Take back a list that went up or was signed, with a reason; what was signed stays, a correction is a new version.

    Raises NotNow where nothing has gone up; InputRefused for a missing or refused reason.
    """
    office_id, screening = _own_list(service, caller, screening_id)
    acts.check_reason(opinion)
    acts.check_texts(service, caller, [opinion], office_id=office_id)
    with service.store.write():
        flags.hold(service.store, screening_id)
        before = signing.step_sent(service.store, caller.person.user_id, once)
        if before is not None:
            acts.check_same((before.screening_id, before.step), (screening_id, "reopen"))
            return before
        acts.check_latest(service, screening, office_id)
        now = standing(service.store, screening_id, office_id)
        if now.state in (ListState.DRAFT, ListState.RETURNED) or now.sent is None:
            raise NotNow("nothing_sent", "没有已送签的清单可撤回", "nothing has gone up that could be taken back")
        return step_back(service, caller, now.sent, "reopen", opinion, once)


def step_back(service: Service, caller: Caller, sent: ListStep, code: StepCode, opinion: str, once: str) -> ListStep:
    """Note that what went up came back, returned or taken back, inside a transaction; with its audit entry."""
    made = signing.add_step(
        service.store,
        ListStep(
            id=0,
            screening_id=sent.screening_id,
            office_id=sent.office_id,
            step=code,
            version=sent.version,
            opinion=opinion.strip(),
            by=caller.person.user_id,
            role=caller.person.role,
            at=caller.now,
            once=once,
        ),
    )
    action = journal.RETURN_LIST if code == "return" else journal.REOPEN_LIST
    detail = {"screening": sent.screening_id, "version": sent.version}
    acts.on_record(service, caller.entry(action, sent.office_id, detail))
    return made


def _own_list(service: Service, caller: Caller, screening_id: str) -> tuple[str, Screening]:
    check_can_use(caller.person, Right.SUBMIT)
    screening = lists.find(service.store, caller.matters, screening_id)
    return caller.matters.offices[0], screening


def _check_ready(lacks: Missing) -> None:
    if lacks.nothing:
        return
    told: list[tuple[str, str]] = []
    if lacks.pending:
        named = "、".join(lacks.pending)
        told.append((f"尚未核实：{named}", f"not yet decided on: {named}"))
    if lacks.without_plan:
        named = "、".join(lacks.without_plan)
        told.append((f"尚无化解预案：{named}", f"without a plan: {named}"))
    raise NotNow(
        "list_not_ready",
        "还不能送签：较大、重大和人工提报的事项须逐件核实并附化解预案",
        "it cannot go up yet: entries above the general band and those put forward by hand need a decision and a plan",
        told,
    )


def _all_lines(service: Service, screening: Screening, office_id: str) -> list[Line]:
    """Every entry of the office, whoever asks: what goes up must not depend on who sends it."""
    whole = Scope(offices=(office_id,))
    return lists.lines(service.store, screening, whole, UserRole.PETITION_HEAD, offices=[office_id])


def _contents(service: Service, screening: Screening, office_id: str) -> list[SentEntry]:
    lines = [line for line in _all_lines(service, screening, office_id) if line.entry.part in SIGNED_PARTS]
    made: list[SentEntry] = []
    for line in lines:
        taken = goes_up(line.entry) and state_of(line.decision) in _TAKEN
        if not taken and state_of(line.decision) is not FlagState.REJECTED:
            continue  # a general entry ends at the department's head
        plan = line.plan if taken else None
        content = {
            "matter_id": line.entry.matter_id,
            "part": line.entry.part,
            "rank": line.entry.rank,
            "band": line.entry.band,
            "margin_nano": line.entry.margin_nano,
            "decision": str(state_of(line.decision)),
            "owner": None if plan is None else plan.owner,
            "plan": [] if plan is None else [[one.action, one.due.isoformat()] for one in plan.lines],
        }
        made.append(
            SentEntry(
                place=len(made) + 1,
                matter_id=line.entry.matter_id,
                part=line.entry.part,
                band=line.entry.band,
                taken=taken,
                content=content,
                content_hash=signing.canonical_hash(content),
            )
        )
    return made


def _number(line: Line) -> str:
    return str(line.matter["matter_no"])
