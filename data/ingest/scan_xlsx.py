"""What stands in the sheets of an .xlsx, read as a stream of bytes before a reader lays them out."""

import io
import re
from array import array
from collections.abc import Iterator
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np

from data.ingest import limits
from data.ingest.package import Relations, chunks, part, relations, xml_root
from data.ingest.refusals import damaged, too_large
from data.ingest.scanned import UNCALCULATED, BookScan, SheetScan

_P = rb"(?:\w+:)?"
_ROW = re.compile(rb"<" + _P + rb"row\b")
_HIDDEN_ROW = re.compile(rb"<" + _P + rb"row\b[^>]*\bhidden=[\"'](?:1|true)")
_FILLED = re.compile(
    rb"<" + _P + rb"c\b[^>/]*?\br=[\"']([A-Za-z]+)([0-9]+)[\"'][^>/]*>(?!</)"
)  # fmt: skip
_NO_PLACE = re.compile(rb"<" + _P + rb"c(?=[\s>])(?![^>]*\br=)[^>/]*>(?!</)")
_CELL = re.compile(rb"<" + _P + rb"c(?=[\s/>])")
_ERROR = re.compile(
    rb"<" + _P + rb"c\b([^>]*\bt=[\"']e[\"'][^>]*)>(?:(?!</" + _P + rb"c>).)*?<" + _P + rb"v>([^<]*)<", re.DOTALL
)  # fmt: skip
_EMPTY_FORMULA = re.compile(
    rb"<" + _P + rb"c\b([^>/]*)>\s*<" + _P + rb"f\b(?:[^>]*/>|[^>]*>[^<]*</" + _P + rb"f>)\s*"
    rb"(?:<" + _P + rb"v\s*/>|<" + _P + rb"v></" + _P + rb"v>|</" + _P + rb"c>)"
)  # fmt: skip
#: Beyond the last date Excel knows; under a date format it shows #### and a reader finds nothing.
_LONG = re.compile(
    rb"<" + _P + rb"c\b([^>/]*)>(?:<" + _P + rb"f\b[^<]*(?:</" + _P + rb"f>)?)?<" + _P + rb"v>([0-9]{7,9})<"
)  # fmt: skip
_LONG_VALUE = re.compile(rb"v>[0-9]{7}")
_LAST_DATE = 2_958_465
_KNOWN_ERRORS = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"})
_SHARED = re.compile(rb"\bt=[\"']s[\"'][^>]*>\s*<" + _P + rb"v>([0-9]+)<")
_MERGE = re.compile(
    rb"<" + _P + rb"mergeCell\b[^>]*\bref=[\"']([A-Za-z]+)([0-9]+):([A-Za-z]+)([0-9]+)"
)  # fmt: skip
_COLUMN = re.compile(rb"<" + _P + rb"col\b([^>]*)>")
_STRING_END = re.compile(rb"</" + _P + rb"si>|<" + _P + rb"si\s*/>")
_ATTRIBUTE = re.compile(rb"\b(\w+)=[\"']([^\"']*)")
#: A piece without the end of a cell or row is a single cell this long.
_LONGEST = 32 << 20


def scan_xlsx(name: str, archive: ZipFile) -> BookScan:
    """The sheets of the workbook. Raises InputRefused for what no reader should be given."""
    book = xml_root(name, archive, "xl/workbook.xml")
    links = relations(name, archive, "xl/_rels/workbook.xml.rels", "xl")
    lengths = _shared_lengths(name, archive, links)
    found: dict[str, SheetScan] = {}
    text = 0
    for sheet in book.iter():
        if not sheet.tag.endswith("}sheet"):
            continue
        relation = next((value for key, value in sheet.attrib.items() if key.endswith("}id")), "")
        title = sheet.attrib.get("name", "")
        if title in found:
            damaged(name)
        scan = SheetScan(hidden=sheet.attrib.get("state", "visible") != "visible")
        found[title] = scan
        member = part(archive, links.targets.get(relation, ""))
        if member is None:
            continue
        with archive.open(member) as stream:
            text += _scan_sheet(name, stream, scan, lengths)
        if text > limits.CELL_TEXT_LIMIT:
            too_large(name)
    macros = any("vbaproject" in member.lower() or "macrosheets/" in member for member in archive.namelist())
    said = {text for scan in found.values() for column in scan.texts.values() for text in column.values()}
    new = any(text.startswith("#") and text not in _KNOWN_ERRORS for text in said)
    return BookScan(sheets=found, macros=macros, new_errors=new)


def with_known_errors(content: bytes) -> bytes:
    """The package with error values the reader does not know (#SPILL!, #CALC!) written as #VALUE!."""

    def known(match: re.Match[bytes]) -> bytes:
        if match.group(2).decode("ascii", errors="replace") in _KNOWN_ERRORS:
            return match.group(0)
        start, end = match.start(2) - match.start(0), match.end(2) - match.start(0)
        return match.group(0)[:start] + b"#VALUE!" + match.group(0)[end:]

    buffer = io.BytesIO()
    with ZipFile(io.BytesIO(content)) as old, ZipFile(buffer, "w", ZIP_DEFLATED, compresslevel=1) as new:
        for entry in old.infolist():
            text = old.read(entry)
            new.writestr(entry.filename, _ERROR.sub(known, text) if b't="e"' in text else text)
    return buffer.getvalue()


def _shared_lengths(name: str, archive: ZipFile, links: Relations) -> "np.ndarray":
    """How long each shared text is, in bytes of its XML. Shape (texts,)."""
    member = part(archive, links.of_type("sharedStrings") or "xl/sharedStrings.xml")
    found = array("L")
    if member is not None:
        with archive.open(member) as stream:
            rest = b""
            for chunk in chunks(name, stream):
                *whole, rest = _STRING_END.split(rest + chunk)
                found.extend(map(len, whole))
                if len(rest) > _LONGEST or len(found) > limits.SHARED_LIMIT:
                    too_large(name)
    return np.frombuffer(found, dtype=np.dtype("L")) if found else np.zeros(0, dtype=np.int64)


def _scan_sheet(name: str, stream: IO[bytes], scan: SheetScan, lengths: "np.ndarray") -> int:
    """Fill in `scan` from a sheet's XML; how many bytes of shared text its cells show."""
    text = rows = widest = width = 0
    placeless = False
    longest = int(lengths.max()) if len(lengths) else 0
    for data in _pieces(name, stream):
        rows += _rows_in(data)
        if placeless or (_may_lack_places(data) and _NO_PLACE.search(data)):
            # Cells without a reference follow one another: the widest row counts.
            placeless = True
            for at, row in enumerate(_ROW.split(data)):
                width = (width if at == 0 else 0) + len(_CELL.findall(row))
                widest = max(widest, width)
        corners = _FILLED.findall(data)
        if corners:
            columns = [column_number(letters) for letters in {letters for letters, _ in corners}]
            scan.filled(max(map(int, {row for _, row in corners})), max(columns))
            scan.filled(0, min(columns))
        if b"hidden=" in data:
            scan.hidden_rows += len(_HIDDEN_ROW.findall(data))
            _hidden_columns(data, scan)
        _notes(data, scan)
        if longest and b"t=" in data:
            shown = np.array(_SHARED.findall(data), dtype=np.int64)
            text += int(lengths[shown[shown < len(lengths)]].sum())
        for merge in _MERGE.finditer(data) if b"mergeCell" in data else ():
            left, top, right, bottom = merge.groups()
            scan.merge(int(top), column_number(left), int(bottom), column_number(right))
    if placeless:
        scan.filled(max(rows, scan.last_row), max(widest - 1, 0))
        scan.filled(0, 0)
    return text


def _rows_in(data: bytes) -> int:
    """How many rows begin here; written as programs write them they are counted without looking at each."""
    begun = data.count(b"<row")
    if b":row" in data or begun != data.count(b"<row ") + data.count(b"<row>"):
        return len(_ROW.findall(data))
    return begun


def _may_lack_places(data: bytes) -> bool:
    """Whether some cell is not written as programs write it, its place first."""
    named = data.count(b"<c ") + data.count(b"<c>") + data.count(b"<c/")
    # `<c` also begins the names of other elements; a line end may stand for the blank.
    others = sum(data.count(other) for other in (b"<col", b"<cf", b"<conditional", b"<control", b"<customSheet"))
    return b":c" in data or named != data.count(b'<c r="') or data.count(b"<c") != named + others


def _pieces(name: str, stream: IO[bytes]) -> Iterator[bytes]:
    """The sheet's bytes in pieces that end behind a cell or before a row."""
    rest = b""
    for chunk in chunks(name, stream):
        rest += chunk
        cut = max(_last(rest, b"c>"), _last(rest, b"row ") - 8, rest.rfind(b"<mergeCell "), rest.rfind(b"<cols"))
        if cut > 0:
            yield rest[:cut]
            rest = rest[cut:]
        if len(rest) > _LONGEST:
            damaged(name)
    yield rest


def _last(data: bytes, end: bytes) -> int:
    at = data.rfind(end)
    return at + len(end) if at >= 0 else -1


def _hidden_columns(data: bytes, scan: SheetScan) -> None:
    for match in _COLUMN.finditer(data):
        said = dict(_ATTRIBUTE.findall(match.group(1)))
        if said.get(b"hidden") in (b"1", b"true") and said.get(b"min", b"").isdigit():
            first, last = int(said[b"min"]), min(int(said.get(b"max", said[b"min"])), 16_384)
            scan.hidden_columns.update(range(first - 1, last))


def _notes(data: bytes, scan: SheetScan) -> None:
    """Errors, formulas nobody has calculated, and numbers too large for their date format."""
    if b't="e"' in data or b"t='e'" in data:
        for match in _ERROR.finditer(data):
            _note(scan, match.group(1), match.group(2).decode("ascii", errors="replace"))
    if b"<f" in data or b":f" in data:
        for match in _EMPTY_FORMULA.finditer(data):
            # A formula whose result is an empty text says so by its type.
            if b't="str"' not in match.group(1):
                _note(scan, match.group(1), UNCALCULATED)
    for match in _LONG.finditer(data) if _LONG_VALUE.search(data) else ():
        if int(match.group(2)) > _LAST_DATE and b"t=" not in match.group(1):
            _note(scan, match.group(1), match.group(2).decode())


def _note(scan: SheetScan, attributes: bytes, text: str) -> None:
    place = re.search(rb"\br=[\"']([A-Za-z]+)([0-9]+)", attributes)
    if place is not None:
        scan.note(int(place.group(2)), column_number(place.group(1)), text)


def column_number(letters: bytes) -> int:
    """The column of its letters: A is 0. Longer ones than any sheet has count as far away."""
    number = 0
    for letter in letters.upper()[:6]:
        number = number * 26 + letter - 64
    return number - 1
