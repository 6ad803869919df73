"""The monthly job killed at any point: nobody sees part of a list, and the next run gives the list it should be."""

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from data.errors import LeaseHeld
from data.settings import Settings
from data.store import audit, register, runs, schema, screenings
from data.store.engine import Store, migrate, open_store
from data.synthetic import SyntheticPlan, make_register
from data.times import cutoff_instant
from serving.clock import now
from serving.held import TTL_US
from serving.screening import screen
from tests.stored import batch_of

DAY = date(2026, 10, 30)
SCOPE = "P00"


@dataclass(frozen=True)
class Prepared:
    """A state directory with a small register, and what one undisturbed run makes of it."""

    folder: Path
    list_hash: str
    rows: list[tuple[Any, ...]]
    stages: int
    commits: int
    seconds: float


def opened(folder: Path) -> Store:
    return open_store(f"sqlite:///{folder}/petition-risk.db")


def entries_of(store: Store) -> list[tuple[Any, ...]]:
    """Everything the list says, without the id it says it under."""
    columns = [column for column in schema.entries.c if column.name != "screening_id"]
    with store.read() as connection:
        found = connection.execute(sa.select(*columns).order_by(schema.entries.c.matter_id, schema.entries.c.part))
        return [tuple(json.dumps(value, sort_keys=True) for value in row) for row in found]


def kill_all(prepared: Path, folder: Path, kills: Sequence[dict[str, Any]]) -> list[tuple[Path, dict[str, Any]]]:
    """Run the real command once for each kill, half of them beside the other half; returns the copies left behind."""

    def program(part: int) -> list[tuple[Path, dict[str, Any]]]:
        mine, to = kills[part::2], folder / str(part)
        to.mkdir(parents=True)
        words = [sys.executable, str(Path(__file__).with_name("kills.py")), str(prepared), str(to), json.dumps(mine)]
        ran = subprocess.run(words, capture_output=True, text=True, check=True, timeout=900)
        return [(to / str(number), json.loads(line)) for number, line in enumerate(ran.stdout.splitlines())]

    with ThreadPoolExecutor(2) as both:
        return [found for part in both.map(program, range(min(2, len(kills)))) for found in part]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    home = tmp_path_factory.mktemp("killed")
    folder = home / "state"
    folder.mkdir(mode=0o700)
    plan = SyntheticPlan(
        seed=3,
        cities=1,
        counties_per_city=1,
        county_year=(30, 40),
        city_year=12,
        province_year=6,
        start=date(2025, 12, 1),
        end=date(2026, 11, 1),
    )
    made = make_register(plan).register
    store = opened(folder)
    migrate(store)
    batch = batch_of(made, demo=True)
    register.write_register(store, made, batch)
    audit.load_or_create_key(folder / "audit.key")
    store.close()
    [(copy, whole)] = kill_all(folder, home / "whole", [{"whole": True}])
    assert (whole["killed"], whole["code"]) == (False, 0)
    done = opened(copy)
    [issued] = screenings.read_screenings(done)
    assert issued.list_hash is not None
    rows = entries_of(done)
    done.close()
    return Prepared(folder, issued.list_hash, rows, whole["stages"], whole["commits"], whole["seconds"])


def check(prepared: Prepared, copy: Path, kill: dict[str, Any]) -> bool:
    """What is left behind shows no part of a list, and the next run completes it; whether the list stood already."""
    store = opened(copy)
    seen = screenings.read_screenings(store)
    stood = bool(seen)
    for one in seen:
        assert (one.state, one.list_hash) == ("draft", prepared.list_hash), kill
    if not stood:
        with store.read() as connection:
            hidden = list(connection.execute(sa.select(schema.entries.c.matter_id)).scalars())
        assert not any(screenings.entries_of_matter(store, matter_id) for matter_id in hidden), kill
    for file in (copy / "out").glob("*") if (copy / "out").exists() else ():
        assert file.suffix == ".partial" or file.read_bytes()[:2] == b"PK", kill
    key = audit.load_or_create_key(copy / "audit.key")
    zone = Settings().time_zone

    def again(at: int) -> Any:
        return screen(
            store, Settings(), copy, key, cutoff=cutoff_instant(DAY, zone), scope=SCOPE, clock=lambda: at, by="next"
        )

    found = again(now() + TTL_US + 1)
    assert found.made is not stood, kill
    assert found.screening.list_hash == prepared.list_hash, kill
    assert entries_of(store) == prepared.rows, kill
    assert len(screenings.read_screenings(store)) == 1
    assert screenings.unfinished(store) == []
    [log] = screenings.feature_logs(store, found.screening.screening_id)
    assert sha256((copy / log.path).read_bytes()).hexdigest() == log.sha256
    assert [path.name for path in (copy / "screenings").iterdir()] == [Path(log.path).name]
    assert audit.verify(store, key).intact
    store.close()
    shutil.rmtree(copy)
    return stood


def at_boundaries(prepared: Prepared, step: int) -> list[dict[str, Any]]:
    """Kills as each stage begins, and around commits: every `step`-th, and all of the last ones."""
    stages = [{"stage": number} for number in range(1, prepared.stages + 1)]
    late = range(prepared.commits - 5, prepared.commits + 1)
    before = [{"before_commit": n} for n in range(1, prepared.commits + 1) if n in late or n % step == 0]
    after = [{"after_commit": n} for n in range(1, prepared.commits) if n % step == 0]
    return [*stages, *before, *after]


def at_random(prepared: Prepared, count: int, seed: int) -> list[dict[str, Any]]:
    drawn = random.Random(seed)
    return [{"after_s": drawn.uniform(0.0, 1.1 * prepared.seconds)} for _ in range(count)]


def test_killed_at_every_stage_boundary_nothing_shows_and_the_next_run_completes_it(
    prepared: Prepared, tmp_path: Path
) -> None:
    left = kill_all(prepared.folder, tmp_path, at_boundaries(prepared, 7))
    assert all(kill["killed"] for _, kill in left)
    stood = [check(prepared, copy, kill) for copy, kill in left]
    assert any(stood) and not all(stood)  # noqa: PT018 - killed before and after the one commit that issues


def test_killed_at_20_random_moments_nothing_shows_and_the_next_run_completes_it(
    prepared: Prepared, tmp_path: Path
) -> None:
    for copy, kill in kill_all(prepared.folder, tmp_path, at_random(prepared, 20, seed=1)):
        check(prepared, copy, kill)


@pytest.mark.slow
def test_killed_at_200_random_moments_and_around_every_commit(prepared: Prepared, tmp_path: Path) -> None:
    kills = [*at_boundaries(prepared, 1), *at_random(prepared, 200, seed=2)]
    for copy, kill in kill_all(prepared.folder, tmp_path, kills):
        check(prepared, copy, kill)


def test_after_a_kill_the_next_runner_is_told_who_held_it_until_the_lease_ends(
    prepared: Prepared, tmp_path: Path
) -> None:
    [(copy, _)] = kill_all(prepared.folder, tmp_path, [{"stage": 4}])
    store, key = opened(copy), audit.load_or_create_key(copy / "audit.key")
    cutoff = cutoff_instant(DAY, Settings().time_zone)
    died = runs.read_runs(store)[0]
    assert (died.state, died.stage and died.stage["code"]) == ("running", "features")
    with pytest.raises(LeaseHeld, match=died.holder.split("@")[0]) as told:
        screen(store, Settings(), copy, key, cutoff=cutoff, scope=SCOPE, clock=now, by="next")
    assert told.value.exit_code == 14
    found = screen(store, Settings(), copy, key, cutoff=cutoff, scope=SCOPE, clock=lambda: now() + TTL_US, by="next")
    assert (found.made, found.screening.list_hash) == (True, prepared.list_hash)
    assert [run.state for run in runs.read_runs(store)] == ["done", "running"]
    store.close()
