"""Which tables a file holds: the header row found, the mapped columns read, everything else left unread."""

import csv
import difflib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import fastexcel
import polars as pl

from data.errors import InputRefused
from data.forbidden import Additions, forbidden_header, header_key, masked, may_show_header
from data.ingest.files import open_file
from data.mapping import Mapping, SheetSpec

#: The header stands within this many rows.
HEADER_ROWS = 20
#: Our fields a table cannot do without; any other mapped column may be absent and is then reported.
REQUIRED = ("matter", "office", "registered", "kind", "occurred")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column by its sheet and header; `rule` says why it was kept out, if by the gate."""

    sheet: str
    header: str
    rule: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The mapped cells of one sheet: `frame` has `row` (1-based, as the spreadsheet numbers it) and one String
    column per mapped header (named `cell_of(header)`), folded and stripped, null where empty or absent."""

    sheet: str
    frame: pl.DataFrame
    absent: tuple[Column, ...]
    forbidden: tuple[Column, ...]
    unread: tuple[Column, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """One sheet before its columns are chosen; `load` reads the rows below a row, of some columns only."""

    name: str
    head: tuple[tuple[str, ...], ...]
    load: Callable[[int, Sequence[int]], pl.DataFrame]


def cell_of(header: str) -> str:
    """The name of a mapped column in a Table's frame; no header can collide with our own names."""
    return f"cell:{header}"


def read_tables(path: Path, mapping: Mapping, additions: Additions | None = None) -> tuple[Table | None, Table]:
    """The matters table (None for a log of events) and the events table of a file.

    A workbook, a CSV, or, for a mapping of two sheets, a folder with one CSV per sheet named after it.
    Raises InputRefused for an unreadable file, a missing sheet, or missing required columns (all of them at once).
    """
    specs = [spec for spec in (mapping.matters, mapping.events) if spec is not None]
    sources = _sources(path, specs)
    problems: list[tuple[str, str]] = []
    tables = [_table(source, spec, mapping, additions, problems) for source, spec in zip(sources, specs, strict=True)]
    found = [table for table in tables if table is not None]
    if problems or len(found) < len(specs):
        raise InputRefused(
            "column_missing",
            f"{path.name}：缺少必要的列，未导入任何内容",
            f"{path.name}: required columns are missing; nothing was written",
            problems,
        )
    return (found[0] if mapping.matters is not None else None), found[-1]


def _sources(path: Path, specs: Sequence[SheetSpec]) -> list[_Source]:
    if path.is_dir():
        return [_csv(_member(path, spec.sheet or ""), spec.sheet or "") for spec in specs]
    kind, content = open_file(path)
    if kind == "excel":
        return _workbook(path, content, specs)
    if len(specs) > 1:
        sheets = "、".join(spec.sheet or "" for spec in specs)
        raise InputRefused(
            "sheets_needed",
            f"{path.name}：此映射需要 {sheets} 两张表；请提供工作簿，或放有两个同名 .csv 的文件夹",
            f"{path.name}: this mapping needs the sheets {sheets}; give a workbook, or a folder with one .csv for each",
        )
    return [_csv_source(path.name, content, "")]


def _member(folder: Path, sheet: str) -> Path:
    packed = folder / f"{sheet}.csv.gz"
    return packed if packed.is_file() else folder / f"{sheet}.csv"


def _csv(path: Path, sheet: str) -> _Source:
    kind, content = open_file(path)
    if kind != "csv":
        raise InputRefused(
            "file_type",
            f"{path.name}：不是 CSV 文本（未导入任何内容）",
            f"{path.name}: not CSV text (nothing was written)",
        )
    return _csv_source(path.name, content, sheet)


def _workbook(path: Path, content: bytes, specs: Sequence[SheetSpec]) -> list[_Source]:
    try:
        book = fastexcel.read_excel(content)
        names = {header_key(name): name for name in book.sheet_names}
        wanted = [names.get(header_key(spec.sheet)) if spec.sheet else next(iter(names.values())) for spec in specs]
        missing = [spec.sheet or "" for spec, name in zip(specs, wanted, strict=True) if name is None]
        if missing:
            found = "、".join(_safe(name) for name in names.values())
            raise InputRefused(
                "sheet_missing",
                f"{path.name}：缺少工作表 {'、'.join(missing)}；现有：{found}。请把工作表改为此名，或在映射中写明",
                f"{path.name}: no sheet {', '.join(missing)}; found: {found}. Rename it, or name it in the mapping",
            )
        return [_excel_source(book, name) for name in wanted if name is not None]
    except fastexcel.FastExcelError as problem:
        locked = "password" in str(problem).lower() or "encrypt" in str(problem).lower()
        raise InputRefused(
            "file_encrypted" if locked else "file_damaged",
            f"{path.name}：工作簿{'有打开密码' if locked else '已损坏或格式不符'}；请重新另存为 .xlsx",
            f"{path.name}: the workbook is {'encrypted' if locked else 'damaged'}; save it again as .xlsx",
        ) from None


def _excel_source(book: fastexcel.ExcelReader, name: str) -> _Source:
    def load(below: int, columns: Sequence[int]) -> pl.DataFrame:
        # Rows and columns are counted from the sheet's own corner, so that reports name the row people see.
        sheet = book.load_sheet(
            name, header_row=None, skip_rows=below, use_columns=[absolute[i] for i in columns], dtypes="string"
        )
        frame = sheet.to_polars()
        return frame.rename(dict(zip(frame.columns, (str(i) for i in columns), strict=True)))

    top = book.load_sheet(name, header_row=None, skip_rows=0, n_rows=HEADER_ROWS, dtypes="string")
    absolute = [column.absolute_index for column in top.available_columns()]
    head = tuple(tuple(cell or "" for cell in row) for row in top.to_polars().rows()) if top.width else ()
    return _Source(name=name, head=head, load=load)


def _csv_source(file: str, content: bytes, sheet: str) -> _Source:
    sample = io.StringIO(content[: 1 << 18].decode("utf-8", errors="ignore"), newline="")
    reader = csv.reader(sample)
    head: list[tuple[str, ...]] = []
    lines: list[int] = []
    try:
        for row in reader:
            head.append(tuple(row))
            lines.append(reader.line_num)
            if len(head) == HEADER_ROWS:
                break
    except csv.Error:
        _ragged(file, content)

    def load(below: int, columns: Sequence[int]) -> pl.DataFrame:
        start = 0
        # Cut above the header row: a title row above it has fewer fields than the table.
        for _ in range(lines[below - 2] if below >= 2 else 0):
            start = content.index(b"\n", start) + 1
        try:
            # All columns are split, or a row with a comma too many would shift its cells unseen; few are kept.
            table = pl.read_csv(content[start:], has_header=False, infer_schema=False)
        except pl.exceptions.PolarsError:
            _ragged(file, content)
        picked = table.select(pl.nth(list(columns))).slice(1)
        return picked.rename(dict(zip(picked.columns, (str(i) for i in columns), strict=True)))

    return _Source(name=sheet, head=tuple(head), load=load)


def _ragged(file: str, content: bytes) -> NoReturn:
    wide: list[str] = []
    width = 0
    try:
        for number, row in enumerate(csv.reader(io.StringIO(content.decode(), newline="")), 1):
            width = width or len(row)
            if len(row) > width and len(wide) < 5:
                wide.append(str(number))
    except csv.Error:
        pass
    at_zh = f"（第 {'、'.join(wide)} 行）" if wide else ""
    at_en = f" (rows {', '.join(wide)})" if wide else ""
    raise InputRefused(
        "csv_ragged",
        f"{file}：有的行列数多于表头{at_zh}；含逗号的单元格须加引号，请重新导出",
        f"{file}: rows with more cells than the header{at_en}; quote cells that hold a comma and export again",
    )


def _table(
    source: _Source, spec: SheetSpec, mapping: Mapping, additions: Additions | None, problems: list[tuple[str, str]]
) -> Table | None:
    sheet = spec.sheet or source.name
    wanted = list(dict.fromkeys([*spec.columns.values(), *_more_columns(spec, mapping)]))
    required = [spec.columns[field] for field in REQUIRED if field in spec.columns]
    at = _header_row(source.head, required, wanted)
    headers = source.head[at] if at is not None else next((row for row in source.head if any(row)), ())
    keys = [header_key(header) for header in headers]
    for header in required:
        if at is None or header_key(header) not in keys:
            _say_missing(problems, sheet, header, headers)
    doubled = [header for header in wanted if keys.count(header_key(header)) > 1]
    problems.extend(
        (
            f"{sheet}：“{header}”列出现多次；请只保留一列",
            f"{sheet}: the column {header} stands there more than once; keep one",
        )
        for header in doubled
    )
    if at is None or doubled or any(header_key(header) not in keys for header in required):
        return None
    place = {header: keys.index(header_key(header)) for header in wanted if header_key(header) in keys}
    found = source.load(at + 1, sorted(set(place.values())))
    cells = found.select(
        pl.int_range(at + 2, at + 2 + pl.len(), dtype=pl.Int64).alias("row"),
        *(_tidy(pl.col(str(place[h])) if h in place else pl.lit(None, pl.String)).alias(cell_of(h)) for h in wanted),
    )
    mapped = set(place.values())
    rest = [(header, forbidden_header(header, additions)) for i, header in enumerate(headers) if i not in mapped]
    return Table(
        sheet=sheet,
        frame=cells.filter(pl.any_horizontal(pl.col([cell_of(h) for h in wanted]).is_not_null())),
        absent=tuple(Column(sheet=sheet, header=header) for header in wanted if header not in place),
        forbidden=tuple(Column(sheet=sheet, header=_safe(h), rule=rule) for h, rule in rest if rule is not None),
        unread=tuple(Column(sheet=sheet, header=_safe(h)) for h, rule in rest if rule is None and h.strip()),
    )


def _more_columns(spec: SheetSpec, mapping: Mapping) -> list[str]:
    # Attributes stand in the matters sheet where there is one, amounts beside the events.
    more = [one.column for one in mapping.attributes] if spec is (mapping.matters or mapping.events) else []
    if spec is mapping.events:
        more += [rule.amount for rule in mapping.kinds.values() if rule.amount is not None]
    return more


def _header_row(head: Sequence[Sequence[str]], required: Sequence[str], wanted: Sequence[str]) -> int | None:
    need, want = {header_key(header) for header in required}, {header_key(header) for header in wanted}
    scores = [(need <= (keys := {header_key(cell) for cell in row}), len(want & keys)) for row in head]
    best = max(range(len(scores)), key=lambda i: (*scores[i], -i), default=None)
    return best if best is not None and scores[best][1] > 0 else None


def _say_missing(problems: list[tuple[str, str]], sheet: str, header: str, headers: Sequence[str]) -> None:
    names = [_safe(name) for name in headers if name.strip()]
    near = difflib.get_close_matches(header, names, n=1, cutoff=0.5)
    found = "、".join(names) or "—"
    problems.append(
        (
            f"{sheet}：缺少“{header}”列；找到的表头：{found}。"
            + (f"是否指“{near[0]}”？" if near else "")
            + "请改表头，或在映射中写明对应的列名",
            f"{sheet}: no column {header}; headers found: {found}. "
            + (f"Did you mean {near[0]}? " if near else "")
            + "Rename the header, or name the column in the mapping",
        )
    )


def _safe(header: str) -> str:
    return header.strip() if may_show_header(header) else masked("hidden", header)


def _tidy(cell: pl.Expr) -> pl.Expr:
    plain = cell.str.normalize("NFKC").str.replace_all(r"[\u200b-\u200f\u2060\ufeff]", "").str.strip_chars()
    return pl.when(plain != "").then(plain)
