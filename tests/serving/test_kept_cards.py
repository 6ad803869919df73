"""A kept card is told again only while nothing it was made of has changed, and never around rights, caps or the log."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

import httpx
import pytest

from data.store import models, register
from data.store.mark import mark_of
from features.history import make_history
from tests.serving.conftest import Desk, log_of, make_scorecard
from tests.serving.loops import in_own_loop
from training.scorecard import Scorecard


def _score(desk: Desk, client: Any, number: str = "A-1", language: str = "zh") -> Any:
    return client.post(f"/v1/score?lang={language}", json={"matter_id": desk.matter(number)})


def _kept(desk: Desk, number: str = "A-1") -> bool:
    service = desk.app.state.service
    champion = service.champions.current()
    version = None if champion is None else champion.version
    marked = partial(mark_of, desk.store)
    return service.cards.find(desk.matter(number), version, desk.clock(), marked=marked) is not None


def test_the_second_answer_is_the_first_in_either_language_and_on_record(desk: Desk) -> None:
    client = desk.client("petition_head")
    first = _score(desk, client)
    assert _kept(desk)
    assert _score(desk, client).content == first.content
    assert _score(desk, client, language="en").json()["reasons"][0]["text"].startswith("our office")
    assert [entry.action for entry in log_of(desk)] == ["score"] * 3
    assert len({entry.request_id for entry in log_of(desk)}) == 3


def test_an_event_a_grade_and_a_model_make_it_anew(
    desk: Desk, approve: Callable[[Scorecard], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.champion._FRESH_S", 0.0)
    client = desk.client("petition_head")
    first = _score(desk, client).json()
    told = {"matter_no": "A-1", "kind": "substantive_reply", "occurred_on": "2026-11-03", "document_no": "检复3号"}
    assert client.post("/v1/events", json={"events": [told], "once": str(uuid4())}).status_code == 200
    assert not _kept(desk)
    second = _score(desk, client).json()
    assert first["as_of"] != second["as_of"]
    assert [row["state"] for row in second["clocks"]] != [row["state"] for row in first["clocks"]]
    version = approve(make_scorecard())
    assert not _kept(desk)
    assert _score(desk, client).json()["model_version"] == version
    models.kill(desk.store, by="steward", at=desk.clock(), reason="test")
    assert _score(desk, client).json()["model_version"] is None


def test_a_card_of_this_very_instant_is_not_kept(desk: Desk) -> None:
    client = desk.client("petition_head")
    told = {"matter_no": "A-1", "kind": "call", "occurred_on": "2026-11-03"}
    client.post("/v1/events", json={"events": [told], "once": str(uuid4())})
    _score(desk, client)
    assert not _kept(desk), "the clock alone would change it"
    desk.clock.forward(minutes=1)
    _score(desk, client)
    assert _kept(desk)


def test_g16_who_may_not_see_a_matter_gets_nothing_of_a_kept_card(desk: Desk) -> None:
    assert _score(desk, desk.client("petition_head"), "A-5").status_code == 200
    assert _kept(desk, "A-5")
    for name, status in (("handler", 404), ("other_head", 404), ("city_leader", 403), ("steward", 403)):
        assert _score(desk, desk.client(name), "A-5").status_code == status, name


def test_g25_kept_cards_count_as_much(desk: Desk) -> None:
    client = desk.client("other_head")
    assert [_score(desk, client, "B-1").status_code for _ in range(6)] == [200] * 4 + [429] * 2
    said = [entry.action for entry in log_of(desk)]
    assert said == ["score"] * 4 + ["score_capped"] * 2


def test_no_more_are_kept_than_fit(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serving.kept_cards.MOST", 2)
    client = desk.client("petition_head")
    for number in ("A-1", "A-2", "A-3"):
        assert _score(desk, client, number).status_code == 200
    assert [_kept(desk, number) for number in ("A-1", "A-2", "A-3")] == [False, True, True]


def test_g15_g16_who_asks_at_once_is_answered_and_recorded_each_by_their_own_right(desk: Desk) -> None:
    """Twelve ask at one moment for a kept card: the head is told and on record, the others are refused."""
    head = desk.client("petition_head")
    first = _score(desk, head)
    cookies = {name: dict(desk.client(name).cookies) for name in ("petition_head", "civil_head", "other_head")}

    async def ask(name: str) -> tuple[str, int, bytes, str]:
        transport = httpx.ASGITransport(desk.app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://testserver", cookies=cookies[name]
        ) as client:
            found = await client.post("/v1/score", json={"matter_id": desk.matter("A-1")})
            return name, found.status_code, found.content, found.headers["x-request-id"]

    async def at_once() -> list[tuple[str, int, bytes, str]]:
        names = [name for name in cookies for _ in range(4)]
        return await asyncio.gather(*(ask(name) for name in names))

    told = in_own_loop(at_once)
    assert {(name, status) for name, status, _, _ in told} == {
        ("petition_head", 200),
        ("civil_head", 404),
        ("other_head", 404),
    }
    mine = [(content, number) for name, _, content, number in told if name == "petition_head"]
    assert {content for content, _ in mine} == {first.content}
    assert sorted(str(entry.request_id) for entry in log_of(desk)[1:]) == sorted(number for _, number in mine)
    assert {entry.user_id for entry in log_of(desk)} == {"petition_head"}
    assert len(log_of(desk)) == 5


def test_cards_made_again_and_again_leave_nothing_behind(
    desk: Desk, approve: Callable[[Scorecard], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is compiled for the kinds of a register is compiled once: a process that serves for months stays small."""
    monkeypatch.setattr("serving.kept_cards.MOST", 0)
    approve(make_scorecard())
    client = desk.client("petition_head")
    assert _score(desk, client).json()["model_version"] is not None
    kinds = make_history(register.matter_register(desk.store, desk.matter("A-1"))).kinds
    before = len(kinds._kept)
    assert before > 0
    assert [_score(desk, client).status_code for _ in range(3)] == [200] * 3
    assert len(kinds._kept) == before
