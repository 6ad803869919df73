"""How what was computed of a matter expires, how a matter is erased, and the proof of what was removed (G19)."""

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import polars as pl

from data.errors import NotFound
from data.links import standing
from data.settings import CohortSettings, Settings
from data.store import audit, erasure, links, register, screenings
from data.store import vault as vaults
from data.store.audit import Entry
from data.store.engine import Store
from data.store.erasure import Grave
from data.store.screenings import ListEntry
from data.task import Task
from data.times import DAY_US
from data.whole_file import write_whole
from features.cohort import cohort
from serving import journal
from serving.vault_keys import left_behind
from training.sweep_list import ENTRY_SCHEMA, entry_digests, leader_signs, list_hash

PROOFS = "erasures"
#: What the product writes for reading; a file here that names an erased matter is removed whole.
_DERIVED = frozenset({"exports", "monitor", "synthetic", "uploads", "rejects", "cache"})
#: Shorter words are found everywhere by chance.
_LEAST = 5
_CODINGS = ("utf-8", "gb18030", "utf-16-le")


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


def erase(
    store: Store,
    state: Path,
    key: bytes,
    settings: Settings,
    *,
    matter_no: str,
    office_id: str,
    by: str,
    reason: str,
    now: int,
) -> Proof:
    """Remove a matter with all its numbers from store, logs and files, and prove it; nothing brings it back.

    What stays: its opaque id (in the audit and among the erased), and digests of its entries.  Raises NotFound for no
    such matter of the office.
    """
    found = register.find_matter(store, matter_no=matter_no, office_id=office_id)
    if found.is_empty():
        raise NotFound("no_such_matter", "没有该事项，或您无权查看", "no such matter, or not visible to you")
    matter_ids = _all_numbers(store, found["matter_id"].to_list())
    rows = register.some_matters(store, matter_ids)
    numbers = rows["matter_no"].to_list()
    words = [*numbers, *erasure.typed_texts(store, matter_ids)]
    proof_id = str(uuid4())
    with store.write() as connection:
        graves = _graves(store, matter_ids)
        tables = {"entries": erasure.bury(connection, graves, why="erase", at=now)} if graves else {}
        files = _cut_logs(store, state, connection, {one.screening_id for one in graves} | _listed(store), matter_ids)
        tables |= erasure.remove_rows(store, matter_ids, numbers, office_id=office_id)
    tables |= _forget(state, settings, matter_ids)
    erasure.compact(store)
    files |= _remove_files(state, words)
    searched, left = search(state, words)
    proof = Proof(
        proof_id=proof_id,
        why="erase",
        at=now,
        by=by,
        office_id=office_id,
        matters=matter_ids,
        reason=reason,
        tables=tables,
        files=files,
        searched=searched,
        left=left,
        lists_verify=not broken_lists(store),
    )
    digest = _write_proof(state, proof)
    with store.write() as connection:
        erasure.remember_erased(connection, matter_ids, office_id=office_id, at=now, proof_sha256=digest)
        _record(store, key, proof, digest, journal.ERASED)
    return proof


def retain(store: Store, state: Path, key: bytes, settings: Settings, *, by: str, now: int, dry_run: bool) -> Proof:
    """Remove scores, entries and feature rows of matters closed longer than the setting, and prove it.

    A matter's events, what people decided, and the audit stay.  `dry_run` counts and changes nothing.
    """
    keep_us = settings.retention.after_close_days * DAY_US
    closed = _long_closed(store, settings)
    lists = {one.screening_id for one in screenings.read_screenings(store) if one.cutoff + keep_us < now}
    graves = [one for one in _graves(store, closed) if one.screening_id in lists] if closed else []
    tables = {"entries": len(graves)}
    files: dict[str, str] = {}
    tables |= clear_vault(store, state, settings, closed=closed, now=now, dry_run=dry_run)
    if not dry_run:
        with store.write() as connection:
            erasure.bury(connection, graves, why="retention", at=now)
            files = _cut_logs(store, state, connection, lists, closed)
        if graves or files:
            erasure.compact(store)
    proof = Proof(
        proof_id=str(uuid4()),
        why="retention",
        at=now,
        by=by,
        office_id="",
        matters=sorted({one.matter_id for one in graves}),
        reason="",
        tables=tables,
        files=files,
        searched=0,
        left=[],
        lists_verify=not broken_lists(store),
    )
    if not dry_run:
        _record(store, key, proof, _write_proof(state, proof), journal.RETENTION)
    return proof


def clear_vault(
    store: Store, state: Path, settings: Settings, *, now: int, closed: Iterable[str] = (), dry_run: bool = False
) -> dict[str, int]:
    """Remove from the vault, on or off, what expired, what the register no longer knows, matters long `closed`, and
    look-ups that are over; how many of each, nothing where there is no vault."""
    vault = left_behind(settings.vault, state)
    if vault is None:
        return {}
    known = set(register.read_matters(store)["matter_id"].to_list()) - set(closed)
    outdated = vaults.stale(vault, known, now=now)
    gone = {"vault_hashes": len(outdated)}
    if not dry_run:
        vaults.forget(vault, outdated)
        gone["vault_lookups"] = vaults.forget_lookups(vault, now=now)
        vaults.compact(vault)
    vault.close()
    return gone


def _forget(state: Path, settings: Settings, matter_ids: Sequence[str]) -> dict[str, int]:
    vault = left_behind(settings.vault, state)
    if vault is None:
        return {}
    gone = {"vault_hashes": vaults.forget(vault, matter_ids)}
    vaults.compact(vault)
    vault.close()
    return gone


def broken_lists(store: Store) -> list[str]:
    """The issued lists whose identity their entries, with the digests of removed ones, do not give any more."""
    found: list[str] = []
    for one in screenings.read_screenings(store):
        rows = _hashed(screenings.read_entries(store, one.screening_id))
        if list_hash(rows, erasure.digests_left(store, one.screening_id)) != one.list_hash:
            found.append(one.screening_id)
    return found


def search(state: Path, words: Iterable[str]) -> tuple[int, list[str]]:
    """How many files of the state directory were looked through, and those that hold one of the words.

    Looked for in UTF-8, GB18030 and UTF-16, also inside zip archives (workbooks) and Parquet files.
    """
    needles = [word.encode(coding) for word in words if len(word) >= _LEAST for coding in _CODINGS]
    searched, left = 0, list[str]()
    for path in sorted(state.rglob("*")):
        if path.is_file() and PROOFS not in path.relative_to(state).parts:
            searched += 1
            if needles and any(needle in part for part in _parts(path) for needle in needles):
                left.append(path.relative_to(state).as_posix())
    return searched, left


def _parts(path: Path) -> Iterable[bytes]:
    content = path.read_bytes()
    yield content
    if content[:4] == b"PK\x03\x04":
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                for name in archive.namelist():
                    yield archive.read(name)
        except zipfile.BadZipFile:
            return
    if content[:4] == b"PAR1":
        yield pl.read_parquet(io.BytesIO(content)).write_ndjson().encode()


def _all_numbers(store: Store, matter_ids: Sequence[str]) -> list[str]:
    """The matters' own ids with those of every number linked with them."""
    touching = links.standing_links(store, numbers=matter_ids)
    roots = {one.matter_id for one in touching} | set(matter_ids)
    group = links.standing_links(store, numbers=sorted(roots))
    return sorted(roots | {one.alias_id for one in group})


def _graves(store: Store, matter_ids: Sequence[str]) -> list[Grave]:
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


def _listed(store: Store) -> set[str]:
    return {one.screening_id for one in screenings.read_screenings(store)}


def _cut_logs(
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


def _remove_files(state: Path, words: Iterable[str]) -> dict[str, str]:
    """Delete files made for reading that name the matter."""
    _, holding = search(state, words)
    files: dict[str, str] = {}
    for name in holding:
        if Path(name).parts[0] in _DERIVED:
            (state / name).unlink()
            files[name] = "removed"
    return files


def _long_closed(store: Store, settings: Settings) -> list[str]:
    """Numbers of matters that closed longer ago than the setting, by the data's own reach."""
    whole = register.read_register(store)
    wide = CohortSettings(after_end_days=settings.retention.after_close_days)
    kept = set(cohort(whole, [whole.observed_until], Task(), wide)["matter_id"].to_list())
    matter_of = standing(whole.links)
    return sorted(one for one in whole.matters["matter_id"].to_list() if matter_of.get(one, one) not in kept)


def _write_proof(state: Path, proof: Proof) -> str:
    """Write the proof where only its owner reads it; returns its SHA-256."""
    text = json.dumps(asdict(proof), ensure_ascii=False, indent=1, sort_keys=True)
    path = state / PROOFS / f"{proof.proof_id}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return hashlib.sha256(text.encode()).hexdigest()


def _record(store: Store, key: bytes, proof: Proof, digest: str, action: str) -> None:
    detail = {"proof": proof.proof_id, "sha256": digest, "tables": proof.tables, "files": len(proof.files)}
    entries = [Entry(at=proof.at, user_id=proof.by, action=action, office_id=proof.office_id or None, detail=detail)]
    audit.append_many(store, key, entries)
