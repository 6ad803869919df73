"""Rows that contradict each other: each rule sends back or reports exactly the row it is about."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from data.ingest.across import ACROSS, RULES, wording
from data.ingest.draft import REMEDIES, Drafts
from data.ingest.read import read_source
from data.mapping import load_mapping

Make = Callable[..., list[object]]
ONE, TWO = "渌检控申〔2026〕1号", "渌检控申〔2026〕2号"


@pytest.fixture
def read(offices: pl.DataFrame, write_book: Callable[..., Path], now: int) -> Callable[..., Drafts]:
    def run(matters: list[Any], events: list[Any]) -> Drafts:
        return read_source(write_book(matters, events), load_mapping("ledger"), now=now, offices=offices)

    return run


def found(drafts: Drafts) -> list[tuple[str, int, str]]:
    rows = pl.concat([drafts.rejects, drafts.noted])
    return sorted((rule, row, column) for _, row, column, _, rule in rows.rows())


def march(day: int) -> date:
    return date(2026, 3, day)


#: rule → the events of one matter registered on 5 March, and the sheet rows found (the first event is in row 2).
CASES: dict[str, tuple[list[tuple[str, date]], list[int]]] = {
    "answer_before_registration": ([("三个月答复", march(4)), ("三个月答复", march(5))], [2]),
    "end_before_start": ([("办结", march(1)), ("办结", march(6))], [2]),
    "registered_twice": ([("登记", march(5)), ("登记", march(9))], [3]),
    "before_registration": ([("受理", march(2)), ("来信", march(1))], [2]),
    "after_end": ([("办结", march(10)), ("延期", march(12)), ("来信", march(12)), ("释法说理", march(13))], [3]),
    "end_twice": ([("终结", march(10)), ("终结", march(20))], [3]),
    "reopened_not_ended": ([("重新办理", march(10))], [2]),
    "resumed_not_suspended": ([("恢复", march(10)), ("中止", march(11)), ("恢复", march(12))], [2]),
    "kept_not_promised": ([("承诺兑现", march(10))], [2]),
    "event_twice": ([("来信", march(10)), ("来信", march(10)), ("来访", march(10))], [3]),
}


@pytest.mark.parametrize("rule", list(CASES))
def test_a_contradiction_is_found_where_it_stands(
    rule: str, read: Callable[..., Drafts], matter: Make, event: Make
) -> None:
    rows, at = CASES[rule]
    drafts = read([matter()], [event(kind, day) for kind, day in rows])
    assert found(drafts) == [(rule, row, "发生日期") for row in at]
    back = RULES[rule].severity == "back"
    # One registration is made from the matter's own row unless the sheet of events states it.
    stated = sum(kind == "登记" for kind, _ in rows)
    assert drafts.events.height == len(rows) + (0 if stated else 1) - (len(at) if back else 0)
    assert drafts.noted.height == (0 if back else len(at))


def test_nothing_is_said_of_an_ordinary_matter(read: Callable[..., Drafts], matter: Make, event: Make) -> None:
    kinds = ["来信", "登记", "受理", "程序性回复", "中止", "恢复", "三个月答复", "办结", "重新办理", "延期", "办结"]
    rows = [event(kind, march(5 + at)) for at, kind in enumerate(kinds)]
    rows[0], rows[1] = event("来信", march(4)), event("登记", march(5))
    # Coming again after an end, rating it and using a remedy are no contradiction.
    rows += [event(kind, march(28)) for kind in ("来访", "满意度评价", "申请复查", "答复回访", "催办督办")]
    assert found(read([matter()], rows)) == []


def test_two_matters_under_one_number_both_come_back_and_a_copied_row_once(
    read: Callable[..., Drafts], matter: Make, event: Make
) -> None:
    same = [matter(), matter()]
    assert found(read(same, [event()])) == [("double_matter", 3, "事项编号")]
    for change in (
        {"案件类别": "举报"},
        {"登记日期": march(9), "录入日期": march(9)},
        {"办理单位": "茶陵县人民检察院"},
    ):
        drafts = read([matter(), matter(**change), matter(TWO)], [event(), event(事项编号=TWO)])
        assert found(drafts) == [
            ("matter_refused", 2, "事项编号"),
            ("number_clash", 2, "事项编号"),
            ("number_clash", 3, "事项编号"),
        ], change
        assert drafts.matters["matter_no"].to_list() == [TWO]


def test_one_document_for_two_matters_is_reported(read: Callable[..., Drafts], matter: Make, event: Make) -> None:
    rows = [event("三个月答复", march(9), 文书号="渌检复〔2026〕3号", 事项编号=number) for number in (ONE, TWO)]
    drafts = read([matter(), matter(TWO)], rows)
    assert [rule for rule, *_ in found(drafts)] == ["document_twice", "document_twice"]
    assert drafts.events.height == 4


def test_a_due_date_before_the_event_comes_back(read: Callable[..., Drafts], matter: Make, event: Make) -> None:
    drafts = read([matter()], [event("作出承诺", march(9), 到期日=march(8))])
    assert found(drafts) == [("due_before", 2, "到期日")]


def test_every_rule_has_its_words_and_stands_in_the_manual() -> None:
    manual = (Path(__file__).parents[3] / "docs" / "import.md").read_text(encoding="utf-8")
    assert not REMEDIES.keys() & RULES.keys()
    for code in [rule.code for rule in ACROSS]:
        zh, en, remedy_zh, remedy_en = wording(code)
        assert all((zh, en, remedy_zh, remedy_en)), code
        assert f"| `{code}` |" in manual, code
        assert zh in manual, code
        assert remedy_zh in manual, code
