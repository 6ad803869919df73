"""Documents to edit: what they say, for whom they may be made, and that nothing in them is more than text."""

import io
import re
import zipfile
from datetime import date
from html import unescape
from typing import Any

import docx
import pytest

from data.store import plans
from data.store.plans import Plan, PlanLine
from data.times import from_us
from serving.export_docx import write_docx
from serving.export_sheets import Mark
from serving.export_text import SENTENCE
from serving.led import led_matters, planned_led, with_led
from serving.led_register import led_page
from serving.month_report import shown_counts
from serving.paper_blocks import Facts, Page, Table, Text
from tests.histories import event, register_of
from tests.serving.conftest import NOW, Desk, log_of, token_of
from tests.serving.test_signing import measure, plan, submit, verified

MARK = Mark(serial="A", recipient="甲", user="乙", moment="2026-11-03 09:00", cutoff="2026-10-31", basis="", demo=False)


def asked(desk: Desk, user: str, path: str, page: str = "/list", **form: Any) -> Any:
    client = desk.client(user)
    return client.post(path, data={"csrf": token_of(client.get(page).text), "purpose": "月排查", **form})


def plan_of(desk: Desk, user: str, number: str, **form: Any) -> Any:
    return asked(desk, user, f"/matters/{desk.matter(number)}/plan.docx", **form)


def paper(desk: Desk, user: str, kind: str, **form: Any) -> Any:
    return asked(desk, user, f"/lists/{desk.screening_id}/paper", paper=kind, **form)


def said(content: bytes) -> str:
    """All text of a document, its margins included."""
    parts = ("word/document.xml", "word/header1.xml", "word/footer1.xml")
    return "\n".join(
        unescape(one) for part in parts for one in re.findall(r"<w:t(?: [^>]*)?>([^<]*)<", xml(content, part))
    )


def tables(content: bytes) -> list[list[list[str]]]:
    book = docx.Document(io.BytesIO(content))
    return [[[cell.text for cell in row.cells] for row in table.rows] for table in book.tables]


def xml(content: bytes, part: str = "word/document.xml") -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(part).decode()


def test_a_matters_plan_says_why_what_by_when_and_what_was_done(desk: Desk) -> None:
    plan(desk, "petition_head", "A-2", ("hearing", "2026-11-05"), ("explanation", "2026-11-25"))
    measure(desk, "petition_head", "A-2", action="hearing", done_on="2026-11-02", outcome="done")
    answer = plan_of(desk, "petition_head", "A-2")
    assert answer.status_code == 200
    text = said(answer.content)
    for told in (
        "信访事项化解预案（A-2）",
        "示例甲县院",
        "我院逾期12天未作每月后续答复",
        "每月后续答复",
        "公开听证（未筛查）",
        SENTENCE,
    ):
        assert told in text
    steps = next(table for table in tables(answer.content) if table[0][1:] == ["措施", "完成时限", "完成情况"])
    assert steps[1:] == [["1", "公开听证", "2026-11-05", "已办"], ["2", "释法说理", "2026-11-25", "待办"]]
    done = next(table for table in tables(answer.content) if table[0][0] == "日期")
    assert done[1] == ["2026-11-02", "公开听证", "已办", "检复〔2026〕11号"]
    assert [row[0] for row in tables(answer.content)[-1]] == [
        "承办人",
        "承办部门负责人",
        "控申部门负责人",
        "分管副检察长",
    ]


def test_g14_a_spot_check_stands_without_band_and_reasons(desk: Desk) -> None:
    text = said(plan_of(desk, "petition_head", "A-7").content)
    assert "随机抽查" in text
    assert "我院逾期" not in text


def test_the_report_holds_totals_only_and_goes_to_the_superior_office(desk: Desk) -> None:
    verified(desk, reject=("A-3",))
    measure(desk, "petition_head", "A-2", action="reply", done_on="2026-11-02", outcome="done")
    submit(desk)
    content = paper(desk, "petition_head", "report").content
    text = said(content)
    assert "示例甲县院 2026年10月信访隐患月排查情况报告" in text
    assert "发往 上级院控申部门（示例市院）" in text
    assert SENTENCE in text
    assert not any(number in text for number in desk.ids)
    assert "S1" not in text
    assert "测试" not in text
    counted = {row[0]: row[1] for table in tables(content) for row in table[1:] if len(row) == 2}
    assert counted["排查范围内的事项"] == "100"
    assert (counted["必办事项"], counted["本月提示"], counted["随机抽查"]) == ("2", "4", "1")
    assert counted["每月后续答复"] == "2"  # our own duties overdue, exact however few
    assert (counted["已接受"], counted["未采纳"], counted["回复"]) == ("3", "1", "1")
    assert "刑事申诉" not in counted
    assert text.count("各类均不足10件") == 3


@pytest.mark.parametrize(
    ("counts", "rows"),
    [
        ({}, []),
        ({"a": 9}, []),
        ({"a": 12}, [["甲", "12"]]),
        ({"a": 30, "b": 3}, []),
        ({"a": 30, "b": 12, "c": 3}, [["甲", "30"], ["其他", "15"]]),
        ({"a": 30, "b": 6, "c": 5}, [["甲", "30"], ["其他", "11"]]),
    ],
)
def test_g13_a_small_number_cannot_be_told_from_its_total(counts: dict[str, int], rows: list[list[str]]) -> None:
    assert shown_counts(counts, {"a": "甲", "b": "乙", "c": "丙"}, "其他") == rows


def test_red_line_7_no_document_of_an_office_names_a_way_of_raising(desk: Desk) -> None:
    from data.vocabulary import KINDS, Role

    never = [kind.zh for kind in KINDS if kind.role in (Role.CONTACT, Role.FROM_ABOVE)]
    for kind in ("report", "led"):
        text = said(paper(desk, "petition_head", kind).content)
        assert [word for word in never if word in text] == []


def test_the_register_of_led_matters_tells_what_followed_a_leaders_taking_over() -> None:
    histories = {
        "L-1": [
            event("2026-06-01", "letter"),
            event("2026-06-01", "registered"),
            event("2026-06-10", "explanation"),
            event("2026-07-01", "leader_assigned", rank="deputy"),
            event("2026-07-05", "hearing_held"),
            event("2026-07-09", "substantive_reply"),
            event("2026-08-01", "resolved"),
        ],
        "L-2": [event("2026-06-01", "letter"), event("2026-06-01", "registered")],
        "L-3": [event("2026-06-01", "letter"), event("2026-06-01", "registered")],
        "L-4": [event("2026-06-01", "letter"), event("2026-06-01", "registered"), event("2026-06-09", "closed")],
        "L-5": [event("2026-06-01", "letter"), event("2026-06-01", "registered")],
    }
    register = register_of(
        histories,
        attributes=[
            ("L-2", "case_class", "first_appeal", "2026-06-01"),
            ("L-4", "case_class", "complex", "2026-06-01"),
        ],
        observed_until="2026-11-01",
    )
    ids = {row["matter_no"]: row["matter_id"] for row in register.matters.iter_rows(named=True)}
    planned = Plan(
        screening_id="s",
        matter_id=ids["L-5"],
        office_id="C1",
        owner="S1",
        lines=(PlanLine(action="leader_assigned", due=date(2026, 12, 1)),),
        by="x",
        role="petition_head",
        at=1,
        once="1",
    )
    led = led_matters(with_led(register), planned_led({ids["L-5"]: planned}))
    page = led_page("示例院", led, language="zh")
    table = next(block for block in page.blocks if isinstance(block, Table))
    rows = {row[1]: row for row in table.rows}
    assert list(rows) == ["L-1", "L-2", "L-5"]
    assert rows["L-1"][6:13] == ["副检察长", "2026-07-01", "2026-07-05", "2026-07-09", "—", "—", "化解"]
    assert rows["L-2"][5:8] == ["首次信访申诉", "尚未确定", ""]
    assert rows["L-5"][6] == "预案已列"


def test_g16_who_may_have_which_document(desk: Desk) -> None:
    for user in ("department_head", "civil_head"):
        assert paper(desk, user, "report").status_code == 403
        assert paper(desk, user, "led").status_code == 403
    for user in ("operator", "auditor", "steward", "admin"):
        assert desk.client(user).post(f"/lists/{desk.screening_id}/paper", data={"paper": "led"}).status_code == 403
    assert plan_of(desk, "handler", "A-1").status_code == 200
    # Not the handler's, about the handler's own post, of another office.
    for number in ("A-2", "A-5", "B-1"):
        assert plan_of(desk, "handler", number).status_code == 404
    assert plan_of(desk, "leader", "A-4").status_code == 404
    assert plan_of(desk, "city_leader", "A-2").status_code == 404
    # A complaint about the department's head does not go to that department.
    assert plan_of(desk, "petition_head", "A-6").status_code == 200
    assert plan_of(desk, "department_head", "A-5").status_code == 403


def test_g17_each_is_marked_needs_a_purpose_and_is_on_record(desk: Desk) -> None:
    refused = paper(desk, "petition_head", "report", purpose=" ")
    assert refused.status_code == 422
    assert "导出须写明用途" in refused.text
    assert plan_of(desk, "handler", "A-1", purpose="电话13912345678").status_code == 422
    for user, kind in (("handler", "plan"), ("leader", "led")):
        made = plan_of(desk, user, "A-1") if kind == "plan" else paper(desk, user, kind)
        entry = [one for one in log_of(desk) if one.action == "export"][-1]
        assert (entry.purpose, entry.detail["paper"], entry.detail["form"]) == ("月排查", kind, "docx")
        assert f"编号 {entry.detail['serial']}" in said(made.content)
        assert f"导出 {entry.user_id} 2026-11-03 09:00" in said(made.content)
        assert made.headers["content-disposition"].endswith('.docx"')
    assert "13912345678" not in str([one.detail for one in log_of(desk)])


@pytest.mark.parametrize(
    "text",
    ["=1+1", "{ PAGE }", "<w:instrText>DDEAUTO</w:instrText>", "]]>&amp;", "a\x00\x0b\ufffeb", "第\n二\t行"],
)
def test_g17_nothing_becomes_a_field_or_markup(text: str) -> None:
    page = Page(
        title=text,
        blocks=[
            Text(text=text),
            Facts(rows=[(text, text)]),
            Table(header=[text], widths=[1], rows=[[text]], empty=text),
        ],
    )
    mark = Mark(serial=text, recipient=text, user=text, moment=text, cutoff=text, basis=text, demo=True)
    content = write_docx(page, mark, made=from_us(NOW), language="zh")
    fields = [
        code
        for part in ("word/document.xml", "word/header1.xml", "word/footer1.xml")
        for code in re.findall(r"<w:instrText[^>]*>([^<]*)<", xml(content, part))
    ]
    assert fields == ["PAGE", "NUMPAGES"]
    assert "fldSimple" not in xml(content)
    assert "hyperlink" not in xml(content)
    assert tables(content)[-1][1][0] == "".join(sign for sign in text if sign in "\n\t" or sign.isprintable())


def test_it_prints_on_a4_with_chinese_fonts_and_repeated_headers() -> None:
    rows = [[f"T-{number}", "释法说理"] for number in range(80)]
    page = Page(
        title="台账", blocks=[Table(header=["编号", "措施"], widths=[1, 2], rows=rows, empty="")], landscape=True
    )
    content = write_docx(page, MARK, made=from_us(NOW), language="zh")
    book: Any = docx.Document(io.BytesIO(content))
    section = book.sections[0]
    assert [round(side.mm) for side in (section.page_width, section.page_height)] == [297, 210]
    assert xml(content).count("<w:tblHeader/>") == 1
    assert xml(content).count("<w:cantSplit/>") == 81
    assert 'w:eastAsia="仿宋"' in xml(content)
    assert "FangSong" in xml(content, "word/fontTable.xml")
    assert book.core_properties.author == "乙"


def test_without_a_plan_the_document_leaves_room_for_one(desk: Desk) -> None:
    assert "尚未拟订预案" in said(plan_of(desk, "petition_head", "A-2").content)
    assert plans.latest(desk.store, Plan, [desk.matter("A-2")]) == {}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_document_speaks_both_languages(desk: Desk, language: str) -> None:
    client = desk.client("petition_head", language=language)
    client.cookies.set("pr_lang", language, domain="testserver.local")
    token = token_of(client.get("/list").text)
    form = {"csrf": token, "purpose": "x"}
    answers = [client.post(f"/matters/{desk.matter('A-2')}/plan.docx", data=form)]
    answers += [
        client.post(f"/lists/{desk.screening_id}/paper", data={**form, "paper": kind}) for kind in ("report", "led")
    ]
    titles = ["化解预案", "情况报告", "包案台账"] if language == "zh" else ["Plan for", "Report on", "Register of"]
    for answer, title in zip(answers, titles, strict=True):
        assert title in said(answer.content)


def test_the_marks_stand_apart_in_the_header(desk: Desk) -> None:
    header = xml(paper(desk, "petition_head", "report").content, "word/header1.xml")
    assert "发往 上级院控申部门（示例市院）　编号 " in header
