"""How a list comes to be: the register looked at part by part, ranked, told, written under the lease, issued in one.

Until its last write nobody sees anything of a draft.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from data.contract import Register
from data.settings import Settings
from data.store import desk_grades, lease, screenings, shadows, snapshots
from data.store.audit import Entry, append_many
from data.store.by_part import Parts, read_parts
from data.store.engine import Store
from data.store.screenings import FeatureLog, Screening
from data.whole_file import file_sha256, write_whole_by
from features.cohort import refuse_future
from features.history import History
from serving.dead_runs import clear_dead, log_path
from serving.entry_lines import columns_told, list_entries
from serving.feature_log import append_to, read_log
from serving.held import LEASE
from serving.histories import Histories
from serving.kept_help import waiting_for_help
from serving.office_rows import ensure_context
from serving.pinned import Pinned
from serving.ranking import Asked, Looked, Ranked, look_at, mode_of, ranked, seen_by, summary_of
from serving.shadow import in_shadow, keep_comparisons
from serving.since_last import flagged_before
from serving.stages import Steps
from training.sweep_list import list_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One run: what it is about, for whom, and by what it holds the lease."""

    store: Store
    settings: Settings
    state: Path
    key: bytes
    pinned: Pinned
    steps: Steps
    clock: Callable[[], int]
    holder: str
    by: str
    at_once: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begun:
    """What a run has found out before it looks at any matter; `graded`: the last desk grade it may have looked at."""

    histories: Histories
    context: pl.DataFrame
    asked: Asked
    graded: int


def try_list(job: Job) -> tuple[Screening, dict[str, Any]]:
    """The list as it would be, and its figures; nothing is written, so no lease is needed."""
    histories = Histories(_parts(job))
    histories.hold()
    begun = _begin(job, histories, keep=False)
    kept = [looked.candidates for _, _, looked in _each(job, begun)]
    job.steps.enter("list")
    found = ranked(begun.histories.head, kept, begun.asked)
    pinned = job.pinned
    screening = Screening(
        screening_id="dry-run",
        cutoff=pinned.cutoff,
        scope=pinned.scope,
        batch_id=pinned.batch_id,
        model_version=pinned.version,
        mode=mode_of(pinned.champion),
        state="running",
        settings={},
        created_at=job.clock(),
        created_by=job.by,
        demo=pinned.demo,
        list_hash=list_hash(found.entries),
    )
    return screening, summary_of(found, pinned.notice) | {"seconds": job.steps.leave()}


def make_draft(job: Job) -> tuple[Screening, dict[str, Any]]:
    """Make the draft, every write under the lease; the draft and its figures."""
    store, settings, state, pinned, steps = job.store, job.settings, job.state, job.pinned, job.steps
    parts = _parts(job)
    waiting = waiting_for_help(store, settings.label, parts.head, cutoff=pinned.cutoff)
    histories = Histories(parts, at_first=waiting.look_at)
    histories.hold()
    clear_dead(store, state, holder=job.holder)
    begun = _begin(job, histories, keep=True)
    with lease.fenced(store, LEASE, holder=job.holder):
        screening = screenings.begin_screening(
            store,
            cutoff=pinned.cutoff,
            scope=pinned.scope,
            batch_id=pinned.batch_id,
            model_version=pinned.version,
            settings=settings.model_dump(mode="json", include={"cohort", "sweep", "clock"}),
            now=job.clock(),
            by=job.by,
            demo=pinned.demo,
        )
    screening_id = screening.screening_id
    path = log_path(screening_id)
    shadowing = in_shadow(store, state)
    kept, scores, grades = list[pl.DataFrame](), list[Mapping[int, pl.DataFrame]](), dict[str, int]()

    def look(log: Path) -> None:
        with append_to(log) as append:
            for part, history, looked in _each(job, begun):
                scores.append(shadowing.scores(part, history, looked, begun.asked, begun.context))
                steps.enter("log")
                append(looked.log)
                kept.append(looked.candidates)
                grades.update(looked.grades)

    write_whole_by(state / path, look)
    rows = sum(frame.height for frame in kept)
    log = FeatureLog(path=path.as_posix(), sha256=file_sha256(state / path), rows=rows)
    steps.within(0, 0)
    steps.enter("list")
    found = ranked(begun.histories.head, kept, begun.asked)
    lists = shadowing.lists(found.candidates, scores, settings)
    _write(job, screening_id, begun.asked, found, grades)
    with lease.fenced(store, LEASE, holder=job.holder):
        screenings.log_features(store, screening_id, log)
        for version, listed in lists.items():
            shadows.write_shadow(store, screening_id, version, listed)
    steps.enter("issue")
    summary = summary_of(found, pinned.notice) | shadowing.summary | {"desk_grades": begun.graded}
    identity = list_hash(found.entries)
    summary["seconds"] = steps.leave()
    entry = Entry(
        at=job.clock(),
        user_id=job.by,
        action="screen",
        office_id=pinned.scope,
        detail={"screening_id": screening_id, "list_hash": identity, "mode": screening.mode},
    )
    with lease.fenced(store, LEASE, holder=job.holder):  # the draft and its record appear together, or neither does
        draft = screenings.issue_draft(store, screening_id, list_hash=identity, summary=summary)
        append_many(store, job.key, [entry])
    keep_comparisons(store, settings, state, parts)
    waiting.keep(screening_id, found.candidates)
    return draft, summary


def _parts(job: Job) -> Parts:
    job.steps.enter("read")
    parts = read_parts(job.store, batch_id=job.pinned.batch_id, at_once=job.at_once)
    refuse_future(parts.head, job.pinned.cutoff)
    return parts


def _begin(job: Job, histories: Histories, *, keep: bool) -> _Begun:
    """The office context, and what the list is asked for."""
    steps, pinned = job.steps, job.pinned
    steps.enter("context")
    context = ensure_context(
        job.store, job.settings, batch_id=pinned.batch_id, histories=histories, keep=keep, tell=_teller(job, histories)
    )
    last = desk_grades.last_grade(job.store)
    asked = Asked(
        cutoff=pinned.cutoff,
        offices=pinned.offices,
        champion=pinned.champion,
        settings=job.settings,
        desk=desk_grades.standing_before(job.store, pinned.cutoff, up_to=last),
    )
    return _Begun(histories=histories, context=context, asked=asked, graded=last)


def _teller(job: Job, histories: Histories) -> Callable[[int], None]:
    """Says which part the office context has come to, where there are several."""

    def tell(number: int) -> None:
        if histories.parts.count > 1:
            job.steps.within(number, histories.parts.count)
            job.steps.enter("context")

    return tell


def _each(job: Job, begun: _Begun) -> Iterator[tuple[Register, History, Looked]]:
    """Every part of the register with its history and what was seen of it."""
    steps, of = job.steps, begun.histories.parts.count
    steps.within(1, of)
    if of > 1:
        steps.enter("read")
    for number, (part, history) in enumerate(begun.histories, 1):
        yield part, history, look_at(part, begun.context, begun.asked, steps.enter, history)
        if number < of:
            steps.within(number + 1, of)
            steps.enter("read")


def _write(job: Job, screening_id: str, asked: Asked, found: Ranked, grades: Mapping[str, int]) -> None:
    """Write the entries and what was looked at, hidden, a few milliseconds at a time."""
    store, steps, pinned = job.store, job.steps, job.pinned
    steps.enter("entries")
    before = flagged_before(store, pinned.offices, pinned.cutoff, pinned.tree)
    listed = found.entries["matter_id"]
    for number, (of, log) in enumerate(read_log(job.state / log_path(screening_id), columns_told(asked), listed), 1):
        steps.within(number, of)
        if number > 1:
            steps.enter("entries")
        entries = list(list_entries(found, log, asked, before, grades))
        steps.enter("write")
        for start in range(0, len(entries), screenings.CHUNK):
            with lease.fenced(store, LEASE, holder=job.holder):
                screenings.write_entries(store, screening_id, entries[start : start + screenings.CHUNK])
    steps.within(0, 0)
    steps.enter("write")
    for lot in snapshots.chunks(seen_by(found)):
        with lease.fenced(store, LEASE, holder=job.holder):
            snapshots.write_snapshots(store, screening_id, lot)
