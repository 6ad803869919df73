"""What stands in the sheets of an .ods, read as a stream before a reader repeats its repeated cells."""

from dataclasses import dataclass, field
from xml.parsers.expat import ExpatError, ParserCreate
from zipfile import ZipFile

from data.ingest import limits
from data.ingest.package import chunks, part
from data.ingest.refusals import damaged, encrypted, entities, too_large, too_wide
from data.ingest.scanned import BookScan, SheetScan

_TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
_STYLE = "urn:oasis:names:tc:opendocument:xmlns:style:1.0"
_TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
#: Deeper than any table.
_DEPTH = 200


@dataclass(slots=True)
class _Place:
    """Where in the document the parser stands."""

    sheets: dict[str, SheetScan] = field(default_factory=dict[str, SheetScan])
    scan: SheetScan | None = None
    style: str = ""
    hidden_styles: set[str] = field(default_factory=set[str])
    row: int = 0
    repeat: int = 1
    column: int = 0
    width: int = 1
    columns_seen: int = 0
    depth: int = 0
    text: int = 0


def scan_ods(name: str, archive: ZipFile) -> BookScan:
    """The sheets of the workbook. Raises InputRefused for one with a password, or that repeats too much."""
    manifest = part(archive, "META-INF/manifest.xml")
    if manifest is not None:
        with archive.open(manifest) as stream:
            if b"encryption-data" in stream.read(1 << 20):
                encrypted(name)
    content = part(archive, "content.xml")
    if content is None:
        damaged(name)
    place = _Place()
    parser = ParserCreate(namespace_separator=" ")
    parser.buffer_text = True

    def start(tag: str, said: dict[str, str]) -> None:
        place.depth += 1
        if place.depth > _DEPTH:
            damaged(name)
        space, _, word = tag.rpartition(" ")
        if space == _TABLE:
            _in_table(name, place, word, said)
        elif space == _STYLE and word == "style":
            place.style = said.get(f"{_STYLE} name", "")
        elif space == _STYLE and word == "table-properties" and said.get(f"{_TABLE} display") == "false":
            place.hidden_styles.add(place.style)
        elif space == _TEXT and word == "p" and place.scan is not None and place.row:
            place.scan.filled(place.row + place.repeat - 1, place.column - 1)
            place.scan.filled(place.row, place.column - place.width)

    def end(_tag: str) -> None:
        place.depth -= 1

    def doctype(*_said: object) -> None:
        entities(name)

    def characters(text: str) -> None:
        place.text += len(text.encode("utf-8", errors="replace")) * place.repeat * place.width

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = doctype
    parser.CharacterDataHandler = characters
    try:
        with archive.open(content) as stream:
            for chunk in chunks(name, stream):
                parser.Parse(chunk, False)
                # Held back until the table ends, a repeated cell would be laid out first.
                for title, scan in place.sheets.items():
                    if scan.cells > limits.CELLS_LIMIT:
                        too_wide(name, title)
                if place.text > limits.CELL_TEXT_LIMIT:
                    too_large(name)
        parser.Parse(b"", True)
    except (ExpatError, LookupError):
        damaged(name)
    if not place.sheets:
        damaged(name)
    return BookScan(sheets=place.sheets)


def _in_table(name: str, place: _Place, word: str, said: dict[str, str]) -> None:
    if word == "table":
        title = said.get(f"{_TABLE} name", "")
        if title in place.sheets:
            damaged(name)
        place.scan = place.sheets[title] = SheetScan(hidden=said.get(f"{_TABLE} style-name", "") in place.hidden_styles)
        place.row = place.columns_seen = 0
        place.repeat = 1
        return
    scan = place.scan
    if scan is None:
        return
    if word == "table-column":
        many = _count(said, "number-columns-repeated")
        if said.get(f"{_TABLE} visibility", "visible") != "visible":
            scan.hidden_columns.update(range(place.columns_seen, min(place.columns_seen + many, 16_384)))
        place.columns_seen += many
    elif word == "table-row":
        place.row += place.repeat if place.row else 1
        place.repeat, place.column = _count(said, "number-rows-repeated"), 0
        if said.get(f"{_TABLE} visibility", "visible") != "visible":
            scan.hidden_rows += place.repeat
    elif word in ("table-cell", "covered-table-cell"):
        place.width = _count(said, "number-columns-repeated")
        first = place.column
        place.column += place.width
        right, down = _count(said, "number-columns-spanned"), _count(said, "number-rows-spanned")
        if right * down > 1:
            scan.merge(place.row, first, place.row + down - 1, first + right - 1)
        if f"{_OFFICE} value-type" in said:
            scan.filled(place.row + place.repeat - 1, place.column - 1)
            scan.filled(place.row, first)


def _count(said: dict[str, str], word: str) -> int:
    text = said.get(f"{_TABLE} {word}", "1")
    return min(int(text), 1 << 40) if text.isascii() and text.isdigit() and len(text) < 13 else 1
