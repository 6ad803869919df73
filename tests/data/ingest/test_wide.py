"""A ledger with one matter per row: each column of dates is a kind of event."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from data.contract import Attributes, Events, Offices
from data.errors import SettingsError
from data.ingest.report import IngestReport
from data.ingest.run import ingest
from data.mapping import Mapping, parse_mapping
from data.store.engine import Store, migrate, open_store
from data.store.register import read_register, write_offices
from data.times import local_date, local_midnight

ZONE = "Asia/Shanghai"
TEXT = """
name = "wide"
time_zone = "Asia/Shanghai"
numbering = "per_matter"
coverage = "full"
layout = "matter_per_row"
[columns]
matter = "信访编号"
office = "承办院"
registered = "登记日期"
known = "录入日期"
category = "类别"
[dates]
"受理日期" = "accepted"
"答复日期" = { kind = "substantive_reply", document_no = "答复文号" }
"第二次来访日期" = "visit"
[attributes.category]
column = "类别"
dtype = "category"
labels = "category"
fixed_at = "registration"
describes = "matter"
owner = "控申部门"
confirmed_by = "案件管理部门"
reason = "登记时确定"
source = "工作规定"
[task]
horizon_days = 90
"""
HEAD = ("信访编号", "承办院", "登记日期", "录入日期", "类别", "受理日期", "答复日期", "答复文号", "第二次来访日期")
ROW = (
    "2026-1",
    "渌口区人民检察院",
    "2026.3.5",
    "2026.3.6",
    "控告",
    "2026年3月9日",
    "2026-05-30",
    "渌检复〔2026〕7号",
    None,
)

Run = Callable[..., IngestReport]


@pytest.fixture
def mapping() -> Mapping:
    return parse_mapping(TEXT)


@pytest.fixture
def store(tmp_path: Path, offices: pl.DataFrame) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    migrate(opened)
    write_offices(opened, Offices.cast(offices))
    yield opened
    opened.close()


@pytest.fixture
def run(store: Store, mapping: Mapping, tmp_path: Path, now: int) -> Run:
    def go(*rows: Sequence[str | None], at: int = now) -> IngestReport:
        path = tmp_path / "台账.xlsx"
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet("2026")
            for line, row in enumerate([("信访台账",), HEAD, *rows]):
                for column, cell in enumerate(row):
                    if cell is not None:
                        sheet.write_string(line, column, cell)
        return ingest(store, path, mapping, now=at, user="steward", confirm=True)

    return go


def _days(store: Store) -> list[tuple[str, date]]:
    events = read_register(store).events.filter(pl.col("known_until").is_null()).sort("occurred_at", "seq")
    return [(kind, local_date(at, ZONE)) for kind, at in events.select("kind", "occurred_at").rows()]


def test_each_date_is_an_event_and_the_same_file_again_changes_nothing(store: Store, run: Run) -> None:
    report = run(ROW)
    assert (report.rejected_rows, report.coverage) == (0, "full")
    assert _days(store) == [
        ("registered", date(2026, 3, 5)),
        ("accepted", date(2026, 3, 9)),
        ("substantive_reply", date(2026, 5, 30)),
    ]
    register = read_register(store)
    Events.validate(register.events)
    Attributes.validate(register.attributes)
    by_kind = {row["kind"]: row for row in register.events.iter_rows(named=True)}
    assert by_kind["substantive_reply"]["document_no"] == "渌检复〔2026〕7号"
    # The entry date is that of the registration; when the later steps were known is assumed, and said so.
    assert by_kind["registered"]["known_at"] == local_midnight(date(2026, 3, 6), ZONE)
    assert [by_kind[kind]["assumed"] for kind in ("registered", "accepted", "substantive_reply")] == [False, True, True]
    assert register.attributes["text"].to_list() == ["accusation"]
    assert run(ROW).changed is False


def test_next_month_s_file_adds_what_is_new_and_corrects_what_was_wrong(store: Store, run: Run) -> None:
    run(ROW)
    run((*ROW[:5], "2026-03-10", *ROW[6:8], "20260702"))
    assert _days(store) == [
        ("registered", date(2026, 3, 5)),
        ("accepted", date(2026, 3, 10)),
        ("substantive_reply", date(2026, 5, 30)),
        ("visit", date(2026, 7, 2)),
    ]


def test_a_cell_that_is_no_date_comes_back_and_the_rest_of_its_row_loads(store: Store, run: Run) -> None:
    run(ROW)
    report = run((*ROW[:5], "三月初", *ROW[6:8], "2031-01-01"))
    assert [(r["row"], r["column"], r["rule"]) for r in report.drafts.rejects.sort("column").iter_rows(named=True)] == [
        (3, "受理日期", "date"),
        (3, "第二次来访日期", "future"),
    ]
    # What came back is not missing: the date stored before still stands.
    assert report.coverage == "append"
    assert ("accepted", date(2026, 3, 9)) in _days(store)


def test_g2_a_name_in_the_document_number_is_blanked_and_a_refused_row_brings_no_events(store: Store, run: Run) -> None:
    report = run((*ROW[:7], "张伟的答复", None), ("2026-2", "没有的院", *ROW[2:]))
    assert report.drafts.blanked["column"].to_list() == ["答复文号"]
    assert "张伟" not in report.drafts.blanked["value"].item()
    assert report.drafts.rejects["rule"].to_list() == ["unknown_office"]
    assert len(_days(store)) == 3


def test_matters_may_also_stand_in_a_csv(store: Store, mapping: Mapping, tmp_path: Path, now: int) -> None:
    path = tmp_path / "台账.csv"
    path.write_bytes("\n".join([",".join(HEAD), ",".join(cell or "" for cell in ROW)]).encode("gb18030"))
    assert ingest(store, path, mapping, now=now, user="steward").drafts.events.height == 3


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"受理日期" = "accepted"', '"受理日期" = "registered"', "dates.受理日期"),
        ('"受理日期" = "accepted"', '"受理日期" = "acepted"', "accepted"),
        ('"受理日期" = "accepted"', '"联系电话" = "accepted"', "dates.联系电话"),
        ("[dates]", '[kinds]\n"来信" = "letter"\n[dates]', "kinds"),
        ('layout = "matter_per_row"', 'layout = "sheets"', "dates"),
        ('registered = "登记日期"', "", "columns.registered"),
    ],
)
def test_what_is_wrong_with_such_a_mapping_is_said(old: str, new: str, said: str) -> None:
    with pytest.raises(SettingsError) as problem:
        parse_mapping(TEXT.replace(old, new))
    assert said in problem.value.text("zh")
