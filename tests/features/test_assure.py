"""What a domain expert writes is read, checked, and answered with the events that made it."""

import csv
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

from data.errors import InputRefused
from features.assure import Case, Expected, Step, Verdict, agrees, check
from features.assure_sheets import read_sheets

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "assure"
HISTORY = ["用例", "环节", "发生日期", "录入日期", "更正日期", "涉及人数", "文书号", "到期日", "备注类别", "值"]
EXPECTED = ["用例", "截止日", "特征或时限", "期望值"]


def _step(kind: str, day: str) -> Step:
    at = date.fromisoformat(day)
    return Step(kind=kind, day=at, known=at, payload={})


CASE = Case(
    name="A", steps=(_step("letter", "2025-01-10"), _step("registered", "2025-01-10"), _step("visit", "2025-03-01"))
)


def _one(what: str, value: str, last: str = "2025-03-31") -> Verdict:
    [verdict] = check(CASE, [Expected(case="A", last_day=date.fromisoformat(last), what=what, value=value)])
    return verdict


def _folder(path: Path, history: Sequence[Sequence[str]], expected: Sequence[Sequence[str]]) -> Path:
    for name, rows in (("历史", [HISTORY, *history]), ("期望", [EXPECTED, *expected])):
        with (path / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    return path


def test_the_shipped_example_holds() -> None:
    verdicts = [one for case, expected in read_sheets(EXAMPLE) for one in check(case, expected)]
    assert len(verdicts) == 13
    assert [one.sentence("zh") for one in verdicts if not one.holds] == []


def test_what_differs_is_told_with_the_events_that_made_it() -> None:
    verdict = _one("raised_again_ever", "2")
    told = "expected 2, got 1, because of these events: 2025-03-01 visit (without it 0)"
    assert verdict.sentence("en") == f"A · 2025-03-31 · raised_again_ever: {told}"
    assert "期望 2，得到 1，因为以下事件：2025-03-01 来访（没有它则为 0）" in verdict.sentence("zh")


def test_a_value_nothing_made_says_so() -> None:
    assert _one("leader_must_lead", "是").sentence("zh").endswith("因为以下事件：没有任何事件改变它")


@pytest.mark.parametrize("what", ["7日程序性回复", "procedural_reply", "procedural reply within 7 days"])
def test_a_clock_is_its_last_day_or_its_state_by_any_of_its_names(what: str) -> None:
    for value in ("2025-01-17", "已逾期", "overdue", "2025-01-17 已逾期"):
        assert _one(what, value).holds, value
    assert not _one(what, "2025-01-18").holds
    assert _one("承诺兑现", "无").holds


@pytest.mark.parametrize(
    ("expected", "got", "holds"),
    [
        ("2", 2.0, True),
        ("0.33", 1 / 3, True),
        ("是", 1.0, True),
        ("no", 0.0, True),
        ("two", 2.0, False),
        ("2", 3.0, False),
    ],
)
def test_numbers_agree_to_two_places(expected: str, got: float, holds: bool) -> None:
    assert agrees(expected, got) is holds


def test_everything_that_cannot_be_understood_is_named_at_once(tmp_path: Path) -> None:
    rest = [""] * 7
    folder = _folder(
        tmp_path,
        [
            ["甲", "来讯", "2025-01-10", *rest],
            ["甲", "登记", "昨天", *rest],
            ["甲", "程序类别", "2025-01-10", *rest[:6], "某程序"],
            ["甲", "满意度评价", "2025-01-10", *rest[:5], "很满意", ""],
        ],
        [
            ["乙", "2025-02-01", "累计再次反映次数", "1"],
            ["甲", "2025-02-01", "累计反映几次", "1"],
            ["甲", "二月", "必办", ""],
        ],
    )
    with pytest.raises(InputRefused) as refused:
        read_sheets(folder)
    assert refused.value.code == "assure_unreadable"
    text = refused.value.text("zh")
    for words in (
        "历史 第2行：没有环节 来讯；是否指 来访？",
        "历史 第3行：昨天 不是日期",
        "历史 第4行：程序类别 不能是 某程序",
        "历史 第5行：没有备注类别 很满意",
        "期望 第2行：历史中没有用例 乙",
        "期望 第3行：没有特征或时限 累计反映几次",
        "期望 第4行：二月 不是日期",
        "期望 第4行：期望值为空",
    ):
        assert words in text, (words, text)


def _book(path: Path, history: Sequence[Sequence[object]], expected: Sequence[Sequence[object]]) -> Path:
    """A workbook as a person saves it: real dates and numbers, an empty line between, a sheet of remarks."""
    with xlsxwriter.Workbook(path) as book:
        shown = book.add_format({"num_format": "yyyy-mm-dd"})
        book.add_worksheet("说明").write_string(0, 0, "随便写")
        for name, head, rows in (("历史", HISTORY, history), ("期望", EXPECTED, expected)):
            sheet = book.add_worksheet(name)
            for line, row in enumerate([head, *rows[:2], [], *rows[2:]]):
                for column, cell in enumerate(row):
                    if isinstance(cell, date):
                        sheet.write(line, column, cell, shown)
                    elif cell is not None:
                        sheet.write(line, column, cell)
    return path


def test_what_a_person_saves_as_a_workbook_is_read_as_it_looks(tmp_path: Path) -> None:
    """Numbers for cases and people, dates as dates and as text, TRUE and FALSE."""
    day, none = date(2025, 1, 6), [None] * 6
    path = _book(
        tmp_path / "用例.xlsx",
        [
            [1, "来访", day, None, None, 3],
            [1, "登记", day],
            [1, "多人反映", "2025年3月1日", None, None, 7],
            [1, "首次反映", day, *none, True],
            [1, "可否答复", day, *none, "是"],
        ],
        [
            [1, "2025/3/10", "joint_people_band", 3],
            [1, "2025.3.10", "首次反映", True],
            [1, day, "必办", False],
            [1, day, "procedural_reply", date(2025, 1, 13)],
            [1, day, "7日程序性回复", "2025年1月13日"],
        ],
    )
    [(case, wanted)] = read_sheets(path)
    assert len(case.steps) == 3
    verdicts = check(case, wanted)
    assert [one.holds for one in verdicts] == [True] * 5, [one.sentence("en") for one in verdicts]


def test_what_is_of_the_wrong_kind_is_named_and_not_taken_for_something_else(tmp_path: Path) -> None:
    day = date(2025, 1, 6)
    path = _book(
        tmp_path / "用例.xlsx",
        [
            ["甲", "来访", day, date(2025, 1, 3), None, "三人"],
            ["甲", "登记", day, date(2025, 1, 12), date(2025, 1, 10)],
            ["甲", "首次反映", day, *[None] * 6, "也许"],
        ],
        [
            ["甲", day, "累计再次反映次数", "三次"],
            ["甲", day, "procedural_reply", 8],
            ["甲", None, "必办", "是"],
        ],
    )
    with pytest.raises(InputRefused) as refused:
        read_sheets(path)
    said = refused.value.text("zh")
    for words in (
        "历史 第2行：录入日期早于发生日期",
        "历史 第2行：涉及人数“三人”不是整数",
        "历史 第3行：更正日期须晚于录入日期",
        "历史 第5行：首次反映 不能是 也许，须为是或否",
        "期望 第2行：期望值“三次”看不懂",
        "期望 第3行：期望值“8”看不懂",
        "期望 第5行：截止日 不是日期",
    ):
        assert words in said, (words, said)


def test_a_history_needs_no_values_and_is_not_asked_for_them(tmp_path: Path) -> None:
    (tmp_path / "历史.csv").write_text("用例,环节,发生日期\n甲,来信,2025-01-06\n", encoding="utf-8")
    (tmp_path / "期望.csv").write_text(
        "用例,截止日,特征或时限,期望值\n甲,2025-01-10,累计再次反映次数,0\n", encoding="utf-8"
    )
    [(case, wanted)] = read_sheets(tmp_path)
    assert check(case, wanted)[0].holds


def test_a_file_without_the_sheets_or_their_columns_is_refused(tmp_path: Path) -> None:
    (tmp_path / "历史.csv").write_text("用例,环节\n甲,来信\n", encoding="utf-8")
    with pytest.raises(InputRefused) as refused:
        read_sheets(tmp_path)
    assert "缺少列：发生日期" in refused.value.text("zh")
    _folder(tmp_path, [], [])
    with pytest.raises(InputRefused) as empty:
        read_sheets(tmp_path)
    assert "没有内容" in empty.value.text("zh")


def test_a_corrected_row_counts_until_it_was_corrected(tmp_path: Path) -> None:
    folder = _folder(
        tmp_path,
        [
            ["甲", "来信", "2025-01-10", *[""] * 7],
            ["甲", "来访", "2025-02-01", "", "2025-02-20", *[""] * 5],
        ],
        [["甲", "2025-02-19", "累计再次反映次数", "1"], ["甲", "2025-02-20", "累计再次反映次数", "0"]],
    )
    [(case, expected)] = read_sheets(folder)
    assert [one.holds for one in check(case, expected)] == [True, True]
