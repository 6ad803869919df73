"""The monthly job: what it pins, who may run it, how a run is put on record, and what it gave."""

import os
import platform
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from data.errors import PetitionRiskError, StoreError
from data.settings import Settings
from data.store import runs, screenings
from data.store.by_part import AT_ONCE
from data.store.engine import Store
from data.store.screenings import Screening
from data.times import cutoff_day
from serving.drafting import Job, make_draft, try_list
from serving.held import LEASE, held
from serving.pinned import Pinned, pin
from serving.stages import SCREEN, Reached, Steps


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
    at_once: int = AT_ONCE,
    progress: Callable[[Reached], None] = lambda reached: None,
) -> Sweep:
    """Screen office `scope` and those below it at `cutoff` (UTC microseconds) on the latest batch.

    A second run of the same cutoff, scope, model and batch finds the first one's draft and changes nothing; after a
    run that died the next begins again under the same id, and nobody sees anything in between.  Without an approved
    model, or under the kill switch, the list goes by rules.  `at_once` versions of events are held at a time, which
    bounds memory and changes no list.  Raises NotAllowed for a bench-only register (G26) or a
    real one without impact assessment (G20), InputRefused for a cutoff beyond the data, LeaseHeld while another run
    is under way or has taken this one over, NotFound for an unknown office or an empty store.
    """
    pinned = pin(store, settings, state, cutoff=cutoff, scope=scope, now=clock())
    past = _seconds_before(store, scope)
    run_id = str(uuid4())
    holder = f"{by}@{platform.node()}:{os.getpid()}#{run_id[:8]}"

    def job(tell: Callable[[Reached], None]) -> Job:
        return Job(
            store=store,
            settings=settings,
            state=state,
            key=key,
            pinned=pinned,
            steps=Steps(stages=SCREEN, clock=clock, tell=tell, past=past),
            clock=clock,
            holder=holder,
            by=by,
            at_once=at_once,
        )

    if dry_run:
        screening, summary = try_list(job(progress))
        return Sweep(screening=screening, made=False, summary=summary)
    with held(store, LEASE, holder=holder, clock=clock):
        run = runs.Run(
            run_id=run_id, job=LEASE, cutoff=cutoff, scope=scope, asked_by=by, holder=holder, begun_at=clock()
        )
        runs.begin_run(store, run)

        def tell(reached: Reached) -> None:
            runs.note_stage(store, run_id, reached.as_dict())
            progress(reached)

        try:
            found = _made(store, pinned) or _make(job(tell))
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


def _make(job: Job) -> Sweep:
    screening, summary = make_draft(job)
    return Sweep(screening=screening, made=True, summary=summary)
