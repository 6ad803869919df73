"""What the error page says of an address or form that does not fit: which field, what was given, what is allowed."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from fastapi import Request

from data.forbidden import shown
from serving.deps import known_parameters
from serving.problems import ANY_FIELD, BY_STATUS, FIELDS, Unreadable
from serving.web.text import TEXTS

#: Under which text of the pages a field of an address stands there.
LABELS: dict[str, str] = {
    "state": "list.filter.state",
    "sort": "list.filter.sort",
    "clock": "list.filter.clock",
    "part": "list.filter.part",
    "screening": "list.filter.screening",
    "office": "list.office",
}
#: What a field without a label of its own is called; any other is told by its name in the address.
_NAMES: dict[str, tuple[str, str]] = {
    "month": ("月份", "month"),
    "page": ("页码", "page"),
    "year": ("年份", "year"),
    "before": ("起始编号", "starting number"),
    "first": ("开始日期", "first day"),
    "last": ("结束日期", "last day"),
    "lang": ("语言", "language"),
    "number": ("编号", "number"),
} | {field: TEXTS[label] for field, label in LABELS.items()}
#: What a pattern asks for, by the pattern.
_PATTERNS: dict[str, tuple[str, str]] = {
    r"^(\d{4}-\d{2})?$": ("年-月，如 2026-10，或留空", "a year and month such as 2026-10, or nothing"),
}
_QUOTED = re.compile(r"'([^']*)'")
#: Characters of what was given that are repeated.
_MOST = 40


class WrongQuery(Unreadable):
    """An address or a form that does not fit; `mend` is the address without what is wrong, empty for a form."""

    def __init__(self, details: Sequence[tuple[str, str]], mend: str) -> None:
        super().__init__(*BY_STATUS[422], details)
        self.mend = mend


def wrong_query(request: Request, errors: Sequence[Any]) -> WrongQuery:
    """The refusal for what the validator found in a request for a page; of a form nothing that was sent is repeated."""
    details = [_told(error) for error in errors]
    wrong = {str(error["loc"][-1]) for error in errors}
    known = known_parameters(request)
    kept = [(name, value) for name, value in request.query_params.items() if name in known - wrong]
    there = request.method == "GET" and not any(error["loc"][0] == "path" for error in errors)
    return WrongQuery(details, f"{request.url.path}?{urlencode(kept)}".rstrip("?") if there else "")


def _told(error: Mapping[str, Any]) -> tuple[str, str]:
    where, field = str(error["loc"][0]), str(error["loc"][-1])
    name = _NAMES.get(field, (field, field))
    given = error.get("input")
    zh, en = _allowed(error)
    if where != "query" or not isinstance(given, str):
        return f"“{name[0]}”（{field}）{zh}", f"“{name[1]}” ({field}) {en}"
    value = shown(given if len(given) <= _MOST else given[:_MOST] + "…")
    return (
        f"“{name[0]}”（{field}）：给出的是“{value}”，{zh}",
        f"“{name[1]}” ({field}): “{value}” was given; it {en}",
    )


def _allowed(error: Mapping[str, Any]) -> tuple[str, str]:
    kind, context = str(error["type"]), error.get("ctx") or {}
    if kind == "literal_error":
        codes = _QUOTED.findall(str(context["expected"]))
        named = [code for code in codes if code]
        empty = len(named) < len(codes)
        zh, en = "、".join(named), ", ".join(named)
        return f"可用：{zh}" + ("，或留空" if empty else ""), f"is one of: {en}" + (", or empty" if empty else "")
    if kind == "string_pattern_mismatch" and context.get("pattern") in _PATTERNS:
        zh, en = _PATTERNS[str(context["pattern"])]
        return f"应为{zh}", f"must be {en}"
    if kind in ("greater_than_equal", "less_than_equal"):
        least = kind == "greater_than_equal"
        limit = context["ge" if least else "le"]
        return f"应{'不小于' if least else '不大于'} {limit}", f"must be {'at least' if least else 'at most'} {limit}"
    if kind == "string_too_long":
        return f"最多 {context['max_length']} 个字符", f"has at most {context['max_length']} characters"
    if kind == "bool_parsing":
        return "应为 true 或 false", "must be true or false"
    return FIELDS.get(kind, ANY_FIELD)
