"""Single edits of the audit store drawn at random, by somebody with the whole database in hand: each is found (G15)."""

from pathlib import Path
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa

from data.store import audit, schema
from data.store.audit import Checkpoint, Entry
from data.store.engine import Store

KEY = bytes(range(32))
ENTRIES = 40
TABLE, HEAD = schema.audit, schema.audit_head
_COLUMNS = [column.name for column in TABLE.columns]


def _chain(store: Store, folder: Path) -> list[Checkpoint]:
    """Forty entries of every shape, and a checkpoint at the end of them."""
    made = [
        Entry(
            at=1_000 + number,
            user_id=f"user{number % 5}",
            action=("view_matter", "score", "decide", "sign_in")[number % 4],
            office_id=None if number % 7 == 0 else "C1",
            matter_id=None if number % 3 == 0 else f"m{number}",
            purpose=None if number % 2 else "办理",
            detail={} if number % 6 == 0 else {"version": number, "页": [1, number]},
            request_id=None if number % 11 == 0 else f"r{number}",
        )
        for number in range(ENTRIES)
    ]
    for start in range(0, ENTRIES, 7):
        audit.append_many(store, KEY, made[start : start + 7])
    with store.write() as connection:
        for name in ("audit_no_update", "audit_no_delete"):
            connection.execute(sa.text(f"DROP TRIGGER IF EXISTS {name}"))
    audit.write_checkpoint(store, KEY, folder / "checkpoints", at=10)
    return audit.read_checkpoints(folder / "checkpoints")


def _edit(connection: sa.Connection, drawn: Random) -> str:
    """One edit: a cell, a row gone, two rows exchanged, a row added, the newest cut off, or the head."""
    seq = drawn.randint(1, ENTRIES)
    row = dict(connection.execute(TABLE.select().where(TABLE.c.seq == seq)).mappings().one())
    match drawn.choice(["cell"] * 6 + ["gone", "swap", "forge", "cut", "head", "renumber"]):
        case "cell":
            name = drawn.choice([name for name in _COLUMNS if name != "seq"])
            value = _other(row[name], drawn)
            connection.execute(TABLE.update().where(TABLE.c.seq == seq).values({name: value}))
            return f"cell {name} of {seq}: {row[name]!r} → {value!r}"
        case "gone":
            connection.execute(TABLE.delete().where(TABLE.c.seq == seq))
            return f"{seq} gone"
        case "swap":
            other = seq % ENTRIES + 1
            names = [name for name in _COLUMNS if name not in ("seq", "prev_hash")]
            theirs = dict(connection.execute(TABLE.select().where(TABLE.c.seq == other)).mappings().one())
            connection.execute(TABLE.update().where(TABLE.c.seq == seq).values({name: theirs[name] for name in names}))
            connection.execute(TABLE.update().where(TABLE.c.seq == other).values({name: row[name] for name in names}))
            return f"{seq} and {other} exchanged"
        case "forge":
            last = connection.execute(TABLE.select().where(TABLE.c.seq == ENTRIES)).mappings().one()
            forged = dict(row) | {
                "seq": ENTRIES + 1,
                "prev_hash": last["hash"],
                "hash": f"{drawn.getrandbits(256):064x}",
            }
            connection.execute(TABLE.insert().values(forged))
            connection.execute(HEAD.update().values(seq=forged["seq"], hash=forged["hash"]))
            return "one forged at the end"
        case "cut":
            connection.execute(TABLE.delete().where(TABLE.c.seq >= seq))
            left = connection.execute(TABLE.select().where(TABLE.c.seq == seq - 1)).mappings().first()
            head = (0, audit.GENESIS) if left is None else (left["seq"], left["hash"])
            connection.execute(HEAD.update().values(seq=head[0], hash=head[1]))
            return f"cut off from {seq}, the head put right"
        case "head":
            connection.execute(
                HEAD.update().values(seq=seq - 1) if seq % 2 else HEAD.update().values(hash="0" * 63 + "1")
            )
            return f"head at {seq - 1}"
        case _:
            connection.execute(TABLE.update().where(TABLE.c.seq == seq).values(seq=ENTRIES + 5))
            return f"{seq} renumbered"


def _other(value: Any, drawn: Random) -> Any:
    """A value close to this one, and never the same."""
    if value is None:
        return drawn.choice(["", "x", "C1"])
    if isinstance(value, int):
        return value + drawn.choice([-1, 1, 1_000_000])
    at = drawn.randrange(len(value)) if value else 0
    changed = value[:at] + ("1" if value[at : at + 1] != "1" else "2") + value[at + 1 :]
    return drawn.choice([changed, value + " ", changed + value])


class _Undone(Exception):
    """Takes an edit back."""


def _all_found(store: Store, folder: Path, count: int, seed: int) -> None:
    checkpoints, drawn = _chain(store, folder), Random(seed)
    assert audit.verify(store, KEY, checkpoints).intact
    missed: list[str] = []
    for _ in range(count):
        with pytest.raises(_Undone), store.write() as connection:  # noqa: PT012 - the edit lives until it is taken back
            told = _edit(connection, drawn)
            if audit.verify(store, KEY, checkpoints).intact:
                missed.append(told)
            raise _Undone
    assert missed == []
    assert audit.verify(store, KEY, checkpoints).intact


def test_g15_some_dozens_of_single_edits_are_each_found(sqlite_store: Store, tmp_path: Path) -> None:
    _all_found(sqlite_store, tmp_path, 60, seed=3)


@pytest.mark.slow
def test_g15_a_thousand_single_edits_are_each_found(sqlite_store: Store, tmp_path: Path) -> None:
    _all_found(sqlite_store, tmp_path, 1_000, seed=5)
