"""What a domain expert wrote down: the sheet 历史 with small histories, and 期望 with what is expected of them."""

import difflib
import re
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

import polars as pl

from data.errors import InputRefused
from data.ingest.dates import read_dates
from data.ingest.sources import all_sources
from data.mapping import load_mapping
from data.times import from_us, local_midnight
from data.vocabulary import (
    CASE_CLASSES,
    CATEGORIES,
    CAUSES,
    KIND,
    PROCEDURES,
    REMARKS,
)
from features.assure import Case, Expected, Fact, Step, expectable, knows, nearest
from features.timing import SHIPPED, Timing

_ZONE = "Asia/Shanghai"
HISTORY = ("历史", "history")
EXPECTED = ("期望", "expected")
#: Our name → the headers it may have.
HISTORY_COLUMNS: dict[str, tuple[str, ...]] = {
    "case": ("用例", "case"),
    "kind": ("环节", "step"),
    "day": ("发生日期", "occurred"),
    "known": ("录入日期", "entered"),
    "until": ("更正日期", "corrected"),
    "people": ("涉及人数", "people"),
    "document": ("文书号", "document"),
    "due": ("到期日", "due"),
    "remarks": ("备注类别", "remarks"),
    "value": ("值", "value"),
}
EXPECTED_COLUMNS: dict[str, tuple[str, ...]] = {
    "case": ("用例", "case"),
    "day": ("截止日", "seen_to"),
    "what": ("特征或时限", "feature_or_clock"),
    "value": ("期望值", "expected"),
}
#: What stands in 环节 for a dated attribute: our name and its words, none for yes/no and dates.
ATTRIBUTES: dict[str, tuple[str, dict[str, tuple[str, str]] | None]] = {
    "案件类别": ("category", CATEGORIES),
    "诉求事由": ("cause", CAUSES),
    "程序类别": ("procedure_path", PROCEDURES),
    "包案类别": ("case_class", CASE_CLASSES),
    "首次反映": ("first_time", None),
    "可否答复": ("reply_possible", None),
    "收件日期": ("received_on", None),
}
#: A workbook keeps a yes or no as it was typed, or as TRUE and FALSE.
_YES = {"是": 1, "否": 0, "yes": 1, "no": 0, "true": 1, "false": 0, "1": 1, "0": 0}
#: A number is no day, although a workbook counts days as numbers.
_NUMBERLIKE = re.compile(r"[+-]?\d*\.?\d*")
Row = dict[str, str]
Problems = list[tuple[str, str]]


def read_sheets(path: Path, timing: Timing = SHIPPED) -> list[tuple[Case, list[Expected]]]:
    """Each case with what is expected of it, in the order of the file.

    Takes a workbook with both sheets, or a folder with one .csv for each.  Raises InputRefused naming every row that
    cannot be understood, once.
    """
    sheets = {source.name: source for source in all_sources(path)}
    tables: list[list[Row]] = []
    for names, columns, asked in (
        (HISTORY, HISTORY_COLUMNS, ("case", "kind", "day")),
        (EXPECTED, EXPECTED_COLUMNS, ("case", "day", "what", "value")),
    ):
        source = next((sheets[name] for name in names if name in sheets), None)
        if source is None:
            _refuse(path, [(f"缺少工作表“{names[0]}”", f"the sheet {names[0]} ({names[1]}) is missing")])
        header = [cell.strip() for cell in source.head[0]] if source.head else []
        places = {ours: header.index(name) for ours, found in columns.items() for name in found if name in header}
        needed = [found[0] for ours, found in columns.items() if ours in asked and ours not in places]
        if needed:
            joined = "、".join(needed)
            _refuse(path, [(f"工作表“{names[0]}”缺少列：{joined}", f"the sheet {names[0]} lacks {joined}")])
        frame = source.load(1, list(places.values()))
        rows = [dict(zip(places, (_text(cell) for cell in row), strict=True)) for row in frame.iter_rows()]
        tables.append([row | {"line": str(number)} for number, row in enumerate(rows, 2) if any(row.values())])
    found, problems = cases_of(*tables, timing=timing)
    if problems:
        _refuse(path, problems)
    return found


def cases_of(
    history: Sequence[Row], wanted: Sequence[Row], *, timing: Timing = SHIPPED
) -> tuple[list[tuple[Case, list[Expected]]], Problems]:
    """Each case of the rows of both sheets, by our column names and `line`, with what is expected; and the problems."""
    problems: Problems = []
    steps, facts = _history(history, problems)
    expected = _expected(wanted, set(steps) | set(facts), timing, problems)
    if not expected and not problems:
        problems.append(("工作表“期望”没有内容", "the sheet 期望 is empty"))
    return [
        (
            Case(name=name, steps=tuple(steps.get(name, ())), facts=tuple(facts.get(name, ()))),
            [one for one in expected if one.case == name],
        )
        for name in dict.fromkeys(one.case for one in expected)
    ], problems


def _refuse(path: Path, problems: Problems) -> NoReturn:
    raise InputRefused(
        "assure_unreadable",
        f"{path.name}：用例看不懂，未检验；可用 assure --template 生成样表",
        f"{path.name}: the cases cannot be understood, nothing was checked; assure --template writes a sample",
        problems,
    )


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell).strip()


def _plain(value: str) -> str:
    """An expected value as it is compared: a day, however it was written, as 2025-03-08."""
    return value if _NUMBERLIKE.fullmatch(value) else str(_day(value) or value)


def _day(text: str) -> date | None:
    [wall] = read_dates(pl.Series([text or None], dtype=pl.String), _ZONE).to_list()
    return None if wall is None else from_us(wall).date()


def _days(row: Row, names: Iterable[str], where: tuple[str, str], problems: Problems) -> dict[str, date | None]:
    found: dict[str, date | None] = {}
    for name in names:
        text = row.get(name, "")
        found[name] = _day(text)
        if text and found[name] is None:
            problems.append((f"{where[0]}：{text} 不是日期", f"{where[1]}: {text} is no date"))
    return found


def _history(rows: Sequence[Row], problems: Problems) -> tuple[dict[str, list[Step]], dict[str, list[Fact]]]:
    ledger = {label: rule.kind for label, rule in load_mapping("ledger").kinds.items()}
    kinds = ledger | {kind.zh: kind.code for kind in KIND.values()} | {code: code for code in KIND}
    steps: dict[str, list[Step]] = {}
    facts: dict[str, list[Fact]] = {}
    for row in rows:
        where = (f"历史 第{row['line']}行", f"历史 row {row['line']}")
        days = _days(row, ("day", "known", "until", "due"), where, problems)
        name, kind, day = row["case"], row["kind"], days["day"]
        if not name or day is None:
            problems.append((f"{where[0]}：须有用例和发生日期", f"{where[1]}: a case and a date are needed"))
        elif kind in ATTRIBUTES:
            value = _value(kind, row.get("value", ""))
            if value is None:
                said = row.get("value", "")
                wanted = _wanted(kind)
                problems.append(
                    (
                        f"{where[0]}：{kind} 不能是 {said or '空'}，须为{wanted[0]}",
                        f"{where[1]}: {kind} cannot be {said or 'empty'}, but {wanted[1]}",
                    )
                )
            else:
                facts.setdefault(name, []).append(Fact(name=ATTRIBUTES[kind][0], value=value, day=day))
        elif kind not in kinds:
            near = difflib.get_close_matches(kind, [*kinds, *ATTRIBUTES], n=1, cutoff=0.4)
            hint = (f"；是否指 {near[0]}？", f"; did you mean {near[0]}?") if near else ("", "")
            problems.append((f"{where[0]}：没有环节 {kind}{hint[0]}", f"{where[1]}: no step {kind}{hint[1]}"))
        else:
            payload = _payload(row, days["due"], where, problems)
            known = days["known"] or day
            if known < day:
                problems.append((f"{where[0]}：录入日期早于发生日期", f"{where[1]}: entered before it occurred"))
            if days["until"] is not None and days["until"] <= known:
                problems.append((f"{where[0]}：更正日期须晚于录入日期", f"{where[1]}: corrected before it was entered"))
            steps.setdefault(name, []).append(
                Step(kind=kinds[kind], day=day, known=known, until=days["until"], payload=payload)
            )
    return steps, facts


def _value(kind: str, text: str) -> str | int | None:
    name, words = ATTRIBUTES[kind]
    if name == "received_on":
        day = _day(text)
        return None if day is None else (day - date(1970, 1, 1)).days
    if words is None:
        return _YES.get(text.lower())
    return next((code for code, labels in words.items() if text in (code, *labels)), None)


def _wanted(kind: str) -> tuple[str, str]:
    """What an attribute's value may be, in words."""
    name, words = ATTRIBUTES[kind]
    if name == "received_on":
        return "日期", "a date"
    if words is None:
        return "是或否", "yes or no"
    return "、".join(zh for zh, _ in words.values()) + " 之一", "one of " + ", ".join(words)


def _payload(row: Row, due: date | None, where: tuple[str, str], problems: Problems) -> dict[str, Any]:
    payload: dict[str, Any] = {}
    if due is not None:
        payload["due_at"] = local_midnight(due, _ZONE)
    if row.get("document"):
        payload["document_no"] = row["document"]
    people = row.get("people", "")
    if people and (number := _whole(people)) is None:
        problems.append((f"{where[0]}：涉及人数“{people}”不是整数", f"{where[1]}: “{people}” is no number of people"))
    elif people:
        number = _whole(people) or 0
        payload["people_band"] = 0 if number < 1 else 1 if number == 1 else 2 if number < 5 else 3
    for remark in (part.strip() for part in row.get("remarks", "").replace("、", ",").split(",")):
        if not remark:
            continue
        if remark not in REMARKS:
            problems.append((f"{where[0]}：没有备注类别 {remark}", f"{where[1]}: no remark {remark}"))
            continue
        field, value = REMARKS[remark]
        payload[field] = payload.get(field, 0) | value if isinstance(value, int) else value
    return payload


def _whole(text: str) -> int | None:
    """A whole number as a workbook writes it, None for anything else."""
    digits = text.removesuffix(".0")
    return int(digits) if digits.isdecimal() else None


def _expected(rows: Sequence[Row], cases: set[str], timing: Timing, problems: Problems) -> list[Expected]:
    found: list[Expected] = []
    for row in rows:
        where = (f"期望 第{row['line']}行", f"期望 row {row['line']}")
        day, what = _day(row["day"]), row["what"]
        if row["case"] not in cases:
            problems.append((f"{where[0]}：历史中没有用例 {row['case']}", f"{where[1]}: no case {row['case']}"))
        if day is None:
            said = row["day"]
            problems.append(
                (f"{where[0]}：{said or '截止日'} 不是日期", f"{where[1]}: {said or '截止日 (seen_to)'} is no date")
            )
        if not knows(what, timing):
            near = "、".join(nearest(what, timing))
            hint = (f"；是否指 {near}？", f"; did you mean {near}?") if near else ("", "")
            problems.append(
                (f"{where[0]}：没有特征或时限 {what}{hint[0]}", f"{where[1]}: no feature or clock {what}{hint[1]}")
            )
        value = _plain(row["value"])
        if not value:
            problems.append((f"{where[0]}：期望值为空", f"{where[1]}: nothing is expected"))
        elif knows(what, timing) and not expectable(what, value):
            problems.append(
                (
                    f"{where[0]}：期望值“{value}”看不懂；特征和必办写数字或是/否，时限写最后一天或状态",
                    f"{where[1]}: “{value}” cannot be expected; a feature or rule is a number or yes/no, "
                    "a clock its last day or a state",
                )
            )
        if day is not None:
            found.append(Expected(case=row["case"], last_day=day, what=what, value=value))
    return found
