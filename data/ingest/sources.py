"""Which sheets a file holds, and the text of their cells, before any mapping chooses among them."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import fastexcel
import polars as pl

from data.errors import InputRefused
from data.forbidden import header_key, masked, may_show_header
from data.ingest.files import open_file
from data.mapping import SheetSpec

#: The header stands within this many rows.
HEADER_ROWS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One sheet before its columns are chosen; `load` reads the rows below a row, of some columns only."""

    name: str
    head: tuple[tuple[str, ...], ...]
    load: Callable[[int, Sequence[int]], pl.DataFrame]


def sources(path: Path, specs: Sequence[SheetSpec]) -> list[Source]:
    """The sheet each spec names (one that names none: the first), of a workbook, a CSV, or a folder of CSVs.

    Raises InputRefused for an unreadable file and for sheets that are not there.
    """
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


def all_sources(path: Path) -> list[Source]:
    """Every sheet of a workbook, the one table of a CSV, or every CSV of a folder.

    Raises InputRefused for an unreadable file.
    """
    if path.is_dir():
        members = [member for member in sorted(path.iterdir()) if member.name.endswith((".csv", ".csv.gz"))]
        return [_csv(member, member.name.removesuffix(".gz").removesuffix(".csv")) for member in members]
    kind, content = open_file(path)
    if kind == "csv":
        return [_csv_source(path.name, content, "")]
    try:
        book = fastexcel.read_excel(content)
        return [_excel_source(book, name) for name in book.sheet_names]
    except fastexcel.FastExcelError as problem:
        _damaged(path, problem)


def _member(folder: Path, sheet: str) -> Path:
    packed = folder / f"{sheet}.csv.gz"
    return packed if packed.is_file() else folder / f"{sheet}.csv"


def _csv(path: Path, sheet: str) -> Source:
    kind, content = open_file(path)
    if kind != "csv":
        raise InputRefused(
            "file_type",
            f"{path.name}：不是 CSV 文本（未导入任何内容）",
            f"{path.name}: not CSV text (nothing was written)",
        )
    return _csv_source(path.name, content, sheet)


def _workbook(path: Path, content: bytes, specs: Sequence[SheetSpec]) -> list[Source]:
    try:
        book = fastexcel.read_excel(content)
        names = {header_key(name): name for name in book.sheet_names}
        wanted = [names.get(header_key(spec.sheet)) if spec.sheet else next(iter(names.values())) for spec in specs]
        missing = [spec.sheet or "" for spec, name in zip(specs, wanted, strict=True) if name is None]
        if missing:
            found = "、".join(shown_header(name) for name in names.values())
            raise InputRefused(
                "sheet_missing",
                f"{path.name}：缺少工作表 {'、'.join(missing)}；现有：{found}。请把工作表改为此名，或在映射中写明",
                f"{path.name}: no sheet {', '.join(missing)}; found: {found}. Rename it, or name it in the mapping",
            )
        return [_excel_source(book, name) for name in wanted if name is not None]
    except fastexcel.FastExcelError as problem:
        _damaged(path, problem)


def _damaged(path: Path, problem: fastexcel.FastExcelError) -> NoReturn:
    locked = "password" in str(problem).lower() or "encrypt" in str(problem).lower()
    raise InputRefused(
        "file_encrypted" if locked else "file_damaged",
        f"{path.name}：工作簿{'有打开密码' if locked else '已损坏或格式不符'}；请重新另存为 .xlsx",
        f"{path.name}: the workbook is {'encrypted' if locked else 'damaged'}; save it again as .xlsx",
    ) from None


def _excel_source(book: fastexcel.ExcelReader, name: str) -> Source:
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
    return Source(name=name, head=head, load=load)


def _csv_source(file: str, content: bytes, sheet: str) -> Source:
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

    return Source(name=sheet, head=tuple(head), load=load)


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


def shown_header(header: str) -> str:
    """A column or sheet name as a report may show it."""
    return header.strip() if may_show_header(header) else masked("hidden", header)


def tidy(cell: pl.Expr) -> pl.Expr:
    """A cell folded, without invisible characters and outer blanks; null where nothing is left."""
    plain = cell.str.normalize("NFKC").str.replace_all(r"[\u200b-\u200f\u2060\ufeff]", "").str.strip_chars()
    return pl.when(plain != "").then(plain)
