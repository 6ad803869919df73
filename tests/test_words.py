"""Does the product speak as it should: never-words appear in no page, message, export, document or code."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("data", "features", "training", "monitoring", "serving")

#: Words about persons, and words of control, that the product has no use for anywhere.
NEVER: tuple[str, ...] = (
    *("信访人档案", "上访户", "重点人员", "名单", "人员风险", "画像", "扬言"),
    *("缠访", "闹访", "重访", "集体访", "群体苗头", "挑头", "越级访", "非访", "进京", "赴省", "缠诉", "滥诉"),
    *("维稳", "稳控", "管控", "劝返", "截访", "训诫", "盯防", "思想教育", "推送公安"),
    *("预警", "警报", "处置方案", "处置结论", "销号", "降级"),
)
#: Ordinary words elsewhere, wrong in what people read about a matter.
NEVER_IN_PAGES = ("标签", "约束", "发布")
#: The gate must know the words it keeps out; these two pages say which words are not used.
MAY_NAME_THEM = {
    "data/forbidden.py",
    "data/forbidden_words.py",
    "docs/glossary.md",
    "docs/acceptable-use.md",
    "tests/test_words.py",
}
_TEXT = {".py", ".toml", ".md", ".html", ".css", ".js", ".json", ".txt", ".svg"}


def _texts() -> list[Path]:
    found = [path for room in (*ROOMS, "docs", "scripts") for path in sorted((ROOT / room).rglob("*"))]
    found += [*sorted(ROOT.glob("*.md")), ROOT / "Makefile"]
    return [
        path
        for path in found
        if path.suffix in _TEXT
        and path.relative_to(ROOT).as_posix() not in MAY_NAME_THEM
        and not {"var", "__pycache__", "swagger", "vendor"} & set(path.relative_to(ROOT).parts)
    ]


def _found(words: tuple[str, ...], paths: list[Path]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}: {word}"
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for word in words
        if word in line
    ]


def test_never_words_appear_nowhere() -> None:
    assert _found(NEVER, _texts()) == []


def test_pages_and_their_texts_name_no_label_release_or_restraint() -> None:
    pages = [path for path in _texts() if path.parts[-2] in ("templates", "web", "export", "catalog")]
    assert len(pages) > 5
    assert _found(NEVER_IN_PAGES, pages) == []


def test_tests_name_never_words_only_where_they_test_the_gate() -> None:
    allowed = ("tests/data/", "forbidden", "words", "gate", "g2")
    tests = [
        path
        for path in sorted((ROOT / "tests").rglob("*.py"))
        if not any(part in path.relative_to(ROOT).as_posix() for part in allowed)
    ]
    assert _found(NEVER, tests) == []


@pytest.mark.parametrize("name", ["docs/glossary.md", "docs/acceptable-use.md"])
def test_the_two_pages_that_name_them_do(name: str) -> None:
    assert _found(NEVER, [ROOT / name])
