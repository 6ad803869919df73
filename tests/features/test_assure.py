"""What a domain expert writes is read, checked, and answered with the events that made it."""

import csv
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

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
