"""Who can sign in: lock-out with back-off, one's own password, and the accounts of the demonstration."""

import secrets
from dataclasses import dataclass, replace

import polars as pl

from data.store import audit, register, users
from data.store.audit import Entry
from data.store.engine import Store
from data.store.users import User, UserRole
from serving import journal, passwords
from serving.journal import Journal
from serving.passwords import hash_password

#: Wrong passwords in a row before an account locks; the lock lengthens when one followed the other within a day.
ATTEMPTS = 5
_MINUTE_US = 60_000_000
_FIRST_LOCK_US = _MINUTE_US
_NEXT_LOCK_US = 15 * _MINUTE_US
_DAY_US = 24 * 60 * _MINUTE_US
WRONG_OLD = ("原密码不正确，或账户暂时锁定", "the old password is wrong, or the account is locked for a while")


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoAccount:
    """One account of the demonstration, with the password to print."""

    user_id: str
    password: str
    role: UserRole
    display_name: str
    office_id: str | None


def sign_in(store: Store, book: Journal, user_id: str, password: str, *, now: int, request_id: str) -> User | None:
    """The account of a right name and password; None otherwise, and never which of the two was wrong.

    Takes as long for an unknown, locked or disabled account as for a wrong password.  Every attempt is recorded.
    """
    user = users.find_user(store, user_id)
    right = passwords.matches(password, user.password_hash if user is not None else None)
    if user is None:
        book.record(Entry(at=now, user_id="unknown", action=journal.SIGN_IN_FAILED, request_id=request_id))
        return None
    if not right or _locked(user, now) or user.disabled_at is not None:
        _note_failure(store, user, now)
        book.record(_entry(user, journal.SIGN_IN_FAILED, now, request_id))
        return None
    if user.failed_count or user.locked_until is not None:
        users.note_success(store, user_id)
    book.record(_entry(user, journal.SIGN_IN, now, request_id))
    return user


def change_password(
    store: Store, book: Journal, user: User, old: str, new: str, *, now: int, request_id: str
) -> list[tuple[str, str]]:
    """Give oneself a new password, which ends all one's sessions; returns what speaks against it, as (zh, en).

    The old password is asked again, with the same lock-out as at sign-in, so that an open browser is not enough.
    """
    if _locked(user, now) or not passwords.matches(old, user.password_hash):
        _note_failure(store, user, now)
        book.record(_entry(user, journal.PASSWORD_NOT_CHANGED, now, request_id))
        return [WRONG_OLD]
    # The old one has just been seen: no second argon2 is needed to tell whether the new one is the same.
    found = [*passwords.faults(new, user.user_id), *([passwords.IS_OLD] if new == old else [])]
    if found:
        return found
    hashed = hash_password(new)
    with store.write():
        users.set_password(store, user.user_id, hashed, must_change=False)
        audit.append_many(store, book.key, [_entry(user, journal.PASSWORD_CHANGED, now, request_id)])
    return []


def record_sign_out(book: Journal, user: User, *, now: int, request_id: str) -> None:
    """Put a sign-out on record."""
    book.record(_entry(user, journal.SIGN_OUT, now, request_id))


def create_demo_accounts(store: Store, *, password: str | None = None) -> list[DemoAccount]:
    """Add one account of each role to a demonstration store and return them with their passwords.

    The county with most matters gets handler, department head, petition head, leader and chief; its superior office the
    operator, steward, approver, auditor, outside reviewer and a leader.  Accounts there already get a fresh password.
    `password` None: a random one each.
    """
    made: list[DemoAccount] = []
    for user in _demo_people(store):
        word = password or secrets.token_urlsafe(9)
        hashed = hash_password(word)
        if users.find_user(store, user.user_id) is None:
            users.add_user(store, replace(user, password_hash=hashed))
        else:
            users.set_password(store, user.user_id, hashed, must_change=False)
        made.append(
            DemoAccount(
                user_id=user.user_id,
                password=word,
                role=user.role,
                display_name=user.display_name,
                office_id=user.office_id,
            )
        )
    return made


def _demo_people(store: Store) -> list[User]:
    offices = register.read_offices(store)
    matters = register.read_matters(store)
    counts = matters.group_by("office_id").len("n").join(offices, on="office_id")
    county = counts.filter(pl.col("level") == "county").sort(["n", "office_id"], descending=[True, False])
    if county.is_empty():
        county = counts.sort(["n", "office_id"], descending=[True, False])
    row = county.row(0, named=True)
    office, above = str(row["office_id"]), str(row["parent_id"] or row["office_id"])
    own = matters.filter(pl.col("office_id") == office)
    department, handler = _busiest(own, "department"), None
    if department is not None:
        handler = _busiest(own.filter(pl.col("department") == department), "handler")
    return [
        _person("handler", "演示承办人", UserRole.HANDLER, office, department, handler, "handler"),
        _person("department_head", "演示部门负责人", UserRole.DEPARTMENT_HEAD, office, department, None, "department"),
        _person("petition_head", "演示控申负责人", UserRole.PETITION_HEAD, office),
        _person("leader", "演示副检察长", UserRole.LEADER, office, None, None, "leader"),
        replace(_person("chief", "演示检察长", UserRole.LEADER, office, None, None, "leader"), chief=True),
        _person("city_leader", "演示上级院领导", UserRole.LEADER, above, None, None, "leader"),
        _person("operator", "演示运行人员", UserRole.OPERATOR, above),
        _person("steward", "演示模型管理员", UserRole.STEWARD, above),
        _person("approver", "演示模型审批人", UserRole.APPROVER, above),
        _person("auditor", "演示审计员", UserRole.AUDITOR, above),
        _person("admin", "演示账户管理员", UserRole.ADMIN, above),
        _person("reviewer", "演示外部监督人员", UserRole.REVIEWER, above),
    ]


def _person(
    user_id: str,
    name: str,
    role: UserRole,
    office_id: str,
    department: str | None = None,
    staff_id: str | None = None,
    post: str | None = None,
) -> User:
    return User(
        user_id=user_id,
        display_name=name,
        role=role,
        password_hash="",
        office_id=office_id,
        department=department,
        staff_id=staff_id,
        respondent_post=post,
        must_change=False,
        demo=True,
    )


def _busiest(matters: pl.DataFrame, column: str) -> str | None:
    known = matters.drop_nulls(column)
    if known.is_empty():
        return None
    return str(known.group_by(column).len("n").sort(["n", column], descending=[True, False])[column][0])


def _locked(user: User, now: int) -> bool:
    return user.locked_until is not None and user.locked_until > now


def _note_failure(store: Store, user: User, now: int) -> None:
    """Count a wrong password, unless the account is locked anyway."""
    if _locked(user, now):
        return
    again = user.locked_until is not None and now - user.locked_until < _DAY_US
    users.note_failure(store, user.user_id, now=now, limit=ATTEMPTS, lock_us=_NEXT_LOCK_US if again else _FIRST_LOCK_US)


def _entry(user: User, action: str, now: int, request_id: str) -> Entry:
    return Entry(at=now, user_id=user.user_id, action=action, office_id=user.office_id, request_id=request_id)
