"""How the tables of a mapping are read: office, sheets, columns, lags and the columns of dates."""

from typing import cast

from data.forbidden import forbidden_header
from data.mapping_codes import check_column, read_kind
from data.mapping_parts import DateColumn, FixedOffice, SheetSpec, VaultSpec
from data.strict_toml import Reader, Table
from data.task import known_kinds
from data.vocabulary import KIND, LEVELS, Role

MATTER_FIELDS = (
    "matter", "office", "registered", "known", "department", "handler", "category", "cause", "procedure_path",
    "earlier",
)  # fmt: skip
EVENT_FIELDS = ("matter", "kind", "occurred", "known", "row", "people", "document_no", "due", "remarks")


def read_office(reader: Reader, table: Table) -> FixedOffice:
    """The one office of a file that names none."""
    reader.known(table, "office", ("id", "name", "level"))
    return FixedOffice(
        office_id=reader.take(table, "office", "id", str),
        name=reader.take(table, "office", "name", str),
        level=reader.chosen(table, "office", "level", LEVELS, "county"),
    )


def read_sheets(
    reader: Reader, table: Table, layout: str, office: FixedOffice | None
) -> tuple[SheetSpec | None, SheetSpec]:
    """The matters table (None for a log of events) and the events table; with one matter per row both are one."""
    if layout != "sheets":
        if "sheets" in table:
            reader.wrong("sheets", '只用于 layout = "sheets"', 'only with layout = "sheets"')
        sheet = reader.optional(table, "", "sheet")
        if layout == "matter_per_row":
            required = _needed_of_matters(office)
            one = SheetSpec(sheet=sheet, columns=_columns(reader, table, "columns", MATTER_FIELDS, required))
            return one, one
        if office is None:
            reader.wrong(
                "office",
                "逐行事件的文件须写明所属院：请加 [office]，写 id、name、level（仅用于试验台的可不写）",
                "a log of events must name its office: add [office] with id, name and level (not asked on the bench)",
            )
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
        check_column(reader, f"{where}.{field}", str(header))
    return {field: str(header) for field, header in columns.items()}


def read_lag(reader: Reader, table: Table, codes: set[str]) -> tuple[int, dict[str, int]]:
    """Days until an event is known: by default, and by kind."""
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


def read_vault(reader: Reader, table: Table, layout: str) -> VaultSpec:
    """The identity column for the vault (G3); nothing but a column of identity numbers is one."""
    reader.known(table, "vault", ("column",))
    column = reader.take(table, "vault", "column", str)
    if column and forbidden_header(column) != "id_number":
        reader.wrong(
            "vault.column",
            f"“{column}”不是证件号码列；查重库只能取证件号码列",
            f"{column} is no column of identity numbers; the vault takes nothing else",
        )
    if layout == "event_per_row":
        reader.wrong("vault", "须有事项表", "needs a table of matters")
    return VaultSpec(column=column)


def read_dates(reader: Reader, table: Table) -> tuple[DateColumn, ...]:
    """Columns whose dates are events, in the order they are written: events of one day keep it."""
    if not table:
        reader.wrong("dates", "至少要有一列日期", "at least one column of dates is needed")
    found: list[DateColumn] = []
    for column, value in table.items():
        where = f"dates.{column}"
        check_column(reader, where, column)
        inner = cast(Table, value) if isinstance(value, dict) else {"kind": value}
        reader.known(inner, where, ("kind", "document_no"))
        document_no = reader.optional(inner, where, "document_no")
        if document_no is not None:
            check_column(reader, f"{where}.document_no", document_no)
        kind = read_kind(reader, column, reader.take(inner, where, "kind", str)).kind
        if kind == "registered":
            reader.wrong(where, "登记日期请写在 columns.registered", "a registration belongs under columns.registered")
        found.append(DateColumn(column=column, kind=kind, document_no=document_no))
    return tuple(found)
