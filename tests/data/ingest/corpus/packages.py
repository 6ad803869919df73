"""Excel packages that are broken, hostile, or merely odd."""

import io
import struct
import zipfile
import zlib

from tests.data.ingest.corpus.case import ROWS, Case, table, with_cell
from tests.data.ingest.corpus.xlsx import (
    MAIN,
    XML,
    book,
    letters,
    packed,
    parts_of,
    rows_xml,
    shared_strings,
    sheet_xml,
    workbook_xml,
)

PLAIN = rows_xml(table())
SHEET = sheet_xml(PLAIN)
GOOD = {"events": 5, "rejects": ()}
_DOCTYPE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
_LAUGHS = (
    "<!DOCTYPE x [<!ENTITY a0 'ha'>" + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10)) + "]>"
)


def _shared(cells: str, texts: str) -> bytes:
    return book(sheet_xml(cells), {"xl/sharedStrings.xml": texts})


def _bomb(part: str, size: int) -> bytes:
    """A sound workbook with one part that unpacks to `size` zero-like bytes, written without holding them."""
    buffer = io.BytesIO()
    parts = parts_of({"台账": SHEET})
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            if name != part:
                archive.writestr(name, content)
        with archive.open(part, "w", force_zip64=True) as stream:
            for _ in range(size >> 20):
                stream.write(b" " * (1 << 20))
    return buffer.getvalue()


def _lying(part: str, says: int) -> bytes:
    """A workbook whose directory says a part is `says` bytes long."""
    raw = bytearray(book(SHEET))
    at = 0
    while True:
        at = raw.index(b"PK\x01\x02", at)
        length = struct.unpack_from("<H", raw, at + 28)[0]
        if raw[at + 46 : at + 46 + length] == part.encode():
            struct.pack_into("<I", raw, at + 24, says)
            return bytes(raw)
        at += 4


def _doubled() -> bytes:
    buffer = io.BytesIO(book(SHEET))
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("xl/Workbook.xml", "<workbook/>")
    return buffer.getvalue()


def _encrypted_zip() -> bytes:
    raw = bytearray(book(SHEET))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = 0
        while (start := raw.find(mark, start)) >= 0:
            raw[start + at] |= 1
            start += 4
    return bytes(raw)


def _flipped(where: float) -> bytes:
    raw = bytearray(book(sheet_xml(rows_xml(table(rows=ROWS * 200)))))
    raw[int(len(raw) * where)] ^= 0xFF
    return bytes(raw)


def _many_parts() -> bytes:
    buffer = io.BytesIO(book(SHEET))
    with zipfile.ZipFile(buffer, "a") as archive:
        for at in range(10_050):
            archive.writestr(f"x/{at}", b"")
    return buffer.getvalue()


def _nested() -> bytes:
    return packed({"台账.xlsx": book(SHEET), "另一个.xlsx": book(SHEET)})


def _nested_deep() -> bytes:
    content = b"0" * 100_000
    for _ in range(8):
        content = packed({"in.zip": content})
    return content


def _raw_deflate() -> bytes:
    return zlib.compress(book(SHEET))


def _cells(*cells: str, row: str = "2") -> bytes:
    """The plain log with some raw cells for its first record."""
    return book(sheet_xml(rows_xml(table()[:1]) + f'<row r="{row}">' + "".join(cells) + "</row>"))


def _inline(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


_RECORD = (_inline("A2", "A〔2026〕1号"), _inline("B2", "登记"), _inline("C2", "2026-03-05"))

ZIP = (
    Case(
        name="half of a workbook",
        file="a.xlsx",
        make=lambda: book(SHEET)[: len(book(SHEET)) // 2],
        refused="file_damaged",
    ),
    Case(name="a workbook without its last byte", file="a.xlsx", make=lambda: book(SHEET)[:-1], refused="file_damaged"),
    Case(name="four bytes of a zip", file="a.xlsx", make=lambda: b"PK\x03\x04", refused="file_damaged"),
    Case(name="an empty zip", file="a.xlsx", make=lambda: packed({}), refused="file_type"),
    Case(name="a zip of text files", file="a.xlsx", make=lambda: packed({"a.txt": "x"}), refused="file_type"),
    Case(name="ledgers packed in a zip", file="a.zip", make=_nested, refused="file_type"),
    Case(name="zips within zips", file="a.zip", make=_nested_deep, refused="file_type"),
    Case(name="deflated without a zip around", file="a.xlsx", make=_raw_deflate, refused="file_nul"),
    Case(name="a byte flipped at the start", file="a.xlsx", make=lambda: _flipped(0.02), refused="file_damaged"),
    Case(name="a byte flipped in the middle", file="a.xlsx", make=lambda: _flipped(0.5), refused="file_damaged"),
    Case(name="a byte flipped in the directory", file="a.xlsx", make=lambda: _flipped(0.97), refused="file_damaged"),
    Case(name="junk before the zip", file="a.xlsx", make=lambda: b"JUNK" * 20 + book(SHEET), refused="file_nul"),
    Case(name="junk behind the zip", file="a.xlsx", make=lambda: book(SHEET) + b"\0" * 50_000, finds=GOOD),
    Case(name="a zip with a password", file="a.xlsx", make=_encrypted_zip, refused="file_encrypted"),
    Case(name="two parts of one name", file="a.xlsx", make=_doubled, refused="file_damaged"),
    Case(name="ten thousand parts", file="a.xlsx", make=_many_parts, refused="file_too_large"),
    Case(
        name="a directory that says less",
        file="a.xlsx",
        make=lambda: _lying("xl/worksheets/sheet1.xml", 7),
        refused="file_damaged",
    ),
    Case(
        name="a directory that says more",
        file="a.xlsx",
        make=lambda: _lying("xl/worksheets/sheet1.xml", 1 << 20),
        finds=GOOD,
    ),
    Case(
        name="a directory that says two gigabytes",
        file="a.xlsx",
        make=lambda: _lying("xl/styles.xml", 2 << 30),
        refused="file_too_large",
    ),
    Case(
        name="a zip bomb in a sheet",
        file="a.xlsx",
        make=lambda: _bomb("xl/worksheets/sheet1.xml", 300 << 20),
        refused="file_too_large",
        heavy=True,
    ),
    Case(
        name="a zip bomb in the shared texts",
        file="a.xlsx",
        make=lambda: _bomb("xl/sharedStrings.xml", 200 << 20),
        refused="file_too_large",
        heavy=True,
    ),
    Case(
        name="a zip bomb in a part nobody reads",
        file="a.xlsx",
        make=lambda: _bomb("docProps/thumbnail.jpeg", 100 << 20),
        refused="file_too_large",
    ),
)

PARTS = (
    Case(
        name="without the list of sheets",
        file="a.xlsx",
        make=lambda: book(SHEET, {"xl/workbook.xml": None}),
        refused="file_type",
    ),
    Case(
        name="without the list of relations",
        file="a.xlsx",
        make=lambda: book(SHEET, {"xl/_rels/workbook.xml.rels": None}),
        refused="file_damaged",
    ),
    Case(
        name="without content types", file="a.xlsx", make=lambda: book(SHEET, {"[Content_Types].xml": None}), finds=GOOD
    ),
    Case(name="without styles", file="a.xlsx", make=lambda: book(SHEET, {"xl/styles.xml": None}), finds={"events": 0}),
    Case(
        name="without its sheet",
        file="a.xlsx",
        make=lambda: book(SHEET, {"xl/worksheets/sheet1.xml": None}),
        refused="file_damaged",
    ),
    Case(
        name="an empty sheet part",
        file="a.xlsx",
        make=lambda: book(SHEET, {"xl/worksheets/sheet1.xml": ""}),
        refused="file_damaged",
    ),
    Case(
        name="an empty list of sheets",
        file="a.xlsx",
        make=lambda: book(SHEET, {"xl/workbook.xml": ""}),
        refused="file_damaged",
    ),
    Case(
        name="no sheets in the list",
        file="a.xlsx",
        make=lambda: book(SHEET, {"xl/workbook.xml": workbook_xml(())}),
        refused="sheet_missing",
    ),
    Case(
        name="relations that are no XML",
        file="a.xlsx",
        make=lambda: book(SHEET, {"xl/_rels/workbook.xml.rels": "<<<"}),
        refused="file_damaged",
    ),
    Case(
        name="a relation that leads nowhere",
        file="a.xlsx",
        make=lambda: book(
            SHEET,
            {
                "xl/_rels/workbook.xml.rels": parts_of({"台账": SHEET})["xl/_rels/workbook.xml.rels"].replace(
                    "sheet1", "sheet9"
                )
            },
        ),
        refused="file_damaged",
    ),  # type: ignore[union-attr, arg-type]
    Case(
        name="a relation that leaves the package",
        file="a.xlsx",
        make=lambda: book(
            SHEET,
            {
                "xl/_rels/workbook.xml.rels": parts_of({"台账": SHEET})["xl/_rels/workbook.xml.rels"].replace(
                    "worksheets/sheet1.xml", "../../../../etc/passwd"
                )
            },
        ),
        refused="file_damaged",
    ),  # type: ignore[union-attr, arg-type]
    Case(
        name="a relation to the network",
        file="a.xlsx",
        make=lambda: book(
            SHEET,
            {
                "xl/_rels/workbook.xml.rels": parts_of({"台账": SHEET})["xl/_rels/workbook.xml.rels"].replace(
                    'Target="worksheets/sheet1.xml"', 'Target="http://nowhere.invalid/x" TargetMode="External"'
                )
            },
        ),
        refused="file_damaged",
    ),  # type: ignore[union-attr, arg-type]
    Case(
        name="two sheets of one name",
        file="a.xlsx",
        make=lambda: book({"台账": SHEET, "别的": SHEET}, {"xl/workbook.xml": workbook_xml(("台账", "台账"))}),
        refused="file_damaged",
    ),
    Case(name="a sheet without a name", file="a.xlsx", make=lambda: book({"": SHEET}), finds=GOOD),
    Case(
        name="a sheet whose name is a formula",
        file="a.xlsx",
        make=lambda: book({"=cmd|' /C calc'!A0": SHEET}),
        finds=GOOD,
    ),
    Case(
        name="macros",
        file="a.xlsm",
        make=lambda: book(SHEET, {"xl/vbaProject.bin": b"Attribute VB_Name" * 100}),
        finds={**GOOD, "macros": True},
    ),
    Case(
        name="macros under another extension",
        file="a.xlsx",
        make=lambda: book(SHEET, {"xl/vbaProject.bin": b"x"}),
        finds={**GOOD, "macros": True},
    ),
    Case(
        name="an Excel 4 macro sheet",
        file="a.xlsm",
        make=lambda: book(SHEET, {"xl/macrosheets/sheet1.xml": SHEET}),
        finds={**GOOD, "macros": True},
    ),
    Case(
        name="a link to another workbook",
        file="a.xlsx",
        make=lambda: book(SHEET, {"xl/externalLinks/externalLink1.xml": f'<externalLink xmlns="{MAIN}"/>'}),
        finds=GOOD,
    ),
    Case(
        name="a Word document",
        file="a.xlsx",
        make=lambda: packed({"[Content_Types].xml": "<Types/>", "word/document.xml": "<d/>"}),
        refused="file_type",
    ),
    Case(
        name="a slide show",
        file="a.xlsx",
        make=lambda: packed({"[Content_Types].xml": "<Types/>", "ppt/presentation.xml": "<d/>"}),
        refused="file_type",
    ),
    Case(
        name="an external entity in the sheet",
        file="a.xlsx",
        make=lambda: book(SHEET.replace(XML, XML + _DOCTYPE).replace("登记", "&a;")),
        refused="file_entities",
    ),
    Case(
        name="an external entity in the list of sheets",
        file="a.xlsx",
        make=lambda: book(SHEET, {"xl/workbook.xml": workbook_xml(("台账",)).replace(XML, XML + _DOCTYPE)}),
        refused="file_entities",
    ),
    Case(
        name="an external entity in the shared texts",
        file="a.xlsx",
        make=lambda: book(SHEET, {"xl/sharedStrings.xml": shared_strings(["x"]).replace(XML, XML + _DOCTYPE)}),
        refused="file_entities",
    ),
    Case(
        name="an external entity in the relations",
        file="a.xlsx",
        make=lambda: book(
            SHEET,
            {
                "xl/_rels/workbook.xml.rels": parts_of({"台账": SHEET})["xl/_rels/workbook.xml.rels"].replace(
                    XML, XML + _DOCTYPE
                )
            },
        ),
        refused="file_entities",
    ),  # type: ignore[union-attr, arg-type]
    Case(
        name="a billion laughs in the sheet",
        file="a.xlsx",
        make=lambda: book(SHEET.replace(XML, XML + _LAUGHS).replace("登记", "&a9;")),
        refused="file_entities",
    ),
    Case(
        name="a document type behind a comment",
        file="a.xlsx",
        make=lambda: book(SHEET.replace(XML, XML + "<!-- <worksheet> -->" + _DOCTYPE)),
        refused="file_entities",
    ),
    Case(
        name="a sheet in UTF-16",
        file="a.xlsx",
        make=lambda: book(SHEET, {"xl/worksheets/sheet1.xml": SHEET.replace("UTF-8", "UTF-16").encode("utf-16")}),
        refused="file_damaged",
    ),
    Case(
        name="a sheet that ends in a cell",
        file="a.xlsx",
        make=lambda: book(SHEET[: len(SHEET) // 2]),
        refused="file_damaged",
    ),
    Case(
        name="a sheet of another vocabulary",
        file="a.xlsx",
        make=lambda: book("<html><body/></html>"),
        refused="column_missing",
    ),
    Case(
        name="XML prefixes",
        file="a.xlsx",
        make=lambda: book(
            SHEET.replace("<", "<x:").replace("<x:/", "</x:").replace("<x:?", "<?").replace('xmlns="', 'xmlns:x="')
        ),
        finds=GOOD,
    ),
)

CELLS = (
    Case(
        name="two cells at the far corners",
        file="a.xlsx",
        make=lambda: book(sheet_xml(PLAIN + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')),
        refused="sheet_too_large",
    ),
    Case(
        name="a cell beyond the last row",
        file="a.xlsx",
        make=lambda: book(sheet_xml(PLAIN + '<row r="99999999"><c r="A99999999"><v>1</v></c></row>')),
        refused="sheet_too_large",
    ),
    Case(
        name="a cell beyond the last column",
        file="a.xlsx",
        make=lambda: book(sheet_xml(PLAIN + '<row r="9"><c r="ZZZZZ9"><v>1</v></c></row>')),
        refused="sheet_too_large",
    ),
    Case(
        name="a row that says one place and its cell another",
        file="a.xlsx",
        make=lambda: book(sheet_xml(PLAIN + '<row r="9"><c r="XFD1048576"><v>1</v></c></row>')),
        refused="sheet_too_large",
    ),
    Case(
        name="no places at all",
        file="a.xlsx",
        make=lambda: book(
            sheet_xml(
                "".join(
                    "<row>" + "".join(f'<c t="inlineStr"><is><t>{c}</t></is></c>' for c in row) + "</row>"
                    for row in (("事项编号", "环节", "发生日期"), ("A〔2026〕1号", "登记", "2026-03-05"))
                )
            )
        ),
        finds={"events": 1, "rejects": ()},
    ),
    Case(
        name="far apart without places",
        file="a.xlsx",
        make=lambda: book(
            sheet_xml("<row>" + "<c><v>1</v></c>" * 16_384 + "</row>" + "<row><c><v>1</v></c></row>" * 20_000)
        ),
        refused="sheet_too_large",
    ),
    Case(
        name="a place that is none",
        file="a.xlsx",
        make=lambda: _cells('<c r="1A"><v>1</v></c>'),
        refused="file_damaged",
    ),
    Case(name="an empty place", file="a.xlsx", make=lambda: _cells('<c r=""><v>1</v></c>'), refused="file_damaged"),
    Case(
        name="rows out of order",
        file="a.xlsx",
        make=lambda: book(sheet_xml(rows_xml(table()[2:], 3) + rows_xml(table()[:2]))),
        finds=GOOD,
    ),
    Case(
        name="a row twice",
        file="a.xlsx",
        make=lambda: book(sheet_xml(PLAIN + rows_xml(table()[1:2], 2))),
        finds={"events": 5},
    ),
    Case(
        name="a shared text that is not there",
        file="a.xlsx",
        make=lambda: _shared(PLAIN + '<row r="9"><c r="A9" t="s"><v>7</v></c></row>', shared_strings(["x"])),
        refused="file_damaged",
    ),
    Case(
        name="a shared text by no number",
        file="a.xlsx",
        make=lambda: _shared(PLAIN + '<row r="9"><c r="A9" t="s"><v>x</v></c></row>', shared_strings(["x"])),
        finds={"events": 5},
    ),
    Case(
        name="a long text in a million cells",
        file="a.xlsx",
        make=lambda: _shared(
            PLAIN + "".join(f'<row r="{r}"><c r="F{r}" t="s"><v>0</v></c></row>' for r in range(7, 40_007)),
            shared_strings(["长" * 32_000]),
        ),
        refused="file_too_large",
    ),
    Case(
        name="a quarter of a million shared texts",
        file="a.xlsx",
        make=lambda: _shared(PLAIN, shared_strings(f"文{n}" for n in range(250_000))),
        finds=GOOD,
    ),
    Case(
        name="shared texts cut off",
        file="a.xlsx",
        make=lambda: _shared(PLAIN, shared_strings(["x"] * 50)[:-200]),
        refused="file_damaged",
    ),
    Case(
        name="a million rows with formats and nothing in them",
        file="a.xlsx",
        make=lambda: book(
            sheet_xml(PLAIN + "".join(f'<row r="{r}" s="1"><c r="A{r}" s="1"/></row>' for r in range(7, 1_048_577)))
        ),
        finds=GOOD,
        heavy=True,
    ),
    Case(
        name="a hundred thousand empty rows",
        file="a.xlsx",
        make=lambda: book(
            sheet_xml(PLAIN + "".join(f'<row r="{r}" s="1"><c r="A{r}" s="1"/></row>' for r in range(7, 100_007)))
        ),
        finds=GOOD,
    ),
    Case(
        name="all 16384 columns named",
        file="a.xlsx",
        make=lambda: book(sheet_xml(rows_xml([[*table()[0], *(f"列{n}" for n in range(16_380))], *table()[1:]]))),
        finds=GOOD,
    ),
    Case(
        name="formats out to the last column",
        file="a.xlsx",
        make=lambda: book(
            sheet_xml(
                PLAIN.replace(
                    "</row>", "".join(f'<c r="{letters(n)}1" s="1"/>' for n in range(4, 16_384)) + "</row>", 1
                )
            )
        ),
        finds=GOOD,
    ),
    Case(
        name="a cell of ten megabytes",
        file="a.xlsx",
        make=lambda: book(sheet_xml(rows_xml(with_cell("环节", "来" * 3_500_000)))),
        finds={"events": 4, "noted": ("cell_long",)},
        heavy=True,
    ),
    Case(
        name="a cell longer than a cell can be",
        file="a.xlsx",
        make=lambda: book(sheet_xml(rows_xml(with_cell("涉及人数", "3" * 40_000)))),
        finds={"events": 5, "noted": ("cell_long",)},
    ),
    Case(
        name="control characters as Excel writes them",
        file="a.xlsx",
        make=lambda: book(sheet_xml(rows_xml(with_cell("环节", "来_x0001_访_x000D_")))),
        finds=GOOD,
    ),
    Case(
        name="a control character in the XML",
        file="a.xlsx",
        make=lambda: book(sheet_xml(PLAIN.replace("来访", "来&#1;访"))),
        finds={"events": 5},
    ),
    Case(
        name="a surrogate in the XML",
        file="a.xlsx",
        make=lambda: book(sheet_xml(PLAIN.replace("来访", "来&#xD800;访"))),
        refused="file_damaged",
    ),
    Case(
        name="an entity nobody declared",
        file="a.xlsx",
        make=lambda: book(sheet_xml(PLAIN.replace("来访", "来&what;访"))),
        refused="file_damaged",
    ),
    Case(
        name="bytes that are no UTF-8",
        file="a.xlsx",
        make=lambda: book(
            SHEET, {"xl/worksheets/sheet1.xml": SHEET.encode().replace("来访".encode(), b"\xff\xfe\xff")}
        ),
        refused="file_damaged",
    ),
    Case(
        name="errors in cells",
        file="a.xlsx",
        make=lambda: book(sheet_xml(rows_xml(with_cell("涉及人数", '<c r="@" t="e"><v>#REF!</v></c>')))),
        finds={"events": 5, "noted": ("cell_error",)},
    ),
    Case(
        name="an error for a day",
        file="a.xlsx",
        make=lambda: book(sheet_xml(rows_xml(with_cell("发生日期", '<c r="@" t="e"><v>#VALUE!</v></c>')))),
        finds={"events": 4, "rejects": ("empty",), "noted": ("cell_error",)},
    ),
    Case(
        name="an error younger than the reader",
        file="a.xlsx",
        make=lambda: book(sheet_xml(rows_xml(with_cell("涉及人数", '<c r="@" t="e"><v>#SPILL!</v></c>')))),
        finds={"events": 5, "noted": ("cell_error",)},
    ),
    Case(
        name="an error nobody knows",
        file="a.xlsx",
        make=lambda: book(sheet_xml(rows_xml(with_cell("涉及人数", '<c r="@" t="e"><v>#WHAT!</v></c>')))),
        finds={"events": 4, "rejects": ("people",)},
    ),
    Case(
        name="a formula never calculated",
        file="a.xlsx",
        make=lambda: book(sheet_xml(rows_xml(with_cell("发生日期", '<c r="@" s="1"><f>TODAY()</f></c>')))),
        finds={"events": 4, "rejects": ("empty",), "noted": ("formula",)},
    ),
    Case(
        name="a formula that runs a program",
        file="a.xlsx",
        make=lambda: book(sheet_xml(rows_xml(with_cell("涉及人数", "<c r=\"@\"><f>cmd|'/C calc'!A0</f><v>3</v></c>")))),
        finds=GOOD,
    ),
    Case(
        name="a formula with a cached text",
        file="a.xlsx",
        make=lambda: book(
            sheet_xml(rows_xml(with_cell("环节", '<c r="@" t="str"><f>"来"&amp;"访"</f><v>来访</v></c>')))
        ),
        finds=GOOD,
    ),
    Case(
        name="a type of cell there is not",
        file="a.xlsx",
        make=lambda: book(sheet_xml(rows_xml(with_cell("涉及人数", '<c r="@" t="zz"><v>3</v></c>')))),
        refused="file_damaged",
    ),
    Case(
        name="a number that is none",
        file="a.xlsx",
        make=lambda: book(sheet_xml(rows_xml(with_cell("涉及人数", '<c r="@"><v>drei</v></c>')))),
        finds={"events": 4, "rejects": ("people",)},
    ),
    Case(
        name="a number without end",
        file="a.xlsx",
        make=lambda: book(sheet_xml(rows_xml(with_cell("涉及人数", '<c r="@"><v>1e999</v></c>')))),
        finds={"events": 4, "rejects": ("people",)},
    ),
    Case(
        name="a style that is not there",
        file="a.xlsx",
        make=lambda: book(sheet_xml(rows_xml(with_cell("涉及人数", '<c r="@" s="999"><v>3</v></c>')))),
        finds=GOOD,
    ),
    Case(
        name="a serial number below zero",
        file="a.xlsx",
        make=lambda: book(sheet_xml(rows_xml(with_cell("发生日期", '<c r="@" s="1"><v>-5</v></c>')))),
        finds={"events": 4, "rejects": ("date",)},
    ),
    Case(
        name="a day in the year zero of Excel",
        file="a.xlsx",
        make=lambda: book(sheet_xml(rows_xml(with_cell("发生日期", '<c r="@" s="1"><v>0</v></c>')))),
        finds={"events": 4, "rejects": ("date",)},
    ),
    Case(
        name="a bare serial number",
        file="a.xlsx",
        make=lambda: book(sheet_xml(rows_xml(with_cell("发生日期", 46_086)))),
        finds={"events": 4, "rejects": ("date",)},
    ),
    Case(
        name="a day as a number under a date format",
        file="a.xlsx",
        make=lambda: book(sheet_xml(rows_xml(with_cell("发生日期", '<c r="@" s="1"><v>20260401</v></c>')))),
        finds=GOOD,
    ),
    Case(
        name="an ISO date cell",
        file="a.xlsx",
        make=lambda: book(sheet_xml(rows_xml(with_cell("发生日期", '<c r="@" t="d"><v>2026-04-01T00:00:00Z</v></c>')))),
        finds=GOOD,
    ),
    Case(
        name="merges over the whole sheet",
        file="a.xlsx",
        make=lambda: book(sheet_xml(PLAIN, after='<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>')),
        finds={},
    ),
    Case(
        name="merges that overlap",
        file="a.xlsx",
        make=lambda: book(
            sheet_xml(
                PLAIN,
                after='<mergeCells><mergeCell ref="A2:A4"/><mergeCell ref="A3:A6"/></mergeCells>',
            )
        ),
        finds={},
    ),
    Case(
        name="a merge of no place",
        file="a.xlsx",
        make=lambda: book(sheet_xml(PLAIN, after='<mergeCells><mergeCell ref="what"/></mergeCells>')),
        finds={},
    ),
    Case(
        name="everything hidden",
        file="a.xlsx",
        make=lambda: book(
            {"台账": sheet_xml(PLAIN.replace("<row ", '<row hidden="1" '))}, states={"台账": "veryHidden"}
        ),
        finds={**GOOD, "hidden_rows": 6},
    ),
)
