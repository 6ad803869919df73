"""Text files, event logs and Parquet that are broken, hostile, or merely odd."""

import gzip
import io
from datetime import date

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from tests.data.ingest.corpus.case import HEAD, Case, table, with_cell
from tests.data.ingest.corpus.other import csv_text, parquet, typed, xes

GOOD = {"events": 5, "rejects": ()}
PLAIN = csv_text(table())
_LINES = PLAIN.splitlines(keepends=True)


def _mixed() -> bytes:
    rows = [line.encode("gb18030" if at % 3 == 2 else "utf-8") for at, line in enumerate(_LINES * 3)]
    return b"".join(rows)


TEXT = (
    Case(name="no bytes", file="a.csv", make=lambda: b"", refused="file_empty"),
    Case(name="nothing but a mark", file="a.csv", make=lambda: b"\xef\xbb\xbf", refused="file_empty"),
    Case(name="nothing but line ends", file="a.csv", make=lambda: b"\r\n" * 1000, refused="file_empty"),
    Case(name="nothing but zeros", file="a.csv", make=lambda: b"\0" * 5000, refused="file_empty"),
    Case(name="a header and nothing else", file="a.csv", make=lambda: _LINES[0].encode(), refused="no_rows"),
    Case(name="no header", file="a.csv", make=lambda: "".join(_LINES[1:]).encode(), refused="column_missing"),
    Case(name="one word", file="a.csv", make=lambda: b"hello", refused="column_missing"),
    Case(name="the mark twice", file="a.csv", make=lambda: b"\xef\xbb\xbf" * 2 + PLAIN.encode(), finds=GOOD),
    Case(
        name="the mark in the middle",
        file="a.csv",
        make=lambda: PLAIN.replace("来访", "\ufeff来访").encode(),
        finds=GOOD,
    ),
    Case(name="UTF-16 without its mark", file="a.csv", make=lambda: PLAIN.encode("utf-16-le"), finds=GOOD),
    Case(
        name="UTF-16 the other way round",
        file="a.csv",
        make=lambda: b"\xfe\xff" + PLAIN.encode("utf-16-be"),
        finds=GOOD,
    ),
    Case(
        name="UTF-16 cut within a character",
        file="a.csv",
        make=lambda: PLAIN.encode("utf-16")[:-1],
        refused="file_encoding",
    ),
    Case(
        name="UTF-16 with half a pair",
        file="a.csv",
        make=lambda: PLAIN.encode("utf-16") + b"\x00\xd8",
        refused="file_encoding",
    ),
    Case(name="GB18030", file="a.csv", make=lambda: PLAIN.encode("gb18030"), finds=GOOD),
    Case(name="UTF-32", file="a.csv", make=lambda: PLAIN.encode("utf-32"), refused="file_nul"),
    Case(name="two encodings in one file", file="a.csv", make=_mixed, refused="file_mixed_encoding"),
    Case(
        name="no encoding at all",
        file="a.csv",
        make=lambda: b"a,b\n" + bytes(range(128, 256)) * 3,
        refused="file_encoding",
    ),
    Case(name="NUL bytes", file="a.csv", make=lambda: PLAIN.replace("来访", "来\0访").encode(), refused="file_nul"),
    Case(
        name="a surrogate in UTF-8",
        file="a.csv",
        make=lambda: PLAIN.encode().replace("来访".encode(), b"\xed\xa0\x80"),
        refused="file_mixed_encoding",
    ),
    Case(
        name="control characters",
        file="a.csv",
        make=lambda: PLAIN.replace("来访", "来\x01\x08\x7f访").encode(),
        finds=GOOD,
    ),
    Case(
        name="invisible characters",
        file="a.csv",
        make=lambda: PLAIN.replace("来访", "来\u200b\u2060访").encode(),
        finds=GOOD,
    ),
    Case(name="lone carriage returns", file="a.csv", make=lambda: PLAIN.replace("\n", "\r").encode(), finds=GOOD),
    Case(
        name="every line end there is",
        file="a.csv",
        make=lambda: PLAIN.replace("\n", "\r\n", 2).replace("\n", "\r", 1).encode(),
        finds={},
    ),
    Case(
        name="a quote that never closes",
        file="a.csv",
        make=lambda: PLAIN.replace("来访", '"来访').encode(),
        refused="csv_quotes",
    ),
    Case(
        name="a quote that closes too early",
        file="a.csv",
        make=lambda: PLAIN.replace("来访", '"来"访').encode(),
        refused="csv_quotes",
    ),
    Case(
        name="quotes within a cell",
        file="a.csv",
        make=lambda: PLAIN.replace("来访", '来"访"').encode(),
        finds={"events": 4},
    ),
    Case(
        name="line ends within quotes",
        file="a.csv",
        make=lambda: PLAIN.replace("来访", '"来\n访"').encode(),
        finds={"events": 4},
    ),
    Case(
        name="rows wider than the header",
        file="a.csv",
        make=lambda: PLAIN.replace(",3\n", ",3,4,5\n").encode(),
        refused="csv_ragged",
    ),
    Case(
        name="rows wider with nothing in them",
        file="a.csv",
        make=lambda: PLAIN.replace(",3\n", ",3,,,\n").encode(),
        finds=GOOD,
    ),
    Case(name="rows that end early", file="a.csv", make=lambda: PLAIN.replace(",3\n", "\n").encode(), finds=GOOD),
    Case(name="separated by tabs", file="a.csv", make=lambda: csv_text(table(), "\t").encode(), finds=GOOD),
    Case(name="separated by semicolons", file="a.tsv", make=lambda: csv_text(table(), ";").encode(), finds=GOOD),
    Case(name="separated by Chinese commas", file="a.csv", make=lambda: csv_text(table(), "，").encode(), finds=GOOD),
    Case(
        name="a cell of ten megabytes as text",
        file="a.csv",
        make=lambda: csv_text(with_cell("涉及人数", "3" * (10 << 20))).encode(),
        finds={"events": 5, "noted": ("cell_long",)},
    ),
    Case(name="one line of ten megabytes", file="a.csv", make=lambda: b"x" * (10 << 20), refused="column_missing"),
    Case(
        name="a hundred thousand separators in a line",
        file="a.csv",
        make=lambda: _LINES[0].encode() + b"," * 100_000,
        finds={},
        refused="no_rows",
    ),
    Case(
        name="a hundred thousand empty lines", file="a.csv", make=lambda: PLAIN.encode() + b"\n" * 100_000, finds=GOOD
    ),
    Case(
        name="packed twice",
        file="a.csv.gz",
        make=lambda: gzip.compress(gzip.compress(PLAIN.encode())),
        refused="file_type",
    ),
    Case(
        name="packed and cut off",
        file="a.csv.gz",
        make=lambda: gzip.compress(PLAIN.encode() * 50)[:-20],
        refused="file_damaged",
    ),
    Case(
        name="packed with a wrong sum",
        file="a.csv.gz",
        make=lambda: gzip.compress(PLAIN.encode())[:-8] + b"\0" * 8,
        refused="file_damaged",
    ),
    Case(name="packed nothing", file="a.csv.gz", make=lambda: gzip.compress(b""), refused="file_empty"),
    Case(
        name="a packed bomb",
        file="a.csv.gz",
        make=lambda: gzip.compress(b"a,b\n" * (40 << 20)),
        refused="file_too_large",
        heavy=True,
    ),
    Case(
        name="a smaller packed bomb",
        file="a.csv.gz",
        make=lambda: gzip.compress(b"\n" * (70 << 20)),
        refused="file_too_large",
    ),
    Case(
        name="a web page called .xls",
        file="a.xls",
        make=lambda: f"<html><body><table><tr><td>{HEAD[0]}".encode(),
        refused="file_type",
    ),
    Case(
        name="a web page without a head",
        file="a.xls",
        make=lambda: b"\xef\xbb\xbf  <table border=1><tr><td>",
        refused="file_type",
    ),
    Case(
        name="a saved web page",
        file="a.xls",
        make=lambda: b"MIME-Version: 1.0\r\nContent-Type: multipart/related",
        refused="file_type",
    ),
    Case(
        name="an XML table of 2003",
        file="a.xls",
        make=lambda: b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
        refused="file_type",
    ),
    Case(name="a PDF", file="a.xlsx", make=lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", refused="file_type"),
    Case(name="a picture", file="a.xlsx", make=lambda: b"\xff\xd8\xff\xe0\0\x10JFIF", refused="file_type"),
    Case(name="a drawing", file="a.csv", make=lambda: b"\x89PNG\r\n\x1a\n", refused="file_type"),
    Case(name="an archive of another kind", file="a.xlsx", make=lambda: b"Rar!\x1a\x07\0", refused="file_type"),
    Case(name="seven zip", file="a.xlsx", make=lambda: b"7z\xbc\xaf\x27\x1c", refused="file_type"),
    Case(name="a program", file="a.xlsx", make=lambda: b"MZ\x90\0" + b"\0" * 60, refused="file_type"),
    Case(name="a database", file="a.csv", make=lambda: b"SQLite format 3\0" + b"\0" * 100, refused="file_type"),
    Case(name="rich text", file="a.csv", make=lambda: b"{\\rtf1\\ansi}", refused="file_type"),
    Case(name="text called .xlsx", file="a.xlsx", make=PLAIN.encode, finds=GOOD),
    Case(name="text called .parquet", file="a.parquet", make=PLAIN.encode, finds=GOOD),
)

VALUES = (
    Case(
        name="the number's column twice",
        file="a.csv",
        make=lambda: csv_text(
            [(HEAD[0], *row) if not at else (row[0], *row) for at, row in enumerate(table())]
        ).encode(),
        refused="column_missing",
    ),
    Case(
        name="an unneeded column twice",
        file="a.csv",
        make=lambda: csv_text(
            [(*row, row[0], row[0]) if at else (*row, "又", "又") for at, row in enumerate(table())]
        ).encode(),
        finds=GOOD,
    ),
    Case(name="the header twice", file="a.csv", make=lambda: (_LINES[0] + PLAIN).encode(), finds=GOOD),
    Case(
        name="two rows of header",
        file="a.csv",
        make=lambda: csv_text(
            [("事项编号", "办理情况", None, None), (None, "环节", "发生日期", "涉及人数"), *table()[1:]]
        ).encode(),
        finds=GOOD,
    ),
    Case(
        name="a header in the twenty-first row",
        file="a.csv",
        make=lambda: ("台账\n" * 20 + PLAIN).encode(),
        refused="column_missing",
    ),
    Case(name="a header in the twentieth row", file="a.csv", make=lambda: ("台账\n" * 19 + PLAIN).encode(), finds=GOOD),
    Case(
        name="totals under the table",
        file="a.csv",
        make=lambda: (PLAIN + "合计,,,4\n").encode(),
        finds={**GOOD, "totals": 1},
    ),
    Case(
        name="totals between the months",
        file="a.csv",
        make=lambda: (_LINES[0] + "".join(line + "3月小计,,,4\n" for line in _LINES[1:])).encode(),
        finds={**GOOD, "totals": 5},
    ),
    Case(name="nothing but totals", file="a.csv", make=lambda: (_LINES[0] + "合计,,,4\n").encode(), refused="no_rows"),
    Case(
        name="minus three people",
        file="a.csv",
        make=lambda: csv_text(with_cell("涉及人数", -3)).encode(),
        finds={"events": 4, "rejects": ("people",)},
    ),
    Case(
        name="no people",
        file="a.csv",
        make=lambda: csv_text(with_cell("涉及人数", 0)).encode(),
        finds={"events": 4, "rejects": ("people",)},
    ),
    Case(
        name="half a person",
        file="a.csv",
        make=lambda: csv_text(with_cell("涉及人数", 2.5)).encode(),
        finds={"events": 4, "rejects": ("people",)},
    ),
    Case(
        name="more people than there are",
        file="a.csv",
        make=lambda: csv_text(with_cell("涉及人数", "9" * 30)).encode(),
        finds={"events": 4, "rejects": ("people",)},
    ),
    Case(
        name="people in words",
        file="a.csv",
        make=lambda: csv_text(with_cell("涉及人数", "若干")).encode(),
        finds={"events": 4, "rejects": ("people",)},
    ),
    Case(
        name="a day before 1900",
        file="a.csv",
        make=lambda: csv_text(with_cell("发生日期", "1899-12-31")).encode(),
        finds={"events": 4, "rejects": ("date",)},
    ),
    Case(
        name="a day in 2999",
        file="a.csv",
        make=lambda: csv_text(with_cell("发生日期", "2999-01-01")).encode(),
        finds={"events": 4, "rejects": ("date",)},
    ),
    Case(
        name="a day in 2062",
        file="a.csv",
        make=lambda: csv_text(with_cell("发生日期", "2062-01-01")).encode(),
        finds={"events": 4, "rejects": ("future",)},
    ),
    Case(
        name="the thirtieth of February",
        file="a.csv",
        make=lambda: csv_text(with_cell("发生日期", "2026-02-30")).encode(),
        finds={"events": 4, "rejects": ("date",)},
    ),
    Case(
        name="a year of five figures",
        file="a.csv",
        make=lambda: csv_text(with_cell("发生日期", "12026-02-03")).encode(),
        finds={"events": 4, "rejects": ("date",)},
    ),
    Case(
        name="a day without a year",
        file="a.csv",
        make=lambda: csv_text(with_cell("发生日期", "3月5日")).encode(),
        finds={"events": 4, "rejects": ("date",)},
    ),
    Case(
        name="a day in full width",
        file="a.csv",
        make=lambda: csv_text(with_cell("发生日期", "２０２６年４月１日")).encode(),
        finds=GOOD,
    ),
    Case(
        name="a formula for a number",
        file="a.csv",
        make=lambda: csv_text(with_cell("事项编号", "=HYPERLINK(1)")).encode(),
        finds={"events": 5},
    ),
    Case(
        name="a program for a kind",
        file="a.csv",
        make=lambda: csv_text(with_cell("环节", "=cmd|' /C calc'!A0")).encode(),
        finds={"events": 4},
    ),
    Case(
        name="a kind nobody knows",
        file="a.csv",
        make=lambda: csv_text(with_cell("环节", "不认识")).encode(),
        finds={"events": 4, "rejects": ()},
    ),
    Case(
        name="no number",
        file="a.csv",
        make=lambda: csv_text(with_cell("事项编号", None)).encode(),
        finds={"events": 4, "rejects": ("empty",)},
    ),
    Case(
        name="a number too long",
        file="a.csv",
        make=lambda: csv_text(with_cell("事项编号", "1" * 500)).encode(),
        finds={"events": 4, "rejects": ("too_long",)},
    ),
    Case(
        name="an error of another program",
        file="a.csv",
        make=lambda: csv_text(with_cell("涉及人数", "Err:502")).encode(),
        finds={"events": 5, "noted": ("cell_error",)},
    ),
    Case(
        name="matters per row with days that are none",
        file="a.csv",
        make=lambda: "事项编号,登记日期,受理日期,第二次来访日期\nA〔2026〕1号,2026-03-05,下周,2026-02-30\n".encode(),
        wide=True,
        finds={"events": 1},
    ),
    Case(
        name="matters per row with a number twice",
        file="a.csv",
        make=lambda: "事项编号,登记日期,受理日期\nA〔2026〕1号,2026-03-05,\nA〔2026〕1号,2026-03-05,\n".encode(),
        wide=True,
        finds={"events": 1, "rejects": ("double_matter",)},
    ),
    Case(
        name="two matters under one number",
        file="a.csv",
        make=lambda: "事项编号,登记日期,受理日期\nA〔2026〕1号,2026-03-05,\nA〔2026〕1号,2026-03-06,\n".encode(),
        wide=True,
        finds={"events": 0, "rejects": ("number_clash",)},
    ),
)

_LOG = [("A〔2026〕1号", {"环节": "登记", "发生日期": date(2026, 3, 5), "事项编号": "A〔2026〕1号"})]


def _xes(text: str) -> bytes:
    return text.encode()


LOGS = (
    Case(name="an event log", file="a.xes", make=lambda: _xes(xes(_LOG)), finds={"events": 1, "rejects": ()}),
    Case(name="an event log called .csv", file="a.csv", make=lambda: _xes(xes(_LOG)), finds={"events": 1}),
    Case(
        name="an external entity in a log",
        file="a.xes",
        make=lambda: _xes(
            xes(_LOG, before='<!DOCTYPE log [<!ENTITY a SYSTEM "file:///etc/passwd">]>').replace("登记", "&a;")
        ),
        refused="file_entities",
    ),
    Case(
        name="a document type on the network",
        file="a.xes",
        make=lambda: _xes(xes(_LOG, before='<!DOCTYPE log SYSTEM "http://nowhere.invalid/x.dtd">')),
        refused="file_entities",
    ),
    Case(
        name="a billion laughs in a log",
        file="a.xes",
        make=lambda: _xes(xes(_LOG, before="<!DOCTYPE log [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]>")),
        refused="file_entities",
    ),
    Case(name="half of a log", file="a.xes", make=lambda: _xes(xes(_LOG * 20)[:-200]), refused="file_damaged"),
    Case(name="a log without events", file="a.xes", make=lambda: _xes(xes([])), refused="column_missing"),
    Case(name="XML that is no log", file="a.xes", make=lambda: b"<?xml version='1.0'?><feed/>", refused="xml_no_log"),
    Case(
        name="a log a thousand deep",
        file="a.xes",
        make=lambda: _xes(xes(_LOG, inside="<list>" * 1000 + "</list>" * 1000)),
        refused="file_damaged",
    ),
    Case(
        name="two thousand attributes",
        file="a.xes",
        make=lambda: _xes(xes([("1", {f"k{n}": "x" for n in range(2000)})])),
        refused="file_too_large",
    ),
    Case(
        name="attributes without a key",
        file="a.xes",
        make=lambda: _xes(xes(_LOG).replace("<event>", "<event><string value='x'/><string/>")),
        finds={"events": 1},
    ),
    Case(
        name="attributes within attributes",
        file="a.xes",
        make=lambda: _xes(
            xes(_LOG).replace("<event>", '<event><list key="l"><string key="环节" value="来访"/></list>')
        ),
        finds={"events": 1},
    ),
    Case(
        name="an event outside every trace",
        file="a.xes",
        make=lambda: _xes(xes(_LOG).replace("<trace>", "<event/><trace>", 1)),
        finds={"events": 1},
    ),
    Case(
        name="a log in an encoding nobody knows",
        file="a.xes",
        make=lambda: xes(_LOG).replace("UTF-8", "klingon").encode(),
        refused="file_damaged",
    ),
    Case(
        name="a log in GB18030",
        file="a.xes",
        make=lambda: xes(_LOG).replace("UTF-8", "GB18030").encode("gb18030"),
        refused="file_damaged",
    ),
    Case(
        name="a packed log cut off",
        file="a.xes.gz",
        make=lambda: gzip.compress(_xes(xes(_LOG * 500)))[:-30],
        refused="file_damaged",
    ),
    Case(
        name="a packed bomb of a log",
        file="a.xes.gz",
        make=lambda: gzip.compress(b"<?xml version='1.0'?><log>" + b" " * (70 << 20)),
        refused="file_too_large",
    ),
)


def _arrow(frame: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(frame, buffer)
    return buffer.getvalue()


def _flipped() -> bytes:
    raw = bytearray(parquet(typed(table())))
    raw[len(raw) - 8 - int.from_bytes(raw[-8:-4], "little")] ^= 0xFF
    return bytes(raw)


def _nested(column: str, values: list[object]) -> bytes:
    columns: dict[str, object] = {name: [str(row[at]) for row in table()[1:]] for at, name in enumerate(HEAD[:3])}
    return _arrow(pa.table(columns | {column: values * 5}))


COLUMNS = (
    Case(
        name="half of a Parquet file",
        file="a.parquet",
        make=lambda: parquet(typed(table()))[:200],
        refused="file_damaged",
    ),
    Case(
        name="a Parquet file without its end",
        file="a.parquet",
        make=lambda: parquet(typed(table()))[:-1],
        refused="file_damaged",
    ),
    Case(name="the magic of Parquet twice", file="a.parquet", make=lambda: b"PAR1" * 2, refused="file_damaged"),
    Case(
        name="noise between the magic of Parquet",
        file="a.parquet",
        make=lambda: b"PAR1" + bytes(range(256)) * 4 + b"PAR1",
        refused="file_damaged",
    ),
    Case(name="a Parquet footer flipped", file="a.parquet", make=lambda: _flipped(), refused="file_damaged"),
    Case(
        name="a Parquet footer of four gigabytes",
        file="a.parquet",
        make=lambda: parquet(typed(table()))[:-8] + b"\xff\xff\xff\xff" + b"PAR1",
        refused="file_damaged",
    ),
    Case(
        name="lists in a needed column",
        file="a.parquet",
        make=lambda: _nested("涉及人数", [[1, 2]]),
        refused="parquet_nested",
    ),
    Case(
        name="structures in a needed column",
        file="a.parquet",
        make=lambda: _nested("涉及人数", [{"a": 1}]),
        refused="parquet_nested",
    ),
    Case(name="lists in a column nobody needs", file="a.parquet", make=lambda: _nested("别的", [[1, 2]]), finds=GOOD),
    Case(
        name="text kept as bytes",
        file="a.parquet",
        make=lambda: _arrow(
            pa.table(
                {name: pa.array([str(row[at] or "").encode() for row in table()[1:]]) for at, name in enumerate(HEAD)}
            )
        ),
        finds=GOOD,
    ),
    Case(
        name="bytes that are no text",
        file="a.parquet",
        make=lambda: _arrow(
            pa.table(
                {
                    **{name: [str(row[at] or "") for row in table()[1:]] for at, name in enumerate(HEAD[:3])},
                    "涉及人数": [b"\xff\xfe"] * 5,
                }
            )
        ),
        finds={"events": 0, "rejects": ("people",)},
    ),
    Case(
        name="a Parquet file without rows",
        file="a.parquet",
        make=lambda: parquet(typed(table()).clear()),
        refused="no_rows",
    ),
    Case(
        name="a Parquet file without columns",
        file="a.parquet",
        make=lambda: _arrow(pa.table({})),
        refused="column_missing",
    ),
    Case(
        name="six million rows of nothing",
        file="a.parquet",
        make=lambda: parquet(
            pl.DataFrame({name: pl.repeat(None, 6_000_000, dtype=pl.String, eager=True) for name in HEAD})
        ),
        refused="file_too_large",
    ),
    Case(
        name="Parquet columns of one name",
        file="a.parquet",
        make=lambda: _arrow(pa.Table.from_arrays([pa.array(["x"])] * 2, names=["事项编号", "事项编号"])),
        refused="column_missing",
    ),
    Case(name="Parquet called .csv", file="a.csv", make=lambda: parquet(typed(table())), finds=GOOD),
)
