"""The monitors asked of an earlier day say what they said on that day: a later ledger and later work change nothing."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from data.ingest.run import ingest
from data.mapping import load_mapping
from data.settings import Settings, WorkSettings
from data.store import models, plans, screenings, signing, users
from data.store.engine import Store
from data.store.flags import Decision, add_decision
from data.store.imports import write_offices
from data.store.plans import Measure, Plan, PlanLine
from data.store.signing import ListStep
from data.store.users import User, UserRole
from data.synthetic import make_register, write_ledger
from data.synthetic.plan import small_plan
from data.times import DAY_US, cutoff_instant
from serving.monitor_run import run_monitor
from serving.screening import screen

KEY = b"k" * 32
MONTHS = (date(2026, 3, 31), date(2026, 6, 30), date(2026, 7, 31), date(2026, 10, 31))
LOOKED, LAST = MONTHS[2], MONTHS[3]


def test_a_look_back_says_what_was_said_then(sqlite_store: Store, tmp_path: Path) -> None:
    settings = Settings(demo=True, work=WorkSettings(unsigned_days=5))
    whole = make_register(small_plan()).register
    top = whole.offices.filter(whole.offices["level"] == "province")["office_id"][0]
    write_offices(sqlite_store, whole.offices)
    for name, role in (("handler", UserRole.HANDLER), ("head", UserRole.PETITION_HEAD)):
        account = User(user_id=name, display_name=name, role=role, password_hash="-", office_id=top, must_change=False)
        users.add_user(sqlite_store, account)

    def at(day: date) -> int:
        return cutoff_instant(day, whole.time_zone)

    def held(day: date) -> None:
        book = tmp_path / f"{day}.xlsx"
        write_ledger(whole, book, as_of=at(day))
        ledger = load_mapping("ledger")
        ingest(
            sqlite_store, book, ledger, now=at(day), user="operator", observed_until=at(day), confirm=True, demo=True
        )

    def swept(day: date, made: date) -> str:
        done = screen(
            sqlite_store, settings, tmp_path, KEY, cutoff=at(day), scope=top, clock=lambda: at(made), by="operator"
        )
        return done.screening.screening_id

    def said(now: date) -> dict[str, Any]:
        made = run_monitor(sqlite_store, settings, tmp_path, KEY, as_of=at(LOOKED), now=at(now), by="operator")
        return json.loads(json.dumps(made.as_dict(), default=str))

    def decided(on: str, code: Any, when: int) -> None:
        entries = screenings.read_listed(sqlite_store, on)
        for matter in entries["matter_id"][:15]:
            one = Decision(
                screening_id=on,
                matter_id=matter,
                office_id=top,
                decided_by="handler",
                role="handler",
                at=when,
                decision=code,
                reason="已核实",
                once=f"{code}{matter}",
            )
            add_decision(sqlite_store, one)

    def planned(on: str, due: date, when: int) -> None:
        for number, matter in enumerate(screenings.read_listed(sqlite_store, on)["matter_id"][:12]):
            acted: dict[str, Any] = {"screening_id": on, "matter_id": matter, "office_id": top, "by": "handler"}
            lines = (PlanLine(action="hearing", due=due),)
            once = f"{when}{number}"
            plans.add(sqlite_store, Plan(**acted, role="handler", owner="S2", lines=lines, at=when, once=once))
            done: dict[str, Any] = {"action": "hearing", "role": "handler", "at": when + 1, "once": once}
            if number % 2:
                plans.add(sqlite_store, Measure(**acted, **done, done_on=due, outcome="done"))

    held(LOOKED)
    first = swept(MONTHS[0], LOOKED - timedelta(days=20))
    swept(MONTHS[1], LOOKED - timedelta(days=10))
    decided(first, "accept", at(LOOKED) - DAY_US)
    planned(first, LOOKED - timedelta(days=5), at(LOOKED) - 2 * DAY_US)
    then = said(LOOKED)
    assert then["model"] is None
    assert "list_unsigned" in {one["code"] for one in then["findings"]}

    # A quarter later: another ledger with what was entered and corrected since, a list, other decisions, new plans.
    held(LAST)
    swept(LAST, LAST)
    decided(first, "reject", at(LAST))
    planned(first, LOOKED - timedelta(days=2), at(LAST))
    for screening in screenings.read_screenings(sqlite_store):
        step = ListStep(
            id=0,
            screening_id=screening.screening_id,
            office_id=top,
            step="submit",
            version=1,
            opinion="",
            by="head",
            role="head",
            at=at(LAST),
            once=screening.screening_id,
            content_hash="0" * 64,
        )
        signing.add_step(sqlite_store, step)
    latest = tmp_path / "monitor" / "latest.json"
    made = run_monitor(sqlite_store, settings, tmp_path, KEY, as_of=at(LAST), now=at(LAST), by="operator")
    assert json.loads(latest.read_text(encoding="utf-8"))["as_of"] == made.as_of == LAST.isoformat()
    assert said(LAST) == then
    # Who looks back changes nothing of what pages, gauges and alerts tell: the report is written under its own day.
    assert json.loads(latest.read_text(encoding="utf-8"))["as_of"] == LAST.isoformat()
    own = json.loads((tmp_path / "monitor" / f"{LOOKED}.json").read_text(encoding="utf-8"))
    assert own["findings"] == then["findings"]
    assert (tmp_path / "monitor" / f"{LOOKED}.zh.html").is_file()
    assert models.champion_at(sqlite_store, at(LOOKED)) is None
