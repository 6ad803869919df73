"""What stands in the sheets of an .xls, record by record, before a reader lays them out."""

import struct
from collections.abc import Iterator, Sequence

from data.ingest import limits
from data.ingest.ole import BrokenOle, Ole
from data.ingest.refusals import damaged, encrypted, too_large
from data.ingest.scanned import ERRORS, UNCALCULATED, BookScan, SheetScan

_BOFS, _EOF, _FILEPASS, _BOUNDSHEET = (0x0009, 0x0209, 0x0409, 0x0809), 0x000A, 0x002F, 0x0085
_ROW, _COLINFO, _MERGED, _BOOLERR, _FORMULA, _STRING = 0x0208, 0x007D, 0x00E5, 0x0205, 0x0006, 0x0207
#: Records of one filled cell that start with row and column: number, label, text, whole number, bool, formula.
_CELLS = frozenset({0x0203, 0x0204, 0x00FD, 0x027E, _BOOLERR, _FORMULA, 0x0006 | 0x0400, 0x00D6})
_MULTIPLE = 0x00BD
_SHARED, _CONTINUE, _SHARED_CELL = 0x00FC, 0x003C, 0x00FD


def scan_xls(name: str, ole: Ole) -> BookScan:
    """The sheets of the workbook.

    Raises InputRefused for one with a password or without its end, and where its shared texts, written out into the
    cells that name them, come to more than any ledger holds.
    """
    stream = next((key for key in ole.streams if key.lower() in ("workbook", "book")), None)
    if stream is None:
        damaged(name)
    try:
        book = ole.read(stream)
    except BrokenOle:
        damaged(name)
    found: dict[str, SheetScan] = {}
    starts: list[tuple[SheetScan, int]] = []
    shared: list[bytes] = []
    before, codepage = 0, "gb18030"
    for kind, body in _records(book, 0):
        if kind == _FILEPASS:
            encrypted(name)
        if kind == _BOUNDSHEET and len(body) >= 8:
            at, state = struct.unpack_from("<IB", body)
            wide = len(body) > 7 and body[7] & 1
            text = body[8:] if wide or len(body) - 8 == body[6] else body[7:]
            title = text.decode("utf-16-le" if wide else codepage, errors="replace")[: body[6]]
            if title in found:
                damaged(name)
            found[title] = SheetScan(hidden=bool(state & 3))
            if at >= len(book):
                damaged(name)
            starts.append((found[title], at))
        if kind == _SHARED or (kind == _CONTINUE and before == _SHARED and shared):
            shared.append(body)
        before = before if kind == _CONTINUE else kind
    if not found:
        damaged(name)
    lengths, text = _lengths(shared), 0
    for scan, at in starts:
        text += _scan_sheet(book, at, scan, lengths, beyond=sum(map(len, shared)))
        if text > limits.CELL_TEXT_LIMIT:
            too_large(name)
    macros = any(key.lower().startswith("_vba_project") or key == "PROJECT" for key in ole.streams)
    return BookScan(sheets=found, macros=macros)


def _lengths(parts: Sequence[bytes]) -> list[int]:
    """Bytes of each shared text ([MS-XLS] 2.4.265): a text may go on in the next record, which then says anew how wide
    its characters are."""
    found: list[int] = []
    at = 8
    place = 0
    while place < len(parts):
        body = parts[place]
        if at + 3 > len(body):
            at, place = at - len(body) if at > len(body) else 0, place + 1
            continue
        count, flags = struct.unpack_from("<HB", body, at)
        at += 3
        runs = int.from_bytes(body[at : at + 2], "little") * 4 if flags & 8 else 0
        at += 2 if flags & 8 else 0
        more = int.from_bytes(body[at : at + 4], "little") if flags & 4 else 0
        at += 4 if flags & 4 else 0
        size = 0
        while True:
            wide = 2 if flags & 1 else 1
            here = min(count, max(0, len(parts[place]) - at) // wide)
            count, at, size = count - here, at + here * wide, size + here * wide
            if not count or place + 1 == len(parts):
                break
            place += 1
            flags, at = parts[place][0] if parts[place] else 0, 1
        found.append(size)
        at += runs + more
    return found


def _scan_sheet(book: bytes, start: int, scan: SheetScan, lengths: Sequence[int], *, beyond: int) -> int:
    """Fill in `scan`; how many bytes of shared text the cells show (`beyond`: of a text whose length is not known)."""
    text = 0
    awaiting: tuple[int, int] | None = None
    for kind, body in _records(book, start):
        if awaiting is not None:
            # The text of a formula follows it; where none does, no program has calculated it.
            if kind != _STRING:
                scan.note(*awaiting, UNCALCULATED)
            awaiting = None
        if kind in _CELLS and len(body) >= 6:
            row, column = struct.unpack_from("<HH", body)
            scan.filled(row + 1, column)
            if kind == _SHARED_CELL and len(body) >= 10:
                (one,) = struct.unpack_from("<I", body, 6)
                text += lengths[one] if one < len(lengths) else beyond
            if kind == _BOOLERR and len(body) >= 8 and body[7]:
                scan.note(row + 1, column, ERRORS.get(body[6], "#ERROR!"))
            elif kind == _FORMULA and len(body) >= 14 and body[12:14] == b"\xff\xff":
                if body[6] == 2:
                    scan.note(row + 1, column, ERRORS.get(body[8], "#ERROR!"))
                elif body[6] == 0:
                    awaiting = (row + 1, column)
        elif kind == _MULTIPLE and len(body) >= 6:
            row, column = struct.unpack_from("<HH", body)
            scan.filled(row + 1, column)
            scan.filled(row + 1, int.from_bytes(body[-2:], "little"))
        elif kind == _ROW and len(body) >= 14:
            scan.hidden_rows += (body[12] >> 5) & 1
        elif kind == _COLINFO and len(body) >= 10:
            first, last = struct.unpack_from("<HH", body)
            if body[8] & 1:
                scan.hidden_columns.update(range(first, min(last, 255) + 1))
        elif kind == _MERGED and len(body) >= 2:
            for top, bottom, left, right in struct.iter_unpack("<4H", body[2 : 2 + (len(body) - 2) // 8 * 8]):
                scan.merge(top + 1, left, bottom + 1, right)
    return text


def _records(book: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    """The records of one substream, those of charts within it left out."""
    depth = 0
    at = start
    while at + 4 <= len(book):
        kind, size = struct.unpack_from("<HH", book, at)
        if kind in _BOFS:
            depth += 1
        elif kind == _EOF:
            depth -= 1
            if depth <= 0:
                return
        elif depth <= 1:
            yield kind, book[at + 4 : at + 4 + size]
        at += 4 + size
