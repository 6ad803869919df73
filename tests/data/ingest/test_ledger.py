from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from data.errors import InputRefused
from data.ingest.draft import Drafts
from data.ingest.read import read_source
from data.mapping import load_mapping
from data.reconcile import ATTRIBUTE_DRAFT, EVENT_DRAFT
from data.times import cutoff_day, cutoff_instant, local_date, local_midnight

ZONE = "Asia/Shanghai"
LEDGER = load_mapping("ledger")

Make = Callable[..., list[object]]
WriteBook = Callable[..., Path]
Take = Callable[[Path], Drafts]


@pytest.fixture
def take(now: int, offices: pl.DataFrame) -> Take:
    return lambda path: read_source(path, LEDGER, now=now, offices=offices)


def rules(drafts: Drafts) -> list[tuple[str, int, str, str]]:
    return sorted(drafts.rejects.select("sheet", "row", "column", "rule").rows())


def day(micros: int) -> date:
    return local_date(micros, ZONE)


def test_a_ledger_becomes_matters_events_and_attributes(
    write_book: WriteBook, matter: Make, event: Make, take: Take
) -> None:
    drafts = take(
        write_book(
            [matter()],
            [
                event("多人反映", date(2026, 4, 1), 录入日期=date(2026, 4, 2), 涉及人数=7),
                event("三个月答复", "2026年6月1日", 文书号="渌检答〔2026〕3号", 备注类别="缺理由、缺依据"),
                event("作出承诺", "2026-06-02", 到期日="2026/7/1"),
                event("满意度评价", "20260610", 备注类别="未解决"),
            ],
        )
    )
    assert drafts.rejects.is_empty()
    [row] = drafts.matters.to_dicts()
    assert row | {"matter_id": ""} == {
        "matter_id": "",
        "source": "ledger",
        "office_id": "430212",
        "matter_no": "渌检控申〔2026〕1号",
        "department": "控告申诉检察部",
        "handler": "S0012",
        "category": "accusation",
        "cause": "wages",
        "procedure_path": "other",
        "respondent_post": None,
    }
    assert tuple(drafts.events.columns) == EVENT_DRAFT
    assert tuple(drafts.attributes.columns) == ATTRIBUTE_DRAFT
    events = {e["kind"]: e for e in drafts.events.to_dicts()}
    assert list(events) == ["registered", "joint_submission", "substantive_reply", "promise_made", "rated"]
    registered, joint = events["registered"], events["joint_submission"]
    assert (day(registered["occurred_at"]), day(registered["known_at"])) == (date(2026, 3, 5), date(2026, 3, 6))
    assert not registered["assumed"]
    assert (joint["people_band"], joint["assumed"], day(joint["known_at"])) == (3, False, date(2026, 4, 2))
    reply = events["substantive_reply"]
    assert (reply["document_no"], reply["parts_missing"]) == ("渌检答〔2026〕3号", 4 + 16)
    assert reply["assumed"]
    assert day(reply["known_at"]) == date(2026, 6, 4)
    assert events["promise_made"]["due_at"] == local_midnight(date(2026, 7, 1), ZONE)
    assert (events["rated"]["solved"], day(events["rated"]["known_at"])) == ("no", date(2026, 7, 10))
    facts = {a["name"]: a for a in drafts.attributes.to_dicts()}
    assert (facts["category"]["text"], facts["first_time"]["number"], facts["reply_possible"]["number"]) == (
        "accusation",
        1,
        1,
    )
    assert facts["received_on"]["number"] == (date(2026, 3, 4) - date(1970, 1, 1)).days
    assert all(a["usable"] and a["occurred_at"] == registered["occurred_at"] for a in facts.values())
    assert cutoff_day(drafts.observed_until, ZONE) == date(2026, 6, 10)


def test_the_registration_of_the_events_sheet_stands_for_that_of_the_matter(
    write_book: WriteBook, matter: Make, event: Make, take: Take
) -> None:
    drafts = take(write_book([matter()], [event("登记", date(2026, 3, 5), 录入日期=date(2026, 3, 9))]))
    [row] = drafts.events.to_dicts()
    assert (row["kind"], day(row["known_at"])) == ("registered", date(2026, 3, 9))


def test_event_ids_do_not_depend_on_other_rows(write_book: WriteBook, matter: Make, event: Make, take: Take) -> None:
    rows = [event("来信", date(2026, 4, 1)), event("来信", date(2026, 4, 1)), event("来访", date(2026, 4, 2))]
    before = take(write_book([matter()], rows)).events
    after = take(write_book([matter("别检控〔2026〕9号"), matter()], [event("来电", date(2026, 3, 30)), *rows])).events
    assert before["event_id"].n_unique() == 4
    assert set(before["event_id"]) <= set(after["event_id"])
    again = after.filter(pl.col("event_id").is_in(before["event_id"].implode()))
    assert again.sort("event_id").equals(before.sort("event_id"))


@pytest.mark.parametrize(
    ("cells", "column", "rule"),
    [
        ({"事项编号": None}, "事项编号", "empty"),
        ({"办理单位": None}, "办理单位", "empty"),
        ({"登记日期": None}, "登记日期", "empty"),
        ({"登记日期": "上个月"}, "登记日期", "date"),
        ({"登记日期": date(2026, 3, 9)}, "录入日期", "entry_before"),
        ({"登记日期": date(2062, 3, 5), "录入日期": None}, "登记日期", "future"),
        ({"办理单位": "别处人民检察院"}, "办理单位", "unknown_office"),
        ({"事项编号": "〔2026〕" + "1" * 90 + "号"}, "事项编号", "too_long"),
        ({"事项编号": "没有数字"}, "事项编号", "not_a_code"),
    ],
)
def test_matter_rows_that_come_back(
    write_book: WriteBook, matter: Make, take: Take, cells: dict[str, object], column: str, rule: str
) -> None:
    drafts = take(write_book([matter("好〔2026〕2号"), matter(**cells)], []))
    assert rules(drafts) == [("信访事项", 3, column, rule)]
    assert drafts.matters["matter_no"].to_list() == ["好〔2026〕2号"]


@pytest.mark.parametrize(
    ("cells", "column", "rule"),
    [
        ({"事项编号": None}, "事项编号", "empty"),
        ({"事项编号": "无此〔2026〕7号"}, "事项编号", "unknown_matter"),
        ({"环节": None}, "环节", "empty"),
        ({"发生日期": None}, "发生日期", "empty"),
        ({"发生日期": "不详"}, "发生日期", "date"),
        ({"录入日期": "2026-03-31"}, "录入日期", "entry_before"),
        ({"录入日期": "下周"}, "录入日期", "date"),
        ({"发生日期": "2062-04-01"}, "发生日期", "future"),
        ({"到期日": "月底"}, "到期日", "date"),
        ({"涉及人数": -3}, "涉及人数", "people"),
        ({"涉及人数": "若干"}, "涉及人数", "people"),
        ({"备注类别": "已解决、未解决"}, "备注类别", "remarks"),
        ({"备注类别": "要件齐全，缺理由"}, "备注类别", "remarks"),
    ],
)
def test_event_rows_that_come_back(
    write_book: WriteBook, matter: Make, event: Make, take: Take, cells: dict[str, object], column: str, rule: str
) -> None:
    drafts = take(write_book([matter()], [event("来访", date(2026, 5, 1)), event(**cells)]))
    assert rules(drafts) == [("办理记录", 3, column, rule)]
    assert drafts.events["kind"].to_list() == ["registered", "visit"]


def test_all_that_is_wrong_with_a_row_is_said(write_book: WriteBook, matter: Make, event: Make, take: Take) -> None:
    drafts = take(write_book([matter()], [event("来信", "不详", 涉及人数=-1, 到期日="月底")]))
    assert {rule for *_, rule in rules(drafts)} == {"date", "people"}
    assert drafts.rejects.height == 3


def test_two_rows_with_one_number(write_book: WriteBook, matter: Make, event: Make, take: Take) -> None:
    drafts = take(write_book([matter(), matter(承办人编号="S0013")], [event()]))
    assert rules(drafts) == [("信访事项", 3, "事项编号", "double_matter")]
    assert drafts.matters["handler"].to_list() == ["S0012"]
    # Two offices claim the number: nobody can say whose the events are.
    drafts = take(write_book([matter(), matter(办理单位="茶陵县人民检察院")], [event()]))
    assert [rule for *_, rule in rules(drafts)] == ["number_clash", "number_clash", "matter_refused"]
    assert drafts.matters.is_empty()


def test_unknown_codes_are_listed_with_counts_and_never_guessed(
    write_book: WriteBook, matter: Make, event: Make, take: Take
) -> None:
    drafts = take(
        write_book(
            [matter(案件类别="新的类别", 程序类别=None)],
            [event("来信件"), event("来信件"), event("来信"), event("来访", 备注类别="已解决、附件")],
        )
    )
    assert drafts.rejects.is_empty()
    assert drafts.left_out == 2
    assert drafts.events["kind"].to_list() == ["registered", "letter", "visit"]
    assert drafts.matters["category"].to_list() == [None]
    assert "category" not in drafts.attributes["name"].to_list()
    assert drafts.unknown.select("column", "rows", "first_row").rows() == [
        ("环节", 2, 2),
        ("备注类别", 1, 5),
        ("案件类别", 1, 2),
    ]


def test_people_are_kept_in_bands(write_book: WriteBook, matter: Make, event: Make, take: Take) -> None:
    counts: list[object] = [None, 1, 2, 4, 5, 300, "3人", "１２"]
    drafts = take(
        write_book([matter()], [event("多人反映", date(2026, 4, 1 + i), 涉及人数=n) for i, n in enumerate(counts)])
    )
    assert drafts.events["people_band"].to_list() == [0, 0, 1, 2, 2, 3, 3, 2, 3]
    assert not {300, 12} & {value for row in drafts.events.rows() for value in row if isinstance(value, int)}


def test_g2_forbidden_cells_are_blanked_and_the_row_loads(
    write_book: WriteBook, matter: Make, event: Make, take: Take
) -> None:
    drafts = take(
        write_book(
            [matter(承办人编号="赵测试", 承办部门="赵测试")],
            [event("三个月答复", 文书号="13800138000"), event("来访", 文书号="赵测试的答复")],
        )
    )
    assert drafts.rejects.is_empty()
    assert drafts.matters.select("handler", "department").row(0) == (None, None)
    assert drafts.events["document_no"].null_count() == 3
    assert drafts.blanked.select("row", "column", "value", "rule").sort("column", "row").rows() == [
        (2, "承办人编号", "〔not_a_code · 3〕", "not_a_code"),
        (2, "承办部门", "〔not_a_unit · 3〕", "not_a_unit"),
        (2, "文书号", "〔phone · 11〕", "forbidden"),
        (3, "文书号", "〔not_a_code · 6〕", "not_a_code"),
    ]


def test_g2_an_identity_number_as_matter_number_rejects_the_row(
    write_book: WriteBook, matter: Make, event: Make, take: Take
) -> None:
    drafts = take(write_book([matter("110105194912310021")], [event(事项编号="110105194912310021")]))
    assert rules(drafts) == [
        ("信访事项", 2, "事项编号", "forbidden"),
        ("办理记录", 2, "事项编号", "matter_refused"),
    ]
    assert not any("1949" in value for value in drafts.rejects["value"])
    assert drafts.matters.is_empty()


def test_g2_unread_columns_are_named(write_book: WriteBook, matter: Make, take: Take) -> None:
    head = (
        "事项编号 办理单位 承办部门 承办人编号 案件类别 诉求事由 程序类别 首次反映 可否答复 收件日期 登记日期 录入日期"
    )
    head += " 信访人姓名 稳控措施 反映内容 备用栏"
    drafts = take(write_book([[*matter(), "赵测试", "某某", "经过", "x"]], [], matter_head=head))
    assert [(c.header, c.rule) for c in drafts.forbidden] == [
        ("信访人姓名", "name"),
        ("稳控措施", "control"),
        ("反映内容", "free_text"),
    ]
    assert [c.header for c in drafts.unread] == ["备用栏"]


@pytest.mark.parametrize("above", [0, 1, 7, 18])
def test_the_header_is_searched(write_book: WriteBook, matter: Make, event: Make, take: Take, above: int) -> None:
    drafts = take(write_book([matter(), matter("坏〔2026〕2号", 登记日期="x")], [event()], above=above))
    assert rules(drafts) == [("信访事项", above + 3, "登记日期", "date")]
    assert drafts.matters.height == 1


def test_a_missing_date_column_is_named_with_the_headers_found(write_book: WriteBook, matter: Make, take: Take) -> None:
    path = write_book([matter()], [["〔2026〕1号", "来信"]], event_head="事项编号 环节 发生时间")
    with pytest.raises(InputRefused) as caught:
        take(path)
    said = caught.value.text("zh"), caught.value.text("en")
    assert caught.value.exit_code == 11
    for text in said:
        assert "办理记录" in text
        assert "发生日期" in text
        assert "发生时间" in text


def test_optional_columns_may_be_absent(write_book: WriteBook, take: Take) -> None:
    path = write_book(
        [["〔2026〕1号", "430212", date(2026, 3, 5)]],
        [["〔2026〕1号", "来信", date(2026, 4, 1)]],
        matter_head="事项编号 办理单位 登记日期",
        event_head="事项编号 环节 发生日期",
    )
    drafts = take(path)
    assert drafts.rejects.is_empty()
    assert drafts.events["assumed"].all()
    assert "录入日期" in {c.header for c in drafts.absent}


def test_a_doubled_column_is_refused(write_book: WriteBook, take: Take) -> None:
    with pytest.raises(InputRefused, match="缺少"):
        take(write_book([], [["a", "b", "c", "d"]], event_head="事项编号 环节 发生日期 发生日期"))


def test_a_missing_sheet_is_named_with_those_found(take: Take, tmp_path: Path) -> None:
    path = tmp_path / "别的.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Sheet1")
    with pytest.raises(InputRefused) as caught:
        take(path)
    assert caught.value.code == "sheet_missing"
    assert "信访事项" in caught.value.zh
    assert "Sheet1" in caught.value.en


def test_an_empty_workbook_and_one_without_rows_are_refused(write_book: WriteBook, take: Take) -> None:
    with pytest.raises(InputRefused) as caught:
        take(write_book([], []))
    assert caught.value.code == "no_rows"
    with pytest.raises(InputRefused) as caught:
        take(write_book([], [], matter_head="", event_head=""))
    assert caught.value.code == "column_missing"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_folder_of_two_csv_files_is_a_ledger_too(tmp_path: Path, take: Take, encoding: str) -> None:
    folder = tmp_path / "台账"
    folder.mkdir()
    (folder / "信访事项.csv").write_bytes(
        "台账\n事项编号,办理单位,登记日期,收件日期\n〔2026〕1号,渌口区人民检察院,2026-03-05,2026.3.4\n".encode(encoding)
    )
    (folder / "办理记录.csv").write_bytes(
        "事项编号,环节,发生日期\r\n〔2026〕1号,来信,2026年4月1日\r\n".encode(encoding)
    )
    drafts = take(folder)
    assert drafts.rejects.is_empty()
    assert drafts.events["kind"].to_list() == ["registered", "letter"]
    (folder / "办理记录.csv").unlink()
    with pytest.raises(InputRefused):
        take(folder)


def test_one_csv_is_not_enough_for_two_sheets(tmp_path: Path, take: Take) -> None:
    path = tmp_path / "台账.csv"
    path.write_text("事项编号,环节,发生日期\n1,来信,2026-04-01\n", encoding="utf-8")
    with pytest.raises(InputRefused) as caught:
        take(path)
    assert caught.value.code == "sheets_needed"


def test_formulas_in_cells_stay_text(write_book: WriteBook, matter: Make, event: Make, take: Take) -> None:
    drafts = take(write_book([matter("=1+1")], [event("=cmd|' /C calc'!A0")]))
    assert drafts.matters["matter_no"].to_list() == ["=1+1"]
    assert drafts.left_out == 1


def test_how_far_the_file_reaches(
    write_book: WriteBook, matter: Make, event: Make, now: int, offices: pl.DataFrame
) -> None:
    path = write_book([matter()], [event("来信", date(2026, 9, 1))])
    declared = cutoff_instant(date(2026, 8, 31), ZONE)
    drafts = read_source(path, LEDGER, now=now, offices=offices, observed_until=declared)
    assert drafts.observed_until == declared
    assert [rule for *_, rule in rules(drafts)] == ["future"]
    with pytest.raises(InputRefused) as caught:
        read_source(path, LEDGER, now=now, offices=offices, observed_until=cutoff_instant(date(2026, 12, 1), ZONE))
    assert caught.value.code == "observed_future"


def test_events_may_be_appended_to_earlier_matters(
    write_book: WriteBook, event: Make, now: int, offices: pl.DataFrame
) -> None:
    earlier = pl.DataFrame({"matter_no": ["渌检控申〔2026〕1号"], "matter_id": ["m1"]})
    drafts = read_source(write_book([], [event()]), LEDGER, now=now, offices=offices, known_matters=earlier)
    assert drafts.events["matter_id"].to_list() == ["m1"]


def test_reading_does_not_ask_the_machines_zone(
    write_book: WriteBook, matter: Make, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_book([matter()], [])
    here = take(path).events
    monkeypatch.setenv("TZ", "America/New_York")
    assert take(path).events.equals(here)


def test_a_table_may_begin_anywhere_on_its_sheet(tmp_path: Path, take: Take) -> None:
    path = tmp_path / "偏移.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for title, head, row in (
            (
                "信访事项",
                ["序号", "备注", "事项编号", "办理单位", "登记日期"],
                [1, "", "〔2026〕1号", "430212", "2026-03-05"],
            ),
            ("办理记录", ["发生日期", "空", "环节", "事项编号"], ["x", "", "来信", "〔2026〕1号"]),
        ):
            sheet = book.add_worksheet(title)
            sheet.write_row(4, 3, head)
            sheet.write_row(6, 3, row)
    drafts = take(path)
    assert drafts.matters["matter_no"].to_list() == ["〔2026〕1号"]
    assert rules(drafts) == [("办理记录", 7, "发生日期", "date")]
    assert [c.rule for c in drafts.forbidden] == ["free_text"]


def test_numbers_typed_as_numbers(write_book: WriteBook, matter: Make, event: Make, take: Take) -> None:
    drafts = take(write_book([matter(20260001), matter(110105194912310021)], [event(事项编号=20260001)]))  # type: ignore[arg-type]
    assert drafts.matters["matter_no"].to_list() == ["20260001"]
    # A spreadsheet keeps 15 digits of a long number: what is left of an identity number is still one.
    assert rules(drafts) == [("信访事项", 3, "事项编号", "forbidden")]
    assert drafts.events.height == 2


def test_the_prefix_of_a_numbering_is_no_name(write_book: WriteBook, matter: Make, take: Take) -> None:
    rows = [matter(f"江信〔2026〕{n}号") for n in range(12)]
    drafts = take(write_book([*rows, matter("王小明〔2026〕1号")], []))
    assert drafts.matters.height == 12
    assert rules(drafts) == [("信访事项", 14, "事项编号", "not_a_code")]
    assert take(write_book(rows[:3], [])).matters.is_empty()
