"""The page of the digest opens on the newest closed month with a record, or says when there will be one."""

import re

from tests.serving.conftest import Desk


def offered(page: str) -> list[str]:
    return re.findall(r'<option value="(\d{4}-\d{2})"', page)


def test_with_no_closed_month_it_says_what_will_stand_here_and_when(desk: Desk) -> None:
    page = desk.client("reviewer").get("/digest").text
    assert "2026-11 的摘要从 2026-12-01 起可以查看" in page
    assert not offered(page)
    assert "2026-10" not in page
    english = desk.client("reviewer").get("/digest?lang=en").text
    assert "The digest of 2026-11 can be read from 2026-12-01 on." in english


def test_it_opens_on_the_newest_month_with_a_record_and_offers_the_earlier(desk: Desk) -> None:
    desk.client("petition_head").get(f"/matters/{desk.matter('A-1')}")
    desk.clock.forward(hours=24 * 70)
    desk.client("petition_head").get(f"/matters/{desk.matter('A-1')}")
    desk.clock.forward(hours=24 * 80)
    page = desk.client("reviewer").get("/digest").text
    assert offered(page) == ["2027-01", "2026-12", "2026-11"]
    assert '<option value="2027-01" selected>' in page
    assert "查看事项" in page
    empty = desk.client("reviewer").get("/digest?month=2026-12").text
    assert "该月没有记录" in empty
    assert '<option value="2026-12" selected>' in empty
    assert offered(desk.client("reviewer").get("/digest?month=2027-02").text)[0] == "2027-02"
