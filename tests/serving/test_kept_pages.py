"""A page that was kept says what the page made anew says, whoever wrote what in between."""

import asyncio
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from data.store import register, screenings
from data.store.engine import Store, open_store
from serving import office_lines
from serving.app import create_app
from serving.deps import Service
from serving.erasing import erase
from serving.journal import audit_key
from serving.kept import Kept
from serving.kept_pages import FORM_TOKEN, REQUEST_ID, KeptPage, KeptPages, pieces
from tests.serving.conftest import CUTOFF, Desk, issue, log_of, token_of
from tests.serving.loops import in_own_loop
from tests.serving.test_bulk import Browser
from tests.serving.test_cases import again, answer, ask
from tests.serving.test_signing import act, measure, plan, post, reopen, submit
from tests.serving.test_workflow import put, send

FEW = (("petition_head", "/list"), ("leader", "/list?lang=en"), ("handler", "/today"))
READERS = ("handler", "department_head", "petition_head", "leader", "city_leader")
ADDRESSES = (
    "/list",
    "/list?state=pending&lang=en",
    "/list?number=A-2",
    "/list?part=must&page=2",
    "/matters?number=A",
    "/today",
)
ALL = tuple((reader, address) for reader in READERS for address in (*ADDRESSES, "/today"))


def elsewhere(desk: Desk) -> Desk:
    """Another process on the same database: nothing kept, connections of its own."""
    store = open_store(desk.store.engine.url.render_as_string(hide_password=False))
    return replace(desk, store=store, app=create_app(store, desk.settings, desk.state_dir, desk.clock), clients=[])


def plain(page: str) -> str:
    """A page less what differs from answer to answer."""
    return re.sub(r'( name="once" value=")[^"]*"', r"\1", page)


def forget(desk: Desk) -> None:
    """Nothing is kept any more of what this process has made, of its pages or of its database."""
    service: Service = desk.app.state.service
    service.store.close()
    store = open_store(service.store.engine.url.render_as_string(hide_password=False))
    kept = {"pages": KeptPages(), **{name: Kept(most=500) for name in ("lists", "due", "notices", "owing")}}
    desk.app.state.service = replace(service, store=store, **kept)


def check_same(desk: Desk, looks: dict[tuple[str, str], tuple[Any, Any]], fresh: Desk) -> None:
    """Every look, as this process kept the page or makes it again, beside the same by one that has kept nothing."""
    forget(fresh)
    same = {"X-Request-Id": "one-and-the-same"}
    for (name, address), (client, other) in looks.items():
        kept, made = client.get(address, headers=same), other.get(address, headers=same)
        assert (kept.status_code, plain(kept.text)) == (made.status_code, plain(made.text)), (name, address)


def steps(desk: Desk, other: Desk) -> Iterator[Callable[[], Any]]:
    """Everything that changes what a list says, by this process and by another in turn."""
    yield lambda: put(other, "petition_head", "A-7")
    yield lambda: send(desk, "handler", "A-1")
    yield lambda: Browser(other).bulk("A-2", "A-3")
    yield lambda: plan(other, "petition_head", "A-2")
    yield lambda: send(desk, "petition_head", "A-3", "reject")
    yield lambda: measure(other, "petition_head", "A-2")
    yield lambda: post(desk, "petition_head", "/views", here="/list?part=must", name="必办")
    yield lambda: ask(other, about="category", code="civil_appeal", reason="class", text="类别登记有误")
    yield lambda: answer(desk, "leader", "accept", "已按卷宗更正")
    for number in ("A-4", "A-6", "A-7"):
        yield lambda number=number: send(other, "petition_head", number)
        yield lambda number=number: plan(desk, "petition_head", number)
    yield lambda: submit(other, opinion="请审阅")
    yield lambda: act(desk, "leader", "return", opinion="请补充说明")
    yield lambda: submit(desk)
    yield lambda: act(other, "leader")
    yield lambda: reopen(desk, opinion="类别有误，更正后另送")
    yield lambda: again(other, until=CUTOFF + 1)
    yield lambda: issue(other.store, desk.ids, cutoff=CUTOFF + 86_400_000_000)
    yield lambda: erase(
        other.store,
        desk.state_dir,
        audit_key(desk.state_dir),
        desk.settings,
        matter_no="A-3",
        office_id="C1",
        by="petition_head",
        reason="到期",
        now=desk.clock(),
    )
    yield lambda: desk.clock.forward(hours=24 * 12)


@pytest.mark.parametrize("wanted", [FEW, pytest.param(ALL, marks=pytest.mark.slow)])
def test_every_page_kept_is_the_page_made_anew_after_any_write(desk: Desk, wanted: tuple[tuple[str, str], ...]) -> None:
    other, fresh = elsewhere(desk), elsewhere(desk)
    looks = {(name, address): (desk.client(name), fresh.client()) for name, address in wanted}
    for client, made in looks.values():
        made.cookies.update(client.cookies)
    check_same(desk, looks, fresh)
    for step in steps(desk, other):
        found = step()
        assert getattr(found, "status_code", 200) in (200, 303)
        check_same(desk, looks, fresh)
    other.store.close()
    fresh.app.state.service.store.close()


def test_an_answer_is_kept_for_one_person_language_and_browser_and_each_is_on_record(desk: Desk) -> None:
    first, second = desk.client("petition_head"), desk.client("petition_head")
    mine, theirs = first.get("/list").text, second.get("/list").text
    assert token_of(mine) != token_of(theirs)
    for _ in range(2):
        assert token_of(first.get("/list").text) == token_of(mine)
        assert token_of(second.get("/list").text) == token_of(theirs)
    assert 'lang="en"' in first.get("/list?lang=en").text
    assert "A-3" not in desk.client("department_head").get("/list").text
    onces = [set(re.findall(r' name="once" value="([^"]+)"', first.get("/list").text)) for _ in range(2)]
    assert len(onces[0]) > 3
    assert not onces[0] & onces[1]
    numbered = [first.get("/list").headers["x-request-id"] for _ in range(2)]
    seen = [entry.request_id for entry in log_of(desk) if entry.action == "view_list"]
    assert seen[-2:] == numbered
    assert FORM_TOKEN not in mine
    assert REQUEST_ID not in mine


def test_g15_g16_who_opens_it_at_once_gets_their_own_page_and_each_view_is_on_record(desk: Desk) -> None:
    """Of twelve at one moment two people have a page that stands, one never had one, and one may not read lists."""
    names = ("petition_head", "handler", "leader", "auditor")
    clients = {name: desk.client(name) for name in names}
    own = {name: plain(clients[name].get("/list").text) for name in names[:2]}

    async def ask(name: str) -> tuple[str, int, str, str]:
        web = httpx.ASGITransport(desk.app)
        cookies = dict(clients[name].cookies)
        async with httpx.AsyncClient(transport=web, base_url="http://testserver", cookies=cookies) as client:
            found = await client.get("/list")
            return name, found.status_code, found.text, found.headers["x-request-id"]

    async def at_once() -> list[tuple[str, int, str, str]]:
        return await asyncio.gather(*(ask(name) for name in names for _ in range(3)))

    told = in_own_loop(at_once)
    assert {(name, status) for name, status, _, _ in told} == {
        (name, 403 if name == "auditor" else 200) for name in names
    }
    for name, _, text, number in told:
        assert number in text
        if name in own:
            assert re.sub(r"[0-9a-f]{16}", "", plain(text)) == re.sub(r"[0-9a-f]{16}", "", own[name])
    seen = [(entry.user_id, entry.request_id) for entry in log_of(desk) if entry.action == "view_list"]
    assert sorted(seen[2:]) == sorted((name, number) for name, status, _, number in told if status == 200)


def test_what_is_seen_inside_a_write_that_fails_is_not_kept(desk: Desk) -> None:
    found = screenings.find_screening(desk.store, desk.screening_id)
    before = office_lines.office_lines(desk.store, found, "C1")

    def fails() -> None:
        with desk.store.write() as connection:
            connection.exec_driver_sql("DELETE FROM entries WHERE part = 'spot'")
            assert len(office_lines.office_lines(desk.store, found, "C1")) == len(before) - 1
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    assert office_lines.office_lines(desk.store, found, "C1") is before


def test_pages_and_lists_are_kept_within_bounds(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serving.kept_pages.MOST_BYTES", 30)
    kept = KeptPages()
    page = KeptPage(rests_on=0, until=9, again=lambda _: 0, told=lambda _: None, pieces=pieces("0123456789"))
    for number in range(5):
        kept.keep((str(number),), page)
    assert [kept.find((str(number),), 1) is None for number in range(5)] == [True, True, False, False, False]
    assert kept.find(("4",), 9) is None
    monkeypatch.setattr("serving.office_lines.MOST", 8)
    found = screenings.find_screening(desk.store, desk.screening_id)
    first = office_lines.office_lines(desk.store, found, "C1")
    office_lines.office_lines(desk.store, found, "C2")
    again_made = office_lines.office_lines(desk.store, found, "C1")
    assert again_made == first
    assert again_made is not first


def test_the_marks_hold_on_both_engines(store: Store) -> None:
    """What the pages rest on is asked of SQLite and PostgreSQL alike."""
    from data.store.mark import list_mark, work_mark

    assert list_mark(store, "none", "C1") is not None
    assert work_mark(store, "none", "C1") == (0,) * 14
    with store.write():
        assert list_mark(store, "none", "C1") is None
    assert register.office_names(store) == []
