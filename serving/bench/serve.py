"""How fast the service answers under load, what an answer costs, and how it compares with MLflow's own server."""

import json
import os
import shutil
import socket
import sqlite3
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import httpx
import numpy as np
import polars as pl

from data.errors import UsageError
from data.settings import Settings
from data.store import models, register, screenings, users
from data.store.engine import Store, open_store
from data.store.screenings import read_screenings
from data.store.users import UserRole
from data.task import Task
from features.cohort import cohort
from serving.bench import screen
from serving.bench.load import Target, cpu_seconds, largest_mib, load, ours, serving
from serving.bench.registers import BASE
from serving.bench.result import BenchResult, Measured
from serving.champion import load_champion
from serving.clock import now
from serving.sessions import start_session

_CLIENTS = 16
_WORKERS = 2
_STARTS = 3
_EVENTS = 8.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Who asks in the bench, and about which matters."""

    cookie: str
    matters: list[str]


def run_serve(state: Path, *, seed: int, seconds: int, matters: int, base: int = BASE) -> BenchResult:
    """The bench on a copy of a demonstration's state, which holds a model in use; nothing of the state is changed.

    `matters`: open matters of the large store of the list page, 0 leaves it out.  Raises UsageError without a model.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        own = copied(state, folder / "state")
        figures = [*_scores(folder, own, seconds), *_rows(folder, own, seconds)]
        if matters:
            figures += _pages(folder, seed, matters, seconds, base)
    return BenchResult(bench="serve", seed=[seed], figures=figures)


def copied(state: Path, to: Path) -> Path:
    """A copy of a state directory; the database by its own means, so that a running service does not matter."""
    source = state / "petition-risk.db"
    store = open_store(f"sqlite:///{source}") if source.is_file() else None
    if store is None or models.champion(store) is None:
        raise UsageError(
            "bench_no_model",
            "该目录没有在用模型；请先运行 petition-risk demo --no-serve，再用 --state 指定其目录",
            "there is no model in use here; run petition-risk demo --no-serve first and give its --state",
        )
    store.close()
    shutil.copytree(state, to, ignore=shutil.ignore_patterns("petition-risk.db*", "synthetic"))
    with sqlite3.connect(source) as before, sqlite3.connect(to / "petition-risk.db") as after:
        before.backup(after)
    # The volume of an office would end the load after twice its open matters.
    (to / "bench.toml").write_text("demo = true\n", encoding="utf-8")
    return to


def _scores(folder: Path, state: Path, seconds: int) -> list[Measured]:
    who = who_asks(state)
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    one_worker = our_command(state, port, 1)
    with serving(one_worker, f"{base}/readyz") as (pid, _):
        started = largest_mib(pid)
        first = _first_asks(base, who)
    starts: list[float] = []
    for _ in range(_STARTS):  # after the first, which may have had bytecode to write
        with serving(one_worker, f"{base}/readyz") as (_, cold):
            starts.append(cold)
    with serving(our_command(state, port, _WORKERS), f"{base}/readyz") as (pid, _):
        target = _score_target(base, who, who.matters[:1])
        # Each worker reads the model and makes the card once; what is timed is what comes after.
        for _ in range(_CLIENTS):
            _first_asks(base, replace(who, matters=who.matters[:1]))
        load(folder, target, clients=_CLIENTS, seconds=2)
        before = cpu_seconds(pid)
        found = load(folder, target, clients=_CLIENTS, seconds=seconds)
        each = 1000 * (cpu_seconds(pid) - before) / max(1, found.requests)
        one = load(folder, target, clients=1, seconds=seconds)
        many = load(folder, _score_target(base, who, who.matters), clients=_CLIENTS, seconds=seconds)
        held = largest_mib(pid)
    told = f"{_WORKERS} workers, {_CLIENTS} clients, audit on, {found.failed} failed"
    return [
        Measured(name="score a stored matter: throughput", value=found.rate, unit="/s", goal=1000, note=told),
        Measured(name="score a stored matter: p99", value=found.p99, unit="ms", goal=20, above=False),
        Measured(name="score a stored matter: p99, one client", value=one.p99, unit="ms"),
        Measured(name="score a stored matter: CPU of a request", value=each, unit="ms"),
        Measured(name=f"score {len(who.matters)} matters in turn: throughput", value=many.rate, unit="/s"),
        Measured(name="score a matter first asked for: median", value=_share(first, 50), unit="ms"),
        Measured(name="score a matter first asked for: p95", value=_share(first, 95), unit="ms"),
        Measured(
            name="cold start to ready",
            value=median(starts),
            unit="s",
            goal=4,
            above=False,
            note=f"median of {_STARTS}, from {min(starts):.1f} to {max(starts):.1f} s",
        ),
        Measured(name="memory of a worker at its start", value=started, unit="MiB"),
        Measured(name="memory of a worker after the load", value=held, unit="MiB", goal=400, above=False),
    ]


def _rows(folder: Path, state: Path, seconds: int) -> list[Measured]:
    """The same ready row to the model alone behind our server, and to `mlflow models serve` with the same model."""
    names, row, model = _ready_row(state)
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    common = {"Content-Type": "application/json"}
    command = [sys.executable, "-c", f"from serving.bench.row_app import main; main({port}, {_WORKERS})"]
    with serving(command, base, environment={"PETITION_RISK_STATE": str(state)}):
        target = Target(base=base, paths=["/"], bodies=[json.dumps({"row": row})], headers=common, method="POST")
        load(folder, target, clients=_CLIENTS, seconds=1)
        mine = load(folder, target, clients=_CLIENTS, seconds=seconds)
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    begin = [sys.executable, "-m", "mlflow", "models", "serve", "-m", str(model), "--env-manager", "local"]
    # It starts its server by name: from beside the interpreter.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    # One thread a worker: as many threads as cores in each of two workers fight, and would flatter us.
    quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "PATH": path, "OMP_NUM_THREADS": "1"}
    with serving([*begin, "-p", str(port), "-w", str(_WORKERS)], f"{base}/ping", environment=quiet):
        body = json.dumps({"dataframe_split": {"columns": names, "data": [row]}})
        target = Target(base=base, paths=["/invocations"], bodies=[body], headers=common, method="POST")
        load(folder, target, clients=_CLIENTS, seconds=1)
        theirs = load(folder, target, clients=_CLIENTS, seconds=seconds)
    note = f"{mine.failed} and {theirs.failed} failed"
    return [
        Measured(name="a ready row: throughput, ours", value=mine.rate, unit="/s", note=note),
        Measured(name="a ready row: throughput, mlflow models serve", value=theirs.rate, unit="/s"),
        Measured(name="a ready row: throughput, ours over theirs", value=mine.rate / theirs.rate, unit="x", goal=10),
        Measured(name="a ready row: p99, ours", value=mine.p99, unit="ms"),
        Measured(name="a ready row: p99, mlflow models serve", value=theirs.p99, unit="ms"),
        Measured(
            name="a ready row: p99, ours over theirs", value=mine.p99 / theirs.p99, unit="x", goal=0.1, above=False
        ),
    ]


def _pages(folder: Path, seed: int, matters: int, seconds: int, base: int) -> list[Measured]:
    """The list page and its search by number on a store of so many open matters."""
    state = folder / "large"
    held = screen.prepare(state, seed, matters, _EVENTS, base)
    screen.run_job(state, export=False)
    (state / "bench.toml").write_text("demo = true\n", encoding="utf-8")
    store = opened(state)
    person = users.find_user(store, "head")
    assert person is not None  # noqa: S101 - made by `prepare`
    cookie = start_session(store, person, Settings().service, now=now())
    office = str(person.office_id)
    own = register.matters_of_office(store, office)
    listed = {
        entry.matter_id
        for entry in screenings.read_entries(store, read_screenings(store)[0].screening_id, offices=[office])
    }
    numbers = own.filter(pl.col("matter_id").is_in(list(listed)))["matter_no"].to_list()[:50]
    store.close()
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    headers = {"Cookie": f"pr_session={cookie}"}
    with serving(our_command(state, port, _WORKERS), f"{address}/readyz") as (pid, _):
        page = Target(base=address, paths=["/list"], headers=headers)
        # Each worker reads the list once and writes the page; what is timed is what comes after.
        _opened_once(address, headers)
        load(folder, page, clients=_CLIENTS, seconds=2)
        shown = load(folder, page, clients=_CLIENTS, seconds=seconds)
        found = load(
            folder, Target(base=address, paths=[f"/list?number={one}" for one in numbers], headers=headers),
            clients=_CLIENTS, seconds=seconds,
        )  # fmt: skip
        matters_api = load(
            folder, Target(base=address, paths=[f"/v1/matters?number={one}" for one in numbers], headers=headers),
            clients=_CLIENTS, seconds=seconds,
        )  # fmt: skip
        memory = largest_mib(pid)
    told = f"{held['matters']:,} matters, {own.height} of the office, {len(listed)} on its list, {shown.failed} failed"
    return [
        Measured(name="list page: p95", value=shown.p95, unit="ms", goal=50, above=False, note=told),
        Measured(name="list page: throughput", value=shown.rate, unit="/s"),
        Measured(name="search on the list: p95", value=found.p95, unit="ms", goal=100, above=False),
        Measured(name="search in the office (API): p95", value=matters_api.p95, unit="ms", goal=100, above=False),
        Measured(name="memory of a worker, large store", value=memory, unit="MiB", goal=400, above=False),
    ]


def _opened_once(base: str, headers: Mapping[str, str]) -> None:
    """The list asked for over as many connections as the load has, one after the other."""
    for _ in range(_CLIENTS):
        httpx.get(f"{base}/list", headers=dict(headers), timeout=120.0).raise_for_status()


def _first_asks(base: str, who: Who) -> list[float]:
    """Milliseconds of the first answer about each matter, one after the other, after one that warms the service up."""
    taken: list[float] = []
    with httpx.Client(base_url=base, cookies={"pr_session": who.cookie}, timeout=30.0) as client:
        for matter_id in who.matters:
            began = time.perf_counter()
            client.post("/v1/score", json={"matter_id": matter_id}).raise_for_status()
            taken.append(1000 * (time.perf_counter() - began))
    return taken[1:]


def _score_target(base: str, who: Who, matters: Sequence[str]) -> Target:
    return Target(
        base=base,
        paths=["/v1/score"],
        bodies=[json.dumps({"matter_id": one}) for one in matters],
        headers={"Cookie": f"pr_session={who.cookie}", "Content-Type": "application/json"},
        method="POST",
    )


def who_asks(state: Path) -> Who:
    """The head of an office's petition department, signed in, with open matters of the office."""
    store = opened(state)
    person = next(one for one in users.read_users(store) if one.role is UserRole.PETITION_HEAD)
    mine = register.read_register(store, offices=[str(person.office_id)])
    members = cohort(mine, [mine.observed_until], Task(), Settings().cohort).filter("is_open")
    cookie = start_session(store, person, Settings().service, now=now())
    store.close()
    return Who(cookie=cookie, matters=members["matter_id"].to_list()[:100])


def _ready_row(state: Path) -> tuple[list[str], list[float], Path]:
    """The features' names in order, the values of a matter of the latest list, and the folder of MLflow's model."""
    store = opened(state)
    found = models.champion(store)
    assert found is not None  # noqa: S101 - looked at before
    champion = load_champion(state, found)
    log = screenings.feature_logs(store, read_screenings(store)[0].screening_id)[0]
    store.close()
    names = list(champion.feature_set.names)
    frame = pl.read_parquet(state / log.path).select(names)
    row = np.asarray(frame.row(0), dtype=np.float64).tolist()
    return names, row, (state / found.scorecard_path).parent.parent


def _share(taken: Sequence[float], percent: int) -> float:
    return float(np.percentile(taken, percent)) if taken else 0.0


def our_command(state: Path, port: int, workers: int) -> list[str]:
    """The command that serves a state made by `copied`."""
    command = ours(state, port, workers)
    at = command.index("--state")
    return [*command[:at], "--config", str(state / "bench.toml"), *command[at:]]


def opened(state: Path) -> Store:
    """The store of a state directory."""
    return open_store(f"sqlite:///{state / 'petition-risk.db'}")


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
