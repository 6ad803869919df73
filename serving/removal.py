"""What removing leaves: shortened feature logs, digests in the place of entries, and a proof on record (G19)."""

import hashlib
import io
import json
import os
import platform
import time
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from data.store import audit, erasure, screenings
from data.store.audit import Entry
from data.store.engine import Store
from data.store.erasure import Grave
from data.store.screenings import ListEntry
from data.whole_file import create_whole, write_whole
from serving.held import LEASE, held
from training.sweep_list import ENTRY_SCHEMA, entry_digests, leader_signs, list_hash

PROOFS = "erasures"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What was removed: rows by table, files by what became of them, and where something was left, if anywhere."""

    proof_id: str
    why: str
    at: int
    by: str
    office_id: str
    matters: list[str]
    reason: str
    tables: dict[str, int]
    files: dict[str, str]
    searched: int
    left: list[str]
    lists_verify: bool


def graves_of(store: Store, matter_ids: Sequence[str]) -> list[Grave]:
    made: list[Grave] = []
    for matter_id in matter_ids:
        for screening, entry in screenings.entries_of_matter(store, matter_id):
            [digest] = entry_digests(_hashed([entry]))
            made.append(
                Grave(
                    screening_id=screening.screening_id,
                    matter_id=matter_id,
                    office_id=entry.office_id,
                    part=entry.part,
                    digest=digest,
                )
            )
    return made


def _hashed(entries: Sequence[ListEntry]) -> pl.DataFrame:
    """Stored entries as the rows a list's identity is made of (training.sweep_list.ENTRY_SCHEMA)."""
    names = [name for name in ENTRY_SCHEMA if name not in ("inclusion", "to_leader")]
    rows = [{**{name: getattr(one, name) for name in names}, "inclusion": one.inclusion_probability} for one in entries]
    schema = {name: kind for name, kind in ENTRY_SCHEMA.items() if name != "to_leader"}
    frame = pl.DataFrame(rows, schema=schema)
    return frame.with_columns(to_leader=leader_signs(pl.col("part"), pl.col("band"))).select(list(ENTRY_SCHEMA))


def broken_lists(store: Store) -> list[str]:
    """The issued lists whose identity their entries, with the digests of removed ones, do not give any more."""
    found: list[str] = []
    for one in screenings.read_screenings(store):
        rows = _hashed(screenings.read_entries(store, one.screening_id))
        if list_hash(rows, erasure.digests_left(store, one.screening_id)) != one.list_hash:
            found.append(one.screening_id)
    return found


def cut_logs(
    store: Store, state: Path, connection: Any, screening_ids: Iterable[str], matter_ids: Sequence[str]
) -> dict[str, str]:
    """Rewrite the feature logs without the matters' rows; path → how many rows went."""
    files: dict[str, str] = {}
    for screening_id in sorted(screening_ids):
        for log in screenings.feature_logs(store, screening_id):
            path = state / log.path
            if not path.is_file():
                continue
            frame = pl.read_parquet(path)
            kept = frame.filter(~pl.col("matter_id").is_in(list(matter_ids)))
            if kept.height == frame.height:
                continue
            buffer = io.BytesIO()
            kept.write_parquet(buffer)
            content = buffer.getvalue()
            write_whole(path, content)
            digest = hashlib.sha256(content).hexdigest()
            erasure.replace_log(connection, screening_id, log.path, sha256=digest, rows=kept.height)
            files[log.path] = f"rewritten without {frame.height - kept.height} rows"
    return files


def write_proof(state: Path, proof: Proof) -> str:
    """Write the proof where only its owner reads it; returns its SHA-256."""
    text = json.dumps(asdict(proof), ensure_ascii=False, indent=1, sort_keys=True)
    path = state / PROOFS / f"{proof.proof_id}.json"
    if not create_whole(path, text.encode(), mode=0o600):
        raise FileExistsError(path)
    return hashlib.sha256(text.encode()).hexdigest()


def record(store: Store, key: bytes, proof: Proof, digest: str, action: str) -> None:
    detail = {"proof": proof.proof_id, "sha256": digest, "tables": proof.tables, "files": len(proof.files)}
    entries = [Entry(at=proof.at, user_id=proof.by, action=action, office_id=proof.office_id or None, detail=detail)]
    audit.append_many(store, key, entries)


@contextmanager
def no_sweep(store: Store, *, by: str, now: int, what: str) -> Generator[str]:
    """Hold the lease of the monthly job, by the name given, while the body runs: a sweep must not read or write what
    is being removed.

    `now` is UTC microseconds.  Raises LeaseHeld, with who holds it, while a sweep or another removal is under way.
    """
    began = time.monotonic()

    def clock() -> int:
        return now + int((time.monotonic() - began) * 1_000_000)

    holder = f"{by} {what}@{platform.node()}:{os.getpid()}"
    with held(store, LEASE, holder=holder, clock=clock):
        yield holder
