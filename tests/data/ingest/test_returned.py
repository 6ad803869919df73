"""Rejects go back in the user's own workbook: red cells with rule and remedy, blank where the gate looked."""

import io
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from openpyxl.comments import Comment
from openpyxl.workbook.defined_name import DefinedName

from data.ingest.read import read_source
from data.ingest.returned import returned_workbook
from data.mapping import load_mapping, parse_mapping
from tests.data.ingest.conftest import EVENTS, MATTERS

Make = Callable[..., list[object]]
CANARIES = ("王芳", "赵金丝", "13800138000", "110105194912310021", "每月都要盯着他不让去", "湘B8K8K8", "仝雀笼")


@pytest.fixture
def messy(tmp_path: Path, matter: Make, event: Make) -> Path:
    """A workbook as offices keep them: names, a hidden sheet, comments, formulas, formats, names of ranges."""
    book = openpyxl.Workbook()
    book.properties.creator, book.properties.title = "王芳", "赵金丝的台账"
    first = book.active
    assert first is not None
    first.title = "信访事项"
    first.append(["渌口区信访台账 填报人：王芳 13800138000"])
    first.append([*MATTERS.split(), "信访人姓名", "说明"])
    first.append([*matter(), "赵金丝", "每月都要盯着他不让去"])
    first.append([*matter("渌检控申〔2026〕2号", 登记日期="三月五号上午", 承办人编号="王芳"), "仝雀笼", "=1+1"])
    first["A3"].comment = Comment("找赵金丝 13800138000", "王芳")
    first["A3"].font = openpyxl.styles.Font(bold=True, color="FF0000FF")
    first["N3"].hyperlink = "tel:13800138000"
    first.oddHeader.center.text = "王芳"
    first.column_dimensions["A"].width = 33
    second = book.create_sheet("办理记录")
    second.append([*EVENTS.split(), "身份证号"])
    second.append([*event(), "110105194912310021"])
    second.append([*event("三个月答复", date(2026, 3, 1), 文书号="王芳"), "湘B8K8K8"])
    second.append([*event("来访", date(2026, 4, 1), 涉及人数=-2), None])
    second["A2"] = '="渌检控申〔2026〕"&"1号"'
    book.create_sheet("王芳").append(["赵金丝", "13800138000"])
    hidden = book.create_sheet("底稿")
    hidden.append(["姓名", "电话"])
    hidden.append(["赵金丝", "13800138000"])
    hidden.sheet_state = "hidden"
    book.defined_names["王芳"] = DefinedName("王芳", attr_text="信访事项!$A$1")
    path = tmp_path / "台账.xlsx"
    book.save(path)
    return path


def back(path: Path, offices: pl.DataFrame, now: int, mapping: Any = None) -> tuple[bytes, Any]:
    mapping = mapping or load_mapping("ledger")
    drafts = read_source(path, mapping, now=now, offices=offices)
    content = returned_workbook(path, mapping, drafts)
    assert content is not None
    return content, drafts


def test_g2_the_users_workbook_comes_back_red_and_blank(messy: Path, offices: pl.DataFrame, now: int) -> None:
    content, _ = back(messy, offices, now)
    book = openpyxl.load_workbook(io.BytesIO(content))
    first, second = book["信访事项"], book["办理记录"]
    assert first["A3"].value == "渌检控申〔2026〕1号"
    assert first["A3"].font.bold
    assert first.column_dimensions["A"].width == 33
    # The registration that is no date: red, with rule and remedy in Chinese.
    bad = first.cell(4, 11)
    assert bad.fill.start_color.rgb == "FFFFC7CE"
    assert "退回：日期无法识别。处理：请写成 2026-03-05" in bad.comment.text
    people = second.cell(4, 5)
    assert (people.value, people.fill.start_color.rgb) == (-2, "FFFFC7CE")
    assert "人数不是正整数" in people.comment.text
    early = second.cell(3, 3)
    assert "答复日期早于登记日期" in early.comment.text
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for canary in CANARIES:
        assert [name for name, part in parts.items() if canary.encode() in part] == [], canary
    assert not any(b"<f>" in part for part in parts.values())
    assert "底稿" not in book.sheetnames
    assert len(book.defined_names) == 0


def test_corrected_and_given_again_it_loads(
    write_book: Callable[..., Path], matter: Make, event: Make, offices: pl.DataFrame, now: int, tmp_path: Path
) -> None:
    rows = [event("来信", "不详"), event("来访", date(2026, 4, 2), 涉及人数=0), event("三个月答复", date(2026, 5, 1))]
    content, drafts = back(write_book([matter()], rows), offices, now)
    assert drafts.rejects.height == 2
    book = openpyxl.load_workbook(io.BytesIO(content))
    red = [c for sheet in book for row in sheet.iter_rows() for c in row if c.comment]
    assert [(c.row, c.column) for c in red] == [(2, 3), (3, 5)]
    red[0].value, red[1].value = date(2026, 4, 1), 3
    book.save(tmp_path / "again.xlsx")
    again = read_source(tmp_path / "again.xlsx", load_mapping("ledger"), now=now, offices=offices)
    assert again.rejects.height == 0
    assert again.events.height == 4


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_text_file_comes_back_as_a_workbook_of_its_shape(
    encoding: str, offices: pl.DataFrame, now: int, tmp_path: Path
) -> None:
    text = 'name = "w"\ntime_zone = "Asia/Shanghai"\nnumbering = "per_matter"\ncoverage = "full"\n'
    text += 'layout = "matter_per_row"\n[columns]\nmatter = "编号"\noffice = "单位"\nregistered = "登记日期"\n'
    text += '[dates]\n"答复日期" = "substantive_reply"\n[task]\nhorizon_days = 90\n'
    rows = ["编号,单位,登记日期,答复日期,联系电话,姓名", "渌检〔2026〕1号,430212,2026-03-05,=1+1,13800138000,王芳"]
    path = tmp_path / "台账.csv"
    path.write_bytes("\n".join(rows).encode(encoding))
    content, drafts = back(path, offices, now, parse_mapping(text))
    assert drafts.rejects["rule"].to_list() == ["date"]
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    assert [cell.value for cell in sheet[1]] == ["编号", "单位", "登记日期", "答复日期", "联系电话", "姓名"]
    assert [cell.value for cell in sheet[2]][:3] == ["渌检〔2026〕1号", "430212", "2026-03-05"]
    assert [cell.value for cell in sheet[2]][4:] == [None, None]
    assert sheet.cell(2, 4).comment is not None
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
