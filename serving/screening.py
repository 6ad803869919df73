"""The monthly job: what it pins, who may run it, its stages, and that a draft is issued whole or not at all."""

import os
import platform
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import polars as pl

from data.contract import Register
from data.errors import PetitionRiskError, StoreError
from data.settings import Settings
from data.store import desk_grades, lease, runs, screenings, shadows, snapshots
from data.store.audit import Entry, append_many
from data.store.engine import Store
from data.store.register import read_register
from data.store.screenings import FeatureLog, Screening
from data.times import cutoff_day
from data.whole_file import file_sha256, write_whole_by
from features.catalog import CATALOG
from features.cohort import refuse_future
from features.history import History, make_history
from features.timing import timing_of
from serving.held import held
from serving.kept_help import keep_help
from serving.office_rows import ensure_context
from serving.pinned import Pinned, pin
from serving.ranking import Ranked, list_entries, mode_of, rank, seen_by, summary_of
from serving.shadow import keep_comparisons, shadow_lists
from serving.since_last import flagged_before
from serving.stages import SCREEN, Reached, Steps
from training.sweep_list import list_hash

LEASE = "screen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """What a run of the job gave: the draft, whether this run made it, and its figures by office."""

    screening: Screening
    made: bool
    summary: dict[str, Any]

    def as_dict(self, time_zone: str) -> dict[str, Any]:
        """The outcome for JSON."""
        return {
            "screening_id": self.screening.screening_id,
            "cutoff": cutoff_day(self.screening.cutoff, time_zone).isoformat(),
            "scope": self.screening.scope,
            "mode": self.screening.mode,
            "model_version": self.screening.model_version,
            "batch_id": self.screening.batch_id,
            "list_hash": self.screening.list_hash,
            "made": self.made,
            **self.summary,
        }


def screen(
    store: Store,
    settings: Settings,
    state: Path,
    key: bytes,
    *,
    cutoff: int,
    scope: str,
    clock: Callable[[], int],
    by: str,
    dry_run: bool = False,
    progress: Callable[[Reached], None] = lambda reached: None,
) -> Sweep:
    """Screen office `scope` and those below it at `cutoff` (UTC microseconds) on the latest batch.

    A second run of the same cutoff, scope, model and batch finds the first one's draft and changes nothing; after a
    run that died the next begins again under the same id, and nobody sees anything in between.  Without an approved
    model, or under the kill switch, the list goes by rules.  Raises NotAllowed for a bench-only register (G26) or a
    real one without impact assessment (G20), InputRefused for a cutoff beyond the data, LeaseHeld while another run
    is under way or has taken this one over, NotFound for an unknown office or an empty store.
    """
    pinned = pin(store, settings, state, cutoff=cutoff, scope=scope, now=clock())
    past = _seconds_before(store, scope)
    if dry_run:
        return _try(store, settings, pinned, Steps(stages=SCREEN, clock=clock, tell=progress, past=past), clock, by)
    run_id = str(uuid4())
    holder = f"{by}@{platform.node()}:{os.getpid()}#{run_id[:8]}"
    with held(store, LEASE, holder=holder, clock=clock):
        run = runs.Run(
            run_id=run_id, job=LEASE, cutoff=cutoff, scope=scope, asked_by=by, holder=holder, begun_at=clock()
        )
        runs.begin_run(store, run)

        def tell(reached: Reached) -> None:
            runs.note_stage(store, run_id, reached.as_dict())
            progress(reached)

        steps = Steps(stages=SCREEN, clock=clock, tell=tell, past=past)
        try:
            found = _made(store, pinned) or _make(store, settings, state, key, pinned, steps, clock, holder, by)
        except PetitionRiskError as refused:
            outcome = {"code": refused.code, "zh": refused.zh, "en": refused.en}
            _end(store, run_id, clock(), "failed", outcome)
            raise
        outcome = {"screening_id": found.screening.screening_id, "made": found.made}
        _end(store, run_id, clock(), "done", outcome)
        return found


def _end(store: Store, run_id: str, at: int, state: runs.State, outcome: dict[str, Any]) -> None:
    """Note how a run ended; a disk too full for the note must not hide what happened."""
    with suppress(StoreError):
        runs.end_run(store, run_id, at=at, state=state, outcome=outcome)


def _seconds_before(store: Store, scope: str) -> dict[str, float]:
    """Seconds by stage of the last list made for a scope: what the estimate goes by."""
    for last in screenings.read_screenings(store, scopes=[scope], limit=1):
        return dict((last.summary or {}).get("seconds", {}))
    return {}


def _made(store: Store, pinned: Pinned) -> Sweep | None:
    """The draft an earlier run made of the same cutoff, scope, model and batch."""
    draft = screenings.find_made(
        store,
        cutoff=pinned.cutoff,
        scope=pinned.scope,
        batch_id=pinned.batch_id,
        model_version=pinned.version,
    )
    return None if draft is None else Sweep(screening=draft, made=False, summary=dict(draft.summary or {}))


def _try(store: Store, settings: Settings, pinned: Pinned, steps: Steps, clock: Callable[[], int], by: str) -> Sweep:
    """The list as it would be; nothing is written, so no lease is needed."""
    steps.enter("read")
    register = read_register(store, batch_id=pinned.batch_id)
    refuse_future(register, pinned.cutoff)
    history = make_history(register)
    steps.enter("context")
    context = ensure_context(store, settings, batch_id=pinned.batch_id, register=register, history=history, keep=False)
    ranked, _ = _ranked(store, settings, pinned, register, history, context, steps)
    screening = Screening(
        screening_id="dry-run",
        cutoff=pinned.cutoff,
        scope=pinned.scope,
        batch_id=pinned.batch_id,
        model_version=pinned.version,
        mode=mode_of(pinned.champion),
        state="running",
        settings={},
        created_at=clock(),
        created_by=by,
        demo=pinned.demo,
        list_hash=list_hash(ranked.entries),
    )
    summary = summary_of(ranked, pinned.notice) | {"seconds": steps.leave()}
    return Sweep(screening=screening, made=False, summary=summary)


def _ranked(
    store: Store,
    settings: Settings,
    pinned: Pinned,
    register: Register,
    history: History,
    context: pl.DataFrame,
    steps: Steps,
) -> tuple[Ranked, int]:
    """The list, and the last desk grade it may have looked at: with that number it can be made again."""
    last = desk_grades.last_grade(store)
    desk = desk_grades.standing_before(store, pinned.cutoff, up_to=last)
    champion, cutoff, offices = pinned.champion, pinned.cutoff, pinned.offices
    return rank(register, history, context, settings, champion, cutoff, offices, steps.enter, desk), last


def _make(
    store: Store,
    settings: Settings,
    state: Path,
    key: bytes,
    pinned: Pinned,
    steps: Steps,
    clock: Callable[[], int],
    holder: str,
    by: str,
) -> Sweep:
    """Make the draft, every write under the lease; until the last one nobody sees anything of it."""
    steps.enter("read")
    register = read_register(store, batch_id=pinned.batch_id)
    refuse_future(register, pinned.cutoff)
    history = make_history(register)
    _clear_dead(store, state, holder)
    steps.enter("context")
    context = ensure_context(store, settings, batch_id=pinned.batch_id, register=register, history=history)
    with lease.fenced(store, LEASE, holder=holder):
        begun = screenings.begin_screening(
            store,
            cutoff=pinned.cutoff,
            scope=pinned.scope,
            batch_id=pinned.batch_id,
            model_version=pinned.version,
            settings=settings.model_dump(mode="json", include={"cohort", "sweep", "clock"}),
            now=clock(),
            by=by,
            demo=pinned.demo,
        )
    ranked, graded = _ranked(store, settings, pinned, register, history, context, steps)
    steps.enter("entries")
    before = flagged_before(store, pinned.offices, pinned.cutoff, pinned.tree)
    entries = list_entries(history, ranked, pinned.cutoff, before, timing=timing_of(settings.clock))
    steps.enter("log")
    log = _write_log(state, begun.screening_id, ranked.log)
    used = CATALOG if ranked.champion is None else ranked.champion.feature_set
    lists, told = shadow_lists(store, settings, state, register, ranked.log, used=used, context=context)
    steps.enter("write")
    for start in range(0, len(entries), screenings.CHUNK):
        with lease.fenced(store, LEASE, holder=holder):
            screenings.write_entries(store, begun.screening_id, entries[start : start + screenings.CHUNK])
    for lot in snapshots.chunks(seen_by(ranked)):
        with lease.fenced(store, LEASE, holder=holder):
            snapshots.write_snapshots(store, begun.screening_id, lot)
    with lease.fenced(store, LEASE, holder=holder):
        screenings.log_features(store, begun.screening_id, log)
        for version, listed in lists.items():
            shadows.write_shadow(store, begun.screening_id, version, listed)
    steps.enter("issue")
    summary = summary_of(ranked, pinned.notice) | told | {"desk_grades": graded}
    identity = list_hash(ranked.entries)
    summary["seconds"] = steps.leave()
    entry = Entry(
        at=clock(),
        user_id=by,
        action="screen",
        office_id=pinned.scope,
        detail={"screening_id": begun.screening_id, "list_hash": identity, "mode": begun.mode},
    )
    with lease.fenced(store, LEASE, holder=holder):  # the draft and its record appear together, or neither does
        draft = screenings.issue_draft(store, begun.screening_id, list_hash=identity, summary=summary)
        append_many(store, key, [entry])
    keep_comparisons(store, settings, state, register)
    keep_help(store, settings.label, register)
    return Sweep(screening=draft, made=True, summary=summary)


def _clear_dead(store: Store, state: Path, holder: str) -> None:
    """Remove what runs that died left hidden, of other batches or models too: under the lease nobody else runs."""
    for screening_id in screenings.unfinished(store):
        (state / _log_path(screening_id)).unlink(missing_ok=True)
        with lease.fenced(store, LEASE, holder=holder):
            screenings.drop_running(store, screening_id)


def _log_path(screening_id: str) -> Path:
    return Path("screenings") / f"{screening_id}.parquet"


def _write_log(state: Path, screening_id: str, log: pl.DataFrame) -> FeatureLog:
    """The feature values the list was made from, as a Parquet file: whole under its name, or not there."""
    path = _log_path(screening_id)
    write_whole_by(state / path, log.write_parquet)
    return FeatureLog(path=path.as_posix(), sha256=file_sha256(state / path), rows=log.height)
