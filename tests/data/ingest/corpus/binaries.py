"""Old and binary workbooks, and OpenDocument ones, that are broken, hostile, or merely odd."""

import struct
from datetime import date

from tests.data.ingest.corpus.case import Case, table, with_cell
from tests.data.ingest.corpus.other import ODS_TYPE, ods, ods_cell, ods_rows, xls
from tests.data.ingest.corpus.xlsb import cell, record, row, sheet_bin, text, xlsb
from tests.data.ingest.corpus.xlsx import XML, packed

OLE = bytes.fromhex("d0cf11e0a1b11ae1")
GOOD = {"events": 5, "rejects": ()}
PLAIN_ODS = ods_rows(table())


def ole(*streams: str) -> bytes:
    """An OLE file with empty streams of these names (at most six)."""
    entries = [("Root Entry", 5), *((name, 2) for name in streams)]
    directory = b""
    for at in range(8):
        name, kind = entries[at] if at < len(entries) else ("", 0)
        raw = name.encode("utf-16-le")
        entry = raw.ljust(64, b"\0") + struct.pack("<HBB", len(raw) + 2 if raw else 0, kind, 1)
        entry += struct.pack("<III", 0xFFFFFFFF, 0xFFFFFFFF, 1 if kind == 5 else 0xFFFFFFFF)
        entry += b"\0" * 36 + struct.pack("<II", 0xFFFFFFFE, 0) + b"\0" * 4
        directory += entry.ljust(128, b"\0")
    fat = struct.pack("<128I", 0xFFFFFFFD, 2, 0xFFFFFFFE, *([0xFFFFFFFF] * 125))
    header = OLE + b"\0" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<109I", 0, *([0xFFFFFFFF] * 108))
    return header + fat + directory


def _locked_xls() -> bytes:
    # The record of a password in place of one nobody needs (the user's name).
    return xls(table()).replace(struct.pack("<HH", 0x005C, 112), struct.pack("<HH", 0x002F, 112))


def _circle() -> bytes:
    raw = bytearray(ole("Workbook"))
    struct.pack_into("<I", raw, 512 + 8, 1)
    return bytes(raw)


def _far_xls() -> bytes:
    # A number's record moved to the last row and a column no sheet has.
    made = xls([*table(), (None, None, None, None, 4711)])
    find = struct.pack("<HHHH", 0x027E, 10, 6, 4)
    return made.replace(find, struct.pack("<HHHH", 0x027E, 10, 65_535, 40_000))


def _shared_xls(cells: int, text: str) -> bytes:
    """Cells that all show one shared text, under a whole ledger."""
    return xls([*table(), *((text,) for _ in range(cells))])


OLD = (
    Case(
        name="one long text in very many cells of an .xls",
        file="a.xls",
        make=lambda: _shared_xls(7_000, "诉" * 32_000),
        refused="file_too_large",
    ),
    Case(name="half of an .xls", file="a.xls", make=lambda: xls(table())[:2000], refused="file_damaged"),
    Case(name="the magic of an .xls and nothing else", file="a.xls", make=lambda: OLE, refused="file_damaged"),
    Case(name="an .xls of zeros", file="a.xls", make=lambda: OLE + b"\0" * 4096, refused="file_damaged"),
    Case(name="an .xls of noise", file="a.xls", make=lambda: OLE + bytes(range(256)) * 20, refused="file_damaged"),
    Case(name="sectors in a circle", file="a.xls", make=_circle, refused="file_damaged"),
    Case(name="an OLE file without a workbook", file="a.xls", make=lambda: ole("Something"), refused="file_damaged"),
    Case(name="an empty workbook stream", file="a.xls", make=lambda: ole("Workbook"), refused="file_damaged"),
    Case(
        name="an .xlsx with a password",
        file="a.xlsx",
        make=lambda: ole("EncryptionInfo", "EncryptedPackage"),
        refused="file_encrypted",
    ),
    Case(name="an .xls with a password", file="a.xls", make=_locked_xls, refused="file_encrypted"),
    Case(name="a Word document called .xls", file="a.xls", make=lambda: ole("WordDocument"), refused="file_type"),
    Case(name="slides called .xls", file="a.xls", make=lambda: ole("PowerPoint Document"), refused="file_type"),
    Case(name="a mail called .xls", file="a.xls", make=lambda: ole("__properties_version1.0"), refused="file_type"),
    Case(name="an .xls called .xlsx", file="a.xlsx", make=lambda: xls(table()), finds=GOOD),
    Case(name="an .xls called .csv", file="a.csv", make=lambda: xls(table()), finds=GOOD),
    Case(
        name="an .xls of 1904",
        file="a.xls",
        make=lambda: xls([tuple(str(c) if c is not None else None for c in r) for r in table()], date1904=True),
        finds=GOOD,
    ),
    Case(
        name="an .xls with errors",
        file="a.xls",
        make=lambda: xls(table(), errors=[(2, 3)]),
        finds={"events": 5, "noted": ("cell_error",)},
    ),
    Case(
        name="an .xls with hidden rows",
        file="a.xls",
        make=lambda: xls(table(), hidden=[2, 3]),
        finds={**GOOD, "hidden_rows": 2},
    ),
    Case(name="an .xls without rows", file="a.xls", make=lambda: xls(table()[:1]), refused="no_rows"),
    Case(name="an .xls without anything", file="a.xls", make=lambda: xls([]), refused="column_missing"),
    Case(name="a cell far beyond an .xls", file="a.xls", make=_far_xls, refused="sheet_too_large"),
    Case(
        name="an .xls of ten years",
        file="a.xls",
        make=lambda: xls(
            {f"{y}年": table(rows=[(f"A〔{y}〕1号", "登记", date(y, 3, 5), None)]) for y in range(2015, 2025)}
        ),
        sheet="*年",
        finds={"events": 10},
    ),
)

BINARY = (
    Case(
        name="half of an .xlsb",
        file="a.xlsb",
        make=lambda: xlsb({"台账": sheet_bin(table())})[:900],
        refused="file_damaged",
    ),
    Case(
        name="an .xlsb whose sheet ends in a record",
        file="a.xlsb",
        make=lambda: xlsb({"台账": sheet_bin(table())[:-40]}),
        refused="file_damaged",
    ),
    Case(
        name="an .xlsb without relations",
        file="a.xlsb",
        make=lambda: xlsb({"台账": sheet_bin(table())}, {"xl/_rels/workbook.bin.rels": None}),
        refused="file_damaged",
    ),
    Case(
        name="an .xlsb of noise",
        file="a.xlsb",
        make=lambda: xlsb({"台账": bytes(range(256)) * 4}),
        refused="file_damaged",
    ),
    Case(name="an .xlsb without sheets", file="a.xlsb", make=lambda: xlsb({}), refused="file_damaged"),
    Case(
        name="an .xlsb with two sheets of one name",
        file="a.xlsb",
        make=lambda: xlsb(
            {"台账": sheet_bin(table())},
            {"xl/workbook.bin": record(156, struct.pack("<II", 0, 1) + text("rId1") + text("台账")) * 2},
        ),
        refused="file_damaged",
    ),
    Case(
        name="an .xlsb with a cell far away",
        file="a.xlsb",
        make=lambda: xlsb(
            {"台账": sheet_bin(table()).replace(record(146), row(1_048_575, [cell(16_383, 1.0)]) + record(146))}
        ),
        refused="sheet_too_large",
    ),
    Case(
        name="an .xlsb with a record of 256 megabytes",
        file="a.xlsb",
        make=lambda: xlsb({"台账": b"\x00\xff\xff\xff\x7f"}),
        refused="file_damaged",
    ),
    Case(
        name="an .xlsb with errors",
        file="a.xlsb",
        make=lambda: xlsb({"台账": sheet_bin(with_cell("涉及人数", b"\x2a"))}),
        finds={"events": 5, "noted": ("cell_error",)},
    ),
    Case(
        name="an .xlsb with a macro project",
        file="a.xlsb",
        make=lambda: xlsb({"台账": sheet_bin(table())}, {"xl/vbaProject.bin": b"x"}),
        finds={**GOOD, "macros": True},
    ),
    Case(name="an .xlsb called .xlsx", file="a.xlsx", make=lambda: xlsb({"台账": sheet_bin(table())}), finds=GOOD),
)

OPEN = (
    Case(name="half of an .ods", file="a.ods", make=lambda: ods(PLAIN_ODS)[:700], refused="file_damaged"),
    Case(
        name="an .ods without content",
        file="a.ods",
        make=lambda: ods(PLAIN_ODS, {"content.xml": None}),
        refused="file_type",
    ),
    Case(
        name="an .ods with half its content",
        file="a.ods",
        make=lambda: ods(PLAIN_ODS, {"content.xml": XML + "<a><b>"}),
        refused="file_damaged",
    ),
    Case(name="an .ods without tables", file="a.ods", make=lambda: ods({}), refused="file_damaged"),
    Case(
        name="a text document called .ods",
        file="a.ods",
        make=lambda: ods(PLAIN_ODS, {"mimetype": "application/vnd.oasis.opendocument.text"}),
        refused="file_type",
    ),
    Case(
        name="an .ods with a password",
        file="a.ods",
        make=lambda: ods(PLAIN_ODS, {"META-INF/manifest.xml": XML + "<manifest:encryption-data/>"}),
        refused="file_encrypted",
    ),
    Case(
        name="an external entity in an .ods",
        file="a.ods",
        make=lambda: ods(
            PLAIN_ODS.replace("登记", "&a;"), before='<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
        ),
        refused="file_entities",
    ),
    Case(
        name="a billion laughs in an .ods",
        file="a.ods",
        make=lambda: ods(PLAIN_ODS, before="<!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'>]>"),
        refused="file_entities",
    ),
    Case(
        name="a cell repeated to the last column",
        file="a.ods",
        make=lambda: ods(
            PLAIN_ODS
            + '<table:table-row table:number-rows-repeated="1048000">'
            + ods_cell("x", 'table:number-columns-repeated="16384"')
            + "</table:table-row>"
        ),
        refused="sheet_too_large",
    ),
    Case(
        name="a row repeated beyond every sheet",
        file="a.ods",
        make=lambda: ods(
            PLAIN_ODS
            + '<table:table-row table:number-rows-repeated="999999999999">'
            + ods_cell("x")
            + "</table:table-row>"
        ),
        refused="sheet_too_large",
    ),
    Case(
        name="a long text repeated",
        file="a.ods",
        make=lambda: ods(
            PLAIN_ODS
            + '<table:table-row table:number-rows-repeated="200000">'
            + ods_cell("x" * 30_000)
            + "</table:table-row>"
        ),
        refused="file_too_large",
    ),
    Case(
        name="empty rows to the end of an .ods",
        file="a.ods",
        make=lambda: ods(
            PLAIN_ODS
            + '<table:table-row table:number-rows-repeated="1048570">'
            + ods_cell(None, 'table:number-columns-repeated="16384"')
            + "</table:table-row>"
        ),
        finds=GOOD,
    ),
    Case(
        name="repeated minus one times",
        file="a.ods",
        make=lambda: ods(
            PLAIN_ODS + '<table:table-row table:number-rows-repeated="-1">' + ods_cell(None) + "</table:table-row>"
        ),
        refused="file_damaged",
    ),
    Case(
        name="elements a thousand deep",
        file="a.ods",
        make=lambda: ods(
            "<table:table-row>" + "<table:table-cell>" * 1000 + "</table:table-cell>" * 1000 + "</table:table-row>"
        ),
        refused="file_damaged",
    ),
    Case(
        name="two tables of one name",
        file="a.ods",
        make=lambda: ods(PLAIN_ODS + '</table:table><table:table table:name="台账">' + PLAIN_ODS),
        refused="file_damaged",
    ),
    Case(
        name="errors in an .ods",
        file="a.ods",
        make=lambda: ods(ods_rows(with_cell("涉及人数", "#N/A"))),
        finds={"events": 5, "noted": ("cell_error",)},
    ),
    Case(name="an .ods called .xlsx", file="a.xlsx", make=lambda: ods(PLAIN_ODS), finds=GOOD),
    Case(
        name="an .ods that does not say what it is",
        file="a.ods",
        make=lambda: ods(PLAIN_ODS, {"mimetype": None}),
        refused="file_damaged",
    ),
    Case(
        name="an .ods whose rows hide",
        file="a.ods",
        make=lambda: ods(ods_rows(table(), hidden=[1, 2, 3])),
        finds={**GOOD, "hidden_rows": 3},
    ),
    Case(
        name="an .ods in another encoding",
        file="a.ods",
        make=lambda: ods(PLAIN_ODS, {"content.xml": "<?xml version='1.0' encoding='klingon'?><a/>"}),
        refused="file_damaged",
    ),
    Case(
        name="only the media type of an .ods",
        file="a.ods",
        make=lambda: packed({"mimetype": ODS_TYPE}),
        refused="file_type",
    ),
)
