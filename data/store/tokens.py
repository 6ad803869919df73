"""Which machines may ask, until when and for what; a token itself is kept only as its SHA-256."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from data.errors import NotAllowed, NotFound
from data.store import schema
from data.store.engine import Store


class MachineRight(StrEnum):
    """All that a machine can be allowed (G25): bands, reasons and lists need a signed-in person."""

    EVENTS = "events"
    CLOCKS = "clocks"


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineToken:
    """A token without its secret; `purpose` says which machine uses it, times are UTC microseconds."""

    token_id: str
    purpose: str
    office_id: str
    rights: tuple[MachineRight, ...]
    created_at: int
    created_by: str
    expires_at: int
    revoked_at: int | None = None
    revoked_by: str | None = None
    last_used_at: int | None = None

    def stands(self, now: int) -> bool:
        """Whether it still opens anything."""
        return self.revoked_at is None and now < self.expires_at


def add_token(store: Store, made: MachineToken, *, token: str) -> None:
    """Keep a fresh token's hash beside what it may do."""
    values = asdict(made) | {"rights": [str(right) for right in made.rights], "token_hash": _hashed(token)}
    with store.write() as connection:
        connection.execute(schema.machine_tokens.insert().values(values))


def find_token(store: Store, token: str) -> MachineToken | None:
    """The entry of a token as it was sent, expired and revoked ones included; None for one nobody made."""
    return next(iter(_tokens(store, schema.machine_tokens.c.token_hash == _hashed(token))), None)


def read_tokens(store: Store, offices: Iterable[str] | None = None) -> list[MachineToken]:
    """The tokens of some offices or all, the newest first."""
    table = schema.machine_tokens
    return _tokens(store, sa.true() if offices is None else table.c.office_id.in_(list(offices)))


def revoke_token(store: Store, token_id: str, *, by: str, at: int) -> MachineToken:
    """End a token and return it. Raises NotFound, or NotAllowed where it was revoked before."""
    table = schema.machine_tokens
    with store.write() as connection:
        found = next(iter(_tokens(store, table.c.token_id == token_id)), None)
        if found is None:
            raise NotFound("no_such_token", "没有这个令牌", "there is no such token")
        if found.revoked_at is not None:
            raise NotAllowed("token_revoked_before", "该令牌已停用", "this token was revoked already")
        connection.execute(table.update().where(table.c.token_id == token_id).values(revoked_at=at, revoked_by=by))
    return replace(found, revoked_at=at, revoked_by=by)


def touch_token(store: Store, token_id: str, *, now: int) -> None:
    """Note that a token was used (call it at most once an hour: it is a write)."""
    table = schema.machine_tokens
    with store.write() as connection:
        connection.execute(table.update().where(table.c.token_id == token_id).values(last_used_at=now))


def _hashed(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def _tokens(store: Store, wanted: sa.ColumnElement[bool]) -> list[MachineToken]:
    table = schema.machine_tokens
    columns = [table.c[name] for name in MachineToken.__dataclass_fields__]
    with store.read() as connection:
        rows = connection.execute(sa.select(*columns).where(wanted).order_by(table.c.created_at.desc())).mappings()
        return [_token(row) for row in rows]


def _token(row: sa.RowMapping) -> MachineToken:
    values: dict[str, Any] = dict(row)
    values["rights"] = tuple(MachineRight(right) for right in values["rights"])
    return MachineToken(**values)
