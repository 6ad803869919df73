"""Binary Excel packages, record by record; no Python library writes them."""

import struct
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from tests.data.ingest.corpus.xlsx import _DOC, _PACKAGE, XML, packed

_EPOCH = date(1899, 12, 30).toordinal()


def record(kind: int, body: bytes = b"") -> bytes:
    """One record: its number and length in sevenths of a byte."""
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size = len(body)
    length = b""
    while True:
        length += bytes([size & 0x7F | (0x80 if size > 0x7F else 0)])
        size >>= 7
        if not size:
            return head + length + body


def text(value: str) -> bytes:
    """A text with its length before it."""
    return struct.pack("<I", len(value)) + value.encode("utf-16-le")


def cell(column: int, value: object) -> bytes:
    """A cell's record."""
    place = struct.pack("<II", column, 1 if isinstance(value, date) else 0)
    if isinstance(value, date):
        return record(5, place + struct.pack("<d", value.toordinal() - _EPOCH))
    if isinstance(value, bytes):
        return record(3, place + value)
    if isinstance(value, int | float):
        return record(5, place + struct.pack("<d", value))
    return record(6, place + text(str(value)))


def row(number: int, cells: Iterable[bytes], *, hidden: bool = False) -> bytes:
    """A row's header and its cells; `number` counts from 0."""
    head = struct.pack("<IIHBBBI", number, 0, 300, 0, 0x10 if hidden else 0, 0, 0)
    return record(0, head) + b"".join(cells)


def sheet_bin(table: Iterable[Sequence[object]], *, hidden: Sequence[int] = ()) -> bytes:
    """A sheet's stream."""
    rows = list(table)
    body = b"".join(
        row(at, (cell(column, value) for column, value in enumerate(one) if value is not None), hidden=at in hidden)
        for at, one in enumerate(rows)
    )
    corners = struct.pack("<4I", 0, max(len(rows) - 1, 0), 0, max((len(one) for one in rows), default=1) - 1)
    return record(129) + record(148, corners) + record(145) + body + record(146) + record(130)


def xlsb(sheets: Mapping[str, bytes], changed: Mapping[str, bytes | str | None] = {}) -> bytes:
    """A workbook of these sheets' streams."""
    names = "".join(
        f'<Relationship Id="rId{at}" Type="{_DOC}/worksheet" Target="worksheets/sheet{at}.bin"/>'
        for at in range(1, len(sheets) + 1)
    )
    names += f'<Relationship Id="rIdS" Type="{_DOC}/styles" Target="styles.bin"/>'
    bundle = b"".join(
        record(156, struct.pack("<II", 0, at) + text(f"rId{at}") + text(name)) for at, name in enumerate(sheets, 1)
    )
    book = record(131) + record(153, struct.pack("<IIB", 0, 0, 0) + text("")) + record(143) + bundle
    book += record(144) + record(132)
    plain, dated = (
        struct.pack("<HHHHHBBHB", 0, 0, 0, 0, 0, 0, 0, 0, 0),
        struct.pack("<HHHHHBBHB", 0, 14, 0, 0, 0, 0, 0, 0, 0),
    )
    styles = record(278) + record(617, struct.pack("<I", 2)) + record(47, plain) + record(47, dated)
    styles += record(618) + record(279)
    parts: dict[str, bytes | str | None] = {
        "[Content_Types].xml": (
            f'{XML}<Types xmlns="{_PACKAGE}/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/></Types>'
        ),
        "_rels/.rels": (
            f'{XML}<Relationships xmlns="{_PACKAGE}/relationships">'
            f'<Relationship Id="rId1" Type="{_DOC}/officeDocument" Target="xl/workbook.bin"/></Relationships>'
        ),
        "xl/workbook.bin": book,
        "xl/_rels/workbook.bin.rels": f'{XML}<Relationships xmlns="{_PACKAGE}/relationships">{names}</Relationships>',
        "xl/styles.bin": styles,
        **{f"xl/worksheets/sheet{at}.bin": content for at, content in enumerate(sheets.values(), 1)},
    }
    return packed(parts | dict(changed))
