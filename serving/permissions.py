"""Who may see and do what: rights by role, the scope of matters of a person, and recusal.

`check_can_x` raises NotAllowed or NotFound, `can_x` asks.  What is outside a person's scope does not exist for
them: the answer is "not found", so that nothing can be learnt from a refusal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from data.errors import NotAllowed, NotFound
from data.store.tokens import MachineRight, MachineToken
from data.store.users import User, UserRole


class Right(StrEnum):
    """What a route needs; a route that names none is refused when the service starts."""

    OPEN = "open"
    SIGNED_IN = "signed_in"
    LISTS = "lists"
    TODAY = "today"
    TASKS = "tasks"
    MATTERS = "matters"
    SCORE = "score"
    DECIDE = "decide"
    SUBMIT = "submit"
    SIGN = "sign"
    LINKS = "links"
    CORRECTIONS = "corrections"
    ANSWER = "answer"
    EXPORT = "export"
    MODELS = "models"
    MONITOR = "monitor"
    HARM = "harm"
    LOG = "log"
    IMPORT = "import"
    RUN = "run"
    BOARD = "board"
    MAPPINGS = "mappings"
    EVENTS = "events"
    CLOCKS = "clocks"
    TRIAL = "trial"
    DIGEST = "digest"
    SUNSET = "sunset"
    TOKENS = "tokens"


#: Roles that work on matters; the others see none (G16, separation of admin, auditor and operator).
MATTER_ROLES: frozenset[str] = frozenset(
    {UserRole.HANDLER, UserRole.DEPARTMENT_HEAD, UserRole.PETITION_HEAD, UserRole.LEADER}
)
#: Who accepts, changes or rejects an entry, or puts a matter forward; leaders read (they sign).
_DECIDING_ROLES: frozenset[str] = MATTER_ROLES - {UserRole.LEADER}
#: Who says that two numbers are one matter: the handler of the later number, and the head of the petition department.
_LINKING_ROLES: frozenset[str] = frozenset({UserRole.HANDLER, UserRole.PETITION_HEAD})
#: Who answers a request for correction; a leader where the head is recused or asked for it.
_ANSWERING_ROLES: frozenset[str] = frozenset({UserRole.PETITION_HEAD, UserRole.LEADER})
_MODEL_ROLES: frozenset[str] = frozenset({UserRole.STEWARD, UserRole.APPROVER})
#: Who brings an office's ledger in.
_IMPORT_ROLES: frozenset[str] = frozenset({UserRole.PETITION_HEAD, UserRole.OPERATOR})
RIGHTS: dict[Right, frozenset[str]] = {
    Right.SIGNED_IN: frozenset(UserRole),
    Right.LISTS: MATTER_ROLES,
    # Those whose matters are few enough to be told one by one; the head of petitions has the tasks.
    Right.TODAY: frozenset({UserRole.HANDLER, UserRole.DEPARTMENT_HEAD}),
    # Who gathers and reviews: heads have the sweep as a list of tasks.
    Right.TASKS: frozenset({UserRole.DEPARTMENT_HEAD, UserRole.PETITION_HEAD}),
    Right.MATTERS: MATTER_ROLES,
    Right.SCORE: MATTER_ROLES,
    Right.DECIDE: _DECIDING_ROLES,
    Right.SUBMIT: frozenset({UserRole.PETITION_HEAD}),
    Right.SIGN: frozenset({UserRole.LEADER}),
    Right.LINKS: _LINKING_ROLES,
    Right.CORRECTIONS: MATTER_ROLES,
    Right.ANSWER: _ANSWERING_ROLES,
    Right.EXPORT: MATTER_ROLES - {UserRole.HANDLER},
    Right.MODELS: _MODEL_ROLES,
    Right.MONITOR: _MODEL_ROLES,
    # Whom a finding that flags hurt is told (G24); who answers it stands in serving.harm.
    Right.HARM: frozenset({UserRole.LEADER, UserRole.APPROVER, UserRole.AUDITOR}),
    Right.LOG: frozenset({UserRole.AUDITOR}),
    Right.IMPORT: _IMPORT_ROLES,
    # Who brings the ledger in also has the sweep made of it.
    Right.RUN: _IMPORT_ROLES,
    Right.BOARD: MATTER_ROLES - {UserRole.HANDLER},
    # Who confirms what a mapping declares (G26) need not be one who imports.
    Right.MAPPINGS: _IMPORT_ROLES | {UserRole.LEADER, UserRole.APPROVER},
    # The reception desk's people; the hotline's machine has a token.
    Right.EVENTS: frozenset({UserRole.HANDLER, UserRole.PETITION_HEAD}),
    Right.CLOCKS: MATTER_ROLES,
    Right.TRIAL: frozenset({UserRole.STEWARD}),
    # Who looks in from outside (人民监督员, a lawyer) sees a month in counts and no matter.
    Right.DIGEST: frozenset({UserRole.REVIEWER, UserRole.AUDITOR}),
    # Whether acting helped: who decides about it, and who looks in from outside; it holds no matter.
    Right.SUNSET: _MODEL_ROLES | {UserRole.LEADER, UserRole.AUDITOR, UserRole.REVIEWER},
    Right.TOKENS: frozenset({UserRole.ADMIN}),
}
#: What a token may open, and which of its rights it takes (G25); every other route refuses every machine.
MACHINE_RIGHTS: dict[Right, MachineRight] = {
    Right.EVENTS: MachineRight.EVENTS,
    Right.CLOCKS: MachineRight.CLOCKS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MatterPlace:
    """Where a matter stands: the five facts that decide who may see it."""

    office_id: str
    department: str | None
    handler: str | None
    respondent_post: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The matters of a person: these offices, narrowed to a department or a handler, less those of their own post.

    `offices` has the person's own office first.  None in `department` or `handler` means "any".  `not_post` is the
    post the person holds at the own office: a complaint about it goes to the next leader or the superior office.
    """

    offices: tuple[str, ...]
    department: str | None = None
    handler: str | None = None
    not_post: str | None = None

    def holds(self, place: MatterPlace) -> bool:
        """Whether a matter lies inside; a complaint about the person's own post never does (recusal, G16)."""
        return (
            place.office_id in self.offices
            and (self.department is None or place.department == self.department)
            and (self.handler is None or place.handler == self.handler)
            and not (
                self.not_post is not None
                and place.respondent_post == self.not_post
                and place.office_id == self.offices[0]
            )
        )


def can_use(person: User | None, right: Right) -> bool:
    """Whether a route with this right answers the person; None is somebody not signed in."""
    return right is Right.OPEN or (person is not None and person.role in RIGHTS[right])


def check_can_use(person: User | None, right: Right) -> None:
    """Raises NotAllowed where `can_use` says no."""
    if not can_use(person, right):
        raise NotAllowed("not_allowed", "您的角色没有此项权限", "your role does not have this right")


def check_machine(token: MachineToken, right: Right) -> None:
    """Raises NotAllowed for a machine on a route for people, or one whose token does not have the route's right."""
    wanted = MACHINE_RIGHTS.get(right)
    if right is Right.OPEN or (wanted is not None and wanted in token.rights):
        return
    if wanted is None:
        raise NotAllowed(
            "machine_refused",
            "等级、理由和清单等只向登录的人员提供，机器令牌不能使用",
            "bands, reasons and lists need a signed-in person; a machine's token does not open this",
        )
    raise NotAllowed("token_right", "该令牌没有此项权限", "this token does not have the right")


def scope_of(person: User, offices_below: Sequence[str]) -> Scope | None:
    """The matters a person may see; None for roles without matters.

    `offices_below` are the ids of all offices under the person's own, at any depth; only a leader sees them.
    A handler without a staff number, or a department head without a department, sees nothing.
    """
    if person.office_id is None:
        return None
    own = (person.office_id,)
    post = person.respondent_post
    match person.role:
        case UserRole.HANDLER:
            return Scope(offices=own, handler=person.staff_id, not_post=post) if person.staff_id else None
        case UserRole.DEPARTMENT_HEAD:
            return Scope(offices=own, department=person.department, not_post=post) if person.department else None
        case UserRole.PETITION_HEAD:
            return Scope(offices=own, not_post=post)
        case UserRole.LEADER:
            return Scope(offices=(*own, *offices_below), not_post=post)
        case _:
            return None


def offices_below(tree: Sequence[tuple[str, str | None]], office_id: str) -> tuple[str, ...]:
    """The ids of all offices under one, nearest first, from (office, parent) pairs."""
    found: list[str] = []
    level = {office_id}
    while level:
        level = {office for office, parent in tree if parent in level and office != office_id} - set(found)
        found.extend(sorted(level))
    return tuple(found)


def import_offices(person: User, tree: Sequence[tuple[str, str | None]]) -> tuple[str, ...]:
    """The offices whose ledgers and mappings are a person's: a petition head's own; else own and all below.

    An account without an office serves every office.
    """
    if person.office_id is None:
        return tuple(office for office, _ in tree)
    if person.role is UserRole.PETITION_HEAD:
        return (person.office_id,)
    return (person.office_id, *offices_below(tree, person.office_id))


def check_import_office(person: User, tree: Sequence[tuple[str, str | None]], office_id: str) -> None:
    """Raises NotAllowed for the mapping of an office that is not the person's."""
    if not can_use(person, Right.MAPPINGS) or office_id not in import_offices(person, tree):
        raise NotAllowed(
            "mapping_not_yours",
            "您无权提出或确认该单位的映射",
            "you may not propose or confirm a mapping of this office",
        )


def can_see_matter(scope: Scope | None, place: MatterPlace) -> bool:
    """Whether the person with this scope may open a matter."""
    return scope is not None and scope.holds(place)


def check_can_see_matter(scope: Scope | None, place: MatterPlace | None) -> None:
    """Raises NotFound for a matter outside the scope, exactly as for one that does not exist."""
    if place is None or not can_see_matter(scope, place):
        raise matter_not_found()


def check_can_score(scope: Scope | None, person: User, place: MatterPlace | None) -> None:
    """Raises NotFound unless the matter is in scope *and* of the person's own office (G25)."""
    check_can_see_matter(scope, place)
    if place is None or place.office_id != person.office_id:
        raise NotAllowed(
            "score_other_office", "只能测算本院登记的事项", "only matters of your own office can be scored"
        )


def check_can_link(person: User, place: MatterPlace) -> None:
    """Raises NotAllowed unless the person may link numbers of their own office."""
    check_can_use(person, Right.LINKS)
    if place.office_id != person.office_id:
        raise NotAllowed("link_other_office", "只能确认本院编号的关联", "only numbers of your own office can be linked")


def check_can_answer(person: User, place: MatterPlace) -> None:
    """Raises NotAllowed unless the person may answer requests for correction of their own office."""
    check_can_use(person, Right.ANSWER)
    if place.office_id != person.office_id:
        raise NotAllowed(
            "answer_other_office", "只能答复本院的更正申请", "only requests of your own office can be answered"
        )


def matter_not_found() -> NotFound:
    """The one answer for "does not exist" and "not yours"."""
    return NotFound(
        "matter_not_found",
        "没有找到该事项，或不在您的权限范围内",
        "no such matter, or not within your scope",
    )
