"""A filled-in workbook read back: what is recorded, by whom, and every way in which it may not fit the desk."""

import io
import json
import re
from collections.abc import Callable
from datetime import date, datetime
from html import unescape
from typing import Any

import openpyxl
import pytest

from data.store import audit, plans
from data.store.plans import Measure, Result
from serving.export import export_list
from serving.journal import audit_key
from tests.serving.conftest import Desk, issue, log_of, token_of
from tests.serving.test_signing import measure, plan
from tests.serving.test_workflow import send

HEADS = ("必办事项", "本月提示", "随机抽查")


def exported(desk: Desk, *, user: str = "petition_head", office: str = "C1", screening: str = "", **more: Any) -> Any:
    """A copy of the office's list, opened as Excel, WPS or LibreOffice would save it again."""
    content = export_list(
        desk.store,
        audit_key(desk.state_dir),
        screening or desk.screening_id,
        office_id=office,
        recipient=more.pop("recipient", "petition_department"),
        purpose="月排查",
        user=user,
        now=desk.clock(),
        language=more.pop("language", "zh"),
        time_zone=desk.settings.time_zone,
        **more,
    )
    return openpyxl.load_workbook(io.BytesIO(content))


def columns(sheet: Any) -> tuple[int, dict[str, int]]:
    for row in sheet.iter_rows():
        heads = {cell.value: cell.column for cell in row if cell.value}
        if "事项编号" in heads:
            return row[0].row, heads
    raise AssertionError(sheet.title)


def fill(book: Any, number: str, measure: Any = None, day: Any = None, result: Any = None) -> tuple[Any, int]:
    """Write the three cells of a matter's first row; its sheet and row."""
    for title in book.sheetnames[:-1]:
        sheet = book[title]
        try:
            head, at = columns(sheet)
        except AssertionError:
            continue
        for row in range(head + 1, sheet.max_row + 1):
            if sheet.cell(row, at["事项编号"]).value == number:
                for name, value in (("措施", measure), ("完成日期", day), ("结果", result)):
                    if value is not None:
                        sheet.cell(row, at[name]).value = value
                return sheet, row
    raise AssertionError(number)


def saved(book: Any) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def upload(desk: Desk, book: Any, user: str = "petition_head", name: str = "清单.xlsx") -> Any:
    client = desk.client(user)
    token = token_of(client.get("/filled").text)
    content = book if isinstance(book, bytes) else saved(book)
    return client.post("/filled", data={"csrf": token}, files={"file": (name, content)})


def rows_of(page: Any) -> str:
    found = re.search(r'name="rows" value="([^"]*)"', page.text)
    return unescape(found[1]) if found else "[]"


def record(desk: Desk, page: Any, user: str = "petition_head", *, tick: bool = False) -> Any:
    """Press 登记 on a preview, every box ticked or none."""
    client = desk.client(user)
    token = token_of(client.get("/filled").text)
    boxes = [unescape(one) for one in re.findall(r'name="tick" value="([^"]*)"', page.text)]
    form = {"csrf": token, "rows": rows_of(page)} | ({"tick": boxes} if tick else {})
    return client.post("/filled/record", data=form)


def measures(desk: Desk, number: str) -> list[tuple[str, date, str, str]]:
    found = plans.of_matter(desk.store, Measure, desk.matter(number))
    return sorted((one.action, one.done_on, one.outcome, one.by) for one in found)


def results(desk: Desk, number: str) -> list[str]:
    return [one.result for one in plans.of_matter(desk.store, Result, desk.matter(number))]


def test_filled_cells_are_shown_first_and_recorded_in_the_uploaders_name(desk: Desk) -> None:
    book = exported(desk)
    fill(book, "A-1", "回复", datetime.fromisoformat("2026-11-01"))
    fill(book, "A-2", "释法说理、公开听证", "2026年11月2日", "已化解")
    fill(book, "A-7", "司法救助", "20261030", "已提供，未接受")
    page = upload(desk, book)
    assert page.status_code == 200
    for told in (
        "将登记",
        "释法说理、公开听证、2026-11-02、已办、已化解",
        "司法救助、2026-10-30、已提供，未接受",
        "未填写的 4 行",
    ):
        assert told in page.text
    assert measures(desk, "A-1") == []
    done = record(desk, page)
    assert "已登记 5 项" in done.text
    assert measures(desk, "A-1") == [("reply", date(2026, 11, 1), "done", "petition_head")]
    assert [one[0] for one in measures(desk, "A-2")] == ["explanation", "hearing"]
    assert results(desk, "A-2") == ["resolved"]
    assert measures(desk, "A-7")[0][2] == "offered_closed"


def test_a_second_upload_or_click_records_nothing_twice(desk: Desk) -> None:
    book = exported(desk)
    fill(book, "A-1", "回复", "2026-11-01", "已答复说理")
    page = upload(desk, book)
    assert "已登记 2 项" in record(desk, page).text
    assert "已登记 0 项" in record(desk, page).text
    again = upload(desk, book)
    assert "已登记过、无需再登记的 1 行" in again.text
    assert rows_of(again) == "[]"
    # A copy exported later, filled in the same way by a colleague, says nothing new either.
    later = exported(desk)
    fill(later, "A-1", "回复", "2026-11-01", "已答复说理")
    assert "已登记过" in upload(desk, later, "handler").text
    assert len(measures(desk, "A-1")) == 1
    assert results(desk, "A-1") == ["answered"]


def test_rows_and_columns_may_be_moved_and_added(desk: Desk) -> None:
    book = exported(desk)
    sheet, row = fill(book, "A-1", "回复", "2026-11-01")
    # Openpyxl leaves merged cells where they were; Excel moves them along.
    for merged in list(sheet.merged_cells.ranges):
        sheet.unmerge_cells(str(merged))
    sheet.insert_rows(1, 2)
    sheet.insert_cols(3)
    sheet.cell(row + 2, 3).value = "自己的备注"
    head, _ = columns(sheet)
    # Sorted the other way round, whole rows.
    lines = [[cell.value for cell in line] for line in sheet.iter_rows(head + 1, head + 2)]
    for at, line in enumerate(reversed(lines)):
        for place, value in enumerate(line, 1):
            sheet.cell(head + 1 + at, place).value = value
    page = upload(desk, book)
    assert "将登记" in page.text
    assert "自己的备注" not in page.text
    record(desk, page)
    assert len(measures(desk, "A-1")) == 1


def test_what_was_done_at_the_desk_meanwhile_is_asked_about(desk: Desk) -> None:
    book = exported(desk)
    fill(book, "A-2", "公开听证", "2026-11-02")
    fill(book, "A-3", "公开听证", "2026-11-02")
    measure(desk, "petition_head", "A-2", action="reply", done_on="2026-11-01", outcome="done")
    page = upload(desk, book)
    assert "导出以后，该事项在系统里又有了核实、预案或措施" in page.text
    assert "已登记 1 项" in record(desk, page).text
    assert [one[0] for one in measures(desk, "A-2")] == ["reply"]
    assert "已登记 1 项" in record(desk, upload(desk, book), tick=True).text
    assert [one[0] for one in measures(desk, "A-2")] == ["hearing", "reply"]


@pytest.mark.parametrize("act", ["decision", "plan"])
def test_a_decision_or_plan_made_meanwhile_is_seen_too(desk: Desk, act: str) -> None:
    book = exported(desk)
    fill(book, "A-2", "公开听证", "2026-11-02")
    send(desk, "petition_head", "A-2") if act == "decision" else plan(desk, "petition_head", "A-2")
    assert "导出以后" in upload(desk, book).text


def test_a_change_between_preview_and_recording_is_not_written_over(desk: Desk) -> None:
    book = exported(desk)
    fill(book, "A-2", "公开听证", "2026-11-02")
    page = upload(desk, book)
    measure(desk, "petition_head", "A-2", action="reply", done_on="2026-11-01", outcome="done")
    answer = record(desk, page)
    assert "已登记 0 项" in answer.text
    assert "导出以后" in answer.text


def test_a_row_of_an_older_list_is_asked_about_and_one_no_longer_listed_refused(desk: Desk) -> None:
    book = exported(desk)
    fill(book, "A-2", "公开听证", "2026-11-02")
    later = {number: matter for number, matter in desk.ids.items() if number != "A-3"}
    fill(book, "A-3", "公开听证", "2026-11-02")
    from tests.serving import conftest

    kept = dict(conftest.PLACES)
    conftest.PLACES.pop("A-3")
    try:
        issue(desk.store, later, cutoff=conftest.CUTOFF + 86_400_000_000)
    finally:
        conftest.PLACES.clear()
        conftest.PLACES.update(kept)
    page = upload(desk, book)
    assert "这一行来自 2026-10-31 的清单，不是最新一期" in page.text
    assert "该事项不在最新一期清单上" in page.text
    assert "已登记 1 项" in record(desk, page, tick=True).text
    assert measures(desk, "A-3") == []


def test_rows_removed_added_mixed_and_doubled_are_told_row_by_row(desk: Desk) -> None:
    book = exported(desk)
    sheet, row = fill(book, "A-1", "回复", "2026-11-01")
    _, at = columns(sheet)
    other = fill(book, "A-5", "回复", "2026-11-01")[1]
    # Sorted apart: the numbers of two rows are exchanged, their keys are not.
    for line, number in ((row, "A-5"), (other, "A-1")):
        sheet.cell(line, at["事项编号"]).value = number
    flags = book["本月提示"]
    gone, _ = flags, flags.delete_rows(fill(book, "A-2")[1])
    added = fill(book, "A-3", "回复", "2026-11-01")[1]
    _, at = columns(gone)
    for place in range(1, flags.max_column + 1):
        flags.cell(added + 8, place).value = flags.cell(added, place).value
    flags.cell(added + 8, at["结果"]).value = "已化解"
    flags.cell(added + 9, at["事项编号"]).value = "A-9"
    flags.cell(added + 9, at["措施"]).value = "回复"
    page = upload(desk, book)
    assert page.text.count("行可能被打乱") == 2
    assert "同一事项有两行，结果不同" in page.text
    assert "自己加的行，或标识被改动" in page.text
    assert "导出时的第 3 行（按导出顺序）不在文件里" in page.text
    # Not as part of a copy's serial, whose groups of digits and letters are drawn.
    assert re.search(r"(?<![0-9A-F])A-9(?![0-9A-F])", page.text) is None
    assert [json.loads(rows_of(page))[0][1]] == [["reply"]]


@pytest.mark.parametrize("user", ["handler", "department_head"])
def test_g16_only_rows_within_the_uploaders_scope_are_recorded_and_no_other_number_is_told(
    desk: Desk, user: str
) -> None:
    book = exported(desk)
    for number in ("A-1", "A-3", "A-5", "A-6"):
        fill(book, number, "回复", "2026-11-01")
    page = upload(desk, book, user)
    seen = {"handler": {"A-1"}, "department_head": {"A-1", "A-5"}}[user]
    shown = page.text.split("<table", 1)[1]
    assert {number for number in ("A-1", "A-3", "A-5", "A-6") if number in shown} == seen
    assert page.text.count("不在您的权限范围内") == 4 - len(seen)
    record(desk, page, user)
    assert measures(desk, "A-1")[0][3] == user
    assert measures(desk, "A-3") == []


def test_another_offices_rows_are_not_taken(desk: Desk) -> None:
    book = exported(desk, office="C2", user="other_head")
    fill(book, "B-1", "回复", "2026-11-01")
    page = upload(desk, book)
    assert "这一行属于其他单位的清单" in page.text
    assert "B-1" not in page.text


@pytest.mark.parametrize("user", ["leader", "operator", "auditor", "steward", "admin"])
def test_g16_who_does_not_decide_does_not_read_back(desk: Desk, user: str) -> None:
    assert desk.client(user).get("/filled").status_code == 403
    assert desk.client(user).post("/filled/record", data={}).status_code == 403


@pytest.mark.parametrize(
    ("measure", "day", "result", "told"),
    [
        ("=1+1", "2026-11-01", None, "措施是公式"),
        ("回复", "=TODAY()", None, "完成日期是公式"),
        ("回复", "2026-11-01", '=HYPERLINK("x")', "结果是公式"),
        ("＝回复", "2026-11-01", None, "措施是公式"),
        ("请客", "2026-11-01", None, "措施不在可选项中"),
        ("回复", "很快", None, "完成日期不是日期"),
        ("回复", "2026-02-30", None, "完成日期不是日期"),
        ("回复", 12, None, "完成日期不是日期"),
        ("回复", True, None, "完成日期不是日期"),
        ("回复", "2026-11-04", None, "不晚于今天"),
        ("回复", "2025-01-01", None, "过去一年内"),
        ("回复", None, None, "措施没有完成日期"),
        (None, "2026-11-01", None, "没有写措施"),
        (None, None, "已办", "没有写措施"),
        (None, None, "已化解", "还没有登记办理措施"),
        ("回复", "2026-11-01", "已处理", "结果不在可选项中"),
    ],
)
def test_what_cannot_be_taken_is_told_cell_by_cell(desk: Desk, measure: Any, day: Any, result: Any, told: str) -> None:
    book = exported(desk)
    fill(book, "A-1", measure, day, result)
    page = upload(desk, book)
    assert page.status_code == 200
    assert told in page.text
    assert rows_of(page) == "[]"


def _without_keys(book: Any) -> bytes:
    for title in HEADS:
        sheet = book[title]
        _, at = columns(sheet)
        sheet.delete_cols(at["回读标识"])
    return saved(book)


FILES: dict[str, Callable[[Any], bytes]] = {
    "empty": lambda _: b"",
    "text": lambda _: "措施,结果".encode(),
    "pdf": lambda _: b"%PDF-1.7",
    "a zip": lambda _: b"PK\x03\x04broken",
    "another workbook": lambda _: saved(openpyxl.Workbook()),
    "keys removed": _without_keys,
}


@pytest.mark.parametrize("kind", FILES)
def test_a_file_that_is_no_list_of_ours_is_refused_with_what_to_do(desk: Desk, kind: str) -> None:
    book = exported(desk)
    fill(book, "A-1", "回复", "2026-11-01")
    page = upload(desk, FILES[kind](book))
    assert page.status_code == 422
    assert "没有登记" in page.text


def test_a_key_that_was_changed_or_made_elsewhere_is_none(desk: Desk) -> None:
    book = exported(desk)
    sheet, row = fill(book, "A-1", "回复", "2026-11-01")
    _, at = columns(sheet)
    cell = sheet.cell(row, at["回读标识"])
    cell.value = cell.value.replace(desk.matter("A-1"), desk.matter("A-2"))
    assert "标识被改动" in upload(desk, book).text
    client = desk.client("petition_head")
    token = token_of(client.get("/filled").text)
    for rows in ("[[1]]", "x", '[["PR1|a|b", [], "", "", ""]]', "{}x"):
        assert client.post("/filled/record", data={"csrf": token, "rows": rows}).status_code in (400, 422)
    assert client.post("/filled/record", data={"csrf": "none", "rows": "[]"}).status_code == 403


def test_an_english_copy_is_read_as_well(desk: Desk) -> None:
    book = exported(desk, language="en")
    for sheet in book.worksheets[:-1]:
        heads: dict[Any, int] = {}
        for row in sheet.iter_rows():
            if "Matter no." not in heads:
                heads = {cell.value: cell.column for cell in row if cell.value}
            elif row[heads["Matter no."] - 1].value == "A-1":
                row[heads["Measure"] - 1].value = "public hearing"
                row[heads["Done on"] - 1].value = date(2026, 11, 1)
                row[heads["Result"] - 1].value = "answered and explained"
    record(desk, upload(desk, book))
    assert [one[0] for one in measures(desk, "A-1")] == ["hearing"]
    assert results(desk, "A-1") == ["answered"]


def test_g15_looking_and_recording_are_on_record_and_the_chain_holds(desk: Desk) -> None:
    book = exported(desk)
    fill(book, "A-1", "回复", "2026-11-01")
    record(desk, upload(desk, book))
    made = [one for one in log_of(desk) if one.action in ("filled_looked", "filled_recorded", "measure")]
    assert [one.action for one in made] == ["filled_looked", "measure", "filled_recorded"]
    assert {one.user_id for one in made} == {"petition_head"}
    assert made[0].detail["rows"] == {"new": 1}
    assert made[0].detail["serials"] == made[2].detail["serials"]
    assert audit.verify(desk.store, audit_key(desk.state_dir)).intact
