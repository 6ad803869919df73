"""What goes back to whoever gave the file: their own workbook, red where a row came back, blank where the gate looked.

Cells the gate refuses, columns it keeps out (in every sheet) and texts of columns nobody read are blanked;
comments, links, names, rules, pictures, hidden sheets, print headers and properties of the file are left out, and
no formula remains.  The workbook is for the requester alone.
"""

import io
import zipfile
from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
from openpyxl.comments import Comment
from openpyxl.packaging.core import DocumentProperties
from openpyxl.packaging.custom import CustomPropertyList
from openpyxl.styles import PatternFill
from openpyxl.workbook.defined_name import DefinedNameDict
from openpyxl.worksheet.header_footer import HeaderFooter

from data.forbidden import RULES as GATE
from data.forbidden import Additions, forbidden_header, forbidden_value, header_key, may_show, name_runs
from data.ingest.across import wording
from data.ingest.cells import gate_codes, gate_numbers, gate_units
from data.ingest.dates import read_dates
from data.ingest.draft import Drafts
from data.ingest.headers import possible_headers
from data.ingest.remembered import mapped
from data.ingest.source import HEADER_ROWS, Source
from data.ingest.sources import all_sources, shown_header
from data.mapping import Mapping

#: A larger workbook takes too long to rewrite cell by cell; its rows come back as a list.
CELLS_LIMIT = 600_000
#: So many comments a spreadsheet still opens with.
MARKS_LIMIT = 5_000
_RED = PatternFill("solid", start_color="FFFFC7CE", end_color="FFFFC7CE")
_AMBER = PatternFill("solid", start_color="FFFFEB9C", end_color="FFFFEB9C")
_GREY = PatternFill("solid", start_color="FFD9D9D9", end_color="FFD9D9D9")
#: What may stand in a column of numbers, codes or units, whatever became of its row.
_GATES: dict[str, Callable[[pl.Series, Additions | None], pl.Series]] = {
    "matter": gate_numbers,
    "document_no": gate_numbers,
    "row": gate_numbers,
    "handler": gate_codes,
    "department": gate_units,
}


def returned_workbook(path: Path, mapping: Mapping, drafts: Drafts, additions: Additions | None = None) -> bytes | None:
    """The .xlsx of `path` with every cell that came back marked; None where it is too large to be rewritten.

    A workbook in .xlsx keeps its sheets and formats; any other file comes back as a workbook of the same shape.
    """
    sources = all_sources(path)
    book = _own(path) if _is_xlsx(path) else _same_shape(sources)
    if book is None or sum(sheet.max_row * sheet.max_column for sheet in book.worksheets) > CELLS_LIMIT:
        return None
    _strip(book, [spec.sheet for spec in (mapping.matters, mapping.events) if spec is not None and spec.sheet])
    marks = _marks(drafts)
    by_name = {one.name or "台账": one for one in sources}
    for sheet in book.worksheets:
        source = by_name.get(sheet.title)
        heads = [] if source is None else possible_headers(source)
        shown = "" if source is None or not source.name else shown_header(source.name)
        own = marks.filter(pl.col("sheet") == shown) if source is not None else marks.clear()
        _blank(sheet, heads, mapping, own, additions)
        _mark(sheet, heads, own)
    for at, sheet in enumerate(book.worksheets, 1):
        if forbidden_value(sheet.title) is not None or name_runs(sheet.title):
            sheet.title = f"Sheet{at}"
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _is_xlsx(path: Path) -> bool:
    if path.is_dir() or not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return "xl/workbook.xml" in {name.lower() for name in archive.namelist()}


def _own(path: Path) -> Any:
    try:
        # Values as last calculated: no formula is taken along.
        return openpyxl.load_workbook(io.BytesIO(path.read_bytes()), data_only=True, keep_links=False)
    except (KeyError, ValueError, TypeError, AttributeError):
        # What the reader takes and this library does not (odd styles, broken parts) comes back as a list.
        return None


def _same_shape(sources: Sequence[Source]) -> Any:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for source in sources:
        sheet = book.create_sheet(source.name or "台账")
        width = max((len(row) for row in source.head), default=0)
        if not width:
            continue
        _write_row(sheet, 1, source.head[0])
        for at, row in enumerate(source.load(1, range(width)).rows(), 2):
            _write_row(sheet, at, row)
    return book


def _write_row(sheet: Any, at: int, row: Sequence[str | None]) -> None:
    for column, text in enumerate(row, 1):
        if text:
            cell = sheet.cell(at, column)
            cell.value, cell.data_type = _plain(text), "s"


def _plain(text: str) -> str:
    """The text without the control characters a spreadsheet cannot hold."""
    return "".join(sign for sign in text if sign >= " " or sign in "\n\t")[:32_000]


def _strip(book: Any, wanted: Sequence[str]) -> None:
    """Everything but cells and their formats: it may hold what the gate keeps out, and no reading looked at it."""
    book.properties = DocumentProperties(creator="petition-risk")
    book.custom_doc_props = CustomPropertyList()
    book.defined_names = DefinedNameDict()
    for sheet in list(book.worksheets):
        read = any(fnmatchcase(header_key(sheet.title), header_key(name)) for name in wanted)
        if sheet.sheet_state != "visible" and len(book.worksheets) > 1 and not read:
            book.remove(sheet)
            continue
        sheet.defined_names = DefinedNameDict()
        sheet.conditional_formatting = type(sheet.conditional_formatting)()
        sheet.data_validations.dataValidation = []
        sheet._images, sheet._charts, sheet._pivots = [], [], []
        sheet._tables = type(sheet._tables)()
        sheet.auto_filter.ref = None
        sheet.auto_filter.filterColumn = []
        sheet.print_title_rows = sheet.print_title_cols = None
        sheet.legacy_drawing = None
        sheet._hyperlinks = []
        sheet.HeaderFooter = HeaderFooter()
    for chart in list(book.chartsheets):
        book.remove(chart)


def _marks(drafts: Drafts) -> pl.DataFrame:
    """All that is said of cells: sheet, row, column, value (masked where refused), rule, and `what` it is."""
    return pl.concat(
        [
            frame.with_columns(what=pl.lit(what))
            for frame, what in ((drafts.rejects, "back"), (drafts.blanked, "cell"), (drafts.noted, "noted"))
        ]
    )


def _column(heads: Iterable[Any], header: str) -> int | None:
    key = header_key(header)
    found = [[header_key(name) for name in head.names] for head in heads]
    return next((names.index(key) + 1 for names in found if key in names), None)


def _blank(
    sheet: Any, heads: Sequence[Any], mapping: Mapping, marks: pl.DataFrame, additions: Additions | None
) -> None:
    wanted = {at: header for header in mapped(mapping) if (at := _column(heads, header)) is not None}
    fields = {header: field for spec in (mapping.matters, mapping.events) if spec
              for field, header in spec.columns.items() if field in _GATES}  # fmt: skip
    passed = {
        at: _passing(sheet, at, _GATES[fields[header]], additions) for at, header in wanted.items() if header in fields
    }
    last = max((head.last_row for head in heads if {header_key(h) for h in wanted.values()} & {
        header_key(name) for name in head.names}), default=HEADER_ROWS if not heads else 0)  # fmt: skip
    shut = {
        at
        for head in heads
        for at, name in enumerate(head.names, 1)
        if at not in wanted and len(name) <= 20 and forbidden_header(name, additions)
    }
    refused = {
        (row, at)
        for row, column, value in marks.select("row", "column", "value").iter_rows()
        if value.startswith("〔") and (at := _column(heads, column)) is not None
    }
    for row in sheet.iter_rows():
        for cell in row:
            cell.comment = None
            cell.hyperlink = None
            text = cell.value
            if text is None:
                continue
            if cell.data_type == "f" or (isinstance(text, str) and text.startswith("=")):
                cell.value = str(text)
                cell.data_type = "s"
            if cell.row <= last:
                keep = str(text).strip() in wanted.values() or _keep_head(str(text), additions)
            elif cell.column in shut or (cell.row, cell.column) in refused:
                keep = False
            elif not isinstance(text, str):
                keep = forbidden_value(str(text), additions) is None
            elif cell.column in passed:
                keep = text in passed[cell.column]
            else:
                keep = may_show(text) or _is_date(text)
            if not keep:
                cell.value = None


def _passing(
    sheet: Any, at: int, gate: Callable[[pl.Series, Additions | None], pl.Series], additions: Additions | None
) -> set[str]:
    """The texts of a column its gate lets through."""
    texts = [cell.value for (cell,) in sheet.iter_rows(min_col=at, max_col=at) if isinstance(cell.value, str)]
    column = pl.Series(texts, dtype=pl.String)
    return set(column.filter(gate(column, additions).is_null()).to_list())


def _keep_head(text: str, additions: Additions | None) -> bool:
    """A title or a column's name stays unless it holds personal data; a word for what is kept out may stay."""
    return forbidden_value(text, additions) is None and (forbidden_header(text) is not None or not name_runs(text))


def _is_date(text: str) -> bool:
    return len(text) <= 30 and read_dates(pl.Series([text]), "Asia/Shanghai")[0] is not None


def _mark(sheet: Any, heads: Sequence[Any], marks: pl.DataFrame) -> None:
    said: dict[tuple[int, int], list[tuple[str, str]]] = {}
    for _, row, column, _, rule, what in marks.head(MARKS_LIMIT).iter_rows():
        at = _column(heads, column)
        if at is not None:
            said.setdefault((row, at), []).append((rule, what))
    for (row, at), found in said.items():
        cell = sheet.cell(row, at)
        kinds = {what for _, what in found}
        cell.fill = _RED if "back" in kinds else _GREY if "cell" in kinds else _AMBER
        cell.comment = Comment("\n".join(_sentence(rule, what) for rule, what in found), "petition-risk", 160, 320)


def _sentence(rule: str, what: str) -> str:
    zh, _, remedy, _ = wording(rule) if rule not in GATE else (*GATE[rule], "请从此单元格删去", "")
    head = {"back": "退回", "cell": "此格未导入", "noted": "已导入，请核对"}[what]
    return f"{head}：{zh}。处理：{remedy}"
