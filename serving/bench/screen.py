"""How long the monthly job takes, stage by stage, for a province and far beyond, and whether pages wait for it."""

import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from data.settings import Settings
from data.store import register, users
from data.store.audit import load_or_create_key
from data.store.engine import Store, migrate, open_store
from data.store.slowed import slow_commits
from data.store.users import User, UserRole
from data.times import DAY_US
from serving.bench.any_model import use_any_model
from serving.bench.apart import apart
from serving.bench.memory import peak_mib
from serving.bench.open_register import fill
from serving.bench.registers import BASE
from serving.bench.result import BenchResult, Measured

SCOPE = "P00"
#: Events of a matter: a province keeps ended ones too, the stress is nearly all open.
_PROVINCE_EVENTS, _STRESS_EVENTS = 20.0, 8.3
_PAGES = 60
_COMMIT_S = 0.005
_PEOPLE = {"head": UserRole.PETITION_HEAD, "steward": UserRole.STEWARD, "approver": UserRole.APPROVER}


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One run: seconds by stage and in all (workbooks: their seconds and number), peak MiB, what was listed."""

    stages: dict[str, float]
    seconds: float
    export: float
    workbooks: int
    peak: float
    cohort: int
    entries: int


def prepare(folder: Path, seed: int, matters: int, events: float, base: int) -> dict[str, int]:
    """A state directory with a filled store, a model in use and an account that reads pages."""
    store = _opened(folder)
    migrate(store)
    held = fill(store, seed, matters, events, base)
    county = _county(store)
    for name, role in _PEOPLE.items():
        person = User(
            user_id=name,
            display_name=name,
            role=role,
            password_hash="none",  # noqa: S106 - nobody signs in with it
            office_id=county,
            must_change=False,
        )
        users.add_user(store, person)
    until = register.read_batches(store)[0].batch.observed_until
    use_any_model(store, folder, proposer="steward", approver="approver", at=until)
    store.close()
    return held


def run_job(folder: Path, *, export: bool, slow: bool = False, back: int = 0, by: str = "bench") -> Job:
    """Screen the whole store at its last day or days before, and write a workbook for every office."""
    from serving.clock import now
    from serving.export import Recipient
    from serving.screening import screen
    from serving.workbooks import Copies, entries_of, write_workbooks

    store = _opened(folder)
    if slow:
        slow_commits(store, _COMMIT_S)
    until = register.read_batches(store)[0].batch.observed_until - back * DAY_US
    key = load_or_create_key(folder / "audit.key")
    began = time.perf_counter()
    found = screen(store, Settings(), folder, key, cutoff=until, scope=SCOPE, clock=now, by=by)
    made = time.perf_counter()
    copies = Copies(
        screening_id=found.screening.screening_id,
        recipient=Recipient.PETITION_DEPARTMENT,
        purpose="bench",
        user=by,
        now=now(),
        language="zh",
        time_zone=Settings().time_zone,
    )
    files = write_workbooks(store, key, entries_of(found.summary["offices"]), folder, copies) if export else []
    done = time.perf_counter()
    store.close()
    return Job(
        stages=found.summary["seconds"],
        seconds=done - began,
        export=done - made,
        workbooks=len(files),
        peak=peak_mib(),
        cohort=found.summary["cohort"],
        entries=found.summary["entries"],
    )


def page_times(folder: Path, *, slow: bool, at_least: int) -> tuple[float, float]:
    """The 95th percentile of a list page, in milliseconds, alone and while the job runs beside the service.

    A list must stand already; the job beside it is one for a day before.
    """
    from serving.app import create_app
    from serving.clock import now
    from serving.sessions import start_session

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from starlette.testclient import TestClient

    store = _opened(folder)
    if slow:
        slow_commits(store, _COMMIT_S)
    person = users.find_user(store, "head")
    assert person is not None  # noqa: S101 - made by `prepare`
    settings = Settings()
    client: Any = TestClient(create_app(store, settings, folder, now))
    client.cookies.set("pr_session", start_session(store, person, settings.service, now=now()))

    def page() -> None:
        client.get("/list").raise_for_status()

    page()
    alone = _p95(page, lambda: False, at_least)
    child = get_context("spawn").Process(target=_beside, args=(folder, slow))
    child.start()
    beside = _p95(page, child.is_alive, at_least)
    child.join()
    client.close()
    store.close()
    return alone, beside


def run_screen(
    *, seed: int, matters: int, full: bool, pages: bool, base: int = BASE, at_least: int = _PAGES
) -> BenchResult:
    """The bench with the goals of the issue; a process of its own for every run.

    `base` is the size of the register that is repeated, `at_least` how many pages are asked for.
    """
    figures = _sized(
        seed,
        matters,
        _PROVINCE_EVENTS,
        goal_s=30.0,
        goal_mib=2048.0,
        export=True,
        pages=at_least if pages else 0,
        base=base,
    )
    if full:
        figures += _sized(seed, 1_000_000, _STRESS_EVENTS, goal_s=60.0, goal_mib=4096.0)
        figures += _sized(seed, 2_000_000, _STRESS_EVENTS)
    return BenchResult(bench="screen", seed=[seed], figures=figures)


def _sized(
    seed: int,
    matters: int,
    events: float,
    *,
    goal_s: float | None = None,
    goal_mib: float | None = None,
    export: bool = False,
    pages: int = 0,
    base: int = BASE,
) -> list[Measured]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        held = apart(prepare, folder, seed, matters, events, base)
        job = apart(run_job, folder, export=export)
        told = f"{held['open']} open of {held['matters']} matters, {held['events']} events, {held['offices']} offices"
        size = f"{matters:,} open: "
        figures = [
            Measured(name=f"{size}end to end", value=job.seconds, unit="s", goal=goal_s, above=False, note=told),
            Measured(name=f"{size}peak memory", value=job.peak, unit="MiB", goal=goal_mib, above=False),
            *(Measured(name=f"{size}{stage}", value=seconds, unit="s") for stage, seconds in job.stages.items()),
            Measured(name=f"{size}listed", value=job.entries, unit="matters", note=f"of {job.cohort} screened"),
        ]
        if export:
            figures.append(Measured(name=f"{size}xlsx", value=job.export, unit="s", note=f"{job.workbooks} workbooks"))
        for slow in (False, True) if pages else ():
            alone, beside = apart(page_times, folder, slow=slow, at_least=pages)
            how = "5 ms a commit" if slow else "as it is"
            figures += [
                Measured(name=f"{size}list page p95, {how}, alone", value=alone, unit="ms"),
                Measured(name=f"{size}list page p95, {how}, job beside", value=beside, unit="ms"),
            ]
        return figures


def _beside(folder: Path, slow: bool) -> None:
    """The job for another day, so that no draft of it stands."""
    run_job(folder, export=False, slow=slow, back=2 if slow else 1)


def _p95(page: Callable[[], None], going: Callable[[], bool], at_least: int) -> float:
    """In milliseconds, of `at_least` pages and as many as fit while something goes on, ten a second."""
    taken: list[float] = []
    while len(taken) < at_least or going():
        began = time.perf_counter()
        page()
        taken.append((time.perf_counter() - began) * 1000)
        time.sleep(max(0.0, 0.1 - taken[-1] / 1000))
    return statistics.quantiles(taken, n=20)[-1]


def _opened(folder: Path) -> Store:
    folder.mkdir(parents=True, exist_ok=True)
    return open_store(f"sqlite:///{folder / 'petition-risk.db'}")


def _county(store: Store) -> str:
    offices = register.read_offices(store)
    return next(row["office_id"] for row in offices.iter_rows(named=True) if row["level"] == "county")
