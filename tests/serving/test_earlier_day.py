"""The monitors asked of an earlier day say what they said on that day: a later ledger and later work change nothing."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from data.settings import Settings, WorkSettings
from data.store import models, plans, screenings, signing
from data.store.engine import Store
from data.store.flags import Decision, add_decision
from data.store.plans import Measure, Plan, PlanLine
from data.store.signing import ListStep
from data.store.users import UserRole
from data.synthetic import make_register
from data.synthetic.plan import small_plan
from data.times import DAY_US
from tests.province import Province

MONTHS = (date(2026, 3, 31), date(2026, 6, 30), date(2026, 7, 31), date(2026, 10, 31))
LOOKED, LAST = MONTHS[2], MONTHS[3]


def test_a_look_back_says_what_was_said_then(sqlite_store: Store, tmp_path: Path) -> None:
    settings = Settings(demo=True, work=WorkSettings(unsigned_days=5))
    whole = make_register(small_plan()).register
    province = Province(store=sqlite_store, state=tmp_path, settings=settings, whole=whole)
    at, held, top = province.at, province.held, province.top
    province.open({"handler": UserRole.HANDLER, "head": UserRole.PETITION_HEAD})

    def swept(day: date, made: date) -> str:
        return province.swept(day, made=made).screening_id

    def said(now: date) -> dict[str, Any]:
        return json.loads(json.dumps(province.report(LOOKED, now=now).as_dict(), default=str))

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
    made = province.report(LAST)
    assert json.loads(latest.read_text(encoding="utf-8"))["as_of"] == made.as_of == LAST.isoformat()
    assert said(LAST) == then
    # Who looks back changes nothing of what pages, gauges and alerts tell: the report is written under its own day.
    assert json.loads(latest.read_text(encoding="utf-8"))["as_of"] == LAST.isoformat()
    own = json.loads((tmp_path / "monitor" / f"{LOOKED}.json").read_text(encoding="utf-8"))
    assert own["findings"] == then["findings"]
    assert (tmp_path / "monitor" / f"{LOOKED}.zh.html").is_file()
    assert models.champion_at(sqlite_store, at(LOOKED)) is None
