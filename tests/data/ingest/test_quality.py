"""The data-quality report says what a ledger lacks, and nothing about any one matter."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from data.ingest.quality import Quality, make_quality
from data.ingest.quality_text import html, markdown, sections
from data.ingest.read import read_source
from data.mapping import load_mapping

Make = Callable[..., list[object]]
ONE = "渌检控申〔2026〕1号"


@pytest.fixture
def report(offices: pl.DataFrame, write_book: Callable[..., Path], now: int) -> Callable[..., Quality]:
    def run(matters: list[Any], events: list[Any], **heads: str) -> Quality:
        mapping = load_mapping("ledger")
        drafts = read_source(write_book(matters, events, **heads), mapping, now=now, offices=offices)
        return make_quality(drafts, mapping, offices)

    return run


def test_each_figure_is_counted(report: Callable[..., Quality], matter: Make, event: Make) -> None:
    rows = [
        event("来信", date(2026, 4, 1), 录入日期=date(2026, 4, 2)),
        event("来访", date(2026, 4, 10), 录入日期=date(2026, 4, 25)),
        event("来访", date(2026, 7, 10), 录入日期=date(2026, 12, 25)),
        event("三个月答复", date(2026, 4, 20), 文书号="渌检复〔2026〕3号"),
        event("每月后续答复", date(2026, 4, 21)),
        event("来信来电", date(2026, 4, 21)),
        event("办结", date(2026, 1, 2)),
    ]
    head = "事项编号 环节 发生日期 录入日期 涉及人数 文书号 到期日 备注类别 手机号 督办栏"
    body = report([matter()], rows, event_head=head).body
    assert (body["matters"], body["events"], body["rejected_rows"]) == (1, 5, 2)
    assert [(one["rule"], one["count"]) for one in body["rejects"]] == [("end_before_start", 1), ("future", 1)]
    assert body["offices"] == [
        {"office": "渌口区人民检察院", "matters": 1, "events": 5, "first": "2026-03-05", "last": "2026-04-21"}
    ]
    assert body["assumed"]["share"] == 0.4
    assert {one["kind"]: one["assumed"] for one in body["assumed"]["kinds"]} == {
        "substantive_reply": 1,
        "progress_reply": 1,
    }
    assert [band["events"] for band in body["late"]["bands"]] == [2, 0, 1, 0, 0]
    assert body["replies"]["share"] == 0.5
    assert body["links_checked"] == 1.0
    assert [(one["label"], one["rows"]) for one in body["unknown_codes"]] == [("来信来电", 1)]
    assert [one["header"] for one in body["forbidden_columns"]] == ["手机号"]
    assert body["unread_columns"] == ["督办栏"]
    assert {one["code"] for one in body["attention"]} >= {"rows_back", "unknown_codes", "documents"}


def test_months_without_rows_and_sudden_falls_are_named_by_office(
    report: Callable[..., Quality], matter: Make, event: Make
) -> None:
    days = [date(2026, month, 1) + timedelta(days=at) for month in (3, 4, 5) for at in range(5, 25)]
    rows = [event("来信", day) for day in days] + [event("来信", date(2026, 6, 3))]
    rows += [event("来信", date(2026, 9, 3)), event("来信", date(2026, 10, 30))]
    body = report([matter()], rows).body
    assert body["gaps"] == [{"office": "渌口区人民检察院", "months": ["2026-07", "2026-08"]}]
    assert body["falls"][0]["month"] == "2026-06"
    assert body["falls"][0]["events"] == 1
    quiet = report([matter()], [event("来信", date(2026, month, 8)) for month in range(3, 11)]).body
    assert (quiet["gaps"], quiet["falls"]) == ([], [])


def test_the_report_names_no_matter_and_reads_the_same_in_both_languages(
    report: Callable[..., Quality], matter: Make, event: Make
) -> None:
    rows = [event("三个月答复", date(2026, 3, 1)), event("来信来电"), event("来访", "不详"), event("终结")]
    quality = report([matter(), matter("渌检控申〔2026〕2号", 承办人编号="赵测试")], rows)
    assert json.loads(json.dumps(quality.body)) == quality.body
    for language in ("zh", "en"):
        text = markdown(quality.body, language) + html(quality.body, language)
        assert "〔2026〕" not in text
        assert "赵测试" not in text
        assert "<script" not in text
        assert len(sections(quality.body, language)) == 7
    assert "答复日期早于登记日期" in markdown(quality.body, "zh")
    assert "answered before it was registered" in markdown(quality.body, "en")


def test_what_an_office_wrote_cannot_break_the_page(report: Callable[..., Quality], matter: Make, event: Make) -> None:
    head = "事项编号 环节 发生日期 录入日期 涉及人数 文书号 到期日 备注类别 <b>|x"
    body = report([matter()], [[*event(), 1]], event_head=head).body
    assert "<b>" not in html(body, "zh")
