"""How long the monitors take over a large register with two years of lists, and how much memory."""

import resource
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from data.settings import Settings
from data.store import register, screenings
from data.store.audit import load_or_create_key
from data.store.batches import latest_batch
from data.store.engine import open_store
from data.task import Task
from data.whole_file import file_sha256
from features.context import office_context
from features.history import make_history
from features.timing import timing_of
from monitoring.drift import reference_summary
from serving.bench.apart import apart
from serving.bench.memory import peak_mib
from serving.bench.open_register import COPIES_A_BATCH, own_id, slice_of
from serving.bench.registers import BASE
from serving.bench.result import BenchResult, Measured
from serving.bench.screen import SCOPE, prepare
from serving.champion import Champion
from serving.dead_runs import log_path
from serving.feature_log import append_to
from serving.pinned import pin
from serving.ranking import Asked, Looked, look_at, ranked
from serving.training_run import write_json
from training.labels import months_of

#: The goal is of so many matters; a smaller register has its share of the seconds, and the same memory.
FULL = 1_000_000
LISTS = 24
_GOAL_S, _GOAL_MIB = 60.0, 3072.0
_EVENTS = 8.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of the monitors: seconds by the clock and of both cores' work, peak MiB, lists and findings."""

    seconds: float
    worked: float
    peak: float
    lists: int
    findings: int


def make_lists(folder: Path, seed: int, matters: int, base: int, count: int) -> int:
    """A list of the whole province at each of the last `count` month-ends; how many were made.

    What `fill` repeats is looked at once by the path of the monthly job, and its rows repeated like the matters; the
    list is that of all of them, without the reasons of its entries, which the monitors do not read.
    """
    settings = Settings()
    part, opened = slice_of(seed, _EVENTS, base)
    copies = -(-matters // opened)
    store = open_store(f"sqlite:///{folder / 'petition-risk.db'}")
    history, made = make_history(part), months_of(part)
    context = office_context(part, made, Task(), settings.cohort, timing=timing_of(settings.clock), history=history)
    batch_id = latest_batch(store)
    register.write_context(store, context.filter(pl.col("month_end") == made[-1]), batch_id=batch_id)
    pinned = pin(store, settings, folder, cutoff=made[-1], scope=SCOPE, now=part.observed_until)
    made = made[-count:]
    for cutoff in made:
        asked = Asked(cutoff=cutoff, offices=pinned.offices, champion=pinned.champion, settings=settings)
        looked = look_at(part, context, asked, history=history)
        if cutoff == made[0] and pinned.champion is not None:
            _keep_reference(folder, pinned.champion, looked)
        screening = screenings.begin_screening(
            store,
            cutoff=cutoff,
            scope=SCOPE,
            batch_id=batch_id,
            model_version=pinned.version,
            settings=settings.model_dump(mode="json", include={"cohort", "sweep", "clock"}),
            now=part.observed_until,
            by="bench",
            demo=True,
        )
        path = log_path(screening.screening_id)
        (folder / path).parent.mkdir(exist_ok=True)
        with append_to(folder / path) as append:
            # As many rows to a part of the file as a part of the register gives.
            for first in range(0, copies, COPIES_A_BATCH):
                append(
                    pl.concat(_own(looked.log, number) for number in range(first, min(first + COPIES_A_BATCH, copies)))
                )
        log = screenings.FeatureLog(
            path=path.as_posix(), sha256=file_sha256(folder / path), rows=copies * looked.log.height
        )
        found = ranked(part, [_own(looked.candidates, number) for number in range(copies)], asked)
        screenings.write_entries(store, screening.screening_id, map(_entry, found.entries.iter_rows(named=True)))
        screenings.log_features(store, screening.screening_id, log)
        screenings.issue_draft(store, screening.screening_id, list_hash="bench", summary={})
    store.close()
    return len(made)


def _keep_reference(folder: Path, champion: Champion, looked: Looked) -> None:
    """What a training would have kept of its rows, made of the first list's: what drift is held against."""
    features = looked.log.select("matter_id", "cutoff", *champion.feature_set.names)
    summary = reference_summary(features, looked.log["margin_nano"].to_numpy() / 1e9)
    path = folder / "models" / str(champion.version) / "reference.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, summary)


def _own(rows: pl.DataFrame, number: int) -> pl.DataFrame:
    return rows.with_columns(own_id("matter_id", number))


def _entry(row: dict[str, Any]) -> screenings.ListEntry:
    names = ("office_id", "matter_id", "part", "rank", "margin_nano", "points", "band")
    return screenings.ListEntry(inclusion_probability=row["inclusion"], **{name: row[name] for name in names})


def look_once(folder: Path) -> Run:
    """The monitors over everything the folder holds, as the verb runs them."""
    from serving.clock import now
    from serving.monitor_run import run_monitor

    store = open_store(f"sqlite:///{folder / 'petition-risk.db'}")
    key = load_or_create_key(folder / "audit.key")
    as_of = register.read_batches(store)[0].batch.observed_until
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    report = run_monitor(store, Settings(), folder, key, as_of=as_of, now=now(), by="bench")
    after = resource.getrusage(resource.RUSAGE_SELF)
    store.close()
    rows = report.as_dict()["tables"]["past_lists"]
    return Run(
        seconds=time.perf_counter() - began,
        worked=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        peak=peak_mib(),
        lists=len(rows),
        findings=len(report.findings),
    )


def run_bench(*, seed: int, matters: int, lists: int = LISTS, base: int = BASE) -> BenchResult:
    """The bench with the goals of the issue, in proportion where the register is smaller; the monitors run apart.

    `base` is the size of the register that is repeated.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        held = apart(prepare, folder, seed, matters, _EVENTS, base)
        made = apart(make_lists, folder, seed, matters, base, lists)
        found = apart(look_once, folder)
    told = f"{held['matters']} matters, {held['events']} events, {held['offices']} offices, {made} lists"
    share = min(1.0, matters / FULL)
    less = "" if matters >= FULL else f"goal in proportion: {_GOAL_S:.0f} s for {FULL:,} matters; {told}"
    return BenchResult(
        bench="monitor",
        seed=[seed],
        figures=[
            Measured(
                name="monitors end to end",
                value=found.seconds,
                unit="s",
                goal=_GOAL_S * share,
                above=False,
                note=less or told,
            ),
            Measured(name="of both cores", value=found.worked, unit="s"),
            Measured(
                name="peak memory",
                value=found.peak,
                unit="MiB",
                goal=_GOAL_MIB,
                above=False,
                note="" if matters >= FULL else f"the goal is for {FULL:,} matters and not divided",
            ),
            Measured(name="lists looked at", value=found.lists, unit="lists"),
            Measured(name="findings", value=found.findings, unit="findings"),
        ],
    )
