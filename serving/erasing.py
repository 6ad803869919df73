"""How a matter is erased from store, logs and files, and how that nothing of it is left is found out (G19)."""

import io
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from uuid import uuid4

import polars as pl

from data.errors import NotFound
from data.settings import Settings
from data.store import erasure, links, register, screenings
from data.store import vault as vaults
from data.store.engine import Store
from serving import journal
from serving.dead_runs import clear_dead
from serving.removal import PROOFS, Proof, broken_lists, cut_logs, graves_of, no_sweep, record, write_proof
from serving.vault_keys import left_behind

#: What the product writes for reading; a file here that names an erased matter is removed whole.
_DERIVED = frozenset({"exports", "monitor", "synthetic", "uploads", "rejects", "cache"})
#: Shorter words are found everywhere by chance.
_LEAST = 5
_CODINGS = ("utf-8", "gb18030", "utf-16-le")


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
    such matter of the office, LeaseHeld while a sweep is under way.
    """
    found = register.find_matter(store, matter_no=matter_no, office_id=office_id)
    if found.is_empty():
        raise NotFound("no_such_matter", "没有该事项，或您无权查看", "no such matter, or not visible to you")
    matter_ids = _all_numbers(store, found["matter_id"].to_list())
    with no_sweep(store, by=by, now=now, what="erase") as holder:
        clear_dead(store, state, holder=holder)  # a sweep that died may have left the matter in its hidden log
        return _erase(
            store, state, key, settings, matter_ids=matter_ids, office_id=office_id, by=by, reason=reason, now=now
        )


def _erase(
    store: Store,
    state: Path,
    key: bytes,
    settings: Settings,
    *,
    matter_ids: list[str],
    office_id: str,
    by: str,
    reason: str,
    now: int,
) -> Proof:
    """Remove matters, and prove it."""
    numbers = register.some_matters(store, matter_ids)["matter_no"].to_list()
    words = [*numbers, *erasure.typed_texts(store, matter_ids)]
    proof_id = str(uuid4())
    with store.write() as connection:
        graves = graves_of(store, matter_ids)
        tables = {"entries": erasure.bury(connection, graves, why="erase", at=now)} if graves else {}
        files = cut_logs(store, state, connection, {one.screening_id for one in graves} | _listed(store), matter_ids)
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
    digest = write_proof(state, proof)
    with store.write() as connection:
        erasure.remember_erased(connection, matter_ids, office_id=office_id, at=now, proof_sha256=digest)
        record(store, key, proof, digest, journal.ERASED)
    return proof


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


def _listed(store: Store) -> set[str]:
    return {one.screening_id for one in screenings.read_screenings(store)}


def _forget(state: Path, settings: Settings, matter_ids: Sequence[str]) -> dict[str, int]:
    vault = left_behind(settings.vault, state)
    if vault is None:
        return {}
    gone = {"vault_hashes": vaults.forget(vault, matter_ids)}
    vaults.compact(vault)
    vault.close()
    return gone


def _remove_files(state: Path, words: Iterable[str]) -> dict[str, str]:
    """Delete files made for reading that name the matter."""
    _, holding = search(state, words)
    files: dict[str, str] = {}
    for name in holding:
        if Path(name).parts[0] in _DERIVED:
            (state / name).unlink()
            files[name] = "removed"
    return files
