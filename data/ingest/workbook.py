"""Which sheets a workbook holds, and the text of their cells, once nothing was found against reading it."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import fastexcel
import polars as pl

from data.errors import InputRefused
from data.ingest import limits
from data.ingest.ole import MAGIC, BrokenOle, read_ole
from data.ingest.package import check_parts, opened
from data.ingest.refusals import damaged, encrypted, other_type, too_wide
from data.ingest.scan_ods import scan_ods
from data.ingest.scan_xls import scan_xls
from data.ingest.scan_xlsb import scan_xlsb
from data.ingest.scan_xlsx import scan_xlsx, with_known_errors
from data.ingest.scanned import BookScan, SheetScan
from data.ingest.source import HEADER_ROWS, Source

_ENCRYPTED = ("encryptedpackage", "encryptioninfo")
_FOREIGN = {"worddocument": "Word", "powerpoint document": "PowerPoint", "__properties_version1.0": "Outlook"}


def look_into(name: str, content: bytes) -> BookScan:
    """What the workbook holds, found without laying a sheet out in memory.

    Raises InputRefused for one that is broken, has a password, unpacks to too much, or spans too many cells.
    """
    book = _look_into_ole(name, content) if content.startswith(MAGIC) else _look_into_package(name, content)
    for title, scan in book.sheets.items():
        if scan.cells > limits.CELLS_LIMIT:
            too_wide(name, title)
    return book


def _look_into_package(name: str, content: bytes) -> BookScan:
    with opened(name, content) as archive:
        parts = {entry.lower() for entry in archive.namelist()}
        scan: Callable[[], BookScan]
        if "xl/workbook.xml" in parts:
            scan = partial(scan_xlsx, name, archive)
        elif "xl/workbook.bin" in parts:
            scan = partial(scan_xlsb, name, archive)
        elif "content.xml" in parts and "opendocument.spreadsheet" in _mimetype(archive):
            scan = partial(scan_ods, name, archive)
        elif "[content_types].xml" in parts:
            other_type(name, "Word" if "word/document.xml" in parts else "Office")
        elif "content.xml" in parts:
            other_type(name, "OpenDocument")
        else:
            raise InputRefused(
                "file_type",
                f"{name}：压缩包里没有工作簿；请先解压，再逐个导入其中的台账（未导入任何内容）",
                f"{name}: a zip file without a workbook of its own; unpack it and import the ledgers one by one "
                "(nothing was written)",
            )
        check_parts(name, archive)
        return scan()


def _mimetype(archive: Any) -> str:
    try:
        with archive.open("mimetype") as stream:
            return stream.read(200).decode("ascii", errors="replace")
    except KeyError:
        # The media type is the specification's recommendation; the extension says it as well.
        return "opendocument.spreadsheet"


def _look_into_ole(name: str, content: bytes) -> BookScan:
    try:
        ole = read_ole(content)
    except BrokenOle:
        damaged(name)
    streams = {key.lower() for key in ole.streams}
    if streams & set(_ENCRYPTED):
        encrypted(name)
    for key, kind in _FOREIGN.items():
        if key in streams:
            other_type(name, kind)
    return scan_xls(name, ole)


def workbook_sources(name: str, content: bytes) -> list[Source]:
    """Every sheet of the workbook in its order; hidden ones say so. Raises InputRefused."""
    book = look_into(name, content)
    if book.new_errors:
        content = with_known_errors(content)
    reader = _guarded(name, lambda: fastexcel.read_excel(content))
    return [
        _sheet(name, reader, title, book.sheets.get(title, SheetScan()), macros=book.macros)
        for title in reader.sheet_names
    ]


def _sheet(name: str, reader: Any, title: str, scan: SheetScan, *, macros: bool) -> Source:
    def load(below: int, columns: Sequence[int]) -> pl.DataFrame:
        known = [column for column in columns if column in absolute]
        # Rows and columns are counted from the sheet's own corner, so that reports name the row people see.
        sheet = _guarded(
            name,
            lambda: reader.load_sheet(
                title, header_row=None, skip_rows=below, use_columns=known or absolute[:1], dtypes="string"
            ),
        )
        frame = sheet.to_polars()
        frame = frame.rename(dict(zip(frame.columns, (str(one) for one in known or absolute[:1]), strict=True)))
        missing = [pl.lit(None, pl.String).alias(str(one)) for one in columns if one not in absolute]
        return _mended(frame.with_columns(missing).select(str(one) for one in columns), below, scan)

    top = _guarded(
        name, lambda: reader.load_sheet(title, header_row=None, skip_rows=0, n_rows=HEADER_ROWS + 1, dtypes="string")
    )
    absolute = [int(column.absolute_index) for column in top.available_columns()]
    head: tuple[tuple[str, ...], ...] = ()
    if absolute:
        rows = top.to_polars().rows()
        # Columns keep their own place, so that what is hidden, merged or noted can be found again.
        head = tuple(tuple(_spread(row, absolute)) for row in rows)
    return Source(
        name=title,
        head=head,
        load=load,
        merges=tuple(merge for merge in scan.merges if merge[0] <= HEADER_ROWS),
        hidden=scan.hidden,
        hidden_rows=scan.hidden_rows,
        hidden_columns=frozenset(scan.hidden_columns),
        macros=macros,
    )


def _spread(row: Sequence[str | None], absolute: Sequence[int]) -> list[str]:
    cells = [""] * (absolute[-1] + 1)
    for at, cell in zip(absolute, row, strict=True):
        cells[at] = cell or ""
    return cells


def _mended(frame: pl.DataFrame, below: int, scan: SheetScan) -> pl.DataFrame:
    """Cells the reader left blank are given what stands there, and merged cells the text of their first."""
    down: dict[int, list[tuple[int, int]]] = {}
    for top, left, bottom, _ in scan.merges:
        if bottom > top > below:
            down.setdefault(left, []).append((top, bottom))
    changed: list[pl.Series] = []
    for column in frame.columns:
        noted, spans = scan.texts.get(int(column), {}), sorted(down.get(int(column), []))
        cells = frame[column]
        rows = [row for row in noted if row > below and row - below <= len(cells)]
        if rows:
            at = pl.Series([row - below - 1 for row in rows], dtype=pl.Int64)
            texts = pl.Series([noted[row] for row in rows], dtype=pl.String)
            # A number beyond the last date reads as a day of some far year, if it reads at all.
            wrong = (cells.gather(at).fill_null("") == "") | texts.str.contains(r"^\d+$")
            cells = cells.scatter(at.filter(wrong), texts.filter(wrong))
        if spans:
            cells = _filled_down(cells, below, spans)
        changed.append(cells.alias(column))
    return frame.with_columns(changed)


def _filled_down(cells: pl.Series, below: int, spans: Sequence[tuple[int, int]]) -> pl.Series:
    tops = [top for top, _ in spans]
    last = min(spans[-1][1] - below, len(cells))
    source = list(range(len(cells)))
    for at in range(tops[0] - below - 1, last):
        span = bisect_right(tops, at + below + 1) - 1
        if span >= 0 and at + below + 1 <= spans[span][1]:
            source[at] = tops[span] - below - 1
    return cells.gather(source)


def _guarded(name: str, read: Callable[[], Any]) -> Any:
    """What the reader gives, its errors as refusals."""
    try:
        return read()
    except fastexcel.FastExcelError as problem:
        said = str(problem).lower()
        if "password" in said or "encrypt" in said:
            encrypted(name)
        damaged(name)
    except BaseException as problem:
        # A panic of the reader's Rust code is no Exception.
        if type(problem).__name__ != "PanicException":
            raise
        damaged(name)
