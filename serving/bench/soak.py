"""Whether mixed work goes on while the model is swapped, a worker process is killed and a screening runs."""

import os
import random
import signal
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from uuid import uuid4

import httpx

from data.settings import Settings
from data.store import register, users
from data.store.users import UserRole
from data.times import local_date
from serving.bench import screen
from serving.bench.any_model import use_any_model
from serving.bench.apart import apart
from serving.bench.load import serving, workers_mib
from serving.bench.result import BenchResult, Measured
from serving.bench.serve import Who, copied, free_port, opened, our_command, who_asks
from serving.clock import now

_WORKERS, _CLIENTS = 2, 6
#: What a connection to a killed process may have had under way was begun this long before, or while it went.
_KILL_S = 1.0
_PAUSE_S = 0.005
_REPLACED_S = 60.0
#: When in the run the model is swapped, a worker killed and a screening begun, as shares of it.
_SWAP, _KILL, _SCREEN = 0.2, 0.4, 0.55
#: How often each act is drawn.
_ACTS = {"score": 10, "list": 2, "matter": 3, "search": 3, "write": 2}


@dataclass(frozen=True, slots=True)
class Failed:
    """One request that was not answered as it should be; `status` is None where no answer came."""

    act: str
    began: float
    ended: float
    status: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """What was done to the service: the version swapped in, the process killed and when, the length of the list."""

    version: int
    killed: int
    killed_at: float
    listed: int


@dataclass(slots=True)
class Book:
    """What all clients did; kept under one lock."""

    answered: Counter[str] = field(default_factory=Counter[str])
    failed: list[Failed] = field(default_factory=list[Failed])
    took: list[float] = field(default_factory=list[float])
    versions: set[int | None] = field(default_factory=set[int | None])
    gate: threading.Lock = field(default_factory=threading.Lock)


def run_soak(state: Path, *, seconds: int, seed: int) -> BenchResult:
    """The run on a copy of a demonstration's state, which holds a model in use; nothing of the state is changed.

    Raises UsageError without a model.
    """
    with tempfile.TemporaryDirectory() as name:
        own = copied(state, Path(name) / "state")
        return BenchResult(bench="soak", seed=[seed], figures=_figures(own, seconds, seed))


def _figures(state: Path, seconds: int, seed: int) -> list[Measured]:
    who = who_asks(state)
    numbers, before = _numbers(state, who), _batches(state)
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    book, done = Book(), threading.Event()
    held: list[dict[int, float]] = []
    with (
        serving(our_command(state, port, _WORKERS), f"{base}/readyz") as (pid, _),
        ThreadPoolExecutor(_CLIENTS + 1) as pool,
    ):
        clients = [pool.submit(_client, base, who, numbers, book, done, seed + one) for one in range(_CLIENTS)]
        try:
            happened = _disturb(state, pid, seconds, held, pool)
        finally:
            done.set()
        for one in clients:
            one.result()
        replaced = _whole_again(pid)
    lost = [one for one in book.failed if _of_the_killed(one, happened.killed_at)]
    wrong = [one for one in book.failed if one not in lost]
    total = sum(book.answered.values())
    written = _batches(state) - before
    told = ", ".join(f"{act} {count}" for act, count in sorted(book.answered.items()))
    why = ", ".join(f"{act} {status}: {n}" for (act, status), n in Counter((o.act, o.status) for o in wrong).items())
    return [
        Measured(name="requests answered", value=total, unit="", note=f"{told}; {_CLIENTS} clients"),
        Measured(name="requests failed", value=len(wrong), unit="", goal=0, above=False, note=why),
        Measured(name="requests under way in the killed worker", value=len(lost), unit=""),
        Measured(name="killed worker replaced", value=float(replaced), unit="", goal=1),
        Measured(
            name="writes lost or made twice", value=abs(written - book.answered["write"]), unit="", goal=0, above=False
        ),
        Measured(name="new model answered", value=float(happened.version in book.versions), unit="", goal=1),
        Measured(name="entries of the screening beside", value=happened.listed, unit="", goal=1),
        Measured(name="time to answer: p95", value=1000 * _share(book.took, 0.95), unit="ms"),
        Measured(
            name="memory growth of a worker", value=_growth(held, happened.killed), unit="MiB", goal=40, above=False
        ),
        Measured(name="memory of the largest worker", value=max(max(one.values()) for one in held), unit="MiB"),
    ]


def _disturb(state: Path, pid: int, seconds: int, held: list[dict[int, float]], pool: ThreadPoolExecutor) -> Happened:
    """Swap the model, kill a worker and run a screening, each in its time; memory of the workers goes to `held`."""
    began = time.monotonic()
    screening: Future[screen.Job] | None = None
    version, killed_at, killed = None, 0.0, None
    while (passed := (time.monotonic() - began) / seconds) < 1 or screening is None:
        if version is None and passed >= _SWAP:
            version = _swap(state)
        if killed is None and passed >= _KILL:
            killed, killed_at = min(workers_mib(pid)), time.monotonic()
            os.kill(killed, signal.SIGKILL)
        if screening is None and passed >= _SCREEN:
            screening = pool.submit(apart, screen.run_job, state, export=False, back=1)
        held.append(workers_mib(pid))
        time.sleep(min(1.0, seconds / 60))
    assert version is not None  # noqa: S101 - swapped above
    assert killed is not None  # noqa: S101 - killed above
    return Happened(version=version, killed=killed, killed_at=killed_at, listed=screening.result().entries)


def _whole_again(pid: int) -> bool:
    """Whether there are as many workers as before; on a busy machine a new one takes its time."""
    deadline = time.monotonic() + _REPLACED_S
    while len(workers_mib(pid)) < _WORKERS and time.monotonic() < deadline:
        time.sleep(0.2)
    return len(workers_mib(pid)) == _WORKERS


def _client(base: str, who: Who, numbers: list[tuple[str, str]], book: Book, done: threading.Event, seed: int) -> None:
    """One person who works on: an act drawn, its answer looked at, the next."""
    draw = random.Random(seed)  # noqa: S311 - which page is next
    today = local_date(now(), Settings().time_zone)
    with httpx.Client(base_url=base, cookies={"pr_session": who.cookie}, timeout=60.0) as client:
        while not done.is_set():
            act = draw.choices(list(_ACTS), weights=list(_ACTS.values()))[0]
            asked = _act(client, act, *draw.choice(numbers), today)
            _counted(book, act, asked)
            time.sleep(_PAUSE_S)


def _act(client: httpx.Client, act: str, matter_id: str, number: str, today: date) -> Callable[[], httpx.Response]:
    if act == "score":
        return lambda: client.post("/v1/score", json={"matter_id": matter_id})
    if act == "list":
        return lambda: client.get("/list")
    if act == "matter":
        return lambda: client.get(f"/v1/matters/{matter_id}")
    if act == "search":
        return lambda: client.get("/v1/matters", params={"number": number})
    event = {"matter_no": number, "kind": "follow_up_call", "occurred_on": today.isoformat()}
    sent = {"events": [event], "once": str(uuid4())}
    return lambda: client.post("/v1/events", json=sent)


def _counted(book: Book, act: str, asked: Callable[[], httpx.Response]) -> None:
    """Ask and keep what came of it; a write that was not answered is sent once more, by the same key."""
    for _ in range(2):
        began = time.monotonic()
        try:
            found = asked()
        except httpx.HTTPError:
            found = None
        ended = time.monotonic()
        with book.gate:
            if found is not None and found.is_success:
                book.answered[act] += 1
                book.took.append(ended - began)
                if act == "score":
                    book.versions.add(found.json()["model_version"])
                return
            book.failed.append(Failed(act, began, ended, None if found is None else found.status_code))
        if act != "write":
            return


def _of_the_killed(one: Failed, killed_at: float) -> bool:
    """Whether a request got no answer because its process was killed; one that got a wrong answer did not."""
    return one.status is None and one.began - _KILL_S <= killed_at <= one.ended


def _swap(state: Path) -> int:
    """Another version takes over, by two people."""
    store = opened(state)
    made = use_any_model(store, state, **_people(state), at=now())
    store.close()
    return made


def _people(state: Path) -> dict[str, str]:
    store = opened(state)
    by_role = {one.role: one.user_id for one in users.read_users(store)}
    store.close()
    return {"proposer": by_role[UserRole.STEWARD], "approver": by_role[UserRole.APPROVER]}


def _numbers(state: Path, who: Who) -> list[tuple[str, str]]:
    store = opened(state)
    rows = register.some_matters(store, who.matters).select("matter_id", "matter_no").rows()
    store.close()
    return rows


def _batches(state: Path) -> int:
    store = opened(state)
    count = len(register.read_batches(store))
    store.close()
    return count


def _growth(held: list[dict[int, float]], killed: int) -> float:
    """By how much the worker that lived through it all grew, from the second fifth of the run to the last."""
    lived = [pid for pid in held[0] if pid != killed and pid in held[-1]]
    fifth = max(1, len(held) // 5)
    grown = [
        statistics.median(one[pid] for one in held[-fifth:])
        - statistics.median(one[pid] for one in held[fifth : 2 * fifth])
        for pid in lived
    ]
    return max(grown)


def _share(taken: list[float], share: float) -> float:
    return sorted(taken)[int(share * (len(taken) - 1))]
