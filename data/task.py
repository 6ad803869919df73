"""What is learned under a mapping: horizon, label, and the cohort's condition over declared measures."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

import polars as pl

from data.strict_toml import Reader, Table

MEASURE_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_TOKEN = re.compile(r"\s*(?:(?P<word>[A-Za-z_][A-Za-z0-9_]*)|(?P<other>\d+(?:\.\d+)?|<=|>=|<>|!=|[=<>+\-*/(),]))")
_SQL_WORDS = frozenset({"AND", "OR", "NOT", "IN", "BETWEEN", "IS", "NULL", "TRUE", "FALSE"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A number the cohort's condition may ask for: `days_since` or `count` of kinds, or `max` of an attribute.

    `empty` stands where there is nothing to measure; None leaves the condition unknown, and the matter outside.
    """

    name: str
    operation: str
    kinds: tuple[str, ...] = ()
    attribute: str | None = None
    unit: str | None = None
    empty: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is learned: `label` None is the primary label, `cohort` None the product's own cohort."""

    horizon_days: int = 90
    label: tuple[str, ...] | None = None
    first_only: bool = False
    cohort: str | None = None
    measures: tuple[Measure, ...] = ()


def known_kinds(reader: Reader, where: str, kinds: Iterable[str], codes: set[str]) -> None:
    """Say of every kind that is not there that it is not, with the nearest."""
    for kind in kinds:
        if kind not in codes:
            near = difflib.get_close_matches(kind, codes, n=1, cutoff=0.5)
            reader.wrong(
                where,
                f"没有环节 {kind}" + (f"；是否指 {near[0]}？" if near else ""),
                f"no kind {kind}" + (f"; did you mean {near[0]}?" if near else ""),
            )


def parse_task(reader: Reader, table: Table, codes: set[str], attributes: dict[str, str]) -> Task:
    """The `[task]` table; `codes`: kinds there are, `attributes`: dtype of each usable attribute."""
    reader.known(table, "task", ("horizon_days", "label", "first_only", "cohort", "measures"))
    horizon = reader.take(table, "task", "horizon_days", int, 90)
    if not 1 <= horizon <= 730:
        reader.wrong("task.horizon_days", "须在 1–730 之间", "must lie within 1–730")
    label = reader.texts(table, "task", "label") if "label" in table else None
    known_kinds(reader, "task.label", label or (), codes)
    found = reader.take(table, "task", "measures", dict, {})
    measures = tuple(_measure(reader, name, value, codes, attributes) for name, value in sorted(found.items()))
    cohort = reader.optional(table, "task", "cohort")
    if cohort is not None:
        _check_condition(reader, cohort, tuple(found))
    return Task(
        horizon_days=horizon,
        label=label,
        first_only=reader.take(table, "task", "first_only", bool, False),
        cohort=cohort,
        measures=measures,
    )


def _measure(reader: Reader, name: str, value: object, codes: set[str], attributes: dict[str, str]) -> Measure:
    where = f"task.measures.{name}"
    table = cast(Table, value) if isinstance(value, dict) else {}
    reader.known(table, where, ("days_since", "count", "max", "unit", "empty"))
    if not MEASURE_NAME.fullmatch(name) or name.upper() in _SQL_WORDS:
        reader.wrong(where, "名称只能用小写字母、数字、下划线", "lower-case letters, digits and _ only")
    empty = reader.take(table, where, "empty", int) if "empty" in table else None
    unit = reader.optional(table, where, "unit")
    operations = [key for key in ("days_since", "count", "max") if key in table]
    if len(operations) != 1:
        reader.wrong(where, "须且只能写 days_since、count、max 之一", "exactly one of days_since, count, max")
        return Measure(name=name, operation="count")
    if operations == ["max"]:
        attribute = reader.take(table, where, "max", str)
        dtype = attributes.get(attribute, "category")
        if dtype == "category":
            reader.wrong(where, f"{attribute} 不是可用的数值属性", f"{attribute} is no usable attribute with numbers")
        elif (unit or "") != {"money": "cent", "day": "day"}.get(dtype, unit or ""):
            reader.wrong(where, "单位与属性不符（金额用 cent）", "unit does not fit the attribute (money is in cent)")
        return Measure(name=name, operation="max", attribute=attribute, unit=unit, empty=empty)
    [operation] = operations
    kinds = (
        (reader.take(table, where, operation, str),)
        if isinstance(table[operation], str)
        else reader.texts(table, where, operation)
    )
    known_kinds(reader, where, kinds, codes)
    if unit not in (None, "day" if operation == "days_since" else "count"):
        reader.wrong(where, "单位不符", "the unit does not fit")
    if operation == "count" and empty not in (None, 0):
        reader.wrong(where, "次数为空时即为 0", "an empty count is 0")
    return Measure(name=name, operation=operation, kinds=kinds, unit=unit, empty=0 if operation == "count" else empty)


def _check_condition(reader: Reader, condition: str, measures: tuple[str, ...]) -> None:
    """Only comparisons and arithmetic over the measures: no function, so no row can look at another (G1)."""
    where, position, before = "task.cohort", 0, ""
    text = condition.strip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            reader.wrong(where, f"不能使用 {text[position]!r}", f"{text[position]!r} is not allowed")
            return
        word = match.group("word")
        if word is not None and word not in measures and word.upper() not in _SQL_WORDS:
            near = difflib.get_close_matches(word, measures, n=1, cutoff=0.5)
            reader.wrong(
                where,
                f"{word} 不在 [task.measures] 中" + (f"；是否指 {near[0]}？" if near else ""),
                f"{word} is not under [task.measures]" + (f"; did you mean {near[0]}?" if near else ""),
            )
            return
        if match.group("other") == "(" and before in measures:
            reader.wrong(where, "不能调用函数", "functions are not allowed")
            return
        before, position = match.group().strip(), match.end()
    try:
        expression = pl.sql_expr(text)
        names = set(expression.meta.root_names())
        frame = pl.LazyFrame(schema=dict.fromkeys(measures, pl.Int64))
        is_condition = frame.select(expression.alias("in")).collect_schema()["in"] == pl.Boolean
    except pl.exceptions.PolarsError as problem:
        reader.wrong(where, f"不是有效的条件：{problem}", f"not a valid condition: {problem}")
        return
    if not is_condition or not names or not names <= set(measures):
        reader.wrong(where, "须是关于各度量的条件", "must be a condition over the measures")
