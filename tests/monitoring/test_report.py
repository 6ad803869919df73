"""Is the report complete as data, readable as text, and self-contained as a page."""

import json
from html.parser import HTMLParser

import pytest

from data.contract import Register
from data.settings import Settings
from monitoring.check import Finding, Outcome, Severity, Watch
from monitoring.report import MonitorReport, to_html, to_markdown
from monitoring.run import monitor


def _finding(severity: Severity, title: str = "题") -> Finding:
    return Finding(
        code="made_up",
        severity=severity,
        title_zh=title,
        title_en="title",
        text_zh="文",
        text_en="text",
        remedy_zh="办",
        remedy_en="do",
    )


def _report(*findings: Finding) -> MonitorReport:
    share = {"of": 40, "hits": 16, "share": 0.4, "interval": [0.26, 0.55], "masked": False}
    masked = {"of": 20, "hits": None, "share": None, "interval": None, "masked": True}
    drift = {
        "name": "idle",
        "zh": "间隔<天>",
        "en": "idle|days",
        "psi": 0.31,
        "usual": 0.02,
        "ks": 0.2,
        "p_corrected": 0.001,
    }
    past = {
        "cutoff": "2026-01-31",
        "listed": 40,
        "mature": True,
        "returned": share,
        "note": {"zh": "不是对模型的度量", "en": "not a measure of the model"},
        "order_among_unlisted": {"area": 0.7, "interval": [0.6, 0.8]},
        "baselines": {"B1": {"returned": masked}},
    }
    totals = {"lists": 1, "returned": share, "acted": 1, "note": past["note"], "baselines": {}}
    waiting = {"cutoff": "2026-02-28", "listed": 41, "mature": False}
    return MonitorReport(
        as_of="2026-06-30",
        model="champion 3",
        findings=findings,
        outcomes=(
            Outcome(name="drift", rows=[{**drift, "mean_then": 12.0, "mean_now": 20.0}], findings=[]),
            Outcome(name="past_lists", rows=[past, waiting], findings=[], totals=totals),
        ),
    )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_needs_nothing_else_and_escapes_everything(language: str) -> None:
    page = to_html(_report(_finding(Severity.SEVERE, "<script>x</script>")), language)
    tags: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            tags.append(tag)
            assert not {name for name, _ in attrs} & {"src", "href", "onclick"}

    Reader().feed(page)
    assert "script" not in tags
    assert "svg" in tags
    assert "http" not in page


def test_markdown_reads_in_both_languages() -> None:
    zh, en = (to_markdown(_report(_finding(Severity.WARNING)), language) for language in ("zh", "en"))
    assert "**需核查 · 题**" in zh
    assert "16/40 = 40% (26%–55%)" in zh
    assert "观察期未满" in zh
    assert "合计 (1)" in zh
    assert "少于10件，不显示" in zh
    assert "不是对模型的度量" in zh
    assert "not a measure of the model" in en
    assert "idle\\|days" in en


def test_the_gravest_finding_gives_the_severity() -> None:
    assert _report().severity is None
    assert _report(_finding(Severity.INFO), _finding(Severity.SEVERE)).severity is Severity.SEVERE


def test_monitor_runs_every_check_on_an_empty_house(empty_register: Register) -> None:
    watch = Watch(register=empty_register, settings=Settings(), as_of=empty_register.observed_until)
    report = monitor(watch)
    assert report.as_of == "2025-12-31"
    checked = {
        "data_quality",
        "missingness",
        "overrides",
        "follow_through",
        "month_drift",
        "inflow",
        "calibration",
        "drift",
        "skew",
        "past_lists",
        "lists",
        "fairness",
        "gaming",
        "harm",
        "unsigned",
        "retraining",
    }
    assert set(report.as_dict()["tables"]) == checked
    json.dumps(report.as_dict(), allow_nan=False)
    assert "按规则运行" in to_html(report, "zh")
