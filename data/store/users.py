"""Who has an account, what they are, and which browser sessions are theirs.

Passwords come here already hashed; session tokens are kept only as their SHA-256.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from data.errors import NotFound, UsageError
from data.store import schema
from data.store.engine import Store


class UserRole(StrEnum):
    """What an account may be (G16)."""

    HANDLER = "handler"
    DEPARTMENT_HEAD = "department_head"
    PETITION_HEAD = "petition_head"
    LEADER = "leader"
    OPERATOR = "operator"
    STEWARD = "steward"
    APPROVER = "approver"
    AUDITOR = "auditor"
    ADMIN = "admin"
    REVIEWER = "reviewer"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """An account; `respondent_post` is the post a matter may complain of (recusal), `locked_until` UTC microseconds.

    `chief`: a leader who is the chief prosecutor and signs what stands in the top band.
    """

    user_id: str
    display_name: str
    role: UserRole
    password_hash: str
    office_id: str | None = None
    department: str | None = None
    staff_id: str | None = None
    respondent_post: str | None = None
    chief: bool = False
    must_change: bool = True
    demo: bool = False
    failed_count: int = 0
    locked_until: int | None = None
    disabled_at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A signed-in browser; times in UTC microseconds."""

    token_hash: str
    user_id: str
    created_at: int
    last_seen_at: int
    expires_at: int
    csrf: str


#: Both looked up with every request: one statement, written once.
_OF_SESSION = [column.name for column in schema.sessions.c]
_OF_USER = [column.name for column in schema.users.c]
_WHOSE = (
    sa.select(*schema.sessions.c, *schema.users.c)
    .join_from(schema.sessions, schema.users)
    .where(schema.sessions.c.token_hash == sa.bindparam("hashed"))
)


def add_user(store: Store, user: User) -> None:
    """Add an account. Raises UsageError where the id is taken or the office unknown."""
    with store.write() as connection:
        table = schema.users
        if connection.execute(sa.select(table.c.user_id).where(table.c.user_id == user.user_id)).first():
            raise UsageError("user_exists", f"账号 {user.user_id} 已存在", f"account {user.user_id} already exists")
        office = sa.select(schema.offices.c.office_id).where(schema.offices.c.office_id == user.office_id)
        if user.office_id is not None and connection.execute(office).first() is None:
            raise UsageError("no_such_office", f"没有单位 {user.office_id}", f"there is no office {user.office_id}")
        connection.execute(table.insert().values(**asdict(user) | {"role": str(user.role)}))


def find_user(store: Store, user_id: str) -> User | None:
    """The account with this id, disabled ones included."""
    with store.read() as connection:
        return _find(connection, user_id)


def read_users(store: Store, *, offices: Iterable[str] | None = None) -> list[User]:
    """All accounts, or those of some offices, in order of their ids."""
    table = schema.users
    query = table.select().order_by(table.c.user_id)
    if offices is not None:
        query = query.where(table.c.office_id.in_(list(offices)))
    with store.read() as connection:
        return [_user(row) for row in connection.execute(query).mappings()]


def set_password(store: Store, user_id: str, password_hash: str, *, must_change: bool) -> None:
    """Replace the hash, lift a lock, and end all sessions of the account. Raises NotFound."""
    values = {"password_hash": password_hash, "must_change": must_change, "failed_count": 0, "locked_until": None}
    with store.write() as connection:
        _change(connection, user_id, values)
        connection.execute(schema.sessions.delete().where(schema.sessions.c.user_id == user_id))


def disable_user(store: Store, user_id: str, *, at: int) -> None:
    """Close an account and its sessions; it stays on record. Raises NotFound."""
    with store.write() as connection:
        _change(connection, user_id, {"disabled_at": at})
        connection.execute(schema.sessions.delete().where(schema.sessions.c.user_id == user_id))


def note_failure(store: Store, user_id: str, *, now: int, limit: int, lock_us: int) -> User:
    """Count a wrong password; at the `limit`-th in a row the account is locked for `lock_us`. Raises NotFound."""
    with store.write() as connection:
        table = schema.users
        found = (
            connection.execute(table.select().where(table.c.user_id == user_id).with_for_update()).mappings().first()
        )
        if found is None:
            raise _no_user()
        failed = found["failed_count"] + 1
        locked = now + lock_us if failed >= limit else found["locked_until"]
        # The count starts again with the lock, so that one more slip after it does not lock at once.
        _change(connection, user_id, {"failed_count": 0 if failed >= limit else failed, "locked_until": locked})
        after = _find(connection, user_id)
    assert after is not None  # noqa: S101 - changed just above
    return after


def note_success(store: Store, user_id: str) -> None:
    """Forget wrong passwords after a right one. Raises NotFound."""
    with store.write() as connection:
        _change(connection, user_id, {"failed_count": 0, "locked_until": None})


def open_session(store: Store, user_id: str, *, token: str, csrf: str, now: int, expires_at: int) -> Session:
    """Start a session for a fresh random `token` (only its hash is kept); expired sessions are swept out."""
    session = Session(
        token_hash=_hashed(token), user_id=user_id, created_at=now, last_seen_at=now, expires_at=expires_at, csrf=csrf
    )
    with store.write() as connection:
        connection.execute(schema.sessions.delete().where(schema.sessions.c.expires_at <= now))
        connection.execute(schema.sessions.insert().values(**asdict(session)))
    return session


def find_session(store: Store, token: str, *, now: int, idle_us: int) -> tuple[Session, User] | None:
    """The session and account of a token, unless expired, idle for `idle_us`, or the account is disabled."""
    with store.read() as connection:
        row = connection.execute(_WHOSE, {"hashed": _hashed(token)}).first()
    if row is None:
        return None
    session = Session(**dict(zip(_OF_SESSION, row, strict=False)))
    account: dict[str, Any] = dict(zip(_OF_USER, row[len(_OF_SESSION) :], strict=True))
    account["role"] = UserRole(account["role"])
    user = User(**account)
    if session.expires_at <= now or session.last_seen_at + idle_us <= now or user.disabled_at is not None:
        return None
    return session, user


def touch_session(store: Store, token: str, *, now: int) -> None:
    """Note that the session was used (call it at most once a minute: it is a write)."""
    table = schema.sessions
    with store.write() as connection:
        change = table.update().where(table.c.token_hash == _hashed(token), table.c.last_seen_at < now)
        connection.execute(change.values(last_seen_at=now))


def close_session(store: Store, token: str) -> None:
    """End a session; an unknown token is nothing to end."""
    with store.write() as connection:
        connection.execute(schema.sessions.delete().where(schema.sessions.c.token_hash == _hashed(token)))


def _hashed(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def _find(connection: sa.Connection, user_id: str) -> User | None:
    row = connection.execute(schema.users.select().where(schema.users.c.user_id == user_id)).mappings().first()
    return None if row is None else _user(row)


def _change(connection: sa.Connection, user_id: str, values: Mapping[str, object]) -> None:
    changed = connection.execute(schema.users.update().where(schema.users.c.user_id == user_id).values(**values))
    if changed.rowcount == 0:
        raise _no_user()


def _no_user() -> NotFound:
    return NotFound("no_such_user", "没有该账号", "no such account")


def _user(row: sa.RowMapping) -> User:
    return replace(User(**row), role=UserRole(row["role"]))
