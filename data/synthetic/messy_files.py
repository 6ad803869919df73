"""How a table of cells is written as the files offices have: .xlsx, old .xls, .ods and .csv in an old encoding."""

import csv
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from xml.sax.saxutils import escape

import xlsxwriter

Cell = str | int | float | date | None
_ODS_ROOT = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content office:version="1.2"'
    ' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
)
_ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One sheet: rows of cells from the first one on, and merged cells (first row, first column, last row, last
    column, from 0; the text stands in the first)."""

    name: str
    rows: Sequence[Sequence[Cell]]
    merges: Sequence[tuple[int, int, int, int]] = ()


def write_pages(path: Path, pages: Sequence[Page]) -> Path:
    """Write the sheets by the path's ending and return the path written.

    Old .xls needs xlwt, which only developers have: without it the file becomes an .xlsx.
    """
    match path.suffix:
        case ".xls":
            return _xls(path, pages)
        case ".ods":
            _ods(path, pages)
        case ".csv":
            _csv(path, pages[0])
        case _:
            _xlsx(path, pages)
    return path


def _xlsx(path: Path, pages: Sequence[Page]) -> None:
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"created": datetime(2000, 1, 1, tzinfo=UTC)})
        day = book.add_format({"num_format": "yyyy/m/d"})
        for page in pages:
            sheet = book.add_worksheet(page.name)
            for at, row in enumerate(page.rows):
                for column, cell in enumerate(row):
                    if isinstance(cell, date):
                        sheet.write_datetime(at, column, datetime(cell.year, cell.month, cell.day), day)  # noqa: DTZ001
                    elif isinstance(cell, str):
                        sheet.write_string(at, column, cell)
                    elif cell is not None:
                        sheet.write_number(at, column, cell)
            for top, left, bottom, right in page.merges:
                sheet.merge_range(top, left, bottom, right, page.rows[top][left])


def _xls(path: Path, pages: Sequence[Page]) -> Path:
    try:
        import xlwt
    except ImportError:
        other = path.with_suffix(".xlsx")
        _xlsx(other, pages)
        return other
    book = xlwt.Workbook(encoding="utf-8")
    day = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    for page in pages:
        sheet = book.add_sheet(page.name)
        inside = {(r, c) for top, left, bottom, right in page.merges for r in range(top, bottom + 1)
                  for c in range(left, right + 1)}  # fmt: skip
        for at, row in enumerate(page.rows):
            for column, cell in enumerate(row):
                if cell is None or (at, column) in inside:
                    continue
                if isinstance(cell, date):
                    sheet.write(at, column, cell, day)
                else:
                    sheet.write(at, column, cell)
        for top, left, bottom, right in page.merges:
            sheet.write_merge(top, bottom, left, right, page.rows[top][left])
    book.save(str(path))
    return path


def _csv(path: Path, page: Page) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(
        ["" if cell is None else cell for cell in row] for row in page.rows
    )
    path.write_bytes(text.getvalue().encode("gb18030"))


def _ods(path: Path, pages: Sequence[Page]) -> None:
    body = "".join(_ods_table(page) for page in pages)
    manifest = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{_ODS_TYPE}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (
            ("mimetype", _ODS_TYPE),
            ("META-INF/manifest.xml", manifest),
            ("content.xml", f"{_ODS_ROOT}{body}</office:spreadsheet></office:body></office:document-content>"),
        ):
            # A fixed time: the same ledger gives the same file.
            archive.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), text)


def _ods_table(page: Page) -> str:
    rows = "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in page.rows)
    return f'<table:table table:name="{escape(page.name)}">{rows}</table:table>'


def _ods_cell(cell: Cell) -> str:
    if cell is None:
        return "<table:table-cell/>"
    if isinstance(cell, date):
        kind, text = f'office:value-type="date" office:date-value="{cell.isoformat()}"', cell.isoformat()
    elif isinstance(cell, str):
        kind, text = 'office:value-type="string"', escape(cell)
    else:
        kind, text = f'office:value-type="float" office:value="{cell}"', str(cell)
    return f"<table:table-cell {kind}><text:p>{text}</text:p></table:table-cell>"
