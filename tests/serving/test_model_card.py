"""Card, public record and notice are written from the run, drawn without scripts, and cannot carry markup."""

import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from data.errors import NotFound
from data.settings import Settings
from features.catalog import CATALOG
from serving import charts, markdown, model_card
from serving.model_transfer import import_model
from tests.serving.conftest import NOW, Desk, make_scorecard
from tests.training.test_package import RIGHT, scorecard
from training.scorecard import Scorecard

KEY = b"k" * 32


def with_card(desk: Desk, text: str = "# 模型卡\n\n| 特征 | 方向 |\n|---|---|\n| 逾期 | + |\n") -> int:
    import hashlib
    import json

    tree = json.loads(RIGHT)
    tree["card"] = {"zh": text, "en": text}
    content = json.dumps(tree).encode()
    told = hashlib.sha256(content).hexdigest()
    return import_model(
        desk.store, desk.settings, KEY, desk.state_dir, content, sha256=told, now=NOW, by="operator"
    ).version


def test_all_documents_are_written_in_both_languages_and_need_nothing_else(desk: Desk, tmp_path: Path) -> None:
    written = model_card.write_documents(desk.store, Settings(), desk.state_dir, with_card(desk), tmp_path / "out")
    names = sorted(Path(name).name for name in written)
    assert names == sorted(
        f"{name}.{language}.{suffix}"
        for name in ("card", "record", "notice")
        for language in ("zh", "en")
        for suffix in ("md", "html")
    )
    for path in (tmp_path / "out").glob("*.html"):
        page = path.read_text(encoding="utf-8")
        assert not re.search(r"<script|<link|<img|\bsrc=|https?://|\burl\(|@import", page), path.name
        ElementTree.fromstring(
            page.removeprefix("<!doctype html>")
            .replace('<meta charset="utf-8">', "")
            .replace('initial-scale=1">', 'initial-scale=1"/>')
        )
    card = (tmp_path / "out" / "card.en.html").read_text(encoding="utf-8")
    assert card.count("<svg") == 4  # three features that weigh something, and one table of two
    record = (tmp_path / "out" / "record.en.md").read_text(encoding="utf-8")
    assert "Impact assessment: none" in record
    assert "Using review, re-examination, appeal" in record
    notice = (tmp_path / "out" / "notice.zh.md").read_text(encoding="utf-8")
    assert "从不做什么" in notice


def test_a_version_without_a_card_says_so(desk: Desk, approve: Callable[[Scorecard], int], tmp_path: Path) -> None:
    version = approve(make_scorecard())
    with pytest.raises(NotFound) as caught:
        model_card.write_documents(desk.store, Settings(), desk.state_dir, version, tmp_path)
    assert caught.value.code == "no_model_card"
    assert desk.client("steward").get(f"/models/{version}/card").status_code == 404
    assert f"/models/{version}/card" not in desk.client("steward").get("/models").text


def test_markup_in_a_card_from_elsewhere_is_text(desk: Desk) -> None:
    evil = "# <script>alert(1)</script>\n\n<img src=x onerror=alert(2)>\n\n- **<b onclick=x>**\n\n"
    evil += "| <svg/onload=a> | `<i>` |\n|---|---|\n"
    version = with_card(desk, evil)
    page = desk.client("steward").get(f"/models/{version}/card").text
    article = page.split('<article class="card document">')[1].split("</article>")[0]
    assert not re.search(r"<(?!/?(p|h\d|ul|li|strong|code|table|thead|tbody|tr|th|td|div)\b)", article)
    assert "onerror" in article
    assert "<img" not in article
    assert "alert(1)" not in page.split("<article")[0]


def test_the_card_page_is_drawn_and_on_record(desk: Desk) -> None:
    version = with_card(desk)
    for language in ("zh", "en"):
        page = desk.client("steward", language).get(f"/models/{version}/card?lang={language}")
        assert page.status_code == 200
        assert page.text.count('class="chart"') == 4
        assert "style=" not in page.text.split("<main")[1]
    assert desk.client("handler").get(f"/models/{version}/card").status_code == 403


def test_anybody_reads_the_notice_and_it_says_what_orders_the_work(
    desk: Desk, approve: Callable[[Scorecard], int]
) -> None:
    assert "按规则" in desk.client().get("/notice?lang=zh").text
    version = approve(make_scorecard())
    assert f"model version {version}" in desk.client().get("/notice?lang=en").text
    assert "/notice" in desk.client().get("/about").text


@pytest.mark.parametrize("user", ["handler", "leader", "auditor", "steward"])
def test_everybody_with_an_account_reads_the_public_record(
    desk: Desk, approve: Callable[[Scorecard], int], user: str
) -> None:
    assert "只按规则" in desk.client(user).get("/record?lang=zh").text
    assert desk.client().get("/record").status_code in (303, 401)
    version = approve(make_scorecard())
    page = desk.client(user, "en").get("/record?lang=en")
    assert page.status_code == 200
    assert str(version) in page.text
    assert not any(number in page.text for number in desk.ids.values())


def test_drawings_hold_every_step_and_cell() -> None:
    card = scorecard()
    step = next(step for step in card.steps if step.thresholds.size)
    drawn = charts.step_chart(step, CATALOG.get(step.name), "zh")
    points = re.findall(r'points="([^"]+)"', drawn)[0].split()
    assert len(points) == 2 * step.values.size
    (pair,) = card.pairs
    names = card.pair_names[0]
    cells = charts.heat_map(pair, CATALOG.get(names[0]), CATALOG.get(names[1]), "en")
    assert cells.count("<rect") == pair.values.size
    for svg in (drawn, cells):
        assert ElementTree.fromstring(svg).attrib["aria-label"]
    assert charts._colour(0.0) == "rgb(255,255,255)"
    assert np.all(pair.values >= 0) or "rgb" in cells


def test_our_markdown_becomes_headings_lists_and_tables() -> None:
    page = markdown.to_html("# A\n\ntext **b** `c`\n- 1\n- 2\n\n| x | y |\n|---|---|\n| 1 | 2 |\n", top=2)
    assert page.startswith("<h2>A</h2>")
    assert "<strong>b</strong> <code>c</code>" in page
    assert page.count("<li>") == 2
    assert "<td>2</td>" in page
