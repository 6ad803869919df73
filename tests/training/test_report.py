"""The report: one page that needs nothing else, all parts in both languages, readable before it is exact."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from training.charts import interval_chart, reliability_chart
from training.document import Chart, Heading, Points, Table, Text, to_html, to_markdown
from training.metrics import Bin, Figure
from training.run import TrainingOutcome

PARTS = {
    "zh": (
        *("要点", "启用检验", "谁排得好", "各时间段", "与现行做法比较", "分层", "校准", "泄漏检查", "清单上的与其余的"),
        *("清单漏掉了什么", "签批清单条件的代价", "小单位能说明什么", "另一观察结果", "提供帮助之后", "各组特征的作用"),
    ),
    "en": (
        *("In short", "Gate", "Who orders how well", "Fold by fold", "Paired differences", "Strata", "Calibration"),
        *(
            "Leakage check",
            "The top of the list against the rest",
            "What the list misses",
            "The price of the list rule",
        ),
        *("What a small office can and cannot support", "The other target", "After help was given"),
        "What each group of features adds",
    ),
}


class _Open(HTMLParser):
    """Every tag opened is closed in turn, and nothing is fetched."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.outside: list[str] = []
        self.charts = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.charts += tag == "svg"
        if tag not in ("meta",):
            self.open.append(tag)
        self.outside += [str(value) for name, value in attrs if name in ("src", "href", "action")]
        assert tag not in ("script", "link", "iframe", "img")

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_holds_every_part_and_needs_nothing_else(outcome: TrainingOutcome, language: str) -> None:
    page, text = outcome.page(language), outcome.markdown(language)
    reader = _Open()
    reader.feed(page)
    assert reader.open == []
    assert reader.outside == []
    assert reader.charts >= 3
    assert "http" not in page.replace("http-equiv", "")
    for part in PARTS[language]:
        assert part in text, part
        assert part in page, part


def test_head_of_department_reads_the_gist_first(outcome: TrainingOutcome) -> None:
    text = outcome.markdown("zh")
    assert text.index("要点") < text.index("启用检验") < text.index("谁排得好")
    gist = text[text.index("要点") : text.index("启用检验")]
    assert re.search(r"每100个位置约\d+–\d+个其后再次反映", gist)
    assert "评分表" in gist


def test_g12_every_figure_has_its_interval_pooled_and_by_fold(outcome: TrainingOutcome) -> None:
    tree = outcome.as_dict()
    assert tree["alias"] == "escalation_90d"
    for scorer in tree["scorers"]:
        for figures in (scorer["pooled"], *scorer["folds"]):
            for name, one in figures.items():
                assert (one["low"] is None) == (one["value"] is None), (scorer["code"], name)
    assert tree["scorers"][0]["calibration"]["bins"][0][1]["low"] is not None


def test_help_is_never_a_causal_claim(outcome: TrainingOutcome) -> None:
    found = outcome.as_dict()["help"]
    assert found["causal"] is False
    assert found["adjusted"]["difference"]["low"] is not None
    assert "不是因果结论" in outcome.markdown("zh")
    assert "not comparable" in outcome.markdown("en")
    assert "Lack of overlap" in outcome.markdown("en")


def test_small_counts_are_not_shown_across_offices(outcome: TrainingOutcome) -> None:
    shares = [
        line for line in outcome.markdown("en").splitlines() if line.startswith(("| criminal appeal", "| report "))
    ]
    assert shares
    for line in shares:
        for cell in line.strip("| ").split("|")[1:]:
            count = cell.strip().split(" ")[0]
            assert count in ("—", "0") or int(count) >= 10


def test_without_groups_the_plain_report_stands(outcome: TrainingOutcome) -> None:
    plain = replace(outcome, analysis=replace(outcome.analysis, groups=None))
    assert "What each group of features adds" not in plain.markdown("en")
    assert plain.as_dict()["feature_groups"] is None


def test_a_document_is_written_twice_from_the_same_blocks() -> None:
    blocks = [
        Heading("题", 1),
        Text("甲<b>", strong=True),
        Points(("一", "二")),
        Table(("a", "b"), (("1|2", "<x>"),)),
        Chart("<svg></svg>", "图"),
    ]
    text = to_markdown(blocks)
    assert text.startswith("# 题\n\n**甲<b>**\n\n- 一\n- 二\n\n| a | b |\n|---|---|\n| 1/2 | <x> |")
    page = to_html(blocks, title="题", language="zh")
    assert "&lt;b&gt;" in page
    assert "&lt;x&gt;" in page
    assert "<svg></svg>" in page


def test_charts_hold_what_they_show_and_nothing_without_it() -> None:
    one = Figure(value=0.2, low=0.1, high=0.3)
    assert interval_chart([], title="t") == ""
    assert interval_chart([("x", Figure(value=None, low=None, high=None))], title="t") == ""
    drawn = interval_chart([("a & b", one), ("c", Figure(value=-0.1, low=None, high=None))], title="t", zero=True)
    assert "a &amp; b" in drawn
    assert drawn.count("<circle") == 2
    assert reliability_chart([], said="s", came="c", title="t") == ""
    curve = reliability_chart([Bin(said=0.2, came=one, snapshots=10)], said="s", came="c", title="t")
    assert curve.count("<circle") == 1
    assert 'role="img"' in curve
