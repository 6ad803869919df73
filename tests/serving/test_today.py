"""The page of the day tells each officer what their own matters owe, by the rules of the matter's page, and no more."""

import re
from dataclasses import replace
from uuid import uuid4

import polars as pl
import pytest

from data.settings import Settings
from data.store import register, users
from features.rules import SOON_DAYS
from serving.card import make_card, read_matter
from serving.matters import context_of
from tests.histories import event, register_of
from tests.serving.conftest import CUTOFF, Desk, log_of, token_of

SECTION = re.compile(r'<section class="card" id="(\w+)".*?</section>', re.DOTALL)
NUMBER = re.compile(r'<a href="/matters/[0-9a-f-]+"><strong>([\w-]+)</strong></a>')


def told(desk: Desk, user: str, language: str = "zh") -> dict[str, list[str]]:
    """The numbers of each section."""
    page = desk.client(user, language=language).get("/today")
    assert page.status_code == 200
    return {found[1]: NUMBER.findall(found[0]) for found in SECTION.finditer(page.text)}


@pytest.mark.parametrize(("user", "numbers"), [("handler", ["A-1", "A-4"]), ("department_head", ["A-1", "A-2", "A-5"])])
def test_duties_are_those_of_the_matters_pages(desk: Desk, user: str, numbers: list[str]) -> None:
    wanted: dict[str, list[str]] = {"follow_ups": [], "duties": []}
    for number in numbers:
        found = read_matter(desk.store, desk.matter(number))
        card = make_card(found, Settings(), None, context_of(_service(desk), found), now=desk.clock())
        for duty in card.duties:
            if card.is_open and duty["days_left"] is not None and duty["days_left"] <= SOON_DAYS:
                wanted["follow_ups" if duty["code"] == "monthly_follow_up" else "duties"].append(number)
    shown = told(desk, user)
    assert sorted(shown.get("follow_ups", [])) == sorted(wanted["follow_ups"])
    assert sorted(shown.get("duties", [])) == sorted(wanted["duties"])
    assert wanted["follow_ups"]


def _service(desk: Desk):  # type: ignore[no-untyped-def]
    return desk.app.state.service


def test_what_was_raised_again_waits_until_answered(desk: Desk) -> None:
    page = desk.client("handler").get("/today").text
    assert "A-1" in told(desk, "handler")["unanswered"]
    assert re.search(r"我院已\d+天未作实质答复", page)


def test_a_first_contact_that_waits_is_not_said_to_be_raised_again(desk: Desk) -> None:
    made = register_of(
        {"N-1": [event("2026-10-01", "letter"), event("2026-10-01", "registered")]},
        observed_until="2026-11-01",
        offices={"N-1": "C1"},
    )
    mine = made.matters.with_columns(handler=pl.lit("S1"), department=pl.lit("刑事检察部"))
    batch = register.read_batches(desk.store)[0].batch
    ready = replace(made, offices=register.read_offices(desk.store), matters=mine)
    register.write_register(desk.store, ready, replace(batch, file_sha256="1" * 64, coverage="append"))
    shown = told(desk, "handler")
    assert "N-1" in shown["duties"]
    assert "N-1" not in shown["unanswered"]


def test_a_flag_stands_there_until_it_is_verified(desk: Desk) -> None:
    client = desk.client("handler")
    assert "A-1" in told(desk, "handler")["flags"]
    form = {"screening": desk.screening_id, "decision": "accept", "reason": "已核实", "once": str(uuid4())}
    form["csrf"] = token_of(client.get("/list").text)
    assert client.post(f"/matters/{desk.matter('A-1')}/decision", data=form).status_code == 303
    assert "A-1" not in told(desk, "handler").get("flags", [])


def test_g16_the_own_post_and_other_people_s_matters_are_not_there(desk: Desk) -> None:
    everything = {number for rows in told(desk, "handler").values() for number in rows}
    assert everything <= {"A-1", "A-4"}
    assert {number for rows in told(desk, "department_head").values() for number in rows} <= {"A-1", "A-2", "A-5"}
    for user in ("petition_head", "leader", "steward", "auditor", "operator"):
        assert desk.client(user).get("/today").status_code == 403


def test_it_is_where_a_handler_starts_and_is_put_on_record(desk: Desk) -> None:
    assert desk.client("handler").get("/").headers["location"] == "/today"
    assert desk.client("leader").get("/").headers["location"] == "/sign"
    assert desk.client("petition_head").get("/").headers["location"] == "/tasks"
    told(desk, "handler")
    assert log_of(desk)[-1].action == "view_today"


def test_a_ledger_that_is_behind_is_said_to_be(desk: Desk) -> None:
    assert "台账落后" not in desk.client("handler").get("/today").text or desk.clock() - CUTOFF > 2 * 86_400_000_000
    desk.clock.forward(hours=24 * 20)
    assert re.search(r"台账落后 \d+ 天", desk.client("handler").get("/today").text)


def test_with_nothing_of_their_own_people_are_told_what_to_do(desk: Desk) -> None:
    person = users.find_user(desk.store, "handler")
    assert person is not None
    users.add_user(desk.store, replace(person, user_id="newcomer", staff_id="S9"))
    page = desk.client("newcomer").get("/today").text
    assert "没有由您承办的事项" in page


def test_matters_of_a_handler_are_those_the_bulk_reading_gives(desk: Desk) -> None:
    everything = register.read_register(desk.store)
    found = register.staff_register(desk.store, "C1", handler="S1")
    assert found is not None
    ids = everything.matters.filter(handler="S1", office_id="C1")["matter_id"].sort().to_list()
    assert found.matters["matter_id"].sort().to_list() == ids
    mine = everything.events.filter(everything.events["matter_id"].is_in(ids))
    assert found.events.sort("event_id").equals(mine.sort("event_id"))
    assert register.staff_register(desk.store, "C1", handler="nobody") is None
