"""How accounts come, go and get a new password; each on record together with the change itself."""

import re
from dataclasses import replace
from typing import Any

from data.errors import NotAllowed, NotFound, UsageError
from data.store import audit, users
from data.store.audit import Entry
from data.store.engine import Store
from data.store.users import User, UserRole
from serving import journal, passwords

#: Three duties that watch each other (三员分立): no two of them in one hand (G16).
APART: frozenset[UserRole] = frozenset({UserRole.ADMIN, UserRole.AUDITOR, UserRole.OPERATOR})
POSTS: tuple[str, ...] = ("handler", "department", "leader")
_USER_ID = re.compile(r"[a-z][a-z0-9._-]{1,59}")
#: Stands in the log for a name nobody has.
_RESERVED = "unknown"
_NAME_LENGTH = 40


def add_account(store: Store, key: bytes, person: User, *, password: str | None, now: int, by: str) -> str:
    """Add an account that must change its password at the first sign-in, and return that password.

    `password` None: a random one. Raises UsageError for anything that is off, NotAllowed where admin, auditor and
    operator would come into one hand.
    """
    word = passwords.new_password() if password is None else password
    if found := [*_faults(person), *passwords.faults(word, person.user_id)]:
        raise UsageError("account_invalid", "账号资料有误", "the account's data are off", found)
    ready = replace(person, password_hash=passwords.hash_password(word), must_change=True)
    with store.write() as connection:
        _check_apart(store, ready)
        users.add_user(store, ready)
        audit.append(connection, key, _entry(ready, journal.ACCOUNT_ADDED, now, by, role=str(ready.role)))
    return word


def reset_password(store: Store, key: bytes, user_id: str, *, password: str | None, now: int, by: str) -> str:
    """Give an account a password it must change, end its sessions and its lock, and return the password.

    Raises NotFound, NotAllowed for a disabled account, UsageError for a password against the rules.
    """
    person = _standing(store, user_id)
    word = passwords.new_password() if password is None else password
    passwords.check(word, user_id, old_hash=person.password_hash)
    hashed = passwords.hash_password(word)
    with store.write() as connection:
        users.set_password(store, user_id, hashed, must_change=True)
        audit.append(connection, key, _entry(person, journal.PASSWORD_RESET, now, by))
    return word


def disable_account(store: Store, key: bytes, user_id: str, *, now: int, by: str) -> None:
    """Close an account and its sessions; it stays on record. Raises NotFound, or NotAllowed if it is closed already."""
    person = _standing(store, user_id)
    with store.write() as connection:
        users.disable_user(store, user_id, at=now)
        audit.append(connection, key, _entry(person, journal.ACCOUNT_DISABLED, now, by))


def _standing(store: Store, user_id: str) -> User:
    person = users.find_user(store, user_id)
    if person is None:
        raise NotFound("no_such_user", "没有该账号", "no such account")
    if person.disabled_at is not None:
        raise NotAllowed("account_disabled", "该账号已停用", "the account is disabled")
    return person


def _faults(person: User) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if not _USER_ID.fullmatch(person.user_id) or person.user_id == _RESERVED:
        found.append(
            (
                "账号由小写字母开头，可用小写字母、数字和 . _ -，2至60个字符",
                "an account's name begins with a small letter and has 2 to 60 small letters, digits or . _ -",
            )
        )
    if not (0 < len(person.display_name) <= _NAME_LENGTH and person.display_name.isprintable()):
        found.append(("请给出显示名，最多40个字符", "give a display name of at most 40 characters"))
    if person.office_id is None:
        found.append(("请给出单位", "give the office"))
    if person.role is UserRole.DEPARTMENT_HEAD and not person.department:
        found.append(("部门负责人须给出部门", "a department head needs a department"))
    if person.role in APART | {UserRole.HANDLER} and not _staff(person):
        found.append(
            (
                "承办人、账户管理员、审计员、运行人员须给出工号",
                "handler, admin, auditor and operator need a staff number",
            )
        )
    if person.chief and person.role is not UserRole.LEADER:
        found.append(("只有院领导可以是检察长", "only a leader can be the chief prosecutor"))
    if person.respondent_post is not None and person.respondent_post not in POSTS:
        found.append(
            ("回避岗位只能是 handler、department、leader", "the respondent post is handler, department or leader")
        )
    return found


def _check_apart(store: Store, person: User) -> None:
    if person.role not in APART:
        return
    # Staff numbers are compared across offices: these three may sit in the superior office.
    for other in users.read_users(store):
        if other.role in APART and other.disabled_at is None and _staff(other) == _staff(person):
            raise NotAllowed(
                "three_people",
                f"账户管理员、审计员、运行人员须由三人分别担任；该工号已有账号 {other.user_id}",
                f"admin, auditor and operator are three people; this staff number already has {other.user_id}",
            )


def _staff(person: User) -> str:
    return (person.staff_id or "").strip().casefold()


def _entry(person: User, action: str, now: int, by: str, **detail: Any) -> Entry:
    told = {"account": person.user_id, **detail}
    return Entry(at=now, user_id=by, action=action, office_id=person.office_id, detail=told, request_id="cli")
