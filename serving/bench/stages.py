"""Where the time of an import goes, stage by stage, measured in a process of its own."""

import importlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

from data.errors import InputRefused
from serving.bench.apart import apart
from serving.bench.memory import peak_mib

#: Stage → the functions whose time belongs to it, where they are called from; the innermost one counts.
STAGES: dict[str, tuple[tuple[str, str], ...]] = {
    "read": (("data.ingest.read", "read_tables"),),
    "gate": (
        ("data.ingest.rows", "gate_numbers"),
        ("data.ingest.log", "gate_numbers"),
        ("data.ingest.wide", "gate_numbers"),
        ("data.ingest.ledger", "gate_numbers"),
        ("data.ingest.ledger", "gate_codes"),
        ("data.ingest.ledger", "gate_units"),
        ("data.ingest.facts", "gate"),
    ),
    "rows against each other": (
        ("data.ingest.ledger", "sift_across"),
        ("data.ingest.log", "sift_across"),
        ("data.ingest.wide", "sift_across"),
    ),
    "map and check": (("data.ingest.run", "read_source"),),
    "reconcile": (("data.store.imports", "reconcile_events"), ("data.store.imports", "reconcile_attributes")),
    "write": (("data.store.inserts", "insert_versions"), ("data.store.inserts", "insert")),
    "store the rest": (("data.ingest.run", "write_batch"),),
    "quality report": (("data.ingest.run", "make_quality"),),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One measured import: seconds by stage and in all, peak memory in MiB, rows taken, opened anew and sent back."""

    seconds: dict[str, float]
    total: float
    peak: float
    matters: int
    events: int
    attributes: int
    rejected: int
    unknown: int
    kept_out: int
    opened: int


class Stopwatch:
    """Seconds by stage; a stage inside another stops its clock."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = dict.fromkeys(STAGES, 0.0)
        self._running: list[str] = []
        self._since = 0.0

    def _lap(self) -> None:
        now = time.perf_counter()
        if self._running:
            self.seconds[self._running[-1]] += now - self._since
        self._since = now

    def around(self, function: Callable[..., Any], stage: str) -> Callable[..., Any]:
        """The function, its time counted under a stage."""

        @wraps(function)
        def timed(*args: Any, **named: Any) -> Any:
            self._lap()
            self._running.append(stage)
            try:
                return function(*args, **named)
            finally:
                self._lap()
                self._running.pop()

        return timed


def measure_import(path: Path, mapping: str, offices: Path, folder: Path) -> Import:
    """Import a file into the store in `folder`, made where there is none, in a process of its own; say what it cost.

    Raises InputRefused as the import does.
    """
    return apart(_measured, path, mapping, offices, folder)


def _measured(path: Path, mapping: str, offices: Path, folder: Path) -> Import:
    import polars as pl

    from data.contract import Offices
    from data.ingest.run import ingest
    from data.mapping import load_mapping
    from data.store.engine import migrate, open_store
    from data.store.imports import write_offices
    from serving.clock import now

    folder.mkdir(parents=True, exist_ok=True)
    store = open_store(f"sqlite:///{(folder / 'petition-risk.db').resolve()}")
    migrate(store)
    write_offices(store, Offices.validate(pl.read_csv(offices, infer_schema=False), cast=True))
    watch = Stopwatch()
    for stage, places in STAGES.items():
        for module, name in places:
            owner = importlib.import_module(module)
            setattr(owner, name, watch.around(getattr(owner, name), stage))
    run: Callable[..., Any] = ingest
    began = time.perf_counter()
    report = run(store, path, load_mapping(mapping), now=now(), user="bench", demo=True)
    total = time.perf_counter() - began
    store.engine.dispose()
    outcome = report.outcome
    if outcome is None:
        raise InputRefused("bench_empty", "评测文件未能导入", "nothing of the bench file was taken in")
    return Import(
        seconds=watch.seconds,
        total=total,
        peak=peak_mib(),
        matters=report.drafts.matters.height,
        events=report.drafts.events.height,
        attributes=report.drafts.attributes.height,
        rejected=report.rejected_rows,
        unknown=report.drafts.left_out,
        kept_out=len(report.drafts.forbidden),
        opened=sum(rows.first + rows.corrected + rows.returned for rows in (outcome.events, outcome.attributes)),
    )
