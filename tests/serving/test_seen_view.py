"""The page of a matter says who saw and did what with it: by name within the office, by role outside."""

import re

from tests.serving.conftest import Desk, token_of


def seen_of(desk: Desk, user: str, number: str) -> list[str]:
    page = desk.client(user).get(f"/matters/{desk.matter(number)}").text
    part = page.split('id="seen"')[1].split("</section>")[0]
    rows = part.split('<li class="item">')[1:]
    return [" ".join(re.sub(r"<[^>]*>", " ", row).split()) for row in rows]


def test_g15_the_view_itself_stands_there_and_views_of_one_day_are_one_row(desk: Desk) -> None:
    (first,) = seen_of(desk, "handler", "A-1")
    assert first == "查看事项 测试handler（承办人） 2026-11-03 09:00"
    (again,) = seen_of(desk, "handler", "A-1")
    assert again.startswith("查看事项 当日 2 次 测试handler")


def test_g15_what_was_done_stands_between_the_views(desk: Desk) -> None:
    head, address = desk.client("petition_head"), f"/matters/{desk.matter('A-2')}"
    sent = {"csrf": token_of(head.get(address).text), "screening": desk.screening_id, "decision": "accept"}
    sent |= {"reason": "逾期属实", "once": "5f0c2d1e-0000-4000-8000-000000000001"}
    assert head.post(f"{address}/decision", data=sent).status_code == 303
    rows = seen_of(desk, "petition_head", "A-2")
    assert [row.split(" 测试")[0] for row in rows] == ["查看事项", "核实清单事项", "查看事项"]


def test_g16_people_of_another_office_are_known_by_role_only(desk: Desk) -> None:
    seen_of(desk, "city_leader", "A-1")
    rows = seen_of(desk, "handler", "A-1")
    assert rows[0].startswith("查看事项 测试handler（承办人）")
    assert rows[1].startswith("查看事项 示例市院（院领导）")
    above = seen_of(desk, "city_leader", "A-1")
    assert above[0].startswith("查看事项 测试city_leader")
    assert above[1].startswith("查看事项 示例甲县院（承办人）")


def test_g2_refused_words_and_what_was_typed_stay_with_the_auditor(desk: Desk) -> None:
    handler, address = desk.client("handler"), f"/matters/{desk.matter('A-1')}"
    sent = {"csrf": token_of(handler.get(address).text), "screening": desk.screening_id, "decision": "accept"}
    sent |= {"reason": "电话13912345678", "once": "5f0c2d1e-0000-4000-8000-000000000002"}
    assert handler.post(f"{address}/decision", data=sent).status_code == 422
    assert all(row.startswith("查看事项") for row in seen_of(desk, "handler", "A-1"))


def test_a_machine_is_named_as_one(desk: Desk) -> None:
    assert desk.machine("clocks").get(f"/v1/matters/{desk.matter('A-1')}/clocks").status_code == 200
    assert "系统接口" in seen_of(desk, "handler", "A-1")[1]
