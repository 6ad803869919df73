"""A major matter is reported by closed triggers and fields, received by who may, and says nothing of a person."""

import io
from typing import Any

import docx
import pytest

from data.store import erasure, major
from serving.export_text import SENTENCE
from tests.serving.conftest import Desk, log_of
from tests.serving.test_papers import asked, said
from tests.serving.test_signing import post


def report(desk: Desk, user: str, number: str, **form: Any) -> Any:
    sent = {"trigger": "error", "handled": "已确认答复有误，正在更正", "decision": "correction", **form}
    return post(desk, user, f"/matters/{desk.matter(number)}/major", **sent)


def receive(desk: Desk, user: str, number: str) -> Any:
    found = major.reports_of_matter(desk.store, desk.matter(number))
    return post(desk, user, f"/major/{found[0].id}/receive", "/about")


def test_a_report_carries_the_overdue_duties_and_both_times(desk: Desk) -> None:
    assert report(desk, "handler", "A-1").status_code == 303
    made = major.reports_of_matter(desk.store, desk.matter("A-1"))[0]
    assert "monthly_follow_up" in [code for code, _, _ in made.overdue]
    page = desk.client("leader").get("/sign").text
    assert "待收悉的重大信访信息报告" in page
    assert "A-1" in page
    desk.clock.forward(hours=1)
    assert receive(desk, "leader", "A-1").status_code == 303
    assert "待收悉" not in desk.client("leader").get("/sign").text
    matter = desk.client("handler").get(f"/matters/{desk.matter('A-1')}").text
    assert "已确认答复有误，正在更正" in matter
    assert "测试handler（承办人） 2026-11-03 09:00" in matter
    assert "测试leader（院领导） 2026-11-03 10:00" in matter
    acts = [one.action for one in log_of(desk) if one.action.startswith("major")]
    assert acts == ["major_reported", "major_received"]


def test_a_double_click_reports_once_and_receives_once(desk: Desk) -> None:
    once = "11111111-1111-1111-1111-111111111111"
    assert report(desk, "handler", "A-1", once=once).status_code == 303
    assert report(desk, "handler", "A-1", once=once).status_code == 303
    assert len(major.reports_of_matter(desk.store, desk.matter("A-1"))) == 1
    assert receive(desk, "leader", "A-1").status_code == 303
    assert receive(desk, "leader", "A-1").status_code == 303
    assert len(major.receipts_of(desk.store, desk.matter("A-1"))) == 1


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"trigger": "travel"}, "请选择报告情形"),
        ({"decision": "visit_home"}, "请选择提请决定的措施"),
        ({"handled": " "}, "请写明本院办理情况"),
        ({"handled": "电话13912345678"}, "不能保存"),
    ],
)
def test_g2_fields_are_closed_and_the_text_passes_the_gate(desk: Desk, form: dict[str, str], told: str) -> None:
    answer = report(desk, "handler", "A-1", **form)
    assert answer.status_code == 422
    assert told in answer.text
    assert major.reports_of_matter(desk.store, desk.matter("A-1")) == []


def test_g16_a_report_about_a_leader_goes_to_a_superior_offices_leader(desk: Desk) -> None:
    assert report(desk, "petition_head", "A-4").status_code == 303
    assert "A-4" not in desk.client("leader").get("/sign").text
    assert receive(desk, "leader", "A-4").status_code == 404
    assert "A-4" in desk.client("city_leader").get("/sign").text
    assert receive(desk, "city_leader", "A-4").status_code == 303
    # An ordinary report of an office below is that office's own.
    assert report(desk, "petition_head", "A-2").status_code == 303
    assert receive(desk, "city_leader", "A-2").status_code == 409
    for user in ("handler", "petition_head", "auditor"):
        assert receive(desk, user, "A-2").status_code == 403
    assert report(desk, "other_head", "A-2").status_code == 404
    assert report(desk, "leader", "A-2").status_code == 403


def test_the_report_is_a_document_for_the_own_leaders(desk: Desk) -> None:
    path = f"/matters/{desk.matter('A-1')}/major.docx"
    assert asked(desk, "petition_head", path).status_code == 404  # nothing was reported
    report(desk, "handler", "A-1")
    content = asked(desk, "handler", path).content
    text = said(content)
    for told in (
        "示例甲县院重大信访信息报告",
        "办案差错",
        "已确认答复有误，正在更正",
        "纠错",
        "发往 本院领导",
        SENTENCE,
    ):
        assert told in text
    assert docx.Document(io.BytesIO(content)).tables
    report(desk, "petition_head", "A-4")
    assert asked(desk, "petition_head", f"/matters/{desk.matter('A-4')}/major.docx").status_code == 403


def test_g19_what_was_typed_goes_with_the_matter(desk: Desk) -> None:
    report(desk, "handler", "A-1")
    receive(desk, "leader", "A-1")
    matter = desk.matter("A-1")
    assert "已确认答复有误，正在更正" in erasure.typed_texts(desk.store, [matter])
    removed = erasure.remove_rows(desk.store, [matter], ["A-1"], office_id="C1")
    assert (removed["major_reports"], removed["major_receipts"]) == (1, 1)
