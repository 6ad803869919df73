"""Ledgers whose column names and words are listed nowhere: what is read by its parts and cells, and what is asked."""

# ruff: noqa: E501 - a ledger reads better with its rows unbroken
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from data.contract import Offices
from data.forbidden import header_key
from data.ingest.proposal import Proposal
from data.ingest.propose import propose
from data.ingest.run import ingest
from data.ingest.synonyms import (
    EVENT_HEADERS,
    KIND_LABELS,
    LABELS,
    MATTER_HEADERS,
    code_of,
    date_kind,
    header_field,
)
from data.mapping import parse_mapping
from data.store.engine import Store, migrate, open_store
from data.store.register import write_offices
from data.vocabulary import KIND, Role

Rows = Sequence[Sequence[str]]
OFFICE = "渌口区人民检察院"
DAYS = [f"2026-{month:02}-{day:02}" for month in (3, 4, 5, 6) for day in (2, 9, 16, 23)]


def _book(path: Path, sheets: Mapping[str, Rows]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            page = book.add_worksheet(name)
            for line, row in enumerate(rows):
                for at, cell in enumerate(row):
                    if cell:
                        page.write_string(line, at, cell)
    return path


def _said(found: Proposal) -> dict[str, str]:
    """Column name or code → what the proposal takes it for; of two sheets the events' columns begin with 记录·."""
    said: dict[str, str] = {}
    for part in found.parts:
        front = "记录·" if part.role == "events" and len(found.parts) > 1 else ""
        said |= {front + header_key(one.header): field for field, one in part.columns.items()}
    said |= {
        header_key(one.header): f"attributes.{name}" for name, one in found.attributes.items() if name not in LABELS
    }
    said |= {header_key(one.header): f"dates.{one.field}" for one in found.dates}
    said |= {header_key(number): "document_of" for number in found.documents.values()}
    return said | dict(found.kinds) | {word: code for table in found.labels.values() for word, code in table.items()}


def _register_and_steps() -> tuple[dict[str, Rows], dict[str, str | None]]:
    """Two sheets with numbered names, marks, how to fill in, and names of the columns of an inspection's own form."""
    matters = [
        ["（1）控申件编码", "（2）主办单位全称", "（3）主办科室", "（4）经办检察官工号", "（5）诉求分类", "（6）主要案由", "（7）★信访登记\n时间（年月日）", "（8）数据入库时间", "原主办院", "法院案号"],
        *([f"督2026{i:04}", OFFICE, "控告申诉检察部", f"S{i % 4:04}", ("控告事项", "举报线索", "刑事申诉案件", "稀见类")[i % 4],
           ("欠薪问题", "征地纠纷", "交通事故事宜", "劳动合同纠纷")[i % 4], day, day, OFFICE, f"（2025）示01民初{i}号"] for i, day in enumerate(DAYS)),
    ]  # fmt: skip
    codes = ["完成登记", "已受理", "依法作出程序性回复", "每月回复", "3个月内回复", "变更承办检察官", "组织公开听证会",
             "支付司法救助金", "碰头", "未受理", "拟办结", "申请终结"]  # fmt: skip
    steps = [
        [
            "（1）控申件编码",
            "上一步骤",
            "事件名称",
            "经办时间",
            "应办结时间",
            "法律文书文号",
            "录入台账时间",
            "打印时间",
        ]
    ]
    steps += [[f"督2026{i:04}", codes[(i + j + 11) % 12], codes[(i + j) % 12], DAYS[min(i + j, 15)], DAYS[15], f"示检控复〔2026〕{i}{j}号", DAYS[min(i + j, 15)], DAYS[15]]
              for i in range(16) for j in range(4)]  # fmt: skip
    truth: dict[str, str | None] = {
        "(1)控申件编码": "matter", "(2)主办单位全称": "office", "(3)主办科室": "department", "(4)经办检察官工号": "handler",
        "(5)诉求分类": "category", "(6)主要案由": "cause", "(7)★信访登记时间": "registered", "(8)数据入库时间": "known",
        "原主办院": None, "法院案号": None, "控告事项": "accusation", "举报线索": "report", "刑事申诉案件": "criminal_appeal",
        "稀见类": None, "欠薪问题": "wages", "征地纠纷": "land", "交通事故事宜": "traffic", "劳动合同纠纷": None,
        "记录·(1)控申件编码": "matter", "记录·上一步骤": None, "记录·事件名称": "kind", "记录·经办时间": "occurred",
        "记录·应办结时间": "due", "记录·法律文书文号": "document_no", "记录·录入台账时间": "known", "记录·打印时间": None,
        "完成登记": "registered", "已受理": "accepted", "依法作出程序性回复": "procedural_reply", "每月回复": "progress_reply",
        "3个月内回复": "substantive_reply", "变更承办检察官": "handler_changed", "组织公开听证会": "hearing_held",
        "支付司法救助金": "aid_paid", "碰头": None, "未受理": None, "拟办结": None, "申请终结": None,
    }  # fmt: skip
    return {"登记": matters, "记录": steps}, truth


def _one_row_each() -> tuple[dict[str, Rows], dict[str, str | None]]:
    """A row per matter whose columns of dates say what happened and not that they are dates."""
    head = ["序号", "办件号", "控申登记时间", "受理", "作出程序性回复\n时间", "三个月回复", "三个月回复文号", "公开听证会召开日期", "回复", "拟办结日期",
            "受理审批日期", "初次来访", "诉求事项类型", "收悉信件日期", "是否属首次信访", "办理状态"]  # fmt: skip
    rows = [
        [str(i + 1), f"示办〔2026〕{i}", DAYS[i], DAYS[i + 1], DAYS[i + 2], DAYS[i + 3] if i % 2 else "", f"示检控复〔2026〕{i}号" if i % 2 else "",
         DAYS[i + 3], DAYS[i + 2], DAYS[15], DAYS[i + 1], DAYS[i], ("控告", "举报", "国赔")[i % 3], DAYS[i], ("是", "否")[i % 2], "办结"]
        for i in range(12)
    ]  # fmt: skip
    truth: dict[str, str | None] = {
        "序号": None, "办件号": "matter", "控申登记时间": "registered", "受理": "dates.accepted", "作出程序性回复时间": "dates.procedural_reply",
        "三个月回复": "dates.substantive_reply", "三个月回复文号": "document_of", "公开听证会召开日期": "dates.hearing_held",
        "回复": None, "拟办结日期": None, "受理审批日期": None, "初次来访": "dates.visit", "诉求事项类型": "category",
        "收悉信件日期": "attributes.received_on", "是否属首次信访": "attributes.first_time", "办理状态": None,
        "控告": "accusation", "举报": "report", "国赔": "state_compensation",
    }  # fmt: skip
    return {"明细": [head, *rows]}, truth


def _notebook() -> tuple[dict[str, Rows], dict[str, str | None]]:
    """A notebook kept as one event per row, its columns called by nobody's rules."""
    codes = ["来信", "来访", "登记", "受理", "七天内回复", "每个月答复", "释法析理", "商量", "顺延办理期限"]
    head = ["本子上的号", "哪天", "做了啥", "下一步骤", "文书号", "来访人员数", "提醒日期", "信访形式"]
    rows = [[f"簿{i}-26", DAYS[min(i + j, 15)], codes[(i + j) % 9], codes[(i + j + 1) % 9], f"示检〔2026〕{i}{j}号", str(1 + j), DAYS[15], ("来信", "来访", "网上")[j % 3]]
            for i in range(12) for j in range(4)]  # fmt: skip
    truth: dict[str, str | None] = {
        "本子上的号": "matter", "哪天": "occurred", "做了啥": "kind", "下一步骤": None, "文书号": "document_no", "来访人员数": "people",
        "提醒日期": None, "信访形式": None, "来信": "letter", "来访": "visit", "登记": "registered", "受理": "accepted",
        "七天内回复": "procedural_reply", "每个月答复": "progress_reply", "释法析理": "explanation", "商量": None, "顺延办理期限": "extended",
    }  # fmt: skip
    return {"记录": [head, *rows]}, truth


STYLES = {"two sheets": _register_and_steps, "wide": _one_row_each, "notebook": _notebook}

EVENTS = {"two sheets": 59, "wide": 66, "notebook": 44}


@pytest.fixture
def store(tmp_path: Path, offices: pl.DataFrame) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    migrate(opened)
    write_offices(opened, Offices.cast(offices))
    yield opened
    opened.close()


@pytest.mark.parametrize("style", list(STYLES))
def test_names_nobody_listed_are_read_by_their_parts_and_cells_and_nothing_wrongly(
    style: str, store: Store, offices: pl.DataFrame, tmp_path: Path, now: int
) -> None:
    sheets, truth = STYLES[style]()
    path = _book(tmp_path / "t.xlsx", sheets)
    found = propose(path, offices=offices, office_id="430212")
    said = _said(found)
    assert {name: field for name, field in said.items() if truth.get(name) != field} == {}
    assert [name for name, field in truth.items() if field is not None and said.get(name) != field] == []
    assert found.problems == ()
    report = ingest(store, path, parse_mapping(found.toml()), now=now, user="steward")
    # The steps of the invented offices begin anywhere, so that a few register a matter a second time.
    assert set(report.drafts.rejects["rule"]) <= {"registered_twice"}
    assert report.drafts.events.height == EVENTS[style]


LISTED = [(name, fields) for fields in (MATTER_HEADERS, EVENT_HEADERS) for names in fields.values() for name in names]


@pytest.mark.parametrize(
    "form", ["{}（必填）", "★{}", "3、{}", "（三）{}", "{}\n（年月日）", " {} ", "*{}：", "(可空){}"], ids=range(8)
)
def test_how_a_name_is_set_changes_nothing_of_what_it_means(form: str) -> None:
    for name, fields in LISTED:
        assert header_field(form.format(name), fields) == header_field(name, fields), name


def test_a_name_of_another_state_is_no_field() -> None:
    for front in ("原", "拟", "计划", "上一", "下一", "预计", "曾", "法院", "未"):
        for name, fields in LISTED:
            said = header_field(front + name, fields)
            assert said is None or said[0] == "earlier", front + name


def test_what_was_not_done_or_is_only_intended_is_no_kind() -> None:
    for front in ("未", "拟", "待", "不", "申请", "建议", "计划", "催", "要求"):
        for word in KIND_LABELS:
            told = front + word
            assert code_of(told, KIND_LABELS) == KIND_LABELS.get(told), told
            assert told in KIND_LABELS or date_kind(told + "日期") is None, told


def test_ends_and_remedies_are_taken_only_as_they_are_written() -> None:
    for word, kind in KIND_LABELS.items():
        if KIND[kind].role in (Role.END, Role.REMEDY) and kind != "closed":
            told = f"开展{word}工作"
            assert code_of(told, KIND_LABELS) == KIND_LABELS.get(told), told


def test_the_ways_to_say_one_thing_never_join_two_kinds() -> None:
    for word, kind in KIND_LABELS.items():
        assert code_of(word, KIND_LABELS) == kind, word


def _asked(rows: Rows, path: Path, offices: pl.DataFrame) -> Proposal:
    return propose(_book(path / "t.xlsx", {"表": rows}), offices=offices, office_id="430212")


def test_two_columns_read_by_their_parts_are_asked_about(offices: pl.DataFrame, tmp_path: Path) -> None:
    rows = [["控申件编码", "控申登记日期", "受理日期", "主办科室", "经办科室"]]
    rows += [[f"K{i}", DAYS[i], DAYS[i], "控告申诉检察部", "第一检察部"] for i in range(8)]
    found = _asked(rows, tmp_path, offices)
    assert "department" not in found.parts[0].columns
    assert any("主办科室、经办科室" in zh for zh, _ in found.notes)


def test_a_date_another_column_names_already_is_not_read_twice(offices: pl.DataFrame, tmp_path: Path) -> None:
    rows = [["信访编号", "登记日期", "受理日期", "本院受理日期", "召开听证会日期", "听证会召开日期"]]
    rows += [[f"A{i}", *[DAYS[i]] * 5] for i in range(8)]
    assert [one.header for one in _asked(rows, tmp_path, offices).dates] == ["受理日期", "召开听证会日期"]


def test_whose_unit_it_is_and_which_day_is_not_guessed(offices: pl.DataFrame, tmp_path: Path) -> None:
    for unit, day in (
        ("交办单位", "交办日期"),
        ("移送检察院", "拟办日期"),
        ("原受理机关", "打印时间"),
        ("填报单位", "签收时间"),
    ):
        head = ["信访编号", "环节", "录入日期", unit, day]
        rows = [[f"A{i}", ("来信", "受理", "办结")[j], DAYS[i], OFFICE, DAYS[i]] for i in range(8) for j in range(3)]
        found = _asked([head, *rows], tmp_path, offices)
        assert {field for part in found.parts for field in part.columns} == {"matter", "kind", "known"}


def test_two_columns_of_numbers_or_dates_are_not_chosen_from(offices: pl.DataFrame, tmp_path: Path) -> None:
    head = ["甲号", "乙号", "做了啥", "哪天", "又哪天", "文书号", "来访人数"]
    kinds = ["来信", "受理", "释法说理", "办结"]
    rows = [[f"A{i}", f"B{i}", kinds[j], DAYS[i], DAYS[i], f"文{i}号", "1"] for i in range(8) for j in range(4)]
    found = _asked([head, *rows], tmp_path, offices)
    assert not {"matter", "occurred"} & {field for part in found.parts for field in part.columns}
    named = _asked([["信访编号", *head[1:]], *rows], tmp_path, offices)
    assert "occurred" not in {field for part in named.parts for field in part.columns}
    assert found.problems
    assert named.problems


def test_days_in_the_wrong_order_are_not_what_their_name_says(offices: pl.DataFrame, tmp_path: Path) -> None:
    head = ["信访编号", "登记日期", "受理日期", "台账更新时间", "作出程序性回复时间"]
    rows = [[f"A{i}", DAYS[i + 4], DAYS[i + 5], DAYS[i], DAYS[i + 1]] for i in range(8)]
    found = _asked([head, *rows], tmp_path, offices)
    assert "known" not in found.parts[0].columns
    assert [one.field for one in found.dates] == ["accepted"]
    assert {"台账更新时间", "作出程序性回复时间"} <= {one.header for one in found.left}


def test_a_serial_number_of_rows_is_no_matter(offices: pl.DataFrame, tmp_path: Path) -> None:
    rows = [["顺号", "登记日期", "受理日期"], *([str(i + 1), DAYS[i], DAYS[i]] for i in range(8))]
    assert any("matter" in en for _, en in _asked(rows, tmp_path, offices).problems)


def test_a_column_of_earlier_numbers_is_read(offices: pl.DataFrame, tmp_path: Path) -> None:
    rows = [["信访编号", "登记日期", "受理日期", "原信访编号"]]
    rows += [[f"A{i}", DAYS[i], DAYS[i], f"A{i - 1}" if i % 2 else ""] for i in range(8)]
    assert _asked(rows, tmp_path, offices).parts[0].columns["earlier"].header == "原信访编号"


def test_a_sheet_is_joined_by_the_numbers_another_sheet_holds(offices: pl.DataFrame, tmp_path: Path) -> None:
    matters = [["信访编号", "登记日期", "诉求类别"], *([f"A-{i}", DAYS[i], "控告"] for i in range(12))]
    head = ["对应台账", "前一件", "哪天", "做了啥"]
    steps = [[f"A-{i}", f"A-{i - 1}", DAYS[i], ("来信", "受理", "办结")[j]] for i in range(1, 12) for j in range(3)]
    found = propose(_book(tmp_path / "t.xlsx", {"登记": matters, "记录": [head, *steps]}), offices=offices)
    assert [part.columns["matter"].header for part in found.parts] == ["信访编号"]
    known = [["对应台账", "前一件", "录入日期", "文书号", "哪天", "做了啥"]]
    known += [[a, b, day, f"文{at}号", day, kind] for at, (a, b, day, kind) in enumerate(steps)]
    path = _book(tmp_path / "u.xlsx", {"登记": matters, "记录": known})
    said = _said(propose(path, offices=offices, office_id="430212"))
    assert {name: said[f"记录·{name}"] for name in ("对应台账", "哪天", "做了啥")} == {
        "对应台账": "matter", "哪天": "occurred", "做了啥": "kind",
    }  # fmt: skip
    assert "记录·前一件" not in said
