"""Invented ledgers: a workbook from rows of cells, and the offices it names."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from data.times import to_us

MATTERS = (
    "事项编号 办理单位 承办部门 承办人编号 案件类别 诉求事由 程序类别 首次反映 可否答复 收件日期 登记日期 录入日期"
)
EVENTS = "事项编号 环节 发生日期 录入日期 涉及人数 文书号 到期日 备注类别"

Row = Sequence[object]
WriteBook = Callable[..., Path]


@pytest.fixture
def now() -> int:
    return to_us(datetime(2026, 11, 20, 2, tzinfo=UTC))


@pytest.fixture
def offices() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "office_id": ["430200", "430212", "430224"],
            "name": ["株洲市人民检察院", "渌口区人民检察院", "茶陵县人民检察院"],
            "parent_id": [None, "430200", "430200"],
            "level": ["city", "county", "county"],
        }
    )


@pytest.fixture
def write_book(tmp_path: Path) -> WriteBook:
    def write(
        matters: Sequence[Row] = (),
        events: Sequence[Row] = (),
        *,
        name: str = "台账.xlsx",
        matter_head: str = MATTERS,
        event_head: str = EVENTS,
        above: int = 0,
    ) -> Path:
        path = tmp_path / name
        with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
            day = book.add_format({"num_format": "yyyy-mm-dd"})
            for title, head, rows in (("信访事项", matter_head, matters), ("办理记录", event_head, events)):
                sheet = book.add_worksheet(title)
                for line in range(above):
                    sheet.write_string(line, 0, f"{title}台账")
                for at, row in enumerate([head.split(), *rows]):
                    for column, cell in enumerate(row):
                        if isinstance(cell, date):
                            sheet.write_datetime(above + at, column, cell, day)
                        elif isinstance(cell, str):
                            sheet.write_string(above + at, column, cell)
                        elif isinstance(cell, int | float):
                            sheet.write_number(above + at, column, cell)
        return path

    return write


@pytest.fixture
def matter() -> Callable[..., list[object]]:
    def row(number: str = "渌检控申〔2026〕1号", **cells: object) -> list[object]:
        given: dict[str, object] = {
            "事项编号": number,
            "办理单位": "渌口区人民检察院",
            "承办部门": "控告申诉检察部",
            "承办人编号": "S0012",
            "案件类别": "控告",
            "诉求事由": "欠薪",
            "程序类别": "一般控申",
            "首次反映": "是",
            "可否答复": "可",
            "收件日期": date(2026, 3, 4),
            "登记日期": date(2026, 3, 5),
            "录入日期": date(2026, 3, 6),
        } | cells
        return [given[name] for name in MATTERS.split()]

    return row


@pytest.fixture
def event() -> Callable[..., list[object]]:
    def row(kind: str = "来信", day: object = date(2026, 4, 1), **cells: object) -> list[object]:
        given: dict[str, object] = {
            "事项编号": "渌检控申〔2026〕1号",
            "环节": kind,
            "发生日期": day,
            "录入日期": None,
            "涉及人数": None,
            "文书号": None,
            "到期日": None,
            "备注类别": None,
        } | cells
        return [given[name] for name in EVENTS.split()]

    return row
