"""The page of matters is narrowed by clock, state of work and month, in the address and in saved views."""

import re

import pytest

from serving import saved_views
from tests.serving.conftest import Desk, token_of
from tests.serving.test_workflow import send


def numbers(desk: Desk, query: str, user: str = "petition_head") -> list[str]:
    answer = desk.client(user).get(f"/matters{query}")
    assert answer.status_code == 200, query
    return re.findall(r'<th scope="row"><a href="[^"]+">([^<]+)</a>', answer.text)


def test_clock_states_part_the_matters(desk: Desk) -> None:
    everything = numbers(desk, "")
    parts = {state: numbers(desk, f"?clock={state}") for state in ("late", "week", "later", "none")}
    assert sorted(number for part in parts.values() for number in part) == sorted(everything)
    assert "A-1" in parts["late"]
    assert numbers(desk, "?sort=due") == [number for part in parts.values() for number in part]
    assert numbers(desk, "?clock=late", user="handler") == ["A-1"]
    page = desk.client("petition_head").get("/matters?clock=late").text
    assert '<option value="late" selected>已逾期</option>' in page


def test_state_of_work_and_month_follow_what_people_did(desk: Desk) -> None:
    pending = numbers(desk, "?state=pending")
    assert {"A-1", "A-2"} <= set(pending)
    assert send(desk, "petition_head", "A-2").status_code == 200
    assert numbers(desk, "?state=pending") == [number for number in pending if number != "A-2"]
    assert numbers(desk, "?state=planned") == []
    page = desk.client("petition_head").get("/matters").text
    months = sorted(set(re.findall(r'<td data-label="登记月份">(\d{4}-\d{2})</td>', page)))
    assert months  # a register of one month offers no choice of months, and still answers to one in the address
    assert sorted(one for month in months for one in numbers(desk, f"?month={month}")) == sorted(numbers(desk, ""))
    assert numbers(desk, "?month=1999-01") == []
    assert "没有符合条件的事项" in desk.client("petition_head").get("/matters?month=1999-01").text


@pytest.mark.parametrize("query", ["clock=soon", "state=joint", "month=last", "sort=channel"])
def test_red_line_7_what_is_no_choice_is_refused(desk: Desk, query: str) -> None:
    assert desk.client("petition_head").get(f"/matters?{query}").status_code == 422


def test_a_view_keeps_the_new_choices(desk: Desk) -> None:
    client = desk.client("petition_head")
    here = "/matters?clock=late&state=pending&month=2026-09&sort=due"
    sent = {"csrf": token_of(client.get(here).text), "here": here, "name": "逾期待核实"}
    assert client.post("/views", data=sent).status_code == 303
    assert "逾期待核实" in client.get("/matters").text
    assert {"clock", "state", "month"} <= set(saved_views.PAGES["matters"])
