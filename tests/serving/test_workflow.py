"""Who decides on an entry, that nothing moves by itself, and that no decision stands without its record."""

import re
import threading
from typing import Any
from uuid import uuid4

import pytest

from data.store import audit, flags, register
from serving import journal
from serving.permissions import RIGHTS, Right
from serving.workflow import MOVES, FlagState, state_of
from tests.serving.conftest import CUTOFF, Desk, issue, log_of, token_of

DAY = 86_400_000_000


def send(desk: Desk, user: str, number: str, decision: str = "accept", **more: Any) -> Any:
    body = {"decision": decision, "reason": "已核实，下周作每月后续答复", "once": str(uuid4()), **more}
    screening = more.pop("screening", None) or desk.screening_id
    body.pop("screening", None)
    path = f"/v1/screenings/{screening}/entries/{desk.matter(number)}/decision"
    return desk.client(user).post(path, json=body)


def put(desk: Desk, user: str, number: str, **more: Any) -> Any:
    body = {"reason": "承诺的答复日期临近，承办人已更换", "once": str(uuid4()), **more}
    return desk.client(user).post(f"/v1/matters/{desk.matter(number)}/put-forward", json=body)


def entries(desk: Desk, user: str, screening: str | None = None) -> dict[tuple[str, str], dict[str, Any]]:
    found = desk.client(user).get(f"/v1/screenings/{screening or desk.screening_id}").json()["entries"]
    return {(row["matter_no"], row["part"]): row for row in found}


def unlist(desk: Desk, number: str) -> None:
    """Take a matter off the stored list, as if the job had not chosen it."""
    from data.store import schema

    with desk.store.write() as connection:
        connection.execute(schema.entries.delete().where(schema.entries.c.matter_id == desk.matter(number)))


def test_g9_every_entry_waits_for_a_person_and_shows_who_decided_when_and_why(desk: Desk) -> None:
    assert {row["state"]["code"] for row in entries(desk, "petition_head").values()} == {"pending"}
    answer = send(desk, "handler", "A-1")
    assert answer.status_code == 200
    assert answer.json()["state"] == {"code": "accepted", "label": "已接受"}
    row = entries(desk, "petition_head")["A-1", "must_act"]
    assert row["state"]["code"] == "accepted"
    assert row["decision"]["decided_by"] == "handler"
    assert row["decision"]["reason"] == "已核实，下周作每月后续答复"
    page = desk.client("leader").get(f"/matters/{desk.matter('A-1')}").text
    for told in (
        "已接受",
        "测试handler（承办人）",
        "2026-11-03 09:00",
        "已核实，下周作每月后续答复",
        "2026-10-31 清单",
    ):
        assert told in page


@pytest.mark.parametrize("state", list(FlagState))
@pytest.mark.parametrize("decision", ["accept", "change", "reject"])
def test_g9_the_table_of_states_is_what_happens(desk: Desk, state: FlagState, decision: Any) -> None:
    into: dict[FlagState, Any] = {moved: code for code, moved in MOVES[FlagState.PENDING].items()}
    if state in into:
        assert send(desk, "department_head", "A-2", into[state], plan="当面说理").status_code == 200
    answer = send(desk, "department_head", "A-2", decision, plan="改为公开听证")
    found = entries(desk, "department_head")["A-2", "points"]["state"]["code"]
    if decision in MOVES[state]:
        assert answer.status_code == 200
        assert found == MOVES[state][decision]
    else:
        assert (answer.status_code, answer.json()["code"]) == (409, "already_decided")
        assert found == state


def test_g9_nothing_changes_by_itself(desk: Desk) -> None:
    send(desk, "handler", "A-1", "reject")
    before = entries(desk, "petition_head")
    desk.clock.forward(hours=24 * 40)
    desk.client("petition_head").get("/list")
    desk.client("petition_head").post("/v1/score", json={"matter_id": desk.matter("A-1")})
    assert entries(desk, "petition_head") == before


def test_g9_an_entry_not_taken_up_stays_on_the_list_with_its_reason_and_duties(desk: Desk) -> None:
    before = entries(desk, "handler")["A-1", "must_act"]
    assert send(desk, "handler", "A-1", "reject", reason="已于昨日答复，台账未录").status_code == 200
    after = entries(desk, "handler")["A-1", "must_act"]
    assert after["state"]["label"] == "未采纳"
    assert after["duties"] == before["duties"]
    assert after["rank"] == before["rank"]
    page = desk.client("handler").get("/list").text
    assert "未采纳" in page
    assert "A-1" in page


@pytest.mark.parametrize("reason", ["", "   "])
def test_g9_no_decision_without_a_reason(desk: Desk, reason: str) -> None:
    for answer in (send(desk, "handler", "A-1", reason=reason), put(desk, "handler", "A-1", reason=reason)):
        assert (answer.status_code, answer.json()["code"]) == (422, "reason_missing")
    assert flags.decisions_of_matter(desk.store, desk.matter("A-1")) == []


def test_g9_a_change_says_what_changes_and_names_the_owner_by_number(desk: Desk) -> None:
    assert send(desk, "handler", "A-1", "change").json()["code"] == "change_missing"
    assert send(desk, "handler", "A-1", "change", owner="王建国").json()["code"] == "owner_code"
    answer = send(desk, "handler", "A-1", "change", owner="S2", plan="约定领导接访，当面说理")
    assert answer.json()["owner"] == "S2"
    page = desk.client("petition_head").get(f"/matters/{desk.matter('A-1')}").text
    assert "拟办意见：约定领导接访，当面说理" in page
    # What belongs to a change is not kept with another decision.
    assert send(desk, "handler", "A-1", "accept", owner="S2", plan="x").json()["plan"] is None


def test_g9_a_handler_does_not_undo_what_a_head_decided(desk: Desk) -> None:
    assert send(desk, "handler", "A-1").status_code == 200
    assert send(desk, "department_head", "A-1", "reject").status_code == 200
    refused = send(desk, "handler", "A-1", "accept")
    assert (refused.status_code, refused.json()["code"]) == (409, "decided_above")
    assert send(desk, "petition_head", "A-1", "accept").status_code == 200
    assert send(desk, "department_head", "A-1", "reject").status_code == 409
    steps = flags.decisions_of_matter(desk.store, desk.matter("A-1"))
    assert [(one.decided_by, one.decision) for one in steps] == [
        ("petition_head", "accept"),
        ("department_head", "reject"),
        ("handler", "accept"),
    ]
    page = desk.client("handler").get(f"/matters/{desk.matter('A-1')}").text
    assert page.count('class="tag state state-accepted"') >= 2
    assert 'type="radio" name="decision"' not in page


#: Who decides on what; the leader and the superior office read.
DECIDES = {
    "handler": {"A-1"},
    "department_head": {"A-1", "A-2", "A-5"},
    "civil_head": {"A-3", "A-4"},
    "petition_head": {"A-1", "A-2", "A-3", "A-4", "A-5", "A-6", "A-7"},
    "other_head": {"B-1", "B-2"},
}


@pytest.mark.parametrize("name", ["handler", "department_head", "civil_head", "petition_head", "other_head"])
def test_g16_who_decides_by_role_office_and_post(desk: Desk, name: str) -> None:
    mine = DECIDES[name] | ({"A-4"} if name == "handler" else set())
    client = desk.client(name)
    for number in desk.ids:
        page = client.get(f"/matters/{desk.matter(number)}")
        assert ('action="/matters/' in page.text) == (number in mine), number
        for answer in (send(desk, name, number), put(desk, name, number)):
            if number in mine:
                assert answer.status_code in (200, 409), (number, answer.text)
            else:
                assert (answer.status_code, answer.json()["code"]) == (404, "matter_not_found"), number


@pytest.mark.parametrize("name", ["leader", "city_leader", "operator", "steward", "approver", "auditor", "admin"])
def test_g16_others_read_or_see_nothing_but_never_decide(desk: Desk, name: str) -> None:
    assert send(desk, name, "A-1").status_code == 403
    assert put(desk, name, "A-1").status_code == 403
    if name in ("leader", "city_leader"):
        page = desk.client(name).get(f"/matters/{desk.matter('A-1')}").text
        assert "待核实" in page
        # A document to print is no decision; what writes is not offered.
        assert set(re.findall(r'action="/matters/[0-9a-f-]+/([\w.]+)', page)) <= {"plan.docx"}
        assert 'class="quick"' not in desk.client(name).get("/list").text
    assert RIGHTS[Right.DECIDE] == {"handler", "department_head", "petition_head"}


def test_g16_the_post_complained_about_neither_decides_nor_puts_forward(desk: Desk) -> None:
    # A-5 is about the post of the handler who holds it, A-6 about that of the civil head.
    for name, number in (("handler", "A-5"), ("civil_head", "A-6")):
        assert send(desk, name, number).status_code == 404
        assert put(desk, name, number).status_code == 404
        form = {"decision": "accept", "reason": "x", "screening": desk.screening_id, "once": str(uuid4())}
        assert desk.client(name).post(f"/matters/{desk.matter(number)}/decision", data=form).status_code == 404


def test_g15_a_decision_and_its_record_stand_or_fall_together(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    before = len(log_of(desk))
    answer = send(desk, "handler", "A-1")
    (entry,) = log_of(desk)[before:]
    assert (entry.action, entry.user_id, entry.matter_id) == (journal.DECIDE, "handler", desk.matter("A-1"))
    assert entry.detail == {"screening": desk.screening_id, "part": "must_act", "decision": "accept"}
    assert entry.request_id == answer.headers["x-request-id"]

    def full(*_: Any) -> list[int]:
        from data.errors import StoreError

        raise StoreError("store_full", "磁盘已满", "the disk is full")

    unlist(desk, "A-2")
    monkeypatch.setattr(audit, "append_many", full)
    assert send(desk, "handler", "A-1", "reject").status_code == 503
    assert put(desk, "department_head", "A-2").status_code == 503
    monkeypatch.undo()
    assert [one.decision for one in flags.decisions_of_matter(desk.store, desk.matter("A-1"))] == ["accept"]
    assert flags.put_forward_of_matter(desk.store, desk.matter("A-2")) == []


@pytest.mark.parametrize(
    ("text", "offer"),
    [
        ("请做好看护", "释法说理"),
        ("电话 13800138000", "事项编号"),
        ("王大妈已来院", "事项编号"),
        ("长" * 501, "精简"),
    ],
)
def test_g2_typed_text_is_refused_in_place_and_only_a_count_is_logged(desk: Desk, text: str, offer: str) -> None:
    before = len(log_of(desk))
    answer = send(desk, "handler", "A-1", reason=text)
    assert (answer.status_code, answer.json()["code"]) == (422, "text_refused")
    assert offer in answer.text
    assert send(desk, "handler", "A-1", "change", plan=text).status_code == 422
    assert put(desk, "handler", "A-1", reason=text).status_code == 422
    logged = log_of(desk)[before:]
    assert [(one.action, dict(one.detail)) for one in logged] == [(journal.TEXT_REFUSED, {"refusals": 1})] * 3
    client = desk.client("handler")
    page = client.get(f"/matters/{desk.matter('A-1')}")
    form = {
        "decision": "reject",
        "reason": text,
        "screening": desk.screening_id,
        "once": str(uuid4()),
        "csrf": token_of(page.text),
    }
    again = client.post(f"/matters/{desk.matter('A-1')}/decision", data=form)
    assert again.status_code == 422
    assert f">{text}</textarea>" in again.text
    assert offer in again.text
    assert 'value="reject" required checked' in again.text
    assert flags.decisions_of_matter(desk.store, desk.matter("A-1")) == []
    kept = b"".join(path.read_bytes() for path in desk.state_dir.iterdir() if path.is_file())
    assert text.encode() not in kept


def test_g2_typed_text_never_reaches_the_log_or_a_score(desk: Desk) -> None:
    client = desk.client("handler")
    body = {"matter_id": desk.matter("A-1")}
    before = client.post("/v1/score", json=body).json()
    send(desk, "handler", "A-1", reason="独一无二的理由")
    assert client.post("/v1/score", json=body).json() == before
    assert "独一无二的理由" not in repr(log_of(desk))


def test_double_click_is_one_decision(desk: Desk) -> None:
    once = str(uuid4())
    first, second = (send(desk, "handler", "A-1", once=once) for _ in range(2))
    assert first.json() == second.json()
    assert len(flags.decisions_of_matter(desk.store, desk.matter("A-1"))) == 1
    assert sum(one.action == journal.DECIDE for one in log_of(desk)) == 1
    other = send(desk, "handler", "A-4", once=once)
    assert (other.status_code, other.json()["code"]) == (409, "once_used")


def test_ten_clicks_at_once_are_one_decision(desk: Desk) -> None:
    once, answers = str(uuid4()), []
    clicks = [
        threading.Thread(target=lambda: answers.append(send(desk, "handler", "A-1", once=once).status_code))
        for _ in range(10)
    ]
    for click in clicks:
        click.start()
    for click in clicks:
        click.join()
    assert answers == [200] * 10
    assert len(flags.decisions_of_matter(desk.store, desk.matter("A-1"))) == 1


def test_only_the_latest_list_is_decided_on(desk: Desk) -> None:
    later = issue(desk.store, desk.ids, cutoff=CUTOFF + DAY)
    refused = send(desk, "handler", "A-1")
    assert (refused.status_code, refused.json()["code"]) == (409, "list_superseded")
    assert send(desk, "handler", "A-1", screening=later).status_code == 200
    assert send(desk, "handler", "A-1", screening="nothing").status_code == 404
    client = desk.client("handler")
    assert 'class="quick"' in client.get("/list").text
    assert 'class="quick"' not in client.get(f"/list?screening={desk.screening_id}").text
    unlist(desk, "A-4")
    off = send(desk, "handler", "A-4", screening=later)
    assert (off.status_code, off.json()["code"]) == (409, "not_on_list")


def test_a_matter_put_forward_comes_on_top_and_no_score_displaces_it(desk: Desk) -> None:
    unlist(desk, "A-2")
    before = entries(desk, "petition_head")
    answer = put(desk, "department_head", "A-2")
    assert answer.status_code == 200
    assert answer.json()["put_by"] == "department_head"
    after = entries(desk, "petition_head")
    row = after.pop(("A-2", "hand"))
    assert after == before
    assert row["put_forward"]["reason"] == "承诺的答复日期临近，承办人已更换"
    assert (row["state"]["code"], row["band"], row["rank"]) == ("pending", None, 1)
    again = put(desk, "petition_head", "A-2")
    assert (again.status_code, again.json()["code"]) == (409, "already_put_forward")
    for page in (desk.client("petition_head").get("/list").text, desk.client("leader").get("/list").text):
        assert "人工提报" in page
        assert "承诺的答复日期临近" in page
    assert log_of(desk)[-3].action in (journal.PUT_FORWARD, journal.VIEW_LIST)
    # The next list, whatever scores it holds, still has it, until somebody has decided on it.
    later = issue(desk.store, desk.ids, cutoff=CUTOFF + DAY)
    unlist(desk, "A-2")
    assert ("A-2", "hand") in entries(desk, "petition_head", later)
    assert send(desk, "petition_head", "A-2", "reject", screening=later).status_code == 200
    assert entries(desk, "petition_head", later)["A-2", "hand"]["state"]["code"] == "rejected"
    third = issue(desk.store, desk.ids, cutoff=CUTOFF + 2 * DAY)
    unlist(desk, "A-2")
    assert ("A-2", "hand") not in entries(desk, "petition_head", third)


def test_without_a_list_nothing_is_put_forward(desk: Desk) -> None:
    from data.store import schema

    with desk.store.write() as connection:
        connection.execute(schema.entries.delete())
        connection.execute(schema.screenings.delete())
    answer = put(desk, "handler", "A-1")
    assert (answer.status_code, answer.json()["code"]) == (409, "no_list_yet")
    page = desk.client("handler").get(f"/matters/{desk.matter('A-1')}").text
    assert "/put-forward" not in page
    assert "/decision" not in page


def test_forms_work_without_scripts_and_only_from_this_browser(desk: Desk) -> None:
    client = desk.client("handler")
    matter = desk.matter("A-1")
    page = client.get("/list").text
    form = {
        "decision": "accept",
        "reason": "已核实",
        "screening": desk.screening_id,
        "once": re.findall(r'name="once" value="([0-9a-f-]{36})"', page)[0],
        "back": "/list?screening=x&office=C1",
    }
    expired = client.post(f"/matters/{matter}/decision", data={**form, "csrf": "0" * 64})
    assert expired.status_code == 403
    assert ">已核实</textarea>" in expired.text
    assert client.post(f"/matters/{matter}/decision", data=form).status_code == 403
    assert flags.decisions_of_matter(desk.store, matter) == []
    form["csrf"] = token_of(page)
    saved = client.post(f"/matters/{matter}/decision", data=form)
    assert (saved.status_code, saved.headers["location"]) == (303, f"/list?screening=x&office=C1#m-{matter}")
    assert client.post(f"/matters/{matter}/decision", data=form).status_code == 303
    assert len(flags.decisions_of_matter(desk.store, matter)) == 1
    for back in ("//evil.example", "https://evil.example/list?", "/list?x=\n", ""):
        form |= {"once": str(uuid4()), "back": back, "decision": "change", "plan": "当面说理"}
        moved = client.post(f"/matters/{matter}/decision", data=form)
        assert moved.headers["location"] == f"/matters/{matter}#decision"
    foreign = client.post(f"/matters/{matter}/decision", data=form, headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403


def test_the_form_to_put_forward_shows_the_matter_with_who_and_why(desk: Desk) -> None:
    unlist(desk, "A-4")
    client = desk.client("handler")
    matter = desk.matter("A-4")
    page = client.get(f"/matters/{matter}").text
    assert "提报" in page
    once = re.findall(r'name="once" value="([0-9a-f-]{36})"', page)[0]
    form = {"reason": "每月后续答复将到期", "once": once, "csrf": token_of(page)}
    for _ in range(2):
        saved = client.post(f"/matters/{matter}/put-forward", data=form)
        assert (saved.status_code, saved.headers["location"]) == (303, f"/matters/{matter}#decision")
    shown = client.get(f"/matters/{matter}").text
    assert "每月后续答复将到期" in shown
    assert "测试handler（承办人）" in shown
    assert "人工提报" in shown
    assert len(flags.put_forward_of_matter(desk.store, matter)) == 1


def test_problems_are_told_in_both_languages(desk: Desk) -> None:
    client = desk.client("handler", language="en")
    path = f"/v1/screenings/{desk.screening_id}/entries/{desk.matter('A-1')}/decision"
    body = {"decision": "accept", "reason": "看护", "once": str(uuid4())}
    answer = client.post(path, json=body)
    assert answer.headers["content-type"] == "application/problem+json"
    assert "may not be kept" in answer.json()["title"]
    assert "explain, hold a hearing" in answer.json()["errors"][0]["message"]
    assert client.post(path, json={**body, "decision": "forget"}).status_code == 422
    assert client.post(path, json={**body, "kind": "visit"}).status_code == 422


def test_states_follow_the_latest_decision() -> None:
    assert state_of(None) is FlagState.PENDING
    assert set(MOVES) == set(FlagState)
    assert all(FlagState.PENDING not in MOVES[state].values() for state in FlagState)


def test_a_decision_is_no_event_of_the_register(desk: Desk) -> None:
    before = register.matter_register(desk.store, desk.matter("A-1"))
    send(desk, "handler", "A-1")
    after = register.matter_register(desk.store, desk.matter("A-1"))
    assert after.events.equals(before.events)
    assert after.attributes.equals(before.attributes)
