"""How a mapping TOML is read: strictly, with everything that is wrong said at once."""

import difflib
import re
import tomllib
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

from data.errors import SettingsError
from data.forbidden import RULES, forbidden_header
from data.mapping_parts import AttributeSpec, DateColumn, FixedOffice, KindRule, Mapping, SheetSpec
from data.mapping_purpose import check_purpose
from data.strict_toml import Reader, Table
from data.task import Measure, Task, known_kinds, parse_task
from data.vocabulary import CATEGORIES, CAUSES, KIND, LEVELS, PROCEDURES, Role

__all__ = [
    "AttributeSpec",
    "DateColumn",
    "FixedOffice",
    "KindRule",
    "Mapping",
    "Measure",
    "SheetSpec",
    "Task",
    "load_mapping",
    "parse_mapping",
    "shipped",
]

SHIPPED = Path(__file__).with_name("mappings")
LAYOUTS = ("event_per_row", "matter_per_row", "sheets")
DTYPES = ("category", "money", "number", "flag", "day")
MATTER_FIELDS = (
    "matter", "office", "registered", "known", "department", "handler", "category", "cause", "procedure_path"
)  # fmt: skip
EVENT_FIELDS = ("matter", "kind", "occurred", "known", "row", "people", "document_no", "due", "remarks")
#: Which vocabulary turns a column's labels into codes.
VOCABULARIES: dict[str, dict[str, tuple[str, str]]] = {
    "category": CATEGORIES,
    "cause": CAUSES,
    "procedure_path": PROCEDURES,
}
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


def shipped() -> tuple[str, ...]:
    """The names of the mappings that come with the product."""
    return tuple(sorted(path.stem for path in SHIPPED.glob("*.toml")))


def load_mapping(name_or_path: str | Path) -> Mapping:
    """The mapping of a shipped name, or of a TOML file.

    Raises SettingsError naming everything that is wrong with it, once.
    """
    text = str(name_or_path)
    path = SHIPPED / f"{text}.toml" if text in shipped() else Path(text)
    if not path.is_file():
        near = difflib.get_close_matches(text, shipped(), n=1, cutoff=0.4)
        offers = "、".join(near or shipped())
        raise SettingsError(
            "mapping_missing",
            f"找不到映射 {path.name}；可用：{offers}，或给出 .toml 文件路径",
            f"mapping {path.name} not found; known: {offers}, or give the path of a .toml file",
        )
    try:
        return parse_mapping(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise SettingsError("mapping_unreadable", "映射文件不是 UTF-8 文本", "the mapping is not UTF-8 text") from None


def parse_mapping(text: str) -> Mapping:
    """The mapping written in `text` (TOML). Raises SettingsError naming everything that is wrong with it, once."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise SettingsError(
            "mapping_unreadable", f"映射不是有效的 TOML：{problem}", f"the mapping is not valid TOML: {problem}"
        ) from None
    reader = Reader(problems=[])
    mapping = _mapping(reader, table)
    if not reader.problems:
        check_purpose(mapping, reader.problems)
    if reader.problems:
        raise SettingsError(
            "mapping_invalid", "映射有误，未导入任何内容", "the mapping is not valid; nothing was read", reader.problems
        )
    return mapping


_TOP = (
    "name", "time_zone", "numbering", "coverage", "layout", "bench_only",
    "office", "sheet", "columns", "dates", "sheets", "lag", "kinds", "labels", "attributes", "task",
)  # fmt: skip


def _mapping(reader: Reader, table: Table) -> Mapping:
    reader.known(table, "", _TOP)
    name = reader.take(table, "", "name", str)
    if name and not _NAME.fullmatch(name):
        reader.wrong("name", "只能用小写字母、数字、下划线", "lower-case letters, digits and _ only")
    layout = reader.chosen(table, "", "layout", LAYOUTS)
    zone = reader.take(table, "", "time_zone", str)
    try:
        ZoneInfo(zone or "UTC")
    except (KeyError, ValueError, OSError):
        reader.wrong("time_zone", "没有这个时区，例如 Asia/Shanghai", "no such time zone; for example Asia/Shanghai")
    office = _office(reader, reader.take(table, "", "office", dict)) if "office" in table else None
    matters, events = _sheets(reader, table, layout, office)
    wide = layout == "matter_per_row"
    dates = _dates(reader, reader.take(table, "", "dates", dict)) if wide else ()
    kinds = _kinds(reader, reader.take(table, "", "kinds", dict)) if not wide else {}
    for key in ("kinds",) if wide else ("dates",):
        if key in table:
            reader.wrong(key, f"不用于 layout = {layout}", f"not used with layout = {layout}")
    attributes = tuple(
        _attribute(reader, key, cast(Table, value) if isinstance(value, dict) else {}, layout)
        for key, value in sorted(reader.take(table, "", "attributes", dict, {}).items())
    )
    codes = set(KIND) | {rule.kind for rule in kinds.values()}
    lag_default, lag_days = _lag(reader, reader.take(table, "", "lag", dict, {}), codes)
    return Mapping(
        name=name,
        time_zone=zone,
        numbering=reader.chosen(table, "", "numbering", ("per_matter", "per_contact")),
        coverage=reader.chosen(table, "", "coverage", ("full", "append")),
        layout=layout,
        bench_only=reader.take(table, "", "bench_only", bool, False),
        office=office,
        matters=matters,
        events=events,
        lag_default_days=lag_default,
        lag_days=lag_days,
        kinds=kinds,
        dates=dates,
        labels=_labels(reader, reader.take(table, "", "labels", dict, {})),
        attributes=attributes,
        task=parse_task(
            reader,
            reader.take(table, "", "task", dict, {}),
            codes,
            {spec.name: spec.dtype for spec in attributes if spec.usable},
        ),
    )


def _office(reader: Reader, table: Table) -> FixedOffice:
    reader.known(table, "office", ("id", "name", "level"))
    return FixedOffice(
        office_id=reader.take(table, "office", "id", str),
        name=reader.take(table, "office", "name", str),
        level=reader.chosen(table, "office", "level", LEVELS, "county"),
    )


def _sheets(
    reader: Reader, table: Table, layout: str, office: FixedOffice | None
) -> tuple[SheetSpec | None, SheetSpec]:
    if layout != "sheets":
        if "sheets" in table:
            reader.wrong("sheets", '只用于 layout = "sheets"', 'only with layout = "sheets"')
        sheet = reader.optional(table, "", "sheet")
        if layout == "matter_per_row":
            required = _needed_of_matters(office)
            one = SheetSpec(sheet=sheet, columns=_columns(reader, table, "columns", MATTER_FIELDS, required))
            return one, one
        if office is None:
            reader.wrong("office", "逐行事件的文件须写明所属院", "a log of events must name its office")
        columns = _columns(reader, table, "columns", EVENT_FIELDS, ("matter", "kind", "occurred"))
        return None, SheetSpec(sheet=sheet, columns=columns)
    if "sheet" in table:
        reader.wrong("sheet", "请写在 sheets.matters.name 与 sheets.events.name", "belongs under sheets.*.name")
    if "columns" in table:
        reader.wrong(
            "columns", "请写在 sheets.matters.columns 与 sheets.events.columns", "belongs under sheets.*.columns"
        )
    sheets = reader.take(table, "", "sheets", dict)
    reader.known(sheets, "sheets", ("matters", "events"))
    found: list[SheetSpec] = []
    for key, fields, required in (
        ("matters", MATTER_FIELDS, _needed_of_matters(office)),
        ("events", EVENT_FIELDS, ("matter", "kind", "occurred")),
    ):
        sheet = reader.take(sheets, "sheets", key, dict)
        where = f"sheets.{key}"
        reader.known(sheet, where, ("name", "columns"))
        found.append(
            SheetSpec(
                sheet=reader.take(sheet, where, "name", str),
                columns=_columns(reader, sheet, f"{where}.columns", fields, required),
            )
        )
    return found[0], found[1]


def _needed_of_matters(office: FixedOffice | None) -> tuple[str, ...]:
    return ("matter", "registered") if office else ("matter", "office", "registered")


def _columns(
    reader: Reader, table: Table, where: str, fields: tuple[str, ...], required: tuple[str, ...]
) -> dict[str, str]:
    columns = reader.take(table, where.rpartition(".")[0], "columns", dict)
    reader.known(columns, where, fields)
    for field in required:
        reader.take(columns, where, field, str)
    for field, header in columns.items():
        _column(reader, f"{where}.{field}", str(header))
    return {field: str(header) for field, header in columns.items()}


def _column(reader: Reader, where: str, header: str) -> None:
    # A mapping cannot open a column the gate keeps shut (G2, G4).
    rule = forbidden_header(header)
    if rule is not None:
        zh, en = RULES[rule]
        reader.wrong(where, f"此列属禁止读取的内容（{zh}）", f"this column is kept out ({en})")


def _lag(reader: Reader, table: Table, codes: set[str]) -> tuple[int, dict[str, int]]:
    if not table:
        late = (Role.RATING, Role.END)
        return 3, {code: 30 for code, kind in KIND.items() if kind.role in late}
    reader.known(table, "lag", ("default_days", "kinds"))
    own = reader.take(table, "lag", "kinds", dict, {})
    known_kinds(reader, "lag.kinds", own, codes)
    default = reader.take(table, "lag", "default_days", int)
    days = {str(kind): reader.take(own, "lag.kinds", kind, int) for kind in own}
    if min(default, *days.values(), 0) < 0:
        reader.wrong("lag", "天数不能为负", "days cannot be negative")
    return default, days


def _kinds(reader: Reader, table: Table) -> dict[str, KindRule]:
    if not table:
        reader.wrong("kinds", "至少要有一种环节", "at least one kind is needed")
    return {code: _kind(reader, code, value) for code, value in table.items()}


def _kind(reader: Reader, code: str, value: object) -> KindRule:
    where = f"kinds.{code}"
    if isinstance(value, str):
        if value not in KIND:
            near = difflib.get_close_matches(value, KIND, n=1, cutoff=0.5)
            reader.wrong(
                where,
                f"没有环节 {value}" + (f"；是否指 {near[0]}？" if near else ""),
                f"no kind {value}" + (f"; did you mean {near[0]}?" if near else ""),
            )
            return KindRule(kind=value, role="record")
        return KindRule(kind=value, role=str(KIND[value].role))
    if not isinstance(value, dict):
        reader.wrong(where, "须为环节代码或表", "must be a kind or a table")
        return KindRule(kind="", role="record")
    table = cast(Table, value)
    reader.known(
        table, where, ("kind", "added", "role", "zh", "en", "amount", "owner", "reason", "source", "confirmed_by")
    )
    amount = reader.optional(table, where, "amount")
    if amount is not None:
        _column(reader, f"{where}.amount", amount)
    if "kind" in table:
        if "added" in table or "role" in table:
            reader.wrong(where, "kind 与 added/role 只能取其一", "either kind, or added with role")
        base = _kind(reader, code, reader.take(table, where, "kind", str))
        return KindRule(kind=base.kind, role=base.role, amount=amount)
    added = reader.take(table, where, "added", str)
    if added in KIND:
        reader.wrong(where, f"{added} 已是内置环节，直接写代码即可", f"{added} is a shipped kind; name it directly")
    if added and not _NAME.fullmatch(added):
        reader.wrong(where, "代码只能用小写字母、数字、下划线", "lower-case letters, digits and _ only")
    return KindRule(
        kind=added,
        role=reader.chosen(table, where, "role", [str(role) for role in Role]),
        added=True,
        zh=reader.optional(table, where, "zh") or added,
        en=reader.optional(table, where, "en") or added,
        amount=amount,
        owner=reader.optional(table, where, "owner"),
        reason=reader.optional(table, where, "reason"),
        source=reader.optional(table, where, "source"),
        confirmed_by=reader.optional(table, where, "confirmed_by"),
    )


def _dates(reader: Reader, table: Table) -> tuple[DateColumn, ...]:
    """Columns whose dates are events, in the order they are written: events of one day keep it."""
    if not table:
        reader.wrong("dates", "至少要有一列日期", "at least one column of dates is needed")
    found: list[DateColumn] = []
    for column, value in table.items():
        where = f"dates.{column}"
        _column(reader, where, column)
        inner = cast(Table, value) if isinstance(value, dict) else {"kind": value}
        reader.known(inner, where, ("kind", "document_no"))
        document_no = reader.optional(inner, where, "document_no")
        if document_no is not None:
            _column(reader, f"{where}.document_no", document_no)
        kind = _kind(reader, column, reader.take(inner, where, "kind", str)).kind
        if kind == "registered":
            reader.wrong(where, "登记日期请写在 columns.registered", "a registration belongs under columns.registered")
        found.append(DateColumn(column=column, kind=kind, document_no=document_no))
    return tuple(found)


def _labels(reader: Reader, table: Table) -> dict[str, dict[str, str]]:
    reader.known(table, "labels", VOCABULARIES)
    found: dict[str, dict[str, str]] = {}
    for name, codes in VOCABULARIES.items():
        own = reader.take(table, "labels", name, dict, {})
        for label in own:
            if reader.take(own, f"labels.{name}", label, str) not in codes:
                reader.wrong(f"labels.{name}.{label}", f"只能是 {'、'.join(codes)}", f"one of {', '.join(codes)}")
        found[name] = {zh: code for code, (zh, _) in codes.items()} | {str(k): str(v) for k, v in own.items()}
    return found


def _attribute(reader: Reader, name: str, table: Table, layout: str) -> AttributeSpec:
    where = f"attributes.{name}"
    reader.known(
        table, where, ("column", "dtype", "fixed_at", "dated", "labels", "owner", "reason", "source", "confirmed_by")
    )
    if not _NAME.fullmatch(name):
        reader.wrong(where, "名称只能用小写字母、数字、下划线", "lower-case letters, digits and _ only")
    column = reader.take(table, where, "column", str)
    _column(reader, f"{where}.column", column)
    dtype = reader.chosen(table, where, "dtype", DTYPES)
    fixed = "fixed_at" in table and reader.chosen(table, where, "fixed_at", ("registration",)) == "registration"
    dated = reader.take(table, where, "dated", bool, False)
    if fixed and dated:
        reader.wrong(where, "fixed_at 与 dated 只能取其一", "either fixed_at or dated, not both")
    if dated and layout != "event_per_row":
        reader.wrong(where, "事项表的列没有日期，不能写 dated", "a column of the matters sheet has no date: not dated")
    labels = reader.chosen(table, where, "labels", VOCABULARIES) if "labels" in table else None
    if labels is not None and dtype != "category":
        reader.wrong(where, 'labels 只用于 dtype = "category"', 'labels only with dtype = "category"')
    if dtype == "category" and layout != "event_per_row" and labels is None:
        reader.wrong(where, "分类列须写明 labels（词表）", "a category needs labels (its vocabulary)")
    return AttributeSpec(
        name=name,
        column=column,
        dtype=dtype,
        fixed=fixed,
        dated=dated,
        labels=labels,
        owner=reader.take(table, where, "owner", str),
        reason=reader.take(table, where, "reason", str),
        source=reader.take(table, where, "source", str),
        confirmed_by=reader.optional(table, where, "confirmed_by"),
    )
