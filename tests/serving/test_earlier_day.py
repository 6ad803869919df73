"""The monitors asked of an earlier day say what they said on that day: a later ledger and later work change nothing."""

import json
from dataclasses import replace
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
from features.catalog import CATALOG
from monitoring.drift import reference_summary
from serving.monitor_run import scan_log
from tests.province import Province
from tests.serving.conftest import add_card, make_scorecard

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


def test_a_look_back_judges_the_model_that_served_then(sqlite_store: Store, tmp_path: Path) -> None:
    whole = make_register(small_plan()).register
    province = Province(store=sqlite_store, state=tmp_path, settings=Settings(demo=True), whole=whole)
    at = province.at
    province.open({"steward": UserRole.STEWARD, "approver": UserRole.APPROVER})

    def in_use(intercept: int, day: date) -> int:
        version = add_card(sqlite_store, tmp_path, replace(make_scorecard(), intercept=intercept))
        models.propose(sqlite_store, version, proposer="steward", at=at(day), reason="回溯检验领先")
        models.promote(sqlite_store, version, approver="approver", at=at(day) + 1, reason="已核对模型卡")
        return version

    def trained_on(version: int, day: date, shift: float) -> None:
        """Keep as its reference what a list saw, the scores moved by `shift`."""
        listed = next(one for one in screenings.read_screenings(sqlite_store) if one.cutoff == at(day))
        log = scan_log(sqlite_store, tmp_path, listed.screening_id).collect()
        margins = log["margin_nano"].to_numpy() / 1e9 + shift
        folder = tmp_path / "models" / str(version)
        folder.mkdir(parents=True)
        told = reference_summary(log.select("matter_id", "cutoff", *CATALOG.names), margins)
        (folder / "reference.json").write_text(json.dumps(told), encoding="utf-8")

    def said(now: date) -> dict[str, Any]:
        return json.loads(json.dumps(province.report(LOOKED, now=now).as_dict(), default=str))

    province.held(LOOKED)
    first = in_use(-1_000_000_000, MONTHS[0])
    for day in MONTHS[1:3]:
        province.swept(day, made=LOOKED)
    trained_on(first, MONTHS[1], 0.0)
    then = said(LOOKED)
    assert then["model"] == f"petition-risk v{first}"
    assert "score_drift" not in {one["code"] for one in then["findings"]}

    province.held(LAST)
    second = in_use(500_000_000, LAST - timedelta(days=9))
    province.swept(LAST, made=LAST)
    trained_on(second, LAST, 5.0)
    now = province.report(LAST)
    assert now.model == f"petition-risk v{second}"
    assert "score_drift" in {one.code for one in now.findings}
    assert said(LAST) == then
