"""What stands in the sheets of an .xlsb, record by record, before a reader lays them out."""

import struct
from collections.abc import Iterator
from zipfile import ZipFile

from data.ingest import limits
from data.ingest.package import part, relations
from data.ingest.refusals import damaged, too_large
from data.ingest.scanned import ERRORS, BookScan, SheetScan

_SHEET, _ROW, _COLUMN, _MERGE = 156, 0, 60, 176
#: Filled cells: number, error, bool, real, text, shared text, and formulas of each sort.
_CELLS = range(2, 12)
_ERRORS = (3, 11)
_SHARED_CELL, _SHARED_TEXT = 7, 19
#: A sheet in records is held whole; beyond this it is refused.
_LARGEST = 256 << 20


def scan_xlsb(name: str, archive: ZipFile) -> BookScan:
    """The sheets of the workbook. Raises InputRefused for one that is broken or too large."""
    links = relations(name, archive, "xl/_rels/workbook.bin.rels", "xl")
    found: dict[str, SheetScan] = {}
    strings = links.of_type("sharedStrings") or "xl/sharedStrings.bin"
    lengths = [0]
    if part(archive, strings) is not None:
        lengths = [len(body) for kind, body in _records(name, _bytes(name, archive, strings)) if kind == _SHARED_TEXT]
    text = 0
    for kind, body in _records(name, _bytes(name, archive, "xl/workbook.bin")):
        if kind == _SHEET and len(body) >= 16:
            (state,) = struct.unpack_from("<I", body)
            relation, at = _text(name, body, 8)
            title, _ = _text(name, body, at)
            if title in found:
                damaged(name)
            found[title] = SheetScan(hidden=state != 0)
            if part(archive, links.targets.get(relation, "")) is not None:
                text += _scan_sheet(name, _bytes(name, archive, links.targets[relation]), found[title], lengths)
                if text > limits.CELL_TEXT_LIMIT:
                    too_large(name)
    if not found:
        damaged(name)
    macros = any("vbaproject" in member.lower() for member in archive.namelist())
    return BookScan(sheets=found, macros=macros)


def _scan_sheet(name: str, content: bytes, scan: SheetScan, lengths: list[int]) -> int:
    """Fill in `scan`; how many bytes of shared text the cells show."""
    row = text = 0
    for kind, body in _records(name, content):
        if kind in _CELLS and len(body) >= 4:
            (column,) = struct.unpack_from("<I", body)
            scan.filled(row + 1, column)
            if kind in _ERRORS and len(body) >= 9:
                scan.note(row + 1, column, ERRORS.get(body[8], "#ERROR!"))
            elif kind == _SHARED_CELL and len(body) >= 12:
                (at,) = struct.unpack_from("<I", body, 8)
                text += lengths[at] if at < len(lengths) else 0
        elif kind == _ROW and len(body) >= 12:
            (row,) = struct.unpack_from("<I", body)
            scan.hidden_rows += (body[11] >> 4) & 1
        elif kind == _COLUMN and len(body) >= 18:
            first, last = struct.unpack_from("<II", body)
            if body[16] & 1:
                scan.hidden_columns.update(range(first, min(last, 16_383) + 1))
        elif kind == _MERGE and len(body) >= 16:
            top, bottom, left, right = struct.unpack_from("<4I", body)
            scan.merge(top + 1, left, bottom + 1, right)
    return text


def _bytes(name: str, archive: ZipFile, target: str) -> bytes:
    member = part(archive, target)
    if member is None:
        damaged(name)
    if member.file_size > _LARGEST:
        too_large(name)
    with archive.open(member) as stream:
        return stream.read(_LARGEST)


def _text(name: str, body: bytes, at: int) -> tuple[str, int]:
    """A text with its length before it, and where the next field starts."""
    (length,) = struct.unpack_from("<I", body, at) if at + 4 <= len(body) else (1 << 20,)
    end = at + 4 + 2 * length
    if end > len(body):
        damaged(name)
    return body[at + 4 : end].decode("utf-16-le", errors="replace"), end


def _records(name: str, content: bytes) -> Iterator[tuple[int, bytes]]:
    at, end = 0, len(content)
    while at < end:
        kind = content[at]
        at += 1
        if kind & 0x80 and at < end:
            kind = (kind & 0x7F) | (content[at] & 0x7F) << 7
            at += 1
        size = 0
        for shift in (0, 7, 14, 21):
            if at >= end:
                damaged(name)
            byte = content[at]
            at += 1
            size |= (byte & 0x7F) << shift
            if not byte & 0x80:
                break
        if at + size > end:
            damaged(name)
        yield kind, content[at : at + size]
        at += size
