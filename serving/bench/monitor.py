"""How long the monitors take over a large register with two years of lists, and how much memory."""

import resource
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from data.settings import Settings
from data.store import register
from data.store.audit import load_or_create_key
from data.store.engine import open_store
from data.times import DAY_US
from serving.bench.apart import apart
from serving.bench.memory import peak_mib
from serving.bench.registers import BASE
from serving.bench.result import BenchResult, Measured
from serving.bench.screen import SCOPE, prepare
from training.labels import month_ends

#: The goal is of so many matters; a smaller register has its share of the seconds, and the same memory.
FULL = 1_000_000
LISTS = 24
_GOAL_S, _GOAL_MIB = 60.0, 3072.0
_EVENTS = 8.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """One run of the monitors: seconds by the clock and of both cores' work, peak MiB, lists and findings."""

    seconds: float
    worked: float
    peak: float
    lists: int
    findings: int


def make_lists(folder: Path, count: int) -> int:
    """A list of the whole province at each of the last `count` month-ends; how many were made."""
    from serving.clock import now
    from serving.screening import screen

    store = open_store(f"sqlite:///{folder / 'petition-risk.db'}")
    until = register.read_batches(store)[0].batch.observed_until
    key = load_or_create_key(folder / "audit.key")
    made = month_ends(until - (count + 1) * 31 * DAY_US, until, Settings().time_zone)[-count:]
    for cutoff in made:
        screen(store, Settings(), folder, key, cutoff=cutoff, scope=SCOPE, clock=now, by="bench")
    store.close()
    return len(made)


def look_once(folder: Path) -> Looked:
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
    return Looked(
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
        made = apart(make_lists, folder, lists)
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
