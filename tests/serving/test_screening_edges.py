"""The monthly job where calendars, clocks, disks and other runners are awkward: right, or refused with its code."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event as event_hooks

from data.errors import LeaseHeld, StoreError
from data.settings import ImpactSettings, Settings
from data.store import audit, lease, register, runs, schema, screenings
from data.store.engine import Store, open_store
from serving.held import LEASE, TTL_US
from serving.screening import Sweep, screen
from serving.stages import Reached
from tests.histories import OFFICE, at, event, register_of, seen
from tests.stored import batch_of

KEY = b"k" * 32
HOUR = 3_600_000_000
SETTINGS = Settings(impact=ImpactSettings(assessment_id="PIA-1", approver="A"))


@dataclass
class Clock:
    now: int

    def __call__(self) -> int:
        return self.now


@dataclass
class Office:
    """One office with some matters, and how to screen it."""

    store: Store
    state: Path
    clock: Clock
    reached: list[Reached] = field(default_factory=list[Reached])

    def screen(self, day: str, **more: Any) -> Sweep:
        options: dict[str, Any] = {"clock": self.clock, "by": "job", "progress": self.reached.append} | more
        return screen(self.store, SETTINGS, self.state, KEY, cutoff=seen(day), scope=OFFICE, **options)


Opens = Callable[..., Office]


def history(day: str) -> list[dict[str, Any]]:
    return [event(day, "letter"), event(day, "registered")]


@pytest.fixture
def office(sqlite_store: Store, tmp_path: Path) -> Opens:
    def made(*days: str, until: str = "2028-04-01") -> Office:
        made = register_of({f"A-{number}": history(day) for number, day in enumerate(days)}, observed_until=until)
        batch = batch_of(made)
        register.write_register(sqlite_store, made, batch)
        return Office(store=sqlite_store, state=tmp_path, clock=Clock(at("2028-04-02")))

    return made


def duties(office: Office, found: Sweep) -> dict[str, list[tuple[str, int]]]:
    listed = screenings.read_entries(office.store, found.screening.screening_id)
    return {entry.matter_id: [(duty["code"], duty["days_left"]) for duty in entry.duties] for entry in listed}


@pytest.mark.parametrize(
    ("received", "eve", "day"),
    [
        ("2026-11-30", "2027-02-27", "2027-02-28"),  # three months on there is no 30 February
        ("2026-11-28", "2027-02-27", "2027-02-28"),
        ("2027-11-30", "2028-02-28", "2028-02-29"),  # in a leap year there is one day more
        ("2026-10-31", "2027-01-30", "2027-01-31"),
    ],
)
def test_the_three_months_end_with_the_month_where_it_is_shorter(
    office: Opens, received: str, eve: str, day: str
) -> None:
    opened = office(received)
    days = {}
    for cutoff in (eve, day):
        [owed] = duties(opened, opened.screen(cutoff)).values()
        days[cutoff] = dict(owed)["substantive_reply"]
    assert days == {eve: 1, day: 0}  # due on the last of the month: still in time as it ends
    [owed] = duties(opened, opened.screen(f"{day[:5]}03-01")).values()
    assert dict(owed)["substantive_reply"] < 0


def test_each_month_end_has_its_own_list_and_says_what_stayed(office: Opens) -> None:
    opened = office("2026-12-01")
    found = [opened.screen(day) for day in ("2027-01-30", "2027-01-31", "2027-02-28", "2028-02-29")]
    assert all(one.made for one in found)
    changes = [
        [entry.since for entry in screenings.read_entries(opened.store, one.screening.screening_id)] for one in found
    ]
    assert changes == [[None], ["stayed"], ["stayed"], ["worse"]]  # a year on it is overdue
    assert not opened.screen("2027-01-31").made


def test_a_month_without_matters_gives_an_empty_list(office: Opens) -> None:
    opened = office("2027-01-05")
    found = opened.screen("2026-12-31")
    assert (found.made, found.summary["cohort"], found.summary["entries"]) == (True, 0, 0)
    assert not opened.screen("2026-12-31").made
    assert screenings.read_entries(opened.store, found.screening.screening_id) == []


def test_an_office_with_three_matters_has_a_list_of_them(office: Opens) -> None:
    opened = office("2027-01-05", "2027-03-25", "2027-03-28")
    found = opened.screen("2027-03-31")
    listed = screenings.read_entries(opened.store, found.screening.screening_id)
    assert found.summary["cohort"] == 3
    assert sorted(entry.part for entry in listed) == ["must_act", "points", "points"]
    assert len({entry.matter_id for entry in listed}) == 3


def test_a_clock_moved_back_between_runs_does_not_make_the_later_list_older(office: Opens) -> None:
    opened = office("2027-01-05")
    first = opened.screen("2027-03-31")
    opened.clock.now -= 365 * 24 * HOUR
    with opened.store.write() as connection:  # as if it had been made on an earlier batch
        connection.execute(sa.update(schema.screenings).values(model_key="model:0"))
    second = opened.screen("2027-03-31")
    assert second.made
    assert [one.screening_id for one in screenings.read_screenings(opened.store)] == [
        second.screening.screening_id,
        first.screening.screening_id,
    ]


def test_a_lease_left_under_a_later_clock_locks_nobody_out(office: Opens) -> None:
    opened = office("2027-01-05")
    lease.acquire(opened.store, LEASE, holder="dead", now=opened.clock.now, ttl_us=TTL_US)
    with pytest.raises(LeaseHeld, match="dead"):
        opened.screen("2027-03-31")
    opened.clock.now -= 24 * HOUR
    assert opened.screen("2027-03-31").made


@pytest.mark.parametrize("moved", [-HOUR, HOUR])
def test_a_run_taken_over_while_it_stood_still_issues_nothing(office: Opens, moved: int) -> None:
    opened = office("2027-01-05", "2027-03-25")
    inner: list[Sweep] = []

    def stand_still(reached: Reached) -> None:
        if reached.stage.code == "write" and not inner:
            opened.clock.now += moved
            inner.append(opened.screen("2027-03-31", by="second", progress=lambda reached: None))

    with pytest.raises(LeaseHeld) as lost:
        opened.screen("2027-03-31", progress=stand_still)
    assert (lost.value.code, lost.value.exit_code) == ("lease_lost", 14)
    [issued] = screenings.read_screenings(opened.store)
    assert issued.screening_id == inner[0].screening.screening_id
    entries = screenings.read_entries(opened.store, issued.screening_id)
    assert len(entries) == inner[0].summary["entries"]
    assert {(run.asked_by, run.state) for run in runs.read_runs(opened.store)} == {
        ("job", "failed"),
        ("second", "done"),
    }
    assert [stored.entry.user_id for stored in audit.read_entries(opened.store)] == ["second"]


def test_what_a_run_of_an_earlier_batch_left_is_cleared(office: Opens) -> None:
    opened = office("2027-01-05")
    dead = screenings.begin_screening(
        opened.store,
        cutoff=seen("2027-02-28"),
        scope=OFFICE,
        batch_id=1,
        model_version=None,
        settings={},
        now=0,
        by="dead",
        demo=False,
    )
    log = opened.state / "screenings" / f"{dead.screening_id}.parquet"
    log.parent.mkdir()
    log.write_bytes(b"left")
    opened.screen("2027-03-31")
    assert screenings.unfinished(opened.store) == []
    assert not log.exists()


def test_a_dry_run_writes_nothing(office: Opens) -> None:
    opened = office("2027-01-05", "2027-03-25")
    opened.screen("2027-02-28")

    def everything() -> dict[str, list[Any]]:
        with opened.store.read() as connection:
            return {name: list(connection.execute(table.select())) for name, table in schema.metadata.tables.items()}

    before, files = everything(), sorted(opened.state.rglob("*"))
    tried = opened.screen("2027-03-31", dry_run=True)
    assert everything() == before
    assert sorted(opened.state.rglob("*")) == files
    assert tried.screening.list_hash == opened.screen("2027-03-31").screening.list_hash


def test_stages_are_told_with_an_estimate_once_there_is_a_run_to_go_by(office: Opens) -> None:
    opened = office("2027-01-05")

    def slow(reached: Reached) -> None:
        opened.reached.append(reached)
        opened.clock.now += 2_000_000

    found = opened.screen("2027-02-28", progress=slow)
    assert [one.left_s for one in opened.reached] == [None] * 9  # no score: by rules
    assert set(found.summary["seconds"].values()) == {2.0}
    opened.reached.clear()
    opened.screen("2027-03-31", progress=slow)
    assert [one.left_s for one in opened.reached] == [18.0, 16.0, 14.0, 12.0, 10.0, 8.0, 6.0, 4.0, 2.0]
    assert opened.reached[0].zh == "1/10 读取台账（约还需 18 秒）"
    assert [run.stage and run.stage["code"] for run in runs.read_runs(opened.store)] == ["issue", "issue"]


def test_a_database_that_fills_is_refused_and_the_next_run_completes_it(office: Opens) -> None:
    opened = office(*["2027-01-05"] * 40)
    wanted = opened.screen("2027-03-31", dry_run=True).screening.list_hash
    opened.store.close()

    def no_room(connection: Any, _record: object) -> None:
        # SQLite's own limit: what it answers is what it answers on a disk without room.
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")

    event_hooks.listen(opened.store.engine, "connect", no_room)
    with pytest.raises(StoreError) as full:
        opened.screen("2027-03-31")
    assert (full.value.code, full.value.exit_code) == ("store_full", 15)
    event_hooks.remove(opened.store.engine, "connect", no_room)
    opened.store.close()
    assert screenings.read_screenings(opened.store) == []
    opened.clock.now += TTL_US
    assert opened.screen("2027-03-31").screening.list_hash == wanted


def program(folder: Path, limit: int | None, *words: str) -> "subprocess.Popen[str]":
    """The real command in a process of its own, on request with a limit to the size of its files."""
    bound = "" if limit is None else f"import resource as r; r.setrlimit(r.RLIMIT_FSIZE, ({limit}, {limit})); "
    start = f"{bound}from serving.cli.entry import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", start, "--state", str(folder), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": ":".join(sys.path), "PATH": "", "LANG": "en_US.UTF-8", **_IMPACT},
    )


_IMPACT = {"PETITION_RISK_IMPACT__ASSESSMENT_ID": "PIA-1", "PETITION_RISK_IMPACT__APPROVER": "A"}


def ended(running: Sequence["subprocess.Popen[str]"]) -> list[tuple[int, dict[str, Any], str]]:
    found: list[tuple[int, dict[str, Any], str]] = []
    for one in running:
        out, err = one.communicate(timeout=300)
        found.append((one.returncode, json.loads(out.splitlines()[-1]), err))
    return found


def test_two_schedulers_at_once_make_one_list_and_a_quota_makes_none(office: Opens) -> None:
    opened = office(*["2027-01-05"] * 40)
    folder = opened.state / "state"
    folder.mkdir(mode=0o700)
    opened.store.close()
    (opened.state / "register.db").rename(folder / "petition-risk.db")
    words = ("screen", "--no-monitor", "--json", "--cutoff")
    both = ended([program(folder, None, *words, "2027-03-31") for _ in range(2)])
    assert sorted(code for code, _, _ in both) in ([0, 0], [0, 14])
    assert sum(bool(said.get("made")) for _, said, _ in both) == 1
    for code, said, err in both:
        if code == 14:
            assert said["error"] == "lease_held"
            assert "@" in said["en"]
            assert "Traceback" not in err
    [(code, said, err)] = ended([program(folder, 40_000, *words, "2027-02-28")])
    assert (code, said["exit_code"]) == (15, 15)
    assert said["error"] in ("store_full", "store_io")
    assert "Traceback" not in err
    assert len(screenings.read_screenings(open_store(f"sqlite:///{folder}/petition-risk.db"))) == 1
