"""Which past lists the monitors look at, and that nothing else stops them."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml

from data.store import plans, schema
from data.store.flags import Decision, add_decision, decision_codes
from data.store.plans import Measure, Plan, PlanLine
from data.store.screenings import Screening
from serving.journal import audit_key
from serving.monitor_run import LATEST, plan_steps, run_monitor, widest
from tests.serving.conftest import CUTOFF, Desk, make_scorecard

RULES = Path(__file__).parents[2] / "docs" / "deploy" / "petition-risk-alerts.yml"
ONE = Screening(
    screening_id="a",
    cutoff=1,
    scope="C1",
    batch_id=1,
    model_version=None,
    mode="rules",
    state="draft",
    settings={},
    created_at=0,
    created_by="test",
    demo=True,
)
PARENTS = {"P1": None, "M1": "P1", "C1": "M1", "C2": "M1"}


def test_a_county_s_own_list_is_part_of_its_province_s() -> None:
    province = replace(ONE, screening_id="b", scope="P1")
    assert widest([ONE, province], PARENTS) == [province]


def test_lists_of_other_months_and_sisters_stay() -> None:
    sister, later = replace(ONE, screening_id="c", scope="C2"), replace(ONE, screening_id="d", scope="P1", cutoff=2)
    assert widest([ONE, sister, later], PARENTS) == [ONE, sister, later]


def test_a_list_of_an_empty_cohort_has_no_feature_log_and_is_left_out(desk: Desk, approve: Callable[..., int]) -> None:
    approve(make_scorecard())
    key = audit_key(desk.state_dir)
    report = run_monitor(desk.store, desk.settings, desk.state_dir, key, as_of=CUTOFF, now=desk.clock(), by="operator")
    assert report.as_dict()["tables"]["past_lists"] == []
    assert (desk.state_dir / LATEST).is_file()


def test_the_numbers_for_prometheus_tell_the_latest_report_and_every_alert_reads_one_of_them(
    desk: Desk, approve: Callable[..., int]
) -> None:
    def gauge(name: str) -> float:
        text = desk.client().get("/metrics").text
        return float(next(line.rsplit(" ", 1)[1] for line in text.splitlines() if line.startswith(name)))

    assert gauge("petition_risk_monitored_up_to_seconds") == 0
    approve(make_scorecard())
    key = audit_key(desk.state_dir)
    report = run_monitor(desk.store, desk.settings, desk.state_dir, key, as_of=CUTOFF, now=desk.clock(), by="operator")
    for severity in ("severe", "warning", "info"):
        found = sum(one.severity == severity for one in report.findings)
        assert gauge(f'petition_risk_findings{{severity="{severity}"}}') == found
    assert gauge("petition_risk_monitored_up_to_seconds") == CUTOFF // 1_000_000
    assert gauge("petition_risk_held") == 0

    rules = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"][0]["rules"]
    told = set(re.findall(r"^# TYPE (\w+)", desk.client().get("/metrics").text, re.MULTILINE))
    named = {name for rule in rules for name in re.findall(r"petition_risk_\w+", rule["expr"])}
    assert {name.removesuffix("_bucket").removesuffix("_total") for name in named} <= {
        name.removesuffix("_total") for name in told
    }
    assert named


def test_decisions_come_by_nobody_and_steps_with_the_day_they_were_done(desk: Desk) -> None:
    matter = desk.matter("A-2")
    for code in ("accept", "reject"):
        made = Decision(
            screening_id=desk.screening_id,
            matter_id=matter,
            office_id="C1",
            decided_by="handler",
            role="handler",
            at=desk.clock(),
            decision=code,
            reason="已核实",
            once=code,
        )
        add_decision(desk.store, made)
    assert decision_codes(desk.store, desk.clock() + 1) == [(desk.screening_id, matter, "reject")]
    assert decision_codes(desk.store, desk.clock()) == []
    with desk.store.write() as connection:
        newest = connection.execute(sa.select(sa.func.max(schema.flag_decisions.c.id))).scalar_one()
        undo = {"decision_id": newest, "matter_id": matter, "by": "handler", "at": desk.clock()}
        connection.execute(schema.undone_decisions.insert().values(**undo))
    assert decision_codes(desk.store, desk.clock() + 1) == [(desk.screening_id, matter, "accept")]

    acted: dict[str, Any] = {"screening_id": desk.screening_id, "matter_id": matter, "office_id": "C1", "by": "handler"}
    lines = (PlanLine(action="hearing", due=date(2026, 11, 9)), PlanLine(action="aid", due=date(2026, 11, 10)))
    plans.add(desk.store, Plan(**acted, role="handler", owner="S2", lines=lines, at=desk.clock(), once="plan"))
    done: dict[str, Any] = {"action": "hearing", "role": "handler", "at": desk.clock() + 1}
    plans.add(desk.store, Measure(**acted, **done, done_on=date(2026, 11, 8), outcome="not_possible", once="m0"))
    plans.add(desk.store, Measure(**acted, **done, done_on=date(2026, 11, 12), outcome="done", once="m1"))
    assert plan_steps(desk.store).rows() == [(date(2026, 11, 9), date(2026, 11, 12)), (date(2026, 11, 10), None)]
