"""Who did or saw what, in a chain that shows every edit, removal and reordering.

Each entry's hash is an HMAC-SHA256, with a key kept outside the database, over the entry and the hash before it.
Entries can only be added (triggers refuse the rest).  Cutting off the newest entries leaves an intact chain, so
checkpoints, signed with the same key, are written to a file outside the database: after the last of them
truncation cannot be excluded, and `verify` says so.
"""

import hmac
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from hashlib import sha256
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from data.errors import SettingsError
from data.store import schema
from data.store.engine import Store
from data.whole_file import create_whole

#: What stands before the first entry.
GENESIS = "0" * 64
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing done or seen at `at` (UTC microseconds); `detail`: plain values, never petition text or identity."""

    at: int
    user_id: str
    action: str
    office_id: str | None = None
    matter_id: str | None = None
    purpose: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict[str, Any])
    request_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEntry:
    """An entry in its place in the chain."""

    seq: int
    entry: Entry
    prev_hash: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """That the chain had reached `seq` with `hash` at an instant, signed."""

    seq: int
    hash: str
    at: int
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """Where the chain does not hold: `seq`, a stable code (`edited`, `gap`, `cut`, `head`, `checkpoint`) and text."""

    seq: int
    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What verification found; truncation is excluded only up to `proven_until` (0: no checkpoint)."""

    entries: int
    breaks: tuple[Break, ...]
    proven_until: int

    @property
    def intact(self) -> bool:
        """Whether nothing was found broken."""
        return not self.breaks


def load_or_create_key(path: Path) -> bytes:
    """The 32-byte key in a file (hex) only its owner may read; made where there is none, by one of several at once.

    Raises SettingsError where the file cannot be used or others may read it.
    """
    try:
        if not path.parent.is_dir():
            raise _bad_key("所在目录不存在", "its folder does not exist")
        if not path.exists():
            create_whole(path, f"{os.urandom(_KEY_BYTES).hex()}\n".encode("ascii"), mode=0o600)
    except OSError as problem:
        raise _bad_key(str(problem.strerror), str(problem.strerror)) from None
    try:
        if path.stat().st_mode & 0o077:
            raise _bad_key("权限须为0600", "its mode must be 0600")
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError):
        raise _bad_key("内容不是十六进制文本", "it is not hexadecimal text") from None
    if len(key) < _KEY_BYTES:
        raise _bad_key("少于32字节", "it is shorter than 32 bytes")
    return key


def append(connection: sa.Connection, key: bytes, entry: Entry) -> int:
    """Add one entry inside the caller's write transaction, so that a change and its record commit together."""
    return _extend(connection, key, [entry])[-1]


def append_many(store: Store, key: bytes, entries: Sequence[Entry]) -> list[int]:
    """Add entries in one transaction and return their numbers: of their own (views, committed in groups), or that of
    an enclosing `store.write()` (a change, with which they commit or vanish).
    """
    if not entries:
        return []
    with store.write() as connection:
        return _extend(connection, key, entries)


def read_entries(
    store: Store,
    *,
    after: int = 0,
    limit: int = 1000,
    matter_id: str | None = None,
    user_id: str | None = None,
    offices: Iterable[str] | None = None,
) -> list[StoredEntry]:
    """Entries in order of their numbers, from the one after `after`."""
    table = schema.audit
    query = table.select().where(table.c.seq > after).order_by(table.c.seq).limit(limit)
    if matter_id is not None:
        query = query.where(table.c.matter_id == matter_id)
    if user_id is not None:
        query = query.where(table.c.user_id == user_id)
    if offices is not None:
        query = query.where(table.c.office_id.in_(list(offices)))
    with store.read() as connection:
        return [_stored(row) for row in connection.execute(query).mappings()]


def newest_entries(
    store: Store,
    *,
    before: int | None = None,
    limit: int,
    action: str | None = None,
    user_id: str | None = None,
    office_id: str | None = None,
    matter_id: str | None = None,
    since: int | None = None,
    until: int | None = None,
) -> list[StoredEntry]:
    """The newest entries first, of those numbered below `before`, with `since <= at < until` and all that is asked."""
    table = schema.audit
    query = table.select().order_by(table.c.seq.desc()).limit(limit)
    equal = {"action": action, "user_id": user_id, "office_id": office_id, "matter_id": matter_id}
    for name, value in equal.items():
        if value is not None:
            query = query.where(table.c[name] == value)
    if before is not None:
        query = query.where(table.c.seq < before)
    if since is not None:
        query = query.where(table.c.at >= since)
    if until is not None:
        query = query.where(table.c.at < until)
    with store.read() as connection:
        return [_stored(row) for row in connection.execute(query).mappings()]


def entries_of_action(store: Store, action: str) -> list[Entry]:
    """Every entry of one action, in order."""
    query = schema.audit.select().where(schema.audit.c.action == action).order_by(schema.audit.c.seq)
    with store.read() as connection:
        return [_stored(row).entry for row in connection.execute(query).mappings()]


def head_seq(store: Store) -> int:
    """The number of the newest entry, 0 for none."""
    with store.read() as connection:
        return _head(connection)[0]


def write_checkpoint(store: Store, key: bytes, path: Path, *, at: int) -> Checkpoint:
    """Sign the head of the chain into a file outside the database (one JSON object a line, appended, fsynced)."""
    with store.read() as connection:
        seq, head = _head(connection)
    unsigned = Checkpoint(seq=seq, hash=head, at=at, signature="")
    checkpoint = Checkpoint(seq=seq, hash=head, at=at, signature=_sign(key, unsigned))
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(checkpoint), sort_keys=True) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return checkpoint


def read_checkpoints(path: Path) -> list[Checkpoint]:
    """The checkpoints of a file, in its order; none if there is no file. Raises ValueError for a line that is none."""
    if not path.exists():
        return []
    return [Checkpoint(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def verify(store: Store, key: bytes, checkpoints: Iterable[Checkpoint] = ()) -> Verdict:
    """Recompute the whole chain and hold it against the checkpoints."""
    breaks: list[Break] = []
    signed: dict[int, set[str]] = {}
    for checkpoint in checkpoints:
        if hmac.compare_digest(checkpoint.signature, _sign(key, checkpoint)):
            signed.setdefault(checkpoint.seq, set()).add(checkpoint.hash)
        else:
            breaks.append(_break(checkpoint.seq, "checkpoint", "检查点签名不符", "a checkpoint was not signed by us"))
    matched = [0]
    expected, previous, count = 1, GENESIS, 0
    with store.read() as connection:
        rows = connection.execute(schema.audit.select().order_by(schema.audit.c.seq), execution_options=_IN_PARTS)
        for row in rows.mappings():
            count += 1
            seq, stored_hash = row["seq"], row["hash"]
            if seq != expected or row["prev_hash"] != previous:
                breaks.append(_break(seq, "gap", "此前有记录缺失或被调换", "entries before it are missing or moved"))
            if not hmac.compare_digest(stored_hash, _hash(key, row)):
                breaks.append(_break(seq, "edited", "记录内容被改动", "the entry was edited"))
            expectations = signed.pop(seq, set[str]())
            if expectations == {stored_hash}:
                matched.append(seq)
            elif expectations:
                breaks.append(_break(seq, "checkpoint", "与已签检查点不符", "differs from a signed checkpoint"))
            expected, previous = seq + 1, stored_hash
        head = _head(connection)
    if head != (expected - 1, previous):
        breaks.append(_break(head[0], "head", "链尾与记录不符", "the head does not match the last entry"))
    signed.pop(0, None)
    breaks += [
        _break(seq, "cut", "检查点所证的记录已不在", "entries proven by a checkpoint are gone")
        for seq in sorted(signed)
    ]
    return Verdict(entries=count, breaks=tuple(breaks), proven_until=max(matched))


_IN_PARTS = {"yield_per": 5000}
# Statements of every view and every act, written once.
_OF_ENTRY = [field.name for field in fields(Entry)]
_HEAD = sa.select(schema.audit_head.c.seq, schema.audit_head.c.hash)
_LOCK_HEAD = _HEAD.with_for_update()
_ADD = schema.audit.insert()
_MOVE_HEAD = schema.audit_head.update().values(seq=sa.bindparam("to_seq"), hash=sa.bindparam("to_hash"))


def _extend(connection: sa.Connection, key: bytes, entries: Iterable[Entry]) -> list[int]:
    seq, previous = _head(connection, lock=True)
    rows: list[dict[str, Any]] = []
    for entry in entries:
        seq += 1
        detail = json.dumps(dict(entry.detail), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        row = {name: getattr(entry, name) for name in _OF_ENTRY} | {"seq": seq, "detail": detail, "prev_hash": previous}
        previous = row["hash"] = _hash(key, row)
        rows.append(row)
    connection.execute(_ADD, rows)
    connection.execute(_MOVE_HEAD, {"to_seq": seq, "to_hash": previous})
    return [row["seq"] for row in rows]


def _head(connection: sa.Connection, *, lock: bool = False) -> tuple[int, str]:
    # SQLite knows no FOR UPDATE and needs none: its writer holds the whole file.
    row = connection.execute(_LOCK_HEAD if lock else _HEAD).one()
    return row.seq, row.hash


_SIGNED = ("seq", "at", "user_id", "action", "office_id", "matter_id", "purpose", "detail", "request_id", "prev_hash")


def _hash(key: bytes, row: Mapping[Any, Any]) -> str:
    text = json.dumps([row[name] for name in _SIGNED], ensure_ascii=False, separators=(",", ":"))
    return hmac.new(key, text.encode(), sha256).hexdigest()


def _sign(key: bytes, checkpoint: Checkpoint) -> str:
    text = f"checkpoint:{checkpoint.seq}:{checkpoint.hash}:{checkpoint.at}"
    return hmac.new(key, text.encode(), sha256).hexdigest()


def _stored(row: sa.RowMapping) -> StoredEntry:
    entry = Entry(
        at=row["at"],
        user_id=row["user_id"],
        action=row["action"],
        office_id=row["office_id"],
        matter_id=row["matter_id"],
        purpose=row["purpose"],
        detail=json.loads(row["detail"]),
        request_id=row["request_id"],
    )
    return StoredEntry(seq=row["seq"], entry=entry, prev_hash=row["prev_hash"], hash=row["hash"])


def _break(seq: int, code: str, zh: str, en: str) -> Break:
    return Break(seq=seq, code=code, zh=f"第{seq}条：{zh}", en=f"entry {seq}: {en}")


def _bad_key(why_zh: str, why_en: str) -> SettingsError:
    return SettingsError("audit_key", f"审计密钥文件不可用：{why_zh}", f"the audit key file cannot be used: {why_en}")
