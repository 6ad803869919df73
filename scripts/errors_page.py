"""What can be refused, and in which words: writes docs/errors.md from every refusal the code can raise."""

import ast
import functools
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from serving.problems import ANY_FIELD, BY_STATUS, FIELDS
from serving.web.text import TEXTS

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "errors.md"
ROOMS = ("data", "features", "training", "monitoring", "serving")
_ERRORS = ROOT / "data" / "errors.py"
_TOP = "PetitionRiskError"


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A class of refusals: the exit code of the command line and the HTTP status of the service."""

    exit_code: int
    status: int


@dataclass(frozen=True, slots=True, order=True)
class Refusal:
    """One refusal as written in the code; values stand as `{name}` in its words. `exit_code` None: service only."""

    code: str
    zh: str
    en: str
    exit_code: int | None
    status: int


def families() -> dict[str, Family]:
    """Every class that is a refusal, by name, with what it inherits."""
    found = {_TOP: Family(exit_code=70, status=500)}
    classes = [node for _, tree in _modules() for node in tree.body if isinstance(node, ast.ClassDef)]
    waiting = True
    while waiting:
        # A class may be read before the one it inherits from: go round until nothing is new.
        waiting = False
        for node in classes:
            above = next((found[_last(base)] for base in node.bases if _last(base) in found), None)
            if above is None or node.name in found:
                continue
            own = {
                _last(line.targets[0]): int(str(line.value.value))
                for line in node.body
                if isinstance(line, ast.Assign) and isinstance(line.value, ast.Constant)
            }
            found[node.name] = Family(
                exit_code=own.get("exit_code", above.exit_code), status=own.get("status", above.status)
            )
            waiting = True
    return found


@functools.cache
def refusals() -> list[Refusal]:
    """Every refusal of the code, each once, in order of codes. Raises SystemExit naming calls it cannot read."""
    known = families()
    found = {Refusal(*words, exit_code=None, status=status) for status, words in BY_STATUS.items()}
    unread: list[str] = []
    for path, tree in _modules():
        if path == _ERRORS:
            continue
        for call, family, around in _calls(tree, known):
            if around is not None and "BY_STATUS" in ast.unparse(around):
                continue
            said = list(_said(call, around, tree))
            if not said:
                unread.append(f"{path.relative_to(ROOT)}:{call.lineno}")
            found |= {Refusal(*words, exit_code=family.exit_code, status=family.status) for words in said}
    if unread:
        sys.exit(f"these refusals cannot be read from the code: {', '.join(unread)}")
    return sorted(found, key=lambda one: (one.code, one.zh, one.en, one.exit_code or 0, one.status))


def page() -> str:
    """The whole page as Markdown."""
    lines = [
        "# 错误与提示 · Refusals",
        "",
        "<!-- written by `make docs` from the code -->",
        "",
        "命令行、网页和接口能给出的每一种拒绝：稳定的代码、中英文说法（`{…}` 处是当时的值）、",
        "命令的退出码、接口的 HTTP 状态。退出码为“–”的只出现在接口和网页。",
        "一次能查出的问题一次说完，逐行附在说法之后。",
        "",
        "Everything the command line, the pages and the API can refuse: a stable code, the words in both",
        "languages (values stand where `{…}` is), the command's exit code and the HTTP status. A dash for the",
        "exit code: pages and API only. What can be found at once is said at once, a line each below the words.",
        "",
        "| 代码 code | 中文 | English | 退出码 exit | HTTP |",
        "| --- | --- | --- | --- | --- |",
    ]
    for one in refusals():
        exit_code = "–" if one.exit_code is None else str(one.exit_code)
        lines.append(f"| `{one.code}` | {_cell(one.zh)} | {_cell(one.en)} | {exit_code} | {one.status} |")
    lines += [
        "",
        "## 接口：哪一项不符 · Which field, over the interface",
        "",
        "请求内容不符合接口说明（`invalid`）时，逐项附在 `errors` 里；不重复提交的值。",
        "",
        "Beside `invalid`, one for each field in `errors`; values sent are never repeated.",
        "",
        "| 中文 | English |",
        "| --- | --- |",
        *(f"| {zh} | {en} |" for zh, en in dict.fromkeys((*FIELDS.values(), ANY_FIELD))),
        "",
        "## 网页：表单旁的提示 · On the pages, beside a form",
        "",
        "| 中文 | English |",
        "| --- | --- |",
        *(f"| {_cell(zh)} | {_cell(en)} |" for zh, en in beside_forms()),
    ]
    return "\n".join(lines) + "\n"


def beside_forms() -> list[tuple[str, str]]:
    """What a page says beside a form that was not taken: the texts handed over as its `problem`."""
    found = {
        node.value
        for path, tree in _modules()
        if path.is_relative_to(ROOT / "serving" / "web")
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        for keyword in call.keywords
        if keyword.arg == "problem"
        for node in ast.walk(keyword.value)
        if isinstance(node, ast.Constant) and node.value in TEXTS
    }
    return sorted({TEXTS[str(key)] for key in found})


@functools.cache
def _modules() -> list[tuple[Path, ast.Module]]:
    return [
        (path, ast.parse(path.read_text(encoding="utf-8")))
        for room in ROOMS
        for path in sorted((ROOT / room).rglob("*.py"))
        if "var" not in path.relative_to(ROOT).parts
    ]


def _calls(
    tree: ast.Module, known: Mapping[str, Family]
) -> Iterator[tuple[ast.Call, Family, ast.FunctionDef | ast.AsyncFunctionDef | None]]:
    """Calls that make a refusal, each with its family and the function it stands in."""
    around: dict[ast.AST, ast.FunctionDef | ast.AsyncFunctionDef] = {}
    inside: dict[ast.AST, str] = {}
    for node in ast.walk(tree):  # from the outside in, so what a node stands in is known when it is reached
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            around[node] = node
        if isinstance(node, ast.ClassDef) and node.name in known:
            inside[node] = node.name
        for child in ast.iter_child_nodes(node):
            if node in around:
                around[child] = around[node]
            if node in inside:
                inside[child] = inside[node]
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        if node in inside and ast.unparse(node.func) == "super().__init__":
            # A class that only hands its words on is read where it is called.
            if not isinstance(node.args[0], ast.Name):
                yield node, known[inside[node]], around.get(node)
        elif _last(node.func) in known and len(node.args) >= 3:
            yield node, known[_last(node.func)], around.get(node)


def _said(
    call: ast.Call, around: ast.FunctionDef | ast.AsyncFunctionDef | None, tree: ast.Module
) -> Iterator[tuple[str, str, str]]:
    """Code and words of a call; where the code is handed in, those of each call of the function around it."""
    code, zh, en = call.args[:3]
    handed = [] if around is None else [one.arg for one in (*around.args.args, *around.args.kwonlyargs)]
    if around is None or not isinstance(code, ast.Name) or code.id not in handed:
        yield from ((name, _text(zh, {}), _text(en, {})) for name in _codes(code))
        return
    for outer in ast.walk(tree):
        if isinstance(outer, ast.Call) and _last(outer.func) == around.name:
            given = dict(zip(handed, outer.args, strict=False))
            given |= {word.arg: word.value for word in outer.keywords if word.arg is not None}
            if code.id in given:
                yield from ((name, _text(zh, given), _text(en, given)) for name in _codes(given[code.id]))


def _codes(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _codes(node.body)
        yield from _codes(node.orelse)


def _text(node: ast.expr, given: Mapping[str, ast.expr]) -> str:
    """The words of an expression; what is known only when it happens stands as `{name}`."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(_text(part, given) for part in parts)
        case ast.FormattedValue(value=value):
            return _text(value, given)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _text(left, given) + _text(right, given)
        case ast.IfExp(body=body, orelse=orelse):
            return f"{_text(body, given)} / {_text(orelse, given)}"
        case ast.Name(id=name) if name in given:
            return _text(given[name], {})
        case _:
            name = _last(node)
            return f"{{{name}}}" if name else "{…}"


def _last(node: ast.AST) -> str:
    """The last name of a dotted expression, of a called or an indexed one; empty for anything else."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr="name" | "value"):
            return _last(value)
        case ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
