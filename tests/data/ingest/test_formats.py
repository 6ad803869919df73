"""One small ledger, kept in every format an office may have, gives the same matters and events."""

import gzip
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from data.errors import InputRefused
from data.ingest.draft import Drafts
from data.ingest.propose import propose
from data.ingest.read import read_source
from data.mapping import Mapping, load_mapping, parse_mapping
from data.times import to_us
from tests.data.ingest.corpus import xlsb, xlsx
from tests.data.ingest.corpus.case import HEAD, long_mapping, table, wide_mapping
from tests.data.ingest.corpus.case import WIDE_HEAD as WIDE
from tests.data.ingest.corpus.case import WIDE_ROWS as MATTERS
from tests.data.ingest.corpus.other import csv_text, ods, ods_rows, parquet, typed, xes, xls

Rows = list[tuple[object, ...]]
FORMATS: dict[str, Callable[[Rows], bytes]] = {
    "台账.xlsx": lambda rows: xlsx.book(xlsx.sheet_xml(xlsx.rows_xml(rows))),
    "台账.xlsm": lambda rows: xlsx.book(xlsx.sheet_xml(xlsx.rows_xml(rows)), {"xl/vbaProject.bin": b"\0" * 64}),
    "台账1904.xlsx": lambda rows: xlsx.book(
        xlsx.sheet_xml(xlsx.rows_xml(rows, epoch=date(1904, 1, 1).toordinal())), date1904=True
    ),
    "台账.xlsb": lambda rows: xlsb.xlsb({"台账": xlsb.sheet_bin(rows)}),
    "台账.xls": xls,
    "台账.ods": lambda rows: ods(ods_rows(rows)),
    "utf8.csv": lambda rows: csv_text(rows).encode(),
    "utf8bom.csv": lambda rows: csv_text(rows, end="\r\n").encode("utf-8-sig"),
    "gbk.csv": lambda rows: csv_text(rows, end="\r\n").encode("gb18030"),
    "packed.csv.gz": lambda rows: gzip.compress(csv_text(rows).encode("gb18030")),
    "utf16.tsv": lambda rows: csv_text(rows, "\t", "\r\n").encode("utf-16"),
    "utf16le.txt": lambda rows: csv_text(rows, ";").encode("utf-16-le"),
    "oldmac.csv": lambda rows: csv_text(rows, end="\r").encode(),
    "台账.parquet": lambda rows: parquet(typed(rows)),
}


def read(path: Path, mapping: Mapping, now: int) -> Drafts:
    return read_source(path, mapping, now=now)


def put(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("layout", ["event_per_row", "matter_per_row"])
def test_every_format_gives_the_same_in_both_layouts(tmp_path: Path, now: int, name: str, layout: str) -> None:
    rows, mapping = (table(), long_mapping()) if layout == "event_per_row" else (table(WIDE, MATTERS), wide_mapping())
    expected = read(put(tmp_path, "plain.csv", csv_text(rows)), mapping, now)
    found = read(put(tmp_path, name, FORMATS[name](rows)), mapping, now)
    assert expected.events.height == (5 if layout == "event_per_row" else 4)
    assert found.rejects.is_empty()
    assert found.events.equals(expected.events)
    assert found.matters.equals(expected.matters)
    assert found.reading.macros == name.endswith(".xlsm")


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_can_be_surveyed(tmp_path: Path, name: str) -> None:
    offices = pl.DataFrame({"office_id": ["430212"], "name": ["渌口区人民检察院"], "level": ["county"]})
    found = propose(put(tmp_path, name, FORMATS[name](table())), offices=offices)
    assert found.problems == ()
    assert {one.field for one in found.parts[0].columns.values()} == {"matter", "kind", "occurred", "people"}


LOG = [
    ("A〔2026〕1号", {"concept:name": "登记", "time:timestamp": date(2026, 3, 5), "people": None}),
    ("A〔2026〕1号", {"concept:name": "来访", "time:timestamp": date(2026, 4, 1), "people": 3}),
    ("A〔2026〕2号", {"concept:name": "登记", "time:timestamp": date(2026, 3, 9), "org:resource": "x"}),
]
XES_MAPPING = """
name = "log"
time_zone = "Asia/Shanghai"
numbering = "per_matter"
coverage = "full"
layout = "event_per_row"
[office]
id = "430212"
name = "渌口区人民检察院"
[columns]
matter = "case:concept:name"
kind = "concept:name"
occurred = "time:timestamp"
people = "people"
[kinds]
"登记" = "registered"
"来访" = "visit"
"""


@pytest.mark.parametrize("name", ["log.xes", "log.xes.gz", "log.xml"])
def test_an_event_log_is_read_as_a_stream_of_events(tmp_path: Path, now: int, name: str) -> None:
    text = xes(LOG, inside='<extension name="Time" prefix="time" uri="http://nowhere.invalid/time.xesext"/>').encode()
    path = put(tmp_path, name, gzip.compress(text) if name.endswith("gz") else text)
    drafts = read(path, parse_mapping(XES_MAPPING), now)
    assert drafts.rejects.is_empty()
    assert drafts.events["kind"].to_list() == ["registered", "visit", "registered"]
    assert drafts.events["people_band"].to_list() == [0, 2, 0]
    assert [column.header for column in drafts.unread] == ["org:resource"]


def test_a_folder_holds_one_table_per_file_in_any_format(tmp_path: Path, now: int, offices: pl.DataFrame) -> None:
    matters = [("事项编号", "办理单位", "登记日期"), ("A〔2026〕1号", "渌口区人民检察院", date(2026, 3, 5))]
    put(tmp_path, "信访事项.parquet", parquet(typed(matters)))
    put(tmp_path, "办理记录.tsv", csv_text(table(rows=[("A〔2026〕1号", "来访", date(2026, 4, 1), 2)]), "\t"))
    drafts = read_source(tmp_path, load_mapping("ledger"), now=now, offices=offices)
    assert drafts.rejects.is_empty()
    assert drafts.events["kind"].to_list() == ["registered", "visit"]


# What stands around the records


def merged(*refs: str) -> str:
    return f"<mergeCells>{''.join(f'<mergeCell ref={chr(34)}{ref}{chr(34)}/>' for ref in refs)}</mergeCells>"


TWO_ROWS = [
    ("2026年信访台账", None, None, None, None, None),
    ("事项编号", "登记日期", "第二次来访", None, "三个月答复", None),
    (None, None, "日期", "人数", "日期", "文号"),
    ("A〔2026〕1号", date(2026, 3, 5), date(2026, 4, 1), 3, date(2026, 5, 6), "答〔2026〕3号"),
    ("A〔2026〕2号", date(2026, 3, 9), None, None, None, None),
    ("合计", None, 1, None, 1, None),
    ("填表人：某某", None, None, None, None, None),
]
TWO_ROW_MAPPING = """
name = "corpus"
time_zone = "Asia/Shanghai"
numbering = "per_matter"
coverage = "full"
layout = "matter_per_row"
[office]
id = "430212"
name = "渌口区人民检察院"
[columns]
matter = "事项编号"
registered = "登记日期"
[dates]
"第二次来访日期" = "visit"
"三个月答复日期" = { kind = "substantive_reply", document_no = "三个月答复文号" }
"""


@pytest.mark.parametrize("name", ["merged.xlsx", "bare.xlsx", "merged.xls", "merged.ods", "bare.csv"])
def test_a_header_of_two_rows_names_its_columns_by_both(tmp_path: Path, now: int, name: str) -> None:
    if name.endswith("xlsx"):
        marks = merged("A1:F1", "A2:A3", "B2:B3", "C2:D2", "E2:F2") if name.startswith("merged") else ""
        content = xlsx.book(xlsx.sheet_xml(xlsx.rows_xml(TWO_ROWS), after=marks))
    elif name.endswith("xls"):
        content = xls(TWO_ROWS, merged=[(0, 0, 0, 5), (1, 2, 0, 0), (1, 2, 1, 1), (1, 1, 2, 3), (1, 1, 4, 5)])
    elif name.endswith("ods"):
        content = ods(ods_rows(TWO_ROWS).replace("<table:table-cell /></table", "<table:covered-table-cell /></table"))
    else:
        content = csv_text(TWO_ROWS).encode()
    drafts = read(put(tmp_path, name, content), parse_mapping(TWO_ROW_MAPPING), now)
    assert drafts.rejects.is_empty()
    assert sorted(drafts.events["kind"]) == ["registered", "registered", "substantive_reply", "visit"]
    assert drafts.events["document_no"].drop_nulls().to_list() == ["答〔2026〕3号"]
    [sheet] = drafts.reading.sheets
    assert (sheet.header_row, sheet.totals, sheet.notes) == (3, 1, 1)
    offices = pl.DataFrame({"office_id": ["430212"], "name": ["渌口区人民检察院"], "level": ["county"]})
    proposed = propose(tmp_path / name, offices=offices)
    assert {date.header: date.field for date in proposed.dates} == {
        "第二次来访日期": "visit",
        "三个月答复日期": "substantive_reply",
    }


@pytest.mark.parametrize("above", [0, 1, 7, 19])
def test_the_header_stands_anywhere_in_the_first_twenty_rows(tmp_path: Path, now: int, above: int) -> None:
    rows = [*([("信访台账",)] * (above // 2)), *([()] * (above - above // 2)), *table()]
    path = put(tmp_path, "台账.xlsx", xlsx.book(xlsx.sheet_xml(xlsx.rows_xml(rows))))
    drafts = read(path, long_mapping(), now)
    assert drafts.events.height == 5
    assert drafts.reading.sheets[0].header_row == above + 1


def test_rows_are_named_as_the_spreadsheet_names_them(tmp_path: Path, now: int) -> None:
    rows = [("台账",), (), *table(), (), ("A〔2026〕3号", "登记", "不详", None)]
    drafts = read(put(tmp_path, "台账.xlsx", xlsx.book(xlsx.sheet_xml(xlsx.rows_xml(rows)))), long_mapping(), now)
    assert drafts.rejects.select("sheet", "row", "column", "rule").rows() == [("台账", 10, "发生日期", "date")]


def test_year_sheets_of_one_shape_are_read_under_each_other(tmp_path: Path, now: int) -> None:
    early = [("A〔2024〕1号", "登记", date(2024, 3, 5), None), ("A〔2024〕1号", "来访", "哪天", None)]
    late = [
        ("来访", "A〔2024〕1号", date(2025, 4, 1)),
        ("登记", "B〔2025〕2号", date(2025, 5, 1)),
        ("登记", "坏", None),
    ]
    sheets = {
        "说明": xlsx.sheet_xml(xlsx.rows_xml([("本表按年登记",)])),
        "2024年": xlsx.sheet_xml(xlsx.rows_xml([("台账",), *table(rows=early)])),
        "2025年": xlsx.sheet_xml(xlsx.rows_xml(table(("环节", "事项编号", "发生日期"), late))),
        "字典年": xlsx.sheet_xml(xlsx.rows_xml([("代码", "名称"), ("1", "来信")])),
    }
    path = put(tmp_path, "台账.xlsx", xlsx.book(sheets))
    drafts = read(path, long_mapping("*年"), now)
    assert drafts.matters["matter_no"].to_list() == ["A〔2024〕1号", "B〔2025〕2号"]
    assert drafts.events["kind"].to_list() == ["registered", "visit", "registered"]
    assert sorted(drafts.rejects.select("sheet", "row", "rule").rows()) == [
        ("2024年", 4, "date"),
        ("2025年", 4, "empty"),
    ]
    assert drafts.reading.unlike == ("字典年",)
    assert drafts.reading.other_sheets == ("说明",)


def test_year_sheets_are_proposed_as_one_pattern(tmp_path: Path, now: int) -> None:
    sheets = {
        name: xlsx.sheet_xml(xlsx.rows_xml(table(rows=[(f"A〔{name}〕1号", "登记", date(int(name[:4]), 3, 5), None)])))
        for name in ("2024年", "2025年", "2026年")
    }
    offices = pl.DataFrame({"office_id": ["430212"], "name": ["渌口区人民检察院"], "level": ["county"]})
    path = put(tmp_path, "台账.xlsx", xlsx.book(sheets))
    found = propose(path, offices=offices)
    assert [part.sheet for part in found.parts] == ["*年"]
    drafts = read(path, parse_mapping(found.toml(owner="控申部门", confirmed_by="案件管理部门")), now)
    assert drafts.events.height == 3


def test_hidden_rows_columns_and_sheets_are_read_and_reported(tmp_path: Path, now: int) -> None:
    rows = xlsx.rows_xml(table()).replace('<row r="3">', '<row r="3" hidden="1">')
    sheet = xlsx.sheet_xml(rows, before='<cols><col min="4" max="4" hidden="1"/></cols>')
    path = put(tmp_path, "台账.xlsx", xlsx.book({"台账": sheet}, states={"台账": "hidden"}))
    drafts = read(path, long_mapping("台账"), now)
    assert drafts.events.height == 5
    [reading] = drafts.reading.sheets
    assert (reading.hidden, reading.hidden_rows, reading.hidden_columns) == (True, 1, ("涉及人数",))
    said = " ".join(zh for zh, _ in drafts.reading.sentences())
    assert "隐藏的工作表已照常读取：台账" in said
    assert "1 个隐藏行已照常读取" in said
    assert "隐藏列已照常读取：涉及人数" in said


@pytest.mark.parametrize("name", ["台账.xls", "台账.xlsb", "台账.ods"])
def test_hidden_rows_are_found_in_every_workbook(tmp_path: Path, now: int, name: str) -> None:
    make = {
        "台账.xls": lambda: xls(table(), hidden=[2]),
        "台账.xlsb": lambda: xlsb.xlsb({"台账": xlsb.sheet_bin(table(), hidden=[2])}),
        "台账.ods": lambda: ods(ods_rows(table(), hidden=[2])),
    }
    drafts = read(put(tmp_path, name, make[name]()), long_mapping(), now)
    assert (drafts.events.height, drafts.reading.sheets[0].hidden_rows) == (5, 1)


def test_the_first_sheet_that_is_not_hidden_is_the_ledger(tmp_path: Path, now: int) -> None:
    codes = xlsx.sheet_xml(xlsx.rows_xml([("代码",)]))
    book = xlsx.book({"字典": codes, "台账": xlsx.sheet_xml(xlsx.rows_xml(table()))}, states={"字典": "veryHidden"})
    drafts = read(put(tmp_path, "台账.xlsx", book), long_mapping(), now)
    assert drafts.events.height == 5
    assert drafts.reading.other_sheets == ("字典",)


# Cells that hold no value


def noted(drafts: Drafts) -> list[tuple[object, ...]]:
    return drafts.blanked.select("sheet", "row", "column", "value", "rule").rows()


@pytest.mark.parametrize("name", ["台账.xlsx", "台账.xls", "台账.xlsb", "台账.csv", "台账.ods"])
def test_excel_errors_are_blank_and_reported_per_cell(tmp_path: Path, now: int, name: str) -> None:
    rows = table()
    rows[2] = (*rows[2][:3], '<c r="@" t="e"><v>#N/A</v></c>' if name.endswith("xlsx") else "#N/A")
    if name.endswith("xlsx"):
        content = xlsx.book(xlsx.sheet_xml(xlsx.rows_xml(rows)))
    elif name.endswith("xls"):
        content = xls(table(), errors=[(2, 3)])
    elif name.endswith("xlsb"):
        rows[2] = (*rows[2][:3], bytes([0x2A]))
        content = xlsb.xlsb({"台账": xlsb.sheet_bin(rows)})
    else:
        content = ods(ods_rows(rows)) if name.endswith("ods") else csv_text(rows).encode()
    drafts = read(put(tmp_path, name, content), long_mapping(), now)
    sheet = "" if name.endswith("csv") else "台账"
    assert noted(drafts) == [(sheet, 3, "涉及人数", "#N/A", "cell_error")]
    assert drafts.events.height == 5


def test_a_formula_gives_its_cached_value_and_one_without_is_reported(tmp_path: Path, now: int) -> None:
    rows = table()
    rows[2] = (*rows[2][:3], '<c r="@"><f>1+2</f><v>3</v></c>')
    rows[3] = (*rows[3][:3], '<c r="@"><f>1+2</f></c>')
    rows[4] = (*rows[4][:3], '<c r="@"><f>1+2</f><v></v></c>')
    rows[5] = (*rows[5][:3], '<c r="@" t="str"><f>""</f><v></v></c>')
    drafts = read(put(tmp_path, "台账.xlsx", xlsx.book(xlsx.sheet_xml(xlsx.rows_xml(rows)))), long_mapping(), now)
    assert noted(drafts) == [("台账", 4, "涉及人数", "", "formula"), ("台账", 5, "涉及人数", "", "formula")]
    assert drafts.events["people_band"].to_list() == [0, 2, 0, 0, 0]


def test_a_day_typed_as_a_number_under_a_date_format_is_not_lost(tmp_path: Path, now: int) -> None:
    # Excel shows ######## there; a reader that takes it for a serial number finds nothing.
    rows = table()
    rows[1] = (*rows[1][:2], '<c r="@" s="1"><v>20260305</v></c>', None)
    rows[2] = (*rows[2][:2], '<c r="@" s="1"><v>20261399</v></c>', None)
    drafts = read(put(tmp_path, "台账.xlsx", xlsx.book(xlsx.sheet_xml(xlsx.rows_xml(rows)))), long_mapping(), now)
    assert drafts.events.height == 4
    assert drafts.rejects.select("row", "value", "rule").rows() == [(3, "20261399", "date")]


@pytest.mark.parametrize("name", ["台账.xlsx", "台账.xls"])
def test_a_number_merged_over_its_rows_stands_in_each(tmp_path: Path, now: int, name: str) -> None:
    rows = table()
    rows[2] = (None, *rows[2][1:])
    rows[3] = (None, *rows[3][1:])
    sheet = xlsx.sheet_xml(xlsx.rows_xml(rows), after=merged("A2:A4"))
    content = xlsx.book(sheet) if name.endswith("xlsx") else xls(rows, merged=[(1, 3, 0, 0)])
    drafts = read(put(tmp_path, name, content), long_mapping(), now)
    assert drafts.rejects.is_empty()
    assert drafts.events.height == 5


DAYS = [
    "2026年3月5日", "2026.3.5", "20260305", "２０２６年３月５日", "2026-3-5", "2026/03/05", "2026-03-05 09:30",
    "2026年3月5日 9时30分", "2026-03-05T09:30:00+08:00",
]  # fmt: skip


@pytest.mark.parametrize("name", ["台账.xlsx", "台账.ods", "台账.csv", "台账.parquet"])
def test_days_written_as_text_are_read_alike(tmp_path: Path, now: int, name: str) -> None:
    rows = table(rows=[(f"A〔2026〕{at}号", "登记", day, None) for at, day in enumerate(DAYS)])
    content = typed_text(rows) if name.endswith("parquet") else FORMATS.get(name, FORMATS["utf8.csv"])(rows)
    drafts = read(put(tmp_path, name, content), long_mapping(), now)
    assert drafts.rejects.is_empty()
    seen = drafts.events["occurred_at"].cast(pl.Datetime("us", "UTC")).dt.convert_time_zone("Asia/Shanghai").dt.date()
    assert set(seen) == {date(2026, 3, 5)}


def typed_text(rows: Rows) -> bytes:
    return parquet(pl.DataFrame([list(row) for row in rows[1:]], schema=dict.fromkeys(HEAD, pl.String), orient="row"))


def test_parquet_reads_its_own_types(tmp_path: Path, now: int) -> None:
    frame = pl.DataFrame(
        {
            "事项编号": pl.Series(["A〔2026〕1号", "A〔2026〕1号"], dtype=pl.Categorical),
            "环节": ["登记", "来访"],
            "发生日期": [datetime(2026, 3, 4, 17, tzinfo=UTC), datetime(2026, 4, 1, 2, tzinfo=UTC)],
            "涉及人数": [None, 3.0],
        }
    )
    drafts = read(put(tmp_path, "台账.parquet", parquet(frame)), long_mapping(), now)
    assert drafts.rejects.is_empty()
    assert drafts.events["people_band"].to_list() == [0, 2]
    assert drafts.events["occurred_at"][0] == to_us(datetime(2026, 3, 4, 17, tzinfo=UTC))


@pytest.mark.parametrize(
    "words", ["合计", "总 计", "小计：", "本月合计", "2026年累计", "共5件", "Total", "sub-total", "第一季度小计"]
)
def test_totals_are_left_out_and_counted(tmp_path: Path, now: int, words: str) -> None:
    rows = [("序号", *HEAD), *((at, *row) for at, row in enumerate(table()[1:], 1)), (words, None, None, 4, 4)]
    drafts = read(put(tmp_path, "台账.csv", csv_text(rows)), long_mapping(), now)
    assert drafts.rejects.is_empty()
    assert drafts.events.height == 5
    assert drafts.reading.sheets[0].totals == 1


def test_a_record_is_no_total_because_it_speaks_of_one(tmp_path: Path, now: int) -> None:
    rows = table(rows=[("合计〔2026〕1号", "登记", date(2026, 3, 5), None), (None, "登记", date(2026, 3, 5), None)])
    drafts = read(put(tmp_path, "台账.csv", csv_text(rows)), long_mapping(), now)
    assert drafts.reading.sheets[0].totals == 0
    assert sorted(drafts.rejects["rule"]) in (["empty"], ["empty", "not_a_code"])


def test_a_header_repeated_on_each_page_is_no_record(tmp_path: Path, now: int) -> None:
    rows = [*table()[:3], HEAD, *table()[3:]]
    drafts = read(put(tmp_path, "台账.csv", csv_text(rows)), long_mapping(), now)
    assert drafts.rejects.is_empty()
    assert drafts.reading.sheets[0].repeated_headers == 1


def test_empty_cells_beyond_the_header_are_no_reason_to_refuse(tmp_path: Path, now: int) -> None:
    text = csv_text(table()).replace("\n", ",,\n").replace(",,\n", "\n", 1)
    assert read(put(tmp_path, "台账.csv", text), long_mapping(), now).events.height == 5
    with pytest.raises(InputRefused) as caught:
        read(put(tmp_path, "宽.csv", text + "A〔2026〕9号,来信,2026-06-01,1,,多出\n"), long_mapping(), now)
    assert caught.value.code == "csv_ragged"
    assert "7" in caught.value.zh
