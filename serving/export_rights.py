"""For whom a list may be printed, by whom and why, and whose complaints never stand on a copy."""

from dataclasses import dataclass
from enum import StrEnum

from data.errors import InputRefused, NotAllowed, UsageError
from data.forbidden import TYPED_LIMIT, check_text
from data.store import users
from data.store.engine import Store
from data.store.users import User, UserRole


class Recipient(StrEnum):
    """For whom a list may be printed: a closed list (G17); the superior office is named only to be refused."""

    OWN_LEADERS = "own_leaders"
    PETITION_DEPARTMENT = "petition_department"
    CASE_DEPARTMENT = "case_department"
    SUPERIOR_OFFICE = "superior_office"


RECIPIENTS: dict[str, Recipient] = {recipient.value: recipient for recipient in Recipient}

#: Which copies an account may make, of its own office; the operator runs the job for every office.
_INSIDE = frozenset({Recipient.OWN_LEADERS, Recipient.PETITION_DEPARTMENT, Recipient.CASE_DEPARTMENT})
_COPIES: dict[UserRole, frozenset[Recipient]] = {
    UserRole.DEPARTMENT_HEAD: frozenset({Recipient.CASE_DEPARTMENT}),
    UserRole.PETITION_HEAD: _INSIDE,
    UserRole.LEADER: frozenset({Recipient.OWN_LEADERS}),
    UserRole.OPERATOR: _INSIDE,
}
#: The copy a person makes from the pages, for the readers their role stands for.
COPY_OF: dict[UserRole, Recipient] = {
    UserRole.DEPARTMENT_HEAD: Recipient.CASE_DEPARTMENT,
    UserRole.PETITION_HEAD: Recipient.PETITION_DEPARTMENT,
    UserRole.LEADER: Recipient.OWN_LEADERS,
}
#: Which accounts read a copy: complaints about a post they hold never stand on it (recusal, G16).
_READERS: dict[Recipient, frozenset[UserRole]] = {
    Recipient.OWN_LEADERS: frozenset({UserRole.LEADER}),
    Recipient.PETITION_DEPARTMENT: frozenset({UserRole.PETITION_HEAD}),
    Recipient.CASE_DEPARTMENT: frozenset({UserRole.DEPARTMENT_HEAD, UserRole.HANDLER}),
}
#: The same, whatever accounts there are.
POSTS: dict[Recipient, frozenset[str]] = {
    Recipient.OWN_LEADERS: frozenset({"leader"}),
    Recipient.PETITION_DEPARTMENT: frozenset(),
    Recipient.CASE_DEPARTMENT: frozenset({"department", "handler"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What was asked for, checked: a copy of one office for a recipient (and its department)."""

    office_id: str
    recipient: Recipient
    department: str | None


def check_recipient(recipient: Recipient | str) -> Recipient:
    """The recipient, if a list may be printed for it. Raises UsageError for an unknown one, NotAllowed (G17)."""
    found = RECIPIENTS.get(str(recipient))
    if found is None:
        known = ", ".join(RECIPIENTS)
        raise UsageError(
            "recipient", f"没有接收对象 {recipient}；可用：{known}", f"no recipient {recipient}; one of {known}"
        )
    if found is Recipient.SUPERIOR_OFFICE:
        raise _totals_only()
    return found


def check_purpose(purpose: str) -> None:
    """Raises InputRefused for an empty purpose, or one with identities or words of control (G2)."""
    if not purpose.strip():
        raise InputRefused(
            "purpose_missing",
            f"导出须写明用途（不超过{TYPED_LIMIT}字）",
            f"an export needs a purpose (at most {TYPED_LIMIT} characters)",
        )
    found = check_text(purpose)
    if found:
        raise InputRefused(
            "purpose_refused",
            "用途中有不能保存的内容，未导出",
            "the purpose holds what may not be kept; nothing was exported",
            [
                (
                    "。".join(part for part in (one.zh, one.offer_zh) if part),
                    "; ".join(filter(None, (one.en, one.offer_en))),
                )
                for one in found
            ],
        )


def department_of(recipient: Recipient, department: str | None, person: User | None) -> str | None:
    if recipient is not Recipient.CASE_DEPARTMENT:
        return None
    own = person.department if person is not None and person.role is UserRole.DEPARTMENT_HEAD else None
    found = department or own
    if found is None:
        raise UsageError(
            "department_missing",
            "发往承办部门的清单须写明部门：每个部门只得到本部门承办的事项",
            "name the department: each case department gets only its own matters",
        )
    return found


def check_person(person: User | None, order: Order) -> None:
    """Raises NotAllowed where an account may not make this copy; a name without account is the command line's."""
    if person is None:
        return
    if person.disabled_at is not None or order.recipient not in _COPIES.get(person.role, frozenset()):
        raise NotAllowed(
            "export_not_allowed",
            "您的角色不能导出发往该对象的清单",
            "your role may not export the list for this recipient",
        )
    if person.role is UserRole.OPERATOR:
        return
    if person.office_id != order.office_id:
        raise _totals_only()
    if person.role is UserRole.DEPARTMENT_HEAD and order.department != person.department:
        raise NotAllowed(
            "export_other_department", "只能导出本部门的清单", "only the list of your own department can be exported"
        )


def posts_off_copy(store: Store, order: Order, person: User | None) -> frozenset[str]:
    """The posts whose complaints are off a copy: those of the accounts that read it, and of the one that makes it."""
    posts = set(POSTS[order.recipient])
    for one in users.read_users(store, offices=[order.office_id]):
        reads = one.role in _READERS[order.recipient] and order.department in (None, one.department)
        if reads and one.disabled_at is None and one.respondent_post is not None:
            posts.add(one.respondent_post)
    if person is not None and person.respondent_post is not None:
        posts.add(person.respondent_post)
    return frozenset(posts)


def _totals_only() -> NotAllowed:
    return NotAllowed(
        "superior_totals_only",
        "排查清单不发往上级院，也不由他院导出：上级院只得到汇总数",
        "a list does not go to the superior office, nor is it exported by another office: that gets totals only",
    )
