"""Links are confirmed by people who see the evidence; a disputed value is corrected, and both versions stay."""

from typing import Any
from uuid import uuid4

import polars as pl
import pytest

from data.contract import Attributes, Events
from data.link_proposals import EARLIER
from data.reconcile import ATTRIBUTE_DRAFT, EVENT_DRAFT
from data.store import disputes, register, screenings
from data.store.batches import Batch, latest_batch
from tests.histories import at, seen
from tests.serving.conftest import CUTOFF, Desk, log_of, token_of


def send(desk: Desk, user: str, path: str, form: dict[str, str], page: str = "/list") -> Any:
    client = desk.client(user)
    token = token_of(client.get(page).text)
    return client.post(path, data={"csrf": token, "once": str(uuid4()), **form})


@pytest.fixture
def named(desk: Desk) -> Desk:
    """See `name_earlier`."""
    name_earlier(desk)
    return desk


def name_earlier(desk: Desk) -> None:
    """The ledger of office C1 says of A-2 that A-1 is its earlier number, and of A-5 that A-4 (about the leader) is."""
    rows = [
        {
            "matter_id": desk.matter(later),
            "name": EARLIER,
            "text": earlier,
            "number": None,
            "occurred_at": at("2026-06-01"),
            "known_at": at("2026-06-01"),
            "seq": 0,
            "assumed": False,
            "usable": False,
        }
        for later, earlier in (("A-2", "A-1"), ("A-5", "A-4"))
    ]
    facts = pl.DataFrame(rows, schema={name: Attributes.create_empty().schema[name] for name in ATTRIBUTE_DRAFT})
    again(desk, facts=facts, coverage="append")


def again(desk: Desk, *, facts: pl.DataFrame | None = None, coverage: Any = "full", until: int = CUTOFF) -> None:
    """Import the ledger as it was first written, nobody having mended it."""
    stored = register.read_register(desk.store, batch_id=1)
    events = stored.events.select(EVENT_DRAFT) if coverage == "full" else Events.create_empty().select(EVENT_DRAFT)
    batch = Batch(
        source="test",
        file_sha256="1" * 64,
        mapping_name="ledger",
        mapping_sha256="0" * 64,
        coverage=coverage,
        observed_until=until,
        time_zone="Asia/Shanghai",
        recorded_at=until,
        recorded_by="test",
    )
    own = stored.attributes.select(ATTRIBUTE_DRAFT)
    register.write_batch(desk.store, batch, stored.matters, events, own if facts is None else facts)


def test_the_head_sees_what_the_ledger_says_and_confirms(named: Desk) -> None:
    client = named.client("petition_head")
    page = client.get("/links").text
    assert "台账写明原编号" in page
    assert "A-1" in page
    found = send(named, "petition_head", f"/matters/{named.matter('A-2')}/links", {"choice": named.matter("A-1")})
    assert found.status_code == 303
    assert found.headers["location"] == f"/matters/{named.matter('A-1')}#links"
    assert "自 2026-11-03 并入" in client.get(f"/matters/{named.matter('A-1')}").text
    led = client.get(f"/matters/{named.matter('A-2')}")
    assert (led.status_code, led.headers["location"]) == (303, f"/matters/{named.matter('A-1')}#links")
    assert client.get(f"/v1/matters/{named.matter('A-2')}").status_code == 409
    assert [entry.action for entry in log_of(named) if entry.action.startswith("link")] == ["link_confirmed"]


def test_a_number_without_an_earlier_one_is_not_asked_about_again(named: Desk) -> None:
    found = send(named, "petition_head", f"/matters/{named.matter('A-2')}/links", {"choice": "none", "back": "/links"})
    assert (found.status_code, found.headers["location"]) == (303, "/links")
    assert "A-2" not in named.client("petition_head").get("/links").text


def test_nothing_is_linked_that_was_not_proposed_and_a_double_click_links_once(named: Desk) -> None:
    wrong = send(named, "petition_head", f"/matters/{named.matter('A-2')}/links", {"choice": named.matter("A-3")})
    assert wrong.status_code == 409
    once = {"choice": named.matter("A-1"), "once": str(uuid4())}
    for _ in range(2):
        assert send(named, "petition_head", f"/matters/{named.matter('A-2')}/links", once).status_code == 303
    assert latest_batch(named.store) == 3


def test_g16_a_link_about_the_own_post_is_not_seen(named: Desk) -> None:
    handler = named.client("handler").get("/links").text
    assert "A-5" not in handler  # S1 holds the respondent post of A-5
    assert named.client("leader").get("/links").status_code == 403
    assert named.client("civil_head").get("/links").status_code == 403


def event_of(desk: Desk, number: str, kind: str) -> str:
    found = register.matter_events(desk.store, desk.matter(number)).filter(
        (pl.col("kind") == kind) & pl.col("known_until").is_null()
    )
    return str(found["event_id"][0])


def ask(desk: Desk, user: str = "petition_head", number: str = "A-2", **form: str) -> Any:
    given = {
        "about": f"event:{event_of(desk, number, 'substantive_reply')}",
        "day": "2026-08-20",
        "reason": "document",
        "text": "答复文书落款为八月二十日",
    }
    return send(desk, user, f"/matters/{desk.matter(number)}/corrections", given | form)


def answer(desk: Desk, user: str, code: str, text: str = "", number: int = 1) -> Any:
    return send(desk, user, f"/corrections/{number}/answer", {"answer": code, "text": text}, page="/corrections")


def test_g18_a_wrong_date_is_disputed_corrected_and_both_versions_stay(desk: Desk) -> None:
    before = screenings.read_entries(desk.store, desk.screening_id)
    assert ask(desk, "department_head").status_code == 303
    page = desk.client("petition_head").get("/corrections").text
    assert "2026-08-28 三个月答复" in page
    assert "应于 2026-11-18 前答复" in page
    assert answer(desk, "petition_head", "accept").status_code == 303
    page = desk.client("petition_head").get(f"/matters/{desk.matter('A-2')}").text
    assert "2026-08-28" in page
    assert "2026-08-20" in page
    assert "已更正" in page
    assert '<time datetime="2026-08-20">' in page  # the timeline has the new version
    assert '<time datetime="2026-08-28">' not in page
    rows = register.matter_events(desk.store, desk.matter("A-2")).filter(pl.col("kind") == "substantive_reply")
    assert rows.sort("known_from").select("occurred_at", "known_until").rows() == [
        (at("2026-08-28"), desk.clock.now),
        (at("2026-08-20"), None),
    ]
    assert screenings.read_entries(desk.store, desk.screening_id) == before
    assert [e.action for e in log_of(desk) if e.action.startswith("dispute")] == ["dispute_raised", "dispute_answered"]


def test_g18_the_score_is_computed_anew(desk: Desk) -> None:
    client = desk.client("petition_head")

    def card() -> Any:
        return client.post("/v1/score", json={"matter_id": desk.matter("A-2")}).json()

    before = card()
    assert ask(desk, "department_head", day="2026-06-20", code="follow_up_call").status_code == 303
    assert card() == before
    assert answer(desk, "petition_head", "accept").status_code == 303
    after = card()
    assert before["clocks"] != after["clocks"]


def test_g18_an_uncorrected_ledger_does_not_bring_the_old_value_back(desk: Desk) -> None:
    assert ask(desk, "department_head").status_code == 303
    assert (
        send(
            desk,
            "department_head",
            f"/matters/{desk.matter('A-2')}/corrections",
            {"about": "category", "code": "civil_appeal", "reason": "class", "text": "应为民事申诉"},
        ).status_code
        == 303
    )
    for number in (1, 2):
        assert answer(desk, "petition_head", "accept", number=number).status_code == 303
    again(desk, until=seen("2026-11-30"))
    rows = register.matter_events(desk.store, desk.matter("A-2")).filter(
        (pl.col("kind") == "substantive_reply") & pl.col("known_until").is_null()
    )
    assert rows["occurred_at"].to_list() == [at("2026-08-20")]
    stored = register.read_register(desk.store)
    mine = pl.col("matter_id") == desk.matter("A-2")
    assert stored.matters.filter(mine)["category"].to_list() == ["civil_appeal"]
    standing = stored.attributes.filter(mine & (pl.col("name") == "category") & pl.col("known_until").is_null())
    assert standing["text"].to_list() == ["civil_appeal"]


def test_g18_a_ledger_that_says_a_third_thing_has_the_last_word(desk: Desk) -> None:
    assert ask(desk, "department_head").status_code == 303
    assert answer(desk, "petition_head", "accept").status_code == 303
    stored = register.read_register(desk.store, batch_id=1)
    third = stored.events.with_columns(
        occurred_at=pl.when(pl.col("event_id") == event_of(desk, "A-2", "substantive_reply"))
        .then(pl.lit(at("2026-08-25")))
        .otherwise("occurred_at")
    ).select(EVENT_DRAFT)
    batch = Batch(
        source="test",
        file_sha256="3" * 64,
        mapping_name="ledger",
        mapping_sha256="0" * 64,
        coverage="append",
        observed_until=seen("2026-11-30"),
        time_zone="Asia/Shanghai",
        recorded_at=seen("2026-11-30"),
        recorded_by="test",
    )
    register.write_batch(desk.store, batch, stored.matters, third, stored.attributes.select(ATTRIBUTE_DRAFT))
    rows = register.matter_events(desk.store, desk.matter("A-2")).filter(
        (pl.col("kind") == "substantive_reply") & pl.col("known_until").is_null()
    )
    assert rows["occurred_at"].to_list() == [at("2026-08-25")]


def test_g18_a_wrong_link_is_taken_back_and_stays_readable(named: Desk) -> None:
    send(named, "petition_head", f"/matters/{named.matter('A-2')}/links", {"choice": named.matter("A-1")})
    asked = send(
        named,
        "handler",
        f"/matters/{named.matter('A-1')}/corrections",
        {"about": f"link:{named.matter('A-2')}", "reason": "not_same", "text": "两件诉求不同"},
    )
    assert asked.status_code == 303
    named.clock.forward(hours=1)
    assert answer(named, "petition_head", "accept").status_code == 303
    assert named.client("petition_head").get(f"/matters/{named.matter('A-2')}").status_code == 200
    ended = register.read_register(named.store, batch_id=3)
    assert ended.matters.height == register.read_register(named.store).matters.height


def test_g18_nobody_answers_their_own_request_where_somebody_else_can(desk: Desk) -> None:
    assert ask(desk, "petition_head").status_code == 303
    assert answer(desk, "petition_head", "accept").status_code == 409
    assert answer(desk, "leader", "refuse", "文书落款无误").status_code == 303
    page = desk.client("petition_head").get(f"/matters/{desk.matter('A-2')}").text
    assert "未予更正" in page
    assert "文书落款无误" in page
    assert answer(desk, "leader", "accept").status_code in (403, 409)


def test_g18_an_answer_that_is_late_is_shown_as_late(desk: Desk) -> None:
    assert ask(desk, "department_head").status_code == 303
    desk.clock.forward(hours=24 * 20)
    assert "逾期未答复 5 天" in desk.client("petition_head").get("/corrections").text


def test_g2_the_text_of_a_request_passes_the_gate(desk: Desk) -> None:
    refused = ask(desk, "department_head", text="请联系 13800138000 张某")
    assert refused.status_code == 422
    assert "没有保存" in refused.text
    assert disputes.cases_of_matter(desk.store, [desk.matter("A-2")]) == []
    assert "13800138000" not in str([entry.detail for entry in log_of(desk)])


def test_what_cannot_be_right_is_refused_in_place(desk: Desk) -> None:
    for form in ({"day": ""}, {"day": "2026-13-01"}, {"day": "2027-01-01"}, {"about": "event:x"}, {"reason": "x"}):
        assert ask(desk, "department_head", **form).status_code == 422, form
    assert ask(desk, "department_head").status_code == 303
    assert ask(desk, "department_head").status_code == 409


def test_g16_requests_about_the_own_post_are_not_seen_and_not_answered(desk: Desk) -> None:
    assert ask(desk, "petition_head", "A-4").status_code == 303
    assert "A-4" not in desk.client("leader").get("/corrections").text
    assert answer(desk, "leader", "accept").status_code == 404
    assert ask(desk, "other_head", "A-2").status_code == 404
