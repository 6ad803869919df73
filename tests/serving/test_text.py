"""What pages say: every text in both languages, every one in use, none astray in a template."""

import ast
import re
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from serving import permissions
from serving.web.render import TEMPLATES, environment
from serving.web.text import TEXTS, translator
from tests.serving.conftest import Desk

WEB = TEMPLATES.parent / "web"
HAN = re.compile(r"[\u4e00-\u9fff]")


def templates() -> list[Path]:
    return sorted(TEMPLATES.glob("*.html"))


@pytest.mark.parametrize("key", sorted(TEXTS))
def test_every_text_is_there_in_both_languages(key: str) -> None:
    zh, en = TEXTS[key]
    assert zh.strip() or key in ("list.col.join", "title.join")
    assert en.strip() or key in ("list.col.join", "title.join")
    if key not in ("language.other",):
        assert not HAN.search(en), en
    fields = [set(re.findall(r"{(\w+)}", text)) for text in (zh, en)]
    assert fields[0] == fields[1]


def test_a_missing_text_is_an_error() -> None:
    with pytest.raises(KeyError):
        translator("zh")("no.such.text")


def test_templates_hold_no_stray_words() -> None:
    for path in templates():
        text = re.sub(r"{%.*?%}|{{.*?}}|{#.*?#}", "", path.read_text(encoding="utf-8"), flags=re.S)
        text = re.sub(r"<(code|script|style)\b.*?</\1>", "", text, flags=re.S)
        for attribute in re.findall(r'(?:aria-label|title|alt|placeholder|data-label)="([^"]*)"', text):
            assert not re.search(r"[A-Za-z\u4e00-\u9fff]", attribute), (path.name, attribute)
        bare = re.sub(r"<[^>]*>", "", text).replace("/openapi.json", "")
        assert not re.search(r"[A-Za-z\u4e00-\u9fff]", bare), (path.name, bare.split())


def test_templates_and_pages_use_texts_that_exist_and_every_text_is_used() -> None:
    parser = Environment(autoescape=True)
    used: set[str] = set()
    stems: set[str] = set()
    for path in templates():
        for call in parser.parse(path.read_text(encoding="utf-8")).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "t":
                _collect(call.args[0], used, stems)
    tables = set(WEB.glob("text*.py"))
    for path in [*set(WEB.glob("*.py")) - tables, TEMPLATES.parent / "api" / "shapes.py"]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in TEXTS:
                used.add(node.value)
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                stems.add(str(node.values[0].value))
    assert used <= set(TEXTS), used - set(TEXTS)
    stems = {stem for stem in stems if "." in stem} | {"unit.", "owner."}  # words of the catalog (feature_pages)
    unused = {key for key in TEXTS if key not in used and not any(key.startswith(stem) for stem in stems)}
    assert unused == set()


def _collect(node: nodes.Expr, used: set[str], stems: set[str]) -> None:
    if isinstance(node, nodes.Const):
        used.add(str(node.value))
    elif isinstance(node, nodes.Add | nodes.Concat):
        first = node.left if isinstance(node, nodes.Add) else node.nodes[0]
        while isinstance(first, nodes.Add):
            first = first.left
        if isinstance(first, nodes.Const):
            stems.add(str(first.value))
    elif isinstance(node, nodes.CondExpr):
        _collect(node.expr1, used, stems)
        if node.expr2 is not None:
            _collect(node.expr2, used, stems)


def test_every_role_and_navigation_entry_has_its_words() -> None:
    for role in permissions.UserRole:
        assert f"role.{role}" in TEXTS


def test_reasons_and_footer_speak_of_our_office() -> None:
    assert TEXTS["footer.rule"][0] == "本提示只排列本院工作先后，不评价信访人，由承办人核实决定."


def test_templates_escape_and_know_every_name() -> None:
    assert environment().autoescape is True
    for path in templates():
        assert "|safe" not in path.read_text(encoding="utf-8").replace(" ", "")


def test_the_language_is_kept_and_shown(desk: Desk) -> None:
    client = desk.client("petition_head")
    assert '<html lang="zh-CN">' in client.get("/list", headers={"Accept-Language": "en"}).text
    assert '<html lang="en">' in client.get("/list?lang=en").text
    assert '<html lang="en">' in client.get("/list").text
    assert '<html lang="zh-CN">' in client.get("/list?lang=zh").text
    assert client.get("/list?lang=fr").status_code == 422
