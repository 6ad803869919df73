"""Pages use nothing newer than the Chromium kernels of office desks (86): no such property, selector or call."""

import re
from pathlib import Path

import serving

_ROOT = Path(next(iter(serving.__path__)))
#: With the version that brought each.
CSS = {
    r"\binset\s*:": 87,
    r":is\(|:where\(": 88,
    r"\baspect-ratio\s*:": 88,
    r"\baccent-color\s*:": 93,
    r":has\(": 105,
    r"@container\b|\bcontainer-type\s*:": 105,
    r"@layer\b": 99,
    r"\b\d+(?:dvh|svh|lvh)\b": 108,
    r"\bcolor-mix\(": 111,
    r"(?m)^\s*&": 112,
    r"\bscrollbar-gutter\s*:": 94,
    r"\btext-wrap\s*:": 114,
    r"\boverflow\s*:\s*clip\b": 90,
}
JS = {
    r"\.replaceChildren\(": 86.5,
    r"\.at\(-": 92,
    r"\bObject\.hasOwn\(": 93,
    r"\bstructuredClone\(": 98,
    r"\.findLast\(": 97,
    r"\.toSorted\(|\.toReversed\(": 110,
    r"(?:\|\||&&|\?\?)=": 85.5,
}


def _found(texts: dict[str, str], newer: dict[str, float]) -> list[str]:
    return [f"{name}: {one}" for name, text in texts.items() for one in newer if re.search(one, text)]


def _texts(*patterns: str) -> dict[str, str]:
    return {str(one.relative_to(_ROOT)): one.read_text("utf-8") for pattern in patterns for one in _ROOT.glob(pattern)}


def test_styles_and_scripts_are_as_old_as_the_desks() -> None:
    styles = _texts("static/*.css", "templates/*.html")
    scripts = _texts("static/*.js", "templates/*.html")
    assert {"static/app.css"} <= set(styles)
    assert {"static/list.js", "static/docs.js"} <= set(scripts)
    assert _found(styles, {**CSS}) == []
    assert _found(scripts, {**JS}) == []


def test_the_search_finds_what_is_newer() -> None:
    styles = {"a": "div { inset: 0 }", "b": "p:has(a) { color: red }", "c": "  & > b { top: 0 }", "d": "x:is(a, b) { }"}
    assert len(_found(styles, {**CSS})) == len(styles)
    assert len(_found({"a": "const b = list.at(-1); a ??= 1;"}, {**JS})) == 2
