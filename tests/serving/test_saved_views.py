"""Filters are kept under a name for one person alone, none that no page offers; matters are found by words."""

import re
from typing import Any
from urllib.parse import urlencode

import pytest

from data.store import erasure, views
from serving import saved_views
from tests.serving.conftest import Desk, log_of, token_of

CIVIL = "/list?" + urlencode({"department": "民事检察部", "sort": "due"})


def post(desk: Desk, user: str, path: str = "/views", **form: Any) -> Any:
    client = desk.client(user)
    return client.post(path, data={"csrf": token_of(client.get("/about").text), **form})


def names(desk: Desk, user: str) -> list[tuple[str, str, dict[str, str]]]:
    return [(one.page, one.name, dict(one.query)) for one in views.views_of(desk.store, user)]


def test_a_view_is_kept_shown_renamed_and_removed_by_its_owner_alone(desk: Desk) -> None:
    for _ in range(2):  # a double click
        answer = post(desk, "petition_head", here=CIVIL, name=" 民事 到期先后 ")
        assert (answer.status_code, answer.headers["location"]) == (303, CIVIL)
    kept = {"department": "民事检察部", "sort": "due"}
    assert names(desk, "petition_head") == [("list", "民事 到期先后", kept)]
    page = desk.client("petition_head").get(CIVIL).text
    assert re.search(r'aria-current="true">民事 到期先后<', page)
    assert "民事 到期先后" not in desk.client("leader").get("/list").text
    number = views.views_of(desk.store, "petition_head")[0].view_id
    assert post(desk, "leader", f"/views/{number}/rename", name="我的").status_code == 404
    assert post(desk, "leader", f"/views/{number}/remove").status_code == 303
    assert post(desk, "petition_head", f"/views/{number}/rename", name="民事").status_code == 303
    assert names(desk, "petition_head") == [("list", "民事", kept)]
    for _ in range(2):
        assert post(desk, "petition_head", f"/views/{number}/remove").status_code == 303
    assert names(desk, "petition_head") == []
    assert "还没有保存视图" in desk.client("petition_head").get("/views").text


@pytest.mark.parametrize(
    "query",
    [
        {"kind": "joint_submission"},
        {"channel": "visit"},
        {"sort": "contacts"},
        {"part": "joint"},
        {"clock": "upward"},
        {"category": "joint_submission"},
        {"department": "多人反映"},
        {"handler": "张三"},
        {"office": "C2", "sort": "due"},
    ],
)
def test_red_line_7_what_no_page_offers_cannot_be_kept(desk: Desk, query: dict[str, str]) -> None:
    answer = post(desk, "petition_head", here=f"/list?{urlencode(query)}", name="视图")
    assert answer.status_code == 422
    assert "没有的筛选条件" in answer.text
    assert names(desk, "petition_head") == []


def test_red_line_7_the_filters_that_can_be_kept_are_those_of_the_pages(desk: Desk) -> None:
    from serving.app import routes

    for page, offered in saved_views.PAGES.items():
        route = next(one for one in routes() if one.path == f"/{page}")
        declared = {field.alias for field in route.dependant.query_params}
        assert set(offered) == declared - {"screening", "page", "number"}


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"name": " "}, "请写视图名称"),
        ({"name": "长" * 21}, "不超过 20 个字"),
        ({"name": "13912345678"}, "不能保存"),
        ({"here": "/log"}, "没有可保存的视图"),
        ({"here": "/list?number=A-1&page=2"}, "请先选择筛选条件"),
        ({"csrf": "none"}, "页面已过期"),
    ],
)
def test_g2_what_cannot_be_kept_is_said(desk: Desk, form: dict[str, str], told: str) -> None:
    answer = post(desk, "petition_head", **{"here": CIVIL, "name": "民事", **form})
    assert answer.status_code in (403, 422)
    assert told in answer.text
    assert names(desk, "petition_head") == []


def test_a_name_is_taken_once_and_there_is_an_end(desk: Desk) -> None:
    assert post(desk, "handler", here="/list?sort=due", name="甲").status_code == 303
    assert "已有同名视图" in post(desk, "handler", here="/list?sort=number", name="甲").text
    assert post(desk, "handler", here="/matters?cause=injury", name="甲").status_code == 303
    for n in range(saved_views.MOST - 2):
        assert post(desk, "handler", here="/list?sort=due", name=f"视图{n}").status_code == 303
    full = post(desk, "handler", here="/list?sort=due", name="多一个")
    assert (full.status_code, "最多保存 20 个视图" in full.text) == (409, True)


def test_g19_a_view_named_after_an_erased_matter_goes_with_it(desk: Desk) -> None:
    for name in ("A-1 那件", "其他"):
        assert post(desk, "petition_head", here=CIVIL, name=name).status_code == 303
    erasure.remove_rows(desk.store, [desk.matter("A-1")], ["A-1"], office_id="C1")
    assert [name for _, name, _ in names(desk, "petition_head")] == ["其他"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [("A-3", ["A-3"]), ("人身", 7), ("INJUR", 7), ("刑事申诉", 7), ("拆迁", []), ("张三", []), ("visit", [])],
)
def test_matters_are_found_by_number_or_cause_and_nothing_else(desk: Desk, typed: str, found: Any) -> None:
    client = desk.client("petition_head")
    page = client.get(f"/matters?{urlencode({'number': typed, 'sort': 'number'})}").text
    shown = re.findall(r'<th scope="row"><a href="/matters/[0-9a-f-]+">([^<]+)</a>', page)
    assert shown == (found if isinstance(found, list) else [f"A-{n}" for n in range(1, found + 1)])
    listed = client.get(f"/list?{urlencode({'number': typed})}").text
    assert set(re.findall(r'class="c-matter"><a href="/matters/[0-9a-f-]+">([^<]+)</a>', listed)) == set(shown)


def test_g15_g16_everybody_finds_their_own_matters_and_looking_is_on_record(desk: Desk) -> None:
    from tests.serving.test_routes import SEES

    for user, sees in SEES.items():
        page = desk.client(user).get("/matters").text
        shown = set(re.findall(r'<th scope="row"><a href="/matters/[0-9a-f-]+">([^<]+)</a>', page))
        own = {number for number in sees if number[0] == ("M" if user == "city_leader" else min(sees)[0])}
        assert shown == own, user
    assert desk.client("handler").get("/matters?office=C2").status_code == 404
    last = [one for one in log_of(desk) if one.action == "view_matters"][-1]
    assert (last.office_id, last.detail["narrowed"]) == ("C2", [])
    head = desk.client("petition_head")
    page = head.get(f"/matters?{urlencode({'department': '民事检察部', 'number': '人身', 'sort': 'handler'})}").text
    assert [one.detail["narrowed"] for one in log_of(desk)][-1] == ["department", "number"]
    assert "department=%E6%B0%91" in page  # the address keeps everything, the language switch with it
