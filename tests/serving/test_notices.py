"""The bell tells of duties, plans and signatures that wait, goes by what stands, and is nobody else's."""

import re
from datetime import date
from typing import Any

from data.store import notices as stored
from data.store import plans
from serving import notices
from serving.deps import Caller
from serving.permissions import scope_of
from tests.serving.conftest import Desk, log_of, token_of
from tests.serving.test_signing import act, plan, submit, verified
from tests.serving.test_workflow import send


def bell(desk: Desk, user: str) -> int:
    found = re.search(r'class="bell[^>]*aria-label="待办提醒：(\d+) 条未读"', desk.client(user).get("/about").text)
    assert found is not None
    return int(found[1])


def shown(desk: Desk, user: str) -> list[str]:
    """Kind and words of every notice on the page."""
    page = desk.client(user).get("/notices").text
    return [
        f"{kind}: {re.sub('<[^>]+>', '', words)}"
        for kind, body in re.findall(r'<h2 id="n-(\w+)">(.*?)</section>', page, re.DOTALL)
        for words in re.findall(r'<p class="item-text"><a href="[^"]*">(.*?)</a>', body)
    ]


def read(desk: Desk, user: str, *keys: str) -> Any:
    client = desk.client(user)
    token = token_of(client.get("/notices").text)
    return client.post("/notices/read", data={"csrf": token, "key": list(keys)})


def keys_of(desk: Desk, user: str) -> list[str]:
    page = desk.client(user).get("/notices").text
    return list(dict.fromkeys(re.findall(r'name="key" value="([^"]+)"', page)))


def test_a_handler_is_told_of_the_duties_of_their_own_matters_and_of_nothing_else(desk: Desk) -> None:
    found = shown(desk, "handler")
    assert "duty: A-1 每月后续答复" in found
    assert {line.split()[1] for line in found} <= {"A-1", "A-4"}  # A-5 is about the handler's own post (G16)
    assert bell(desk, "handler") == len(found)
    text = desk.client("handler").get("/notices").text
    assert not re.search(r"较大|重大|每100件|多人|来访", re.sub(r"<[^>]+>", "", text))
    assert "已到期，请核对" in text  # what came due after the ledger's last day may have been done
    assert log_of(desk)[-1].action == "view_notices"


def test_marking_as_read_takes_it_off_the_count_and_twice_changes_nothing(desk: Desk) -> None:
    before = bell(desk, "handler")
    key = keys_of(desk, "handler")[0]
    for _ in range(2):
        assert read(desk, "handler", key).status_code == 303
    assert bell(desk, "handler") == before - 1
    assert len(shown(desk, "handler")) == before
    assert read(desk, "handler", *keys_of(desk, "handler")).status_code == 303
    assert bell(desk, "handler") == 0
    assert "notice-read" in desk.client("handler").get("/notices").text
    mine = stored.read_by(desk.store, "handler")
    foreign = [one for one in keys_of(desk, "department_head") if desk.matter("A-5") in one]
    assert foreign
    read(desk, "handler", *foreign, "duty:none")
    assert stored.read_by(desk.store, "handler") == mine
    assert desk.client("handler").post("/notices/read", data={"key": key, "csrf": "none"}).status_code == 403


def test_a_step_of_a_plan_is_told_while_it_is_due_and_goes_when_it_is_done(desk: Desk) -> None:
    assert send(desk, "handler", "A-1").status_code == 200
    assert plan(desk, "handler", "A-1", ("explanation", "2026-11-05")).status_code == 303
    assert "plan: A-1 释法说理" in shown(desk, "handler")
    assert "plan: A-1 释法说理" in shown(desk, "petition_head")
    assert not any("A-1" in line for line in shown(desk, "civil_head"))
    key = next(key for key in keys_of(desk, "handler") if key.startswith("plan:"))
    read(desk, "handler", key)
    measure = plans.Measure(
        screening_id=desk.screening_id,
        matter_id=desk.matter("A-1"),
        office_id="C1",
        action="explanation",
        done_on=date(2026, 11, 3),
        outcome="done",
        by="handler",
        role="handler",
        at=desk.clock(),
        once="1" * 36,
    )
    plans.add(desk.store, measure)
    assert "plan: A-1 释法说理" not in shown(desk, "handler")
    read(desk, "handler")  # what is gone is forgotten with the next click
    assert key not in stored.read_by(desk.store, "handler")


def test_signatures_are_told_to_who_may_give_them_and_a_returned_list_to_its_head(desk: Desk) -> None:
    verified(desk)
    assert bell(desk, "leader") == 0
    assert submit(desk).status_code == 303
    assert shown(desk, "leader") == ["signature: 清单待您签批"]
    assert shown(desk, "other_head") == []
    assert act(desk, "leader", "return", opinion="请补充依据").status_code == 303
    assert shown(desk, "leader") == []
    assert "signature: 清单已退回，请修改后另送" in shown(desk, "petition_head")
    desk.clock.forward(hours=24 * 6)
    assert "signature: 本期清单尚未签批下达" in shown(desk, "petition_head")


def test_roles_without_matters_have_no_bell_and_the_count_costs_no_reading_anew(desk: Desk, monkeypatch: Any) -> None:
    assert 'class="bell' not in desk.client("auditor").get("/about").text
    assert desk.client("auditor").get("/notices").status_code == 403
    assert 'class="bell' not in desk.client().get("/about").text
    count = bell(desk, "handler")

    def again(*_: Any) -> Any:
        raise AssertionError("made again though nothing changed")

    monkeypatch.setattr(notices, "standing_notices", again)
    assert bell(desk, "handler") == count


def test_every_kind_of_notice_is_one_of_three(desk: Desk) -> None:
    """Duties, plans and signatures only: no notice names a band, a score or a person."""
    from data.store import users

    verified(desk)
    submit(desk)
    for name in ("handler", "department_head", "petition_head", "leader", "city_leader", "other_head"):
        person = users.find_user(desk.store, name)
        assert person is not None
        caller = Caller(
            user=person,
            session=None,
            scope=scope_of(person, ()),
            language="zh",
            request_id="test-request",
            now=desk.clock(),
        )
        for one in notices.notices(desk.app.state.service, caller):
            assert one.kind in ("duty", "plan", "signature")
