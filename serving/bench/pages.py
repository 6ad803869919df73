"""How long the service takes for every page it has, for one person of each role, on a large store."""

import re
import tempfile
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from data.settings import Settings
from data.store import batches, register, screenings, users
from data.store.engine import Store, open_store
from data.store.users import User, UserRole
from features.catalog import CATALOG
from serving.bench import screen
from serving.bench.apart import apart
from serving.bench.registers import BASE
from serving.bench.result import BenchResult, Measured

#: Milliseconds within which the service has any page ready, the 95th of a hundred.
GOAL_MS = 100.0
#: Events of a matter, ended matters included.
_EVENTS = 20.0
#: So many pages are named, the slowest first.
_NAMED = 8
_SERVED = (".xlsx", "/pdf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """One page for one person: milliseconds of the first answer of a process, and the 95th percentile of later ones."""

    who: str
    path: str
    first: float
    p95: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """All pages timed, and the paths nobody could be shown (there is nothing yet at their address)."""

    pages: list[Timed]
    left_out: list[str]


def run_pages(*, seed: int, matters: int, asked: int, base: int = BASE) -> BenchResult:
    """The bench: every page after a sweep of so many open matters, each asked for `asked` times after a first time."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        held = apart(screen.prepare, folder, seed, matters, _EVENTS, base)
        apart(screen.run_job, folder, export=False)
        found = apart(time_pages, folder, asked)
    told = f"{held['open']} open of {held['matters']} matters, {held['offices']} offices, {len(found.pages)} pages"
    return BenchResult(bench="pages", seed=[seed], figures=figures(found, told))


def figures(found: Timings, told: str) -> list[Measured]:
    """The slowest page beside the goal, how many miss it, and the slowest by name."""
    slowest = sorted(found.pages, key=lambda one: -one.p95)
    over = sum(one.p95 > GOAL_MS for one in slowest)
    first = max(found.pages, key=lambda one: one.first)
    without = ", ".join(found.left_out)
    return [
        Measured(
            name="slowest page: p95", value=slowest[0].p95, unit="ms", goal=GOAL_MS, above=False,
            note=f"{slowest[0].path} for {slowest[0].who}; {told}",
        ),
        Measured(
            name="pages over the goal", value=over, unit="pages", goal=0, above=False,
            note=f"left out, nothing stands there yet: {without}" if without else "",
        ),
        Measured(name="median page: p95", value=float(np.median([one.p95 for one in slowest])), unit="ms"),
        Measured(
            name="slowest first answer of a process", value=first.first, unit="ms", note=f"{first.path} for {first.who}"
        ),
        *(
            Measured(
                name=f"{one.path} for {one.who}", value=one.p95, unit="ms", note=f"first answer {one.first:.0f} ms"
            )
            for one in slowest[:_NAMED]
        ),
    ]  # fmt: skip


def time_pages(folder: Path, asked: int) -> Timings:
    """Every page of the application on the state in `folder`, made by `screen.prepare`, with a list that stands."""
    from serving.app import create_app
    from serving.clock import now
    from serving.sessions import start_session

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from starlette.testclient import TestClient

    store = open_store(f"sqlite:///{folder / 'petition-risk.db'}")
    settings = Settings()
    app = create_app(store, settings, folder, now)
    pages: list[Timed] = []
    answered: set[str] = set()
    asked_for: set[str] = set()
    for person, values in _people(store):
        with TestClient(app, follow_redirects=False) as client:
            client.cookies.set("pr_session", start_session(store, person, settings.service, now=now()))
            for path in _paths(person):
                asked_for.add(path)
                address = re.sub(r"{(\w+)}", lambda part, known=values: known.get(part[1], part[1]), path)
                taken = _times(client, address, asked)
                if taken:
                    answered.add(path)
                    p95 = float(np.percentile(taken[1:], 95))
                    pages.append(Timed(who=person.user_id, path=path, first=taken[0], p95=p95))
    store.close()
    return Timings(pages=pages, left_out=sorted(asked_for - answered))


def _times(client: Any, address: str, asked: int) -> list[float]:
    """Milliseconds of each answer, the first and `asked` more; none where the address leads nowhere."""
    taken: list[float] = []
    for _ in range(asked + 1):
        began = time.perf_counter()
        answer = client.get(address)
        taken.append(1000 * (time.perf_counter() - began))
        if answer.status_code != 200:
            return []
    return taken


def _paths(person: User) -> Iterator[str]:
    """The pages a person's role may open, as the routes name them; no data and no files."""
    from serving.app import routes
    from serving.deps import right_of
    from serving.permissions import Right, can_use

    for route in routes():
        right = right_of(route)
        data = route.path.startswith(("/v1/", "/healthz", "/readyz", "/metrics", "/openapi"))
        if "GET" not in (route.methods or ()) or data or route.path.endswith(_SERVED) or route.path == "/":
            continue
        if right is Right.OPEN or can_use(person, right or Right.OPEN):
            yield route.path


def _people(store: Store) -> Iterator[tuple[User, dict[str, str]]]:
    """One person of each role, leaders of every level, each with what stands in the place of parts of an address.

    The handler has the most open entries of the county's list, and the matter looked at is one of theirs.
    """
    latest = screenings.read_screenings(store)[0]
    offices = register.read_offices(store)
    county = users.find_user(store, "head")
    assert county is not None  # noqa: S101 - made by `prepare`
    office = str(county.office_id)
    entries = screenings.read_entries(store, latest.screening_id, offices=[office])
    listed = register.some_matters(store, [entry.matter_id for entry in entries]).filter(
        pl.col("handler").is_not_null() & pl.col("department").is_not_null() & pl.col("respondent_post").is_null()
    )
    busiest = listed.group_by("handler", "department").len().sort("len", "handler").row(-1, named=True)
    mine = listed.filter((pl.col("handler") == busiest["handler"]) & (pl.col("department") == busiest["department"]))
    values = {
        "matter_id": str(mine["matter_id"][0]),
        "name": CATALOG.names[0],
        "measure": "procedural_reply",
        "version": str(latest.model_version or 1),
        "batch": str(batches.latest_batch(store)),
    }
    rows = {row["office_id"]: row for row in offices.iter_rows(named=True)}
    above: dict[str, str] = {}
    at: str | None = office
    while at is not None:
        above[rows[at]["level"]] = at
        at = rows[at]["parent_id"]
    for role in UserRole:
        levels = tuple(above) if role is UserRole.LEADER else ("county",)
        for level in levels:
            person = User(
                user_id=f"{role}, {level}" if role is UserRole.LEADER else str(role),
                display_name=str(role),
                role=role,
                password_hash="none",  # noqa: S106 - nobody signs in with it
                office_id=office if level == "county" else above[level],
                department=busiest["department"] if role in (UserRole.HANDLER, UserRole.DEPARTMENT_HEAD) else None,
                staff_id=busiest["handler"] if role is UserRole.HANDLER else None,
                must_change=False,
            )
            if users.find_user(store, person.user_id) is None:
                users.add_user(store, person)
            yield person, values
