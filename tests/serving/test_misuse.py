"""What somebody who wants to use the product against people would try, each tried here and stopped."""

from typing import Any
from uuid import uuid4

import pytest

from data.forbidden import CONTROL_WORDS
from serving.app import routes
from serving.deps import right_of
from serving.permissions import MACHINE_RIGHTS
from serving.sessions import form_token
from tests.serving.conftest import Desk, log_of

TRIAL = {
    "events": [
        {"kind": "letter", "occurred_on": "2026-06-01"},
        {"kind": "registered", "occurred_on": "2026-06-01"},
        {"kind": "visit", "occurred_on": "2026-09-01"},
    ]
}


def test_pooling_one_persons_events_through_the_score_endpoint(desk: Desk) -> None:
    """Events of several matters never make one score; a trial is no way round: no matter, counted, on record."""
    head = desk.client("petition_head")
    pooled = [{"kind": kind, "occurred_on": "2026-10-01"} for kind in ("letter", "visit", "online")]
    for body in (
        {"events": pooled},
        {"matter_id": desk.matter("A-1"), "events": pooled},
        {"matter_id": [desk.matter("A-1"), desk.matter("A-2")]},
        {"matter_id": desk.matter("A-1"), "what_if": pooled},
        {"person": "1", "matter_id": desk.matter("A-1")},
    ):
        assert head.post("/v1/score", json=body).status_code == 422
    assert head.post("/v1/trial", json=TRIAL).status_code == 403
    steward = desk.client("steward")
    assert steward.post("/v1/score", json={"matter_id": desk.matter("A-1")}).status_code == 403
    answers = [steward.post("/v1/trial", json=TRIAL) for _ in range(desk.settings.service.daily_trials + 1)]
    assert {answer.status_code for answer in answers[:-1]} == {200}
    assert answers[0].json()["trial"] is True
    assert (answers[-1].status_code, answers[-1].json()["code"]) == (429, "trial_volume")
    said = [entry.action for entry in log_of(desk) if entry.user_id == "steward"]
    assert said.count("trial_score") == desk.settings.service.daily_trials
    assert log_of(desk)[-1].detail["finding"] == "trial_volume"


def test_harvesting_a_list_by_token(desk: Desk) -> None:
    """No machine lists, searches or reads a band; ids it does not know it cannot find, and its looks are few."""
    machine = desk.machine("events", "clocks")
    opened = {route.path for route in routes() if right_of(route) in MACHINE_RIGHTS}
    assert opened == {"/v1/events", "/v1/matters/{matter_id}/clocks"}
    for path in (
        "/v1/screenings",
        f"/v1/screenings/{desk.screening_id}",
        "/v1/matters",
        f"/v1/matters/{desk.matter('A-1')}",
        f"/v1/matters/{desk.matter('A-1')}/work",
        "/v1/log",
    ):
        found = machine.get(path)
        assert (found.status_code, found.json()["code"]) == (403, "machine_refused"), path
    assert machine.post("/v1/score", json={"matter_id": desk.matter("A-1")}).status_code == 403
    for path in ("/list", "/list.csv", f"/lists/{desk.screening_id}/export"):
        assert machine.get(path).status_code in (303, 404, 405), path
    looks = [machine.get(f"/v1/matters/{uuid4()}/clocks").status_code for _ in range(20)]
    assert set(looks) == {404, 429}
    assert log_of(desk)[-1].action == "volume_capped"


@pytest.mark.parametrize(
    "query",
    [
        "kind=joint_submission", "joint=1", "upward=1", "from_above=1", "role=from_above", "contact=visit",
        "sort=contacts", "order=joint", "people=3", "category=joint_submission", "cause=assigned_from_above",
    ],
)  # fmt: skip
def test_filtering_for_joint_or_upward(desk: Desk, query: str) -> None:
    """Red line 7: no parameter, and no value of an allowed one, tells matters apart by how they were raised."""
    for name in ("petition_head", "leader", "city_leader"):
        client = desk.client(name)
        for path in ("/v1/matters", "/v1/screenings", f"/v1/screenings/{desk.screening_id}"):
            found = client.get(f"{path}?{query}")
            assert found.status_code == 422 or found.json()["total"] == 0, (name, path)
        page = client.get(f"/list?{query}")
        assert page.status_code == 422 or "A-1" not in page.text


def test_differencing_totals(desk: Desk) -> None:
    """What the lists count differs between two filters only by matters the caller may open anyway, and by no kind."""
    head = desk.client("petition_head")
    whole = head.get("/v1/matters").json()["total"]
    parts = [head.get(f"/v1/matters?handler={code}").json() for code in ("S1", "S2", "S3", "S4")]
    assert sum(part["total"] for part in parts) == whole == 7
    assert desk.client("handler").get("/v1/matters?handler=S2").json()["total"] == 0
    # The board's totals: a year is the only thing that can be asked, and no number is about a kind of contact.
    assert head.get("/board?year=2026").status_code == 200
    for query in ("month=2026-10", "department=x", "kind=joint_submission", "part=joint", "before=3"):
        assert head.get(f"/board?{query}").status_code == 422, query


def test_looking_up_an_identity_number_through_link_proposals(desk: Desk) -> None:
    """Neither number nor name is a way in: no parameter, search or field takes one (G3; more in test_vault)."""
    number = "990000190001010016"
    head = desk.client("petition_head")
    for path in ("/links", "/v1/matters", "/list", "/v1/screenings"):
        for name in ("id_number", "identity", "document_no", "person", "q"):
            assert head.get(f"{path}?{name}={number}").status_code == 422, (path, name)
    assert head.get(f"/v1/matters?number={number}").json()["items"] == []
    for entry in log_of(desk):
        assert number not in str(entry)
    told = {"matters": [{"matter_no": number, "registered_on": "2026-11-03"}], "once": str(uuid4())}
    answer = head.post("/v1/events", json=told)
    assert (answer.status_code, number in answer.text) == (422, False)
    fields = {
        field.alias
        for route in routes()
        for field in route.dependant.query_params
        if "id_number" in field.alias or "name" in field.alias or "person" in field.alias
    }
    assert fields == set()


@pytest.mark.parametrize("word", sorted(CONTROL_WORDS)[:8])
def test_writing_control_words_into_a_plan(desk: Desk, word: str) -> None:
    """Actions are a closed list of help and duties; every text a person types is refused in place, and only counted."""
    head, matter = desk.client("petition_head"), desk.matter("A-2")
    step = {"action": word, "due_on": "2026-11-15"}
    plan = {"owner": "S0107", "steps": [step], "once": str(uuid4())}
    assert head.post(f"/v1/matters/{matter}/plan", json=plan).status_code == 422
    owner = plan | {"owner": word, "steps": [{"action": "reply", "due_on": "2026-11-15"}]}
    assert head.post(f"/v1/matters/{matter}/plan", json=owner).status_code == 422
    decided = {"decision": "change", "reason": "已核实", "plan": f"请{word}该信访人", "once": str(uuid4())}
    refused = head.post(f"/v1/screenings/{desk.screening_id}/entries/{matter}/decision", json=decided)
    assert (refused.status_code, refused.json()["code"]) == (422, "text_refused")
    assert log_of(desk)[-1].action == "text_refused"
    assert set(log_of(desk)[-1].detail) == {"refusals"}
    page = head.post(
        f"/matters/{matter}/plan",
        data={
            "csrf": form_token(desk.settings.service, head.cookies), "owner": "S0107", "action": [word],
            "due": ["2026-11-15"], "once": str(uuid4()),
        },
    )  # fmt: skip
    assert page.status_code == 422
    assert head.get(f"/v1/matters/{matter}/work").json()["plan"] is None


@pytest.mark.parametrize(("user", "number"), [("handler", "A-5"), ("department_head", "A-6"), ("leader", "A-4")])
def test_a_respondent_opening_their_own_matter(desk: Desk, user: str, number: str) -> None:
    """Who holds the post a matter complains about finds nothing of it, by any address, as if it did not exist."""
    client, matter = desk.client(user), desk.matter(number)
    unknown = str(uuid4())

    def told(answer: Any) -> dict[str, Any]:
        return answer.json() | {"request_id": ""}

    for path in ("", "/clocks", "/work", "/decisions"):
        own = client.get(f"/v1/matters/{matter}{path}")
        assert own.status_code == 404, path
        assert told(own) == told(client.get(f"/v1/matters/{unknown}{path}"))
    assert client.post("/v1/score", json={"matter_id": matter}).status_code == 404
    assert client.get(f"/matters/{matter}").status_code == 404
    assert number not in client.get("/v1/matters").text
    assert client.get(f"/v1/matters?number={number}").json()["total"] == 0
    assert number not in client.get(f"/v1/screenings/{desk.screening_id}").text
    once = str(uuid4())
    written = client.post(
        "/v1/events",
        json={"events": [{"matter_no": number, "kind": "resolved", "occurred_on": "2026-11-03"}], "once": once},
    )
    assert written.status_code in (403, 404)
    plan = {"owner": "S0107", "steps": [{"action": "reply", "due_on": "2026-11-15"}], "once": once}
    assert client.post(f"/v1/matters/{matter}/plan", json=plan).status_code in (403, 404)
