"""Ledgers kept in six different styles are mapped without a person, and nothing is mapped wrongly in silence."""

# ruff: noqa: E501 - a ledger reads better with its rows unbroken
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from data.contract import Offices
from data.errors import InputRefused
from data.ingest.proposal import Proposal
from data.ingest.propose import propose
from data.ingest.run import ingest
from data.mapping import parse_mapping
from data.store.engine import Store, migrate, open_store
from data.store.register import write_offices

Rows = list[list[str]]
OFFICE = "渌口区人民检察院"
DAYS = [f"2026-{month:02}-{day:02}" for month in (3, 4, 5) for day in (2, 9, 16, 23)]


@dataclass(frozen=True, kw_only=True)
class Style:
    """A ledger as some office keeps it, and what each of its columns and codes truly means."""

    name: str
    layout: str
    sheets: Mapping[str, Rows]
    columns: Mapping[str, str | None]
    codes: Mapping[str, str | None]
    events: int
    above: int = 0
    encoding: str | None = None
    forbidden: frozenset[str] = field(default_factory=frozenset[str])
    office_id: str | None = None

    def write(self, folder: Path) -> Path:
        if self.encoding is not None:
            target = folder / (self.name if len(self.sheets) > 1 else "")
            target.mkdir(exist_ok=True)
            for sheet, rows in self.sheets.items():
                text = "\n".join(",".join(row) for row in [*([["台账"]] * self.above), *rows])
                (target / f"{sheet}.csv").write_bytes(text.encode(self.encoding))
            return target if len(self.sheets) > 1 else target / f"{next(iter(self.sheets))}.csv"
        path = folder / f"{self.name}.xlsx"
        with xlsxwriter.Workbook(path) as book:
            for sheet, rows in self.sheets.items():
                page = book.add_worksheet(sheet)
                for line, row in enumerate([*([[f"{sheet}（2026年）"]] * self.above), *rows]):
                    for at, cell in enumerate(row):
                        if cell:
                            page.write_string(line, at, cell)
        return path


def _two_sheets_with_titles() -> Style:
    head = [
        "序号",
        "信访编号",
        "承办单位",
        "承办科室",
        "信访人姓名",
        "身份证号码",
        "信访类别",
        "事由",
        "登记时间",
        "录入时间",
    ]
    matters = [
        [str(i + 1), f"L2026-{i:03}", OFFICE, "控告申诉检察部", "张伟", "430212198001011234", ("控告", "举报", "刑申")[i % 3],
         ("讨薪", "赡养纠纷", "征地补偿", "邻里")[i % 4], day, day] for i, day in enumerate(DAYS)
    ]  # fmt: skip
    kinds = ["01.来信", "02.受理", "03.七日内回复", "04.结果答复", "05.谈心"]
    events = [[f"L2026-{i:03}", kinds[j], DAYS[min(i + j, 11)].replace("-", "."), "0", "近期无"]
              for i in range(12) for j in range(5)]  # fmt: skip
    for row in events:
        row[3] = "2"
    return Style(
        name="titled", layout="sheets", above=3,
        sheets={"登记表": [head, *matters], "办理情况表": [["信访编号", "办理环节", "办理时间", "人数", "近期动向"], *events]},
        columns={"登记表·序号": None, "登记表·信访编号": "matter", "登记表·承办单位": "office", "登记表·承办科室": "department",
                 "登记表·信访类别": "category", "登记表·事由": "cause", "登记表·登记时间": "registered", "登记表·录入时间": "known",
                 "办理情况表·信访编号": "matter", "办理情况表·办理环节": "kind", "办理情况表·办理时间": "occurred",
                 "办理情况表·人数": "people"},
        codes={"01.来信": "letter", "02.受理": "accepted", "03.七日内回复": "procedural_reply", "04.结果答复": "substantive_reply",
               "05.谈心": None, "控告": "accusation", "举报": "report", "刑申": "criminal_appeal", "讨薪": "wages",
               "赡养纠纷": "maintenance", "征地补偿": "land", "邻里": None},
        forbidden=frozenset({"信访人姓名", "身份证号码", "近期动向"}), events=12 + 48,
    )  # fmt: skip


def _one_row_per_matter() -> Style:
    head = ["序号", "案号", "信访形式", "来访人", "联系电话", "案件类型", "登记日期", "受理日期", "7日内回复日期", "答复日期",
            "答复文号", "回复日期", "第二次来访日期", "第三次来访日期", "办结日期", "承办人", "备注"]  # fmt: skip
    rows = [
        [str(i), f"渌检访{i:03}", "来访", "王芳", "13812345678", "控告类", day.replace("-", "年", 1).replace("-", "月") + "日",
         day, day, day if i % 2 else "", f"复〔2026〕{i}号" if i % 2 else "", day, DAYS[11] if i % 4 == 0 else "", "",
         "", "李强", "见卷"] for i, day in enumerate(DAYS)
    ]  # fmt: skip
    return Style(
        name="wide", layout="matter_per_row", above=1, office_id="430212", sheets={"2026年来访登记": [head, *rows]},
        columns={"2026年来访登记·" + name: means for name, means in {
            "序号": None, "案号": "matter", "信访形式": None, "案件类型": "category", "登记日期": "registered",
            "受理日期": "dates.accepted", "7日内回复日期": "dates.procedural_reply", "答复日期": "dates.substantive_reply",
            "答复文号": None, "回复日期": None, "第二次来访日期": "dates.visit", "第三次来访日期": "dates.visit",
            "办结日期": "dates.closed", "承办人": None}.items()},
        codes={"控告类": "accusation"}, forbidden=frozenset({"来访人", "联系电话", "备注"}), events=12 * 3 + 6 + 3,
    )  # fmt: skip


def _log_in_gbk() -> Style:
    head = ["登记号", "进展", "日期", "录入日期", "文号"]
    kinds = ["群众来信", "予以受理", "程序性答复", "后续答复", "查询进度", "上级院转办"]
    rows = [[f"D{i:03}", kinds[(i + j) % 6], DAYS[min(i + j, 11)].replace("-", "/"), DAYS[11], f"文{i}号"]
            for i in range(12) for j in range(3)]  # fmt: skip
    return Style(
        name="log", layout="event_per_row", encoding="gb18030", office_id="430224", sheets={"log": [head, *rows]},
        columns={"·登记号": "matter", "·进展": "kind", "·日期": "occurred", "·录入日期": "known", "·文号": "document_no"},
        codes={"群众来信": "letter", "予以受理": "accepted", "程序性答复": "procedural_reply", "后续答复": "progress_reply",
               "查询进度": "progress_query", "上级院转办": "forwarded_from_above"}, events=36,
    )  # fmt: skip


def _folder_of_csv() -> Style:
    matters = [[f"事{i}号", OFFICE, ("是", "否")[i % 2], day.replace("-", ""), day.replace("-", ""), f"S{i:04}"]
               for i, day in enumerate(DAYS)]  # fmt: skip
    kinds = ["来电", "移送告知", "息诉罢访", "已化解", "回访"]
    events = [[f"事{i}号", kinds[(i + j) % 5], day] for i, day in enumerate(DAYS) for j in range(2)]
    return Style(
        name="folder", layout="sheets", encoding="utf-8-sig",
        sheets={"事项": [["受理编号", "受理单位", "是否首次", "收信日期", "登记日", "承办人工号"], *matters],
                "经办": [["受理编号", "流程节点", "操作时间"], *events]},
        columns={"事项·受理编号": "matter", "事项·受理单位": "office", "事项·是否首次": "attributes.first_time",
                 "事项·收信日期": "attributes.received_on", "事项·登记日": "registered", "事项·承办人工号": "handler",
                 "经办·受理编号": "matter", "经办·流程节点": "kind", "经办·操作时间": "occurred"},
        codes={"来电": "call", "移送告知": "transfer_told", "息诉罢访": "accepted_by_person", "已化解": "resolved",
               "回访": "follow_up_call"}, events=12 + 24,
    )  # fmt: skip


def _several_sheets() -> Style:
    matters = [
        [f"A-{i}", OFFICE, "控告申诉检察部", "第一检察部", "民行监督", day, day, day] for i, day in enumerate(DAYS)
    ]
    kinds = ["来访", "交办", "联席会议", "催办", "公开听证会"]
    events = [[f"A-{i}", kinds[(i + j) % 5], day, DAYS[11]] for i, day in enumerate(DAYS) for j in range(2)]
    return Style(
        name="several", layout="sheets",
        sheets={"填表说明": [["本表由控申部门填写"], ["每月末报送"]],
                "过程": [["事项编号", "环节", "发生日期", "应办结日期"], *events],
                "汇总": [["类别", "件数"], ["控告", "3"]],
                "台账": [["事项编号", "办理单位", "承办部门", "责任部门", "办理程序", "登记日期", "接收日期", "收到日期"], *matters]},
        columns={"台账·事项编号": "matter", "台账·办理单位": "office", "台账·承办部门": "department", "台账·责任部门": None,
                 "台账·办理程序": "procedure_path", "台账·登记日期": "registered", "台账·接收日期": None, "台账·收到日期": None,
                 "过程·事项编号": "matter", "过程·环节": "kind", "过程·发生日期": "occurred", "过程·应办结日期": "due"},
        codes={"来访": "visit", "交办": None, "联席会议": "joint_meeting", "催办": "urged", "公开听证会": "hearing_held",
               "民行监督": "civil_admin_supervision"}, events=12 + 18,
    )  # fmt: skip


def _wide_full_width() -> Style:
    head = ["信访事项编号", "责任单位", "诉求类别", "程序类型", "登记时间", "决定受理时间", "延长办理期限时间", "听证时间", "结案时间",
            "住址", "转办时间", "能否答复"]  # fmt: skip
    offices = ["株洲市人民检察院", OFFICE]
    rows = [[f"６６－{i}", offices[i % 2], "其它", "不立案", f"{day} 09:30", day, "", day, day, "向阳路12号", day, "能"]
            for i, day in enumerate(DAYS)]  # fmt: skip
    return Style(
        name="fullwidth", layout="matter_per_row", encoding="utf-8", above=2, sheets={"wide": [head, *rows]},
        columns={"·" + name: means for name, means in {
            "信访事项编号": "matter", "责任单位": "office", "诉求类别": "category", "程序类型": "procedure_path",
            "登记时间": "registered", "决定受理时间": "dates.accepted", "延长办理期限时间": "dates.extended",
            "听证时间": "dates.hearing_held", "结案时间": "dates.closed", "转办时间": None,
            "能否答复": "attributes.reply_possible"}.items()},
        codes={"其它": "other", "不立案": "no_filing"}, forbidden=frozenset({"住址"}), events=12 * 4,
    )  # fmt: skip


STYLES = [
    _two_sheets_with_titles(),
    _one_row_per_matter(),
    _log_in_gbk(),
    _folder_of_csv(),
    _several_sheets(),
    _wide_full_width(),
]


@pytest.fixture
def store(tmp_path: Path, offices: pl.DataFrame) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    migrate(opened)
    write_offices(opened, Offices.cast(offices))
    yield opened
    opened.close()


def _compared(style: Style, found: Proposal) -> tuple[int, int, list[str]]:
    """How many columns and codes are right, out of how many, and which are mapped to what they do not mean."""
    body = found.as_dict()
    columns = {f"{one['sheet']}·{one['column']}": one["field"] for one in body["columns"]}
    codes = {**found.kinds} | {label: code for table in found.labels.values() for label, code in table.items()}
    true: dict[str, str | None] = {**style.columns, **style.codes}
    said = {**columns, **codes}
    right = sum(said.get(key) == means for key, means in true.items())
    wrong = [f"{key} → {means}" for key, means in said.items() if true.get(key) != means]
    return right, len(true), wrong


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
def test_a_ledger_is_mapped_without_a_person_and_loads(
    style: Style, store: Store, offices: pl.DataFrame, tmp_path: Path, now: int
) -> None:
    path = style.write(tmp_path)
    found = propose(path, offices=offices, office_id=style.office_id)
    assert found.problems == ()
    assert found.layout == style.layout
    right, total, wrong = _compared(style, found)
    assert wrong == []
    assert right / total >= 0.9
    assert {one.header for one in found.left if one.rule} == style.forbidden
    assert set(found.unknown["rows"].to_list()) <= set(range(1, 13))
    assert found.unknown.height == sum(code is None for code in style.codes.values())

    mapping = parse_mapping(found.toml(owner="控申部门", confirmed_by="案件管理部门"))
    report = ingest(store, path, mapping, now=now, user="steward")
    assert report.rejected_rows == 0
    assert report.drafts.events.height == style.events
    assert {spec.name for spec in mapping.attributes} == set(found.attributes)
    assert ingest(store, path, mapping, now=now, user="steward").changed is False


def test_nine_of_ten_columns_and_codes_are_right_over_all_styles(offices: pl.DataFrame, tmp_path: Path) -> None:
    results = [_compared(s, propose(s.write(tmp_path), offices=offices, office_id=s.office_id)) for s in STYLES]
    assert sum(right for right, _, _ in results) / sum(total for _, total, _ in results) >= 0.9
    assert [wrong for _, _, found in results for wrong in found] == []


def test_g2_nothing_kept_out_stands_in_lines_json_or_toml(offices: pl.DataFrame, tmp_path: Path) -> None:
    for style in STYLES:
        found = propose(style.write(tmp_path), offices=offices, office_id=style.office_id)
        said = "\n".join([*found.lines("zh"), *found.lines("en"), str(found.as_dict()), found.toml()])
        for secret in ("张伟", "王芳", "李强", "430212198001011234", "13812345678", "向阳路"):
            assert secret not in said


def test_attributes_wait_for_an_owner_and_a_second_person(offices: pl.DataFrame, tmp_path: Path) -> None:
    """G26: a proposal declares nothing in anybody's place."""
    found = propose(_folder_of_csv().write(tmp_path), offices=offices)
    assert found.attributes
    for owner, second in ((None, None), ("控申部门", None), ("控申部门", "控申部门")):
        assert parse_mapping(found.toml(owner=owner, confirmed_by=second)).attributes == ()


def test_numbering_is_per_matter_only_where_the_file_shows_it(offices: pl.DataFrame, tmp_path: Path) -> None:
    wide = propose(_one_row_per_matter().write(tmp_path), offices=offices, office_id="430212")
    other = propose(_two_sheets_with_titles().write(tmp_path), offices=offices)
    assert (wide.numbering, other.numbering) == ("per_matter", "per_contact")
    assert any("each contact seems to have its own" in en for _, en in other.notes)


WriteRows = Callable[[Sequence[Sequence[str]]], Path]


@pytest.fixture
def write_csv(tmp_path: Path) -> WriteRows:
    def write(rows: Sequence[Sequence[str]]) -> Path:
        path = tmp_path / "t.csv"
        path.write_text("\n".join(",".join(row) for row in rows), encoding="utf-8")
        return path

    return write


def test_two_columns_that_may_be_one_field_are_asked_about(offices: pl.DataFrame, write_csv: WriteRows) -> None:
    found = propose(
        write_csv([("信访编号", "受理编号", "登记日期", "受理日期"), ("A1", "B1", "2026-03-01", "2026-03-02")]),
        offices=offices,
        office_id="430212",
    )
    assert any("信访编号、受理编号" in zh for zh, _ in found.notes)
    assert any("matter" in en for _, en in found.problems)


def test_a_column_whose_cells_do_not_fit_its_name_is_not_taken(offices: pl.DataFrame, write_csv: WriteRows) -> None:
    rows = [
        ("事项编号", "登记日期", "受理日期", "承办人编号"),
        *((f"A{i}", "三月", "2026-03-02", "王芳") for i in range(5)),
    ]
    found = propose(write_csv(rows), offices=offices, office_id="430212")
    assert "registered" not in found.parts[0].columns
    assert "handler" not in found.parts[0].columns
    assert any("registered" in en for _, en in found.problems)


@pytest.mark.parametrize("named", [("外地检察院", "外地检察院"), (OFFICE, "外地检察院")])
def test_an_office_nobody_registered_is_not_taken_for_the_only_one(
    named: tuple[str, str], offices: pl.DataFrame, write_csv: WriteRows
) -> None:
    rows = [("事项编号", "办理单位", "登记日期", "受理日期")]
    rows += [(f"A{i}", name, "2026-03-01", "2026-03-02") for i, name in enumerate(named)]
    found = propose(write_csv(rows), offices=offices.filter(pl.col("name") == OFFICE))
    assert found.office is None
    assert any("office" in en for _, en in found.problems)


def test_a_file_without_a_header_is_refused(offices: pl.DataFrame, write_csv: WriteRows) -> None:
    with pytest.raises(InputRefused, match="no header"):
        propose(write_csv([("甲", "乙"), ("1", "2")]), offices=offices)


def test_g2_a_name_beside_a_code_or_a_column_name_is_neither_mapped_nor_shown(
    offices: pl.DataFrame, write_csv: WriteRows
) -> None:
    rows = [
        ("事项编号", "环节(张伟)", "发生日期"),
        ("A1", "来信(张伟)", "2026-03-01"),
        ("A1", "受理(2件)", "2026-03-02"),
    ]
    found = propose(write_csv(rows), offices=offices, office_id="430212")
    assert found.kinds == {"受理(2件)": "accepted"}
    assert "张伟" not in "\n".join([*found.lines("zh"), str(found.as_dict()), found.toml()])


def test_our_own_codes_are_mapped_before_they_first_occur(offices: pl.DataFrame, tmp_path: Path) -> None:
    mapping = parse_mapping(propose(_log_in_gbk().write(tmp_path), offices=offices, office_id="430224").toml())
    assert mapping.kinds["终结"].kind == "terminated"
