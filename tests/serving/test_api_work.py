"""Matters, plans, measures, oversight and model decisions over the interface: paged, tagged, and once each."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from data.settings import ImpactSettings
from data.store import models
from tests.serving.conftest import Desk, log_of, make_scorecard
from tests.training.test_package import model
from training.scorecard import Scorecard

STEPS = [{"action": "hearing", "due_on": "2026-11-15"}, {"action": "monthly_follow_up", "due_on": "2026-11-10"}]


def _plan(desk: Desk, client: Any, number: str = "A-2", once: str | None = None, **more: Any) -> Any:
    sent = {"owner": "S0107", "steps": STEPS, "once": once or str(uuid4())}
    return client.post(f"/v1/matters/{desk.matter(number)}/plan", json=sent, **more)


def test_the_matters_of_an_office_page_by_page_without_any_judgement(desk: Desk) -> None:
    head = desk.client("petition_head")
    first = head.get("/v1/matters?page_size=3").json()
    assert [row["matter_no"] for row in first["items"]] == ["A-1", "A-2", "A-3"]
    assert (first["total"], first["page"]) == (7, 1)
    rest = head.get("/v1/matters?page_size=3&page=3").json()
    assert [row["matter_no"] for row in rest["items"]] == ["A-7"]
    assert head.get("/v1/matters?page_size=3&page=4").json()["items"] == []
    assert set(first["items"][0]) == {
        "matter_id", "matter_no", "office_id", "department", "handler", "category", "cause", "procedure_path",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("number=A-3", ["A-3"]),
        ("handler=S1", ["A-1", "A-4", "A-5"]),
        ("department=民事检察部&handler=S3", ["A-3", "A-6"]),
        ("category=report", []),
        ("cause=injury&number=7", ["A-7"]),
    ],
)
def test_filters_of_the_list_page_and_no_other(desk: Desk, query: str, numbers: list[str]) -> None:
    found = desk.client("petition_head").get(f"/v1/matters?{query}").json()
    assert [row["matter_no"] for row in found["items"]] == numbers


def test_g16_the_list_holds_what_the_caller_may_open(desk: Desk) -> None:
    listed = {
        name: [row["matter_no"] for row in desk.client(name).get("/v1/matters").json()["items"]]
        for name in ("handler", "department_head", "leader")
    }
    assert listed["handler"] == ["A-1", "A-4"]
    assert listed["department_head"] == ["A-1", "A-2", "A-5"]
    assert "A-4" not in listed["leader"]
    city = desk.client("city_leader")
    assert [row["matter_no"] for row in city.get("/v1/matters").json()["items"]] == ["M-1"]
    assert len(city.get("/v1/matters?office=C2").json()["items"]) == 2
    assert desk.client("petition_head").get("/v1/matters?office=C2").status_code == 404
    assert log_of(desk)[-1].action != "view_matters" or log_of(desk)[-1].user_id != "petition_head"


def test_an_etag_saves_what_did_not_change(desk: Desk) -> None:
    client = desk.client("handler")
    for address in ("/v1/matters", f"/v1/matters/{desk.matter('A-1')}/work", f"/v1/matters/{desk.matter('A-1')}"):
        first = client.get(address)
        again = client.get(address, headers={"If-None-Match": first.headers["etag"]})
        assert (first.status_code, again.status_code, again.content) == (200, 304, b""), address
    english = client.get(f"{address}?lang=en", headers={"If-None-Match": first.headers["etag"]})
    assert english.status_code == 200, "another language is another answer"


def test_a_plan_is_made_read_and_replaced_by_who_has_read_it(desk: Desk) -> None:
    client, other = desk.client("petition_head"), desk.client("department_head")
    address = f"/v1/matters/{desk.matter('A-2')}/work"
    empty = client.get(address)
    assert empty.json() == {"plan": None, "measures": [], "results": []}
    once = str(uuid4())
    made = _plan(desk, client, once=once, headers={"If-Match": empty.headers["etag"]})
    assert made.status_code == 200
    assert [step["label"] for step in made.json()["plan"]["steps"]] == ["公开听证", "每月后续答复"]
    assert client.get(address).headers["etag"] == made.headers["etag"]
    late = _plan(desk, other, headers={"If-Match": empty.headers["etag"]})
    assert (late.status_code, late.json()["code"]) == (412, "changed_meanwhile")
    assert _plan(desk, client, once=once, headers={"If-Match": empty.headers["etag"]}).status_code == 200
    assert [entry.action for entry in log_of(desk)].count("plan") == 1


def test_measures_and_a_result_follow(desk: Desk) -> None:
    client, matter = desk.client("department_head"), desk.matter("A-2")
    measure = {"action": "hearing", "done_on": "2026-11-02", "outcome": "done", "once": str(uuid4())}
    nothing_done = client.post(f"/v1/matters/{matter}/results", json={"result": "answered", "once": str(uuid4())})
    assert nothing_done.status_code == 409
    for _ in range(2):
        done = client.post(f"/v1/matters/{matter}/measures", json=measure)
        assert len(done.json()["measures"]) == 1
    ended = client.post(f"/v1/matters/{matter}/results", json={"result": "answered", "once": str(uuid4())})
    assert ended.json()["results"][0]["label"] == "已答复说理"
    unknown = client.post(f"/v1/matters/{matter}/measures", json=measure | {"action": "stability"})
    assert unknown.status_code == 422


def test_what_was_decided_on_a_matter_is_read_back(desk: Desk) -> None:
    client, matter = desk.client("department_head"), desk.matter("A-2")
    sent = {"decision": "accept", "reason": "已核实", "once": str(uuid4())}
    client.post(f"/v1/screenings/{desk.screening_id}/entries/{matter}/decision", json=sent)
    found = client.get(f"/v1/matters/{matter}/decisions").json()
    assert [(one["state"]["code"], one["reason"]) for one in found["decisions"]] == [("accepted", "已核实")]
    assert desk.client("civil_head").get(f"/v1/matters/{matter}/decisions").status_code == 404


def test_batches_monitoring_and_the_log_are_for_those_of_their_pages(desk: Desk) -> None:
    client = desk.client("petition_head")
    told = {"matter_no": "A-1", "kind": "call", "occurred_on": "2026-11-03"}
    client.post("/v1/events", json={"events": [told], "once": str(uuid4())})
    found = client.get("/v1/batches").json()
    assert [(one["act"], one["offices"], one["in_effect"]) for one in found["items"]] == [("event", ["C1"], True)]
    nothing = desk.client("steward").get("/v1/monitoring").json()
    assert nothing == {"as_of": None, "severity": None, "findings": []}
    auditor = desk.client("auditor")
    page = auditor.get("/v1/log?page_size=2").json()
    assert page["items"][0]["action"] == "view_log"
    older = auditor.get(f"/v1/log?page_size=500&before={page['before']}").json()
    assert older["before"] is None
    assert "events_told" in [row["action"] for row in (*page["items"], *older["items"])]


def test_only_the_command_of_the_head_accepts_assumed_times(desk: Desk) -> None:
    gate = {"passed": True, "needs_acceptance": True, "reasons": []}
    version = models.add_model(desk.store, model(version=0, state="challenger", gate=gate))
    assessed = desk.with_settings(impact=ImpactSettings(assessment_id="PIA-2026-1", approver="pia"))
    steward, approver = assessed.client("steward"), assessed.client("approver")
    why = {"reason": "回溯检验通过"}
    assert steward.post(f"/v1/models/{version}/propose", json=why).status_code == 200
    refused = approver.post(f"/v1/models/{version}/approve", json=why)
    assert (refused.status_code, refused.json()["code"]) == (403, "assumed_times")
    accepting = approver.post(f"/v1/models/{version}/approve", json=why | {"accept_assumed": True})
    assert accepting.status_code == 422
    assert models.champion(desk.store) is None


def test_g21_two_people_decide_about_a_version(desk: Desk, approve: Callable[[Scorecard], int]) -> None:
    approve(make_scorecard())
    steward, approver = desk.client("steward"), desk.client("approver")
    why = {"reason": "回溯检验通过"}
    assert steward.post("/v1/models/9/propose", json=why).status_code == 404
    assert steward.post("/v1/models/1/propose", json=why).json()["code"] == "model_state"
    stopped = steward.post("/v1/models/stop", json={"reason": "核对数据"})
    assert (stopped.status_code, stopped.json()["champion"]) == (200, None)
    assert approver.post("/v1/models/resume", json=why).json()["champion"] == 1
    assert approver.post("/v1/models/rollback", json=why).json()["champion"] is None
    made = [one["action"] for one in approver.get("/v1/models/decisions").json()["items"]]
    assert made == ["propose", "promote", "kill", "unkill", "rollback"]
    assert steward.post("/v1/models/1/approve", json=why).status_code == 403
    assert approver.post("/v1/models/1/propose", json=why).status_code == 403
    refused = steward.post("/v1/models/stop", json={"reason": "联系张小明先生13800138000"})
    assert (refused.status_code, refused.json()["code"]) == (422, "text_refused")
    assert models.champion(desk.store) is None
    assert steward.get("/v1/models/1/card").status_code == 404
