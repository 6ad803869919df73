"""The monthly job run from a page: by those entitled, once however often it is clicked, on record, never half."""

import multiprocessing
from datetime import date
from typing import Any

import pytest

from data.settings import ImpactSettings
from data.store import audit, lease, runs, screenings
from data.times import cutoff_instant
from serving import muting
from serving.clock import now
from serving.held import LEASE, TTL_US
from tests.serving.conftest import Desk, log_of, token_of


@pytest.fixture
def ready(desk: Desk) -> Desk:
    """The desk at this very day, with an impact assessment: a real job may run on its register."""
    made = desk.with_settings(impact=ImpactSettings(assessment_id="PIA-1", approver="A"))
    made.clock.now = now()
    return made


def ask(client: Any, **more: str) -> Any:
    page = client.get("/run")
    return client.post("/run", data={"csrf": token_of(page.text), "cutoff": "2026-09-30", "scope": "C1"} | more)


def wait(desk: Desk) -> None:
    for child in multiprocessing.active_children():
        child.join(120)
    desk.clock.now = now()


def test_a_head_runs_the_sweep_of_the_own_office_and_a_second_click_makes_no_second(ready: Desk) -> None:
    client = ready.client("petition_head")
    page = client.get("/run")
    assert 'value="C1" selected' in page.text
    assert "C2" not in page.text
    assert ask(client).status_code == 303
    again = ask(client)
    assert again.status_code == 409
    assert "正在运行" in again.text
    shown = client.get("/run")
    assert shown.headers["Refresh"] == "5"
    wait(ready)
    [run] = runs.read_runs(ready.store)
    assert (run.state, run.asked_by, run.scope) == ("done", "petition_head", "C1")
    report = muting.latest_report(ready.state_dir)  # the monitors looked after it
    assert report is not None
    assert report["as_of"] == "2026-09-30"
    page = client.get("/run")
    assert "Refresh" not in page.headers
    assert "已成稿" in page.text
    assert run.outcome is not None
    assert f"/list?screening={run.outcome['screening_id']}" in page.text
    assert client.get(f"/list?screening={run.outcome['screening_id']}").status_code == 200
    cutoff = cutoff_instant(date(2026, 9, 30), ready.settings.time_zone)
    assert [one.scope for one in screenings.read_screenings(ready.store, cutoff=cutoff)] == ["C1"]
    acts = [(entry.action, entry.user_id) for entry in log_of(ready)]
    assert acts.count(("run_asked", "petition_head")) == 1
    assert ("screen", "petition_head") in acts
    key = audit.load_or_create_key(ready.state_dir / "audit.key")
    assert audit.verify(ready.store, key).intact


def test_what_cannot_be_run_is_said_beside_the_form(ready: Desk) -> None:
    client = ready.client("petition_head")
    for sent, words in (({"cutoff": "30.9.2026"}, "2026-10-31"), ({"scope": "P1"}, "没有该单位"), ({"csrf": "x"}, "")):
        answer = ask(client, **sent)
        assert answer.status_code in (403, 404, 422, 2)
        assert words in answer.text
    lease.acquire(ready.store, LEASE, holder="os:timer@host:1", now=now(), ttl_us=TTL_US)
    held = ask(client)
    assert held.status_code == 409
    assert "os:timer" in held.text
    assert [entry.action for entry in log_of(ready)].count("run_asked") == 0


def test_without_an_impact_assessment_it_says_so(desk: Desk) -> None:
    answer = ask(desk.client("petition_head"))
    assert answer.status_code == 403
    assert "影响评估" in answer.text


def test_the_operator_runs_for_the_offices_below_and_reads_how_it_went(ready: Desk) -> None:
    client = ready.client("operator")
    page = client.get("/run")
    assert all(f'value="{office}"' in page.text for office in ("M1", "C1", "C2"))
    assert 'value="P1"' not in page.text
    died = runs.Run(
        run_id="r1", job=LEASE, cutoff=now(), scope="C1", asked_by="os:timer", holder="gone", begun_at=now()
    )
    runs.begin_run(ready.store, died)
    assert "中断，再运行即可" in client.get("/run").text
    # A day the ledger does not reach is refused by the job itself; the record says why.
    assert ask(client, cutoff="2031-01-31", scope="M1").status_code == 303
    wait(ready)
    page = client.get("/run")
    assert "晚于台账数据覆盖到的日期" in page.text
    assert "/list?screening" not in page.text
