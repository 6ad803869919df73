"""How what was computed of a matter expires, and the proof of what was removed (G19)."""

from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path
from uuid import uuid4

from data.links import standing
from data.settings import CohortSettings, Settings
from data.store import erasure, register, screenings
from data.store import vault as vaults
from data.store.engine import Store
from data.task import Task
from data.times import DAY_US
from features.cohort import cohort
from serving import journal
from serving.removal import Proof, broken_lists, cut_logs, graves_of, no_sweep, record, write_proof
from serving.vault_keys import left_behind


def retain(store: Store, state: Path, key: bytes, settings: Settings, *, by: str, now: int, dry_run: bool) -> Proof:
    """Remove scores, entries and feature rows of matters closed longer than the setting, and prove it.

    A matter's events, what people decided, and the audit stay.  `dry_run` counts and changes nothing.  Raises LeaseHeld
    while a sweep is under way.
    """
    with nullcontext() if dry_run else no_sweep(store, by=by, now=now, what="retention"):
        return _retain(store, state, key, settings, by=by, now=now, dry_run=dry_run)


def _retain(store: Store, state: Path, key: bytes, settings: Settings, *, by: str, now: int, dry_run: bool) -> Proof:
    keep_us = settings.retention.after_close_days * DAY_US
    closed = _long_closed(store, settings)
    lists = {one.screening_id for one in screenings.read_screenings(store) if one.cutoff + keep_us < now}
    graves = [one for one in graves_of(store, closed) if one.screening_id in lists] if closed else []
    tables = {"entries": len(graves)}
    files: dict[str, str] = {}
    tables |= clear_vault(store, state, settings, closed=closed, now=now, dry_run=dry_run)
    if not dry_run:
        with store.write() as connection:
            erasure.bury(connection, graves, why="retention", at=now)
            files = cut_logs(store, state, connection, lists, closed)
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
        record(store, key, proof, write_proof(state, proof), journal.RETENTION)
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


def _long_closed(store: Store, settings: Settings) -> list[str]:
    """Numbers of matters that closed longer ago than the setting, by the data's own reach."""
    whole = register.read_register(store)
    wide = CohortSettings(after_end_days=settings.retention.after_close_days)
    kept = set(cohort(whole, [whole.observed_until], Task(), wide)["matter_id"].to_list())
    matter_of = standing(whole.links)
    return sorted(one for one in whole.matters["matter_id"].to_list() if matter_of.get(one, one) not in kept)
