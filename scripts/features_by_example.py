"""What the product says of small histories: writes docs/features-by-example.md from tests/spec/examples."""

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from features.assure import STATES, Case, Expected
from features.assure_sheets import cases_of
from features.catalog import CATALOG
from features.rules import MUST_ACT
from features.timing import SHIPPED

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "features-by-example.md"
EXAMPLES = ROOT / "tests" / "spec" / "examples"
_WORDS = {
    "录入": "known",
    "更正": "until",
    "人数": "people",
    "文书号": "document",
    "到期": "due",
    "备注": "remarks",
    "值": "value",
}


_TABLE = ("| 截止日 to the end of | 特征或时限 | feature or clock | 值 value |", "| --- | --- | --- | --- |")


def groups() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each file's name and content, in reading order."""
    for path in sorted(EXAMPLES.glob("*.toml")):
        yield path.stem, tomllib.loads(path.read_text(encoding="utf-8"))


def read(case: dict[str, Any]) -> tuple[Case, list[Expected]]:
    """One case as `assure` reads one: the words of a line are date, step, then 录入=, 人数=, 到期= …"""
    history = []
    for number, line in enumerate(case["history"], 1):
        day, kind, *more = line.split()
        named = dict(word.split("=", 1) for word in more)
        history.append(
            {"case": case["en"], "day": day, "kind": kind, "line": str(number)}
            | {_WORDS[name]: value for name, value in named.items()}
        )
    wanted = []
    for number, line in enumerate(case["expect"], 1):
        day, rest = line.split(" ", 1)
        what, value = rest.rsplit(" ", 1)
        wanted.append({"case": case["en"], "day": day, "what": what, "value": value, "line": str(number)})
    found, problems = cases_of(history, wanted)
    if problems:
        sys.exit(f"{case['en']}: {problems}")
    return found[0]


def label(what: str) -> tuple[str, str]:
    """A feature's, clock's or rule's label in both languages."""
    for one in (*CATALOG, *SHIPPED.rules, *MUST_ACT):
        if what in (getattr(one, "name", None), getattr(one, "code", None), one.zh):
            return one.zh, one.en
    return "必办", "must-act"


def value_in(value: str) -> tuple[str, str]:
    """An expected value in both languages."""
    for zh, en in (*STATES.values(), ("是", "yes"), ("否", "no"), ("无", "none")):
        if value == zh:
            return zh, en
    return value, value


def page() -> str:
    """The whole page as Markdown."""
    lines = [
        "# 特征与时限：逐例说明 · Features and clocks by example",
        "",
        "<!-- written by `make docs` from tests/spec/examples; every line is checked by the tests -->",
        "",
        "每个小案例先列办理记录，再列某日结束时（看得到当天录入的一切）各项的值。格式与 `petition-risk assure` 相同，",
        "可照此写自己的案例检验；见 [assure.md](assure.md)。所有案例均为虚构。",
        "",
        "Each small history is followed by what the product says at the end of a day, all of that day seen.",
        "The format is that of `petition-risk assure`: write your own cases and have them checked, see",
        "[assure.md](assure.md). All histories are invented.",
        "",
    ]
    for _, group in groups():
        lines += [f"## {group['zh']} · {group['en']}", ""]
        for case in group["case"]:
            _, expected = read(case)
            lines += [f"### {case['zh']}", "", f"*{case['en']}*", ""]
            lines += [f"- {step}" for step in case["history"]]
            lines += [
                "",
                "| 截止日 to the end of | 特征或时限 | feature or clock | 值 value |",
                "| --- | --- | --- | --- |",
            ]
            for one in expected:
                zh, en = label(one.what)
                value = " · ".join(dict.fromkeys(value_in(one.value)))
                lines.append(f"| {one.last_day} | {zh} | {en} | {value} |")
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
