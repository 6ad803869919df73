"""A demonstration shows each role around once, by its own pages, and begins again when asked."""

import re

import pytest

from data.store import users
from serving.permissions import UserRole
from serving.web.tour import stops_of
from tests.serving.conftest import Desk, people, token_of

ROLES = {role: name for name, role, *_ in people() if name != "no_staff_no"}


def bar(text: str) -> str:
    found = re.search(r'<section class="tour.*?</section>', text, re.DOTALL)
    return "" if found is None else found[0]


@pytest.mark.parametrize("role", sorted(ROLES))
def test_every_role_is_shown_every_page_of_its_own_once(desk: Desk, role: UserRole) -> None:
    demo = desk.with_settings(demo=True)
    client = demo.client(ROLES[role])
    where = client.get("/").headers["location"]
    seen: list[str] = []
    while True:
        page = client.get(where)
        assert page.status_code == 200
        found = bar(page.text)
        assert f"第 {len(seen) + 1} 步" in found
        seen.append(where)
        step = re.search(r'name="step" value="(\d+)"', found)
        assert step is not None
        form = {"go": "next", "step": step[1], "csrf": token_of(page.text)}
        where = client.post("/tour", data=form).headers["location"]
        assert client.post("/tour", data=form).headers["location"] == where  # a double click is one step
        if "完成" in found:
            break
    assert where == "/"
    person = users.find_user(desk.store, ROLES[role])
    assert person is not None
    assert seen == stops_of(person)
    again = client.get(seen[0]).text
    assert bar(again) == ""
    assert client.post("/tour", data={"go": "again", "csrf": token_of(again)}).headers["location"] == seen[0]
    assert "第 1 步" in bar(client.get(seen[0]).text)


def test_it_can_be_left_taken_up_gone_back_and_skipped_for_good(desk: Desk) -> None:
    demo = desk.with_settings(demo=True)
    client = demo.client("handler")
    token = token_of(client.get("/today").text)
    client.post("/tour", data={"go": "next", "step": 1, "csrf": token})
    away = bar(client.get("/today").text)
    assert 'href="/list">继续导览' in away
    assert "一天从这里开始" not in away
    assert client.post("/tour", data={"go": "back", "step": 2, "csrf": token}).headers["location"] == "/today"
    client.post("/tour", data={"go": "end", "step": 1, "csrf": "none"})
    assert bar(client.get("/today").text)  # a form of nobody's moves nothing
    assert client.post("/tour", data={"go": "end", "step": 1, "csrf": token}).headers["location"] == "/"
    assert bar(demo.client("handler").get("/today").text) == ""
    assert bar(demo.client("petition_head").get("/tasks").text)  # each account has its own


def test_only_a_demonstration_has_a_tour(desk: Desk) -> None:
    client = desk.client("handler")
    page = client.get("/today").text
    assert bar(page) == ""
    assert "重看导览" not in page
    assert client.post("/tour", data={"go": "again", "csrf": token_of(page)}).status_code == 404
