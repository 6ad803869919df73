"""How machines get a token, lose it, and are known by it; each change on record together with the change itself."""

import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from typing import Any

from data.errors import NotAllowed, UsageError
from data.forbidden import check_text
from data.store import audit, register, tokens
from data.store.audit import Entry
from data.store.engine import Store
from data.store.tokens import MachineRight, MachineToken
from data.store.users import User, UserRole
from data.times import DAY_US
from serving import journal
from serving.permissions import offices_below

#: Begins every token, so that one left in a file or a log is found by scanners.
PREFIX = "prt_"
MOST_DAYS = 366
_HOUR_US = DAY_US // 24
_AGAIN_US = _HOUR_US // 6
_LONGEST_PURPOSE = 60


def create_token(
    store: Store,
    key: bytes,
    admin: User,
    *,
    office_id: str,
    purpose: str,
    rights: Sequence[str],
    days: int,
    now: int,
    once: str | None = None,
    request_id: str = "cli",
) -> tuple[MachineToken, str]:
    """A fresh token and its entry; the token is shown this once and kept nowhere.

    `once` is of the form that asks: the same form sent twice gives back the one token it made, for ten minutes.

    Raises NotAllowed unless `admin` is the administrator of that office or of one above, UsageError for all that is
    off.
    """
    _check_admin(store, admin, office_id)
    known = {str(right) for right in MachineRight}
    found: list[tuple[str, str]] = []
    if not (0 < len(purpose.strip()) <= _LONGEST_PURPOSE and purpose.isprintable()) or check_text(purpose):
        found.append(
            (
                f"请写明用途（哪个系统），不超过{_LONGEST_PURPOSE}字，不含个人信息",
                f"say which machine it is for, in at most {_LONGEST_PURPOSE} characters without personal details",
            )
        )
    if not rights or set(rights) - known:
        listed = ", ".join(sorted(known))
        found.append((f"权限只能是 {listed}", f"rights are {listed}"))
    if not 1 <= days <= MOST_DAYS:
        found.append((f"有效期为1至{MOST_DAYS}天", f"a token lasts 1 to {MOST_DAYS} days"))
    if found:
        raise UsageError("token_invalid", "令牌未创建", "no token was made", found)
    token_id, token = _fresh() if once is None else _of_form(key, admin, once)
    made = MachineToken(
        token_id=token_id,
        purpose=purpose.strip(),
        office_id=office_id,
        rights=tuple(sorted({MachineRight(right) for right in rights})),
        created_at=now,
        created_by=admin.user_id,
        expires_at=now + days * DAY_US,
    )
    with store.write() as connection:
        before = tokens.find_token(store, token)
        if before is not None:
            if now - before.created_at >= _AGAIN_US or not before.stands(now):
                raise NotAllowed(
                    "token_made_before", "这份表单已用过，请重新打开页面", "this form was used; open the page anew"
                )
            return before, token
        tokens.add_token(store, made, token=token)
        told = {"rights": [str(right) for right in made.rights], "days": days}
        audit.append(connection, key, _entry(made, journal.TOKEN_CREATED, now, admin.user_id, request_id, **told))
    return made, token


def revoke_token(
    store: Store, key: bytes, admin: User, token_id: str, *, now: int, request_id: str = "cli"
) -> MachineToken:
    """End a token at once. Raises as `create_token`; NotFound also for a token of another administrator's offices."""
    _check_admin(store, admin, None)
    mine = {one.token_id for one in tokens.read_tokens(store, offices_of(store, admin))}
    with store.write() as connection:
        ended = tokens.revoke_token(store, token_id if token_id in mine else "", by=admin.user_id, at=now)
        audit.append(connection, key, _entry(ended, journal.TOKEN_REVOKED, now, admin.user_id, request_id))
    return ended


def list_tokens(store: Store, admin: User) -> list[MachineToken]:
    """The tokens of an administrator's offices, the newest first. Raises NotAllowed for anybody else."""
    _check_admin(store, admin, None)
    return tokens.read_tokens(store, offices_of(store, admin))


def find_machine(store: Store, header: str, now: int) -> MachineToken | None:
    """Which machine an Authorization header stands for, None for none, an expired or a revoked one.

    Notes its use once an hour.
    """
    scheme, _, token = header.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token.startswith(PREFIX) or len(token) > 100:
        return None
    found = tokens.find_token(store, token)
    if found is None or not found.stands(now):
        return None
    if found.last_used_at is None or now - found.last_used_at >= _HOUR_US:
        tokens.touch_token(store, found.token_id, now=now)
    return found


def actor(token: MachineToken) -> str:
    """How a machine is named in the log."""
    return f"token:{token.token_id}"


def _check_admin(store: Store, admin: User, office_id: str | None) -> None:
    if admin.role is not UserRole.ADMIN:
        raise NotAllowed("token_admin", "只有账户管理员可以管理令牌", "only the administrator manages tokens")
    if office_id is not None and office_id not in offices_of(store, admin):
        raise NotAllowed(
            "token_office",
            "只能为本院及下级院创建令牌",
            "tokens are for the administrator's own office and those below",
        )


def offices_of(store: Store, admin: User) -> tuple[str, ...]:
    """The offices an administrator makes tokens for: the own one first, then those below."""
    if admin.office_id is None:
        return ()
    return (admin.office_id, *offices_below(register.office_tree(store), admin.office_id))


def _fresh() -> tuple[str, str]:
    return secrets.token_hex(6), f"{PREFIX}{secrets.token_urlsafe(32)}"


def _of_form(key: bytes, admin: User, once: str) -> tuple[str, str]:
    """The token of a form: the same when it is sent twice, and nobody's to tell who has not the key."""

    def part(what: str) -> bytes:
        return hmac.digest(key, "\0".join(("machine token", what, admin.user_id, once)).encode(), "sha256")

    return part("id").hex()[:12], f"{PREFIX}{urlsafe_b64encode(part('token')).decode().rstrip('=')}"


def _entry(token: MachineToken, action: str, now: int, by: str, request_id: str, **detail: Any) -> Entry:
    told = {"token": token.token_id, **detail}
    return Entry(at=now, user_id=by, action=action, office_id=token.office_id, detail=told, request_id=request_id)
