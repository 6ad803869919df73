"""The plain ledger in every other format: .xls, .ods, text, Parquet and XES."""

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import polars as pl
import xlwt

from tests.data.ingest.corpus.xlsx import XML, packed

_ODS = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
)
ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"


def xls(sheets: Mapping[str, Sequence[Sequence[object]]] | Sequence[Sequence[object]], **more: Any) -> bytes:
    """A workbook of the old binary format; `hidden` rows, `merged` cells, `errors` (row, column), `date1904`."""
    named = sheets if isinstance(sheets, Mapping) else {"台账": sheets}
    made = xlwt.Workbook()
    made.dates_1904 = more.get("date1904", False)
    day = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for name, rows in named.items():
        sheet = made.add_sheet(name, cell_overwrite_ok=True)
        for at, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write(at, column, value, day)
                elif value is not None:
                    sheet.write(at, column, value)
        for at in more.get("hidden", ()):
            sheet.row(at).hidden = True
        for at, column in more.get("errors", ()):
            sheet.row(at).set_cell_error(column, 42)
        for top, bottom, left, right in more.get("merged", ()):
            sheet.merge(top, bottom, left, right)
        if more.get("hidden_sheet") == name:
            sheet.visibility = 1
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def ods_cell(value: object, more: str = "") -> str:
    """A cell's XML."""
    if value is None:
        return f"<table:table-cell {more}/>"
    if isinstance(value, date):
        day = value.isoformat()
        return (
            f'<table:table-cell office:value-type="date" office:date-value="{day}" {more}>'
            f"<text:p>{day}</text:p></table:table-cell>"
        )
    if isinstance(value, int | float):
        return (
            f'<table:table-cell office:value-type="float" office:value="{value}" {more}>'
            f"<text:p>{value}</text:p></table:table-cell>"
        )
    text = escape(str(value))
    return f'<table:table-cell office:value-type="string" {more}><text:p>{text}</text:p></table:table-cell>'


def ods_rows(table: Iterable[Sequence[object]], hidden: Sequence[int] = ()) -> str:
    """The rows of a table."""
    return "".join(
        f"<table:table-row{' table:visibility=' + quoteattr('collapse') if at in hidden else ''}>"
        + "".join(map(ods_cell, row))
        + "</table:table-row>"
        for at, row in enumerate(table)
    )


def ods(rows: str | Mapping[str, str], changed: Mapping[str, str | bytes | None] = {}, before: str = "") -> bytes:
    """An OpenDocument workbook of these rows."""
    named = {"台账": rows} if isinstance(rows, str) else rows
    tables = "".join(f"<table:table table:name={quoteattr(name)}>{text}</table:table>" for name, text in named.items())
    content = f"{XML}{before}<office:document-content {_ODS}><office:body><office:spreadsheet>{tables}"
    content += "</office:spreadsheet></office:body></office:document-content>"
    manifest = f'{XML}<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    return packed({"mimetype": ODS_TYPE, "META-INF/manifest.xml": manifest, "content.xml": content} | dict(changed))


def as_text(value: object) -> str:
    """A cell as a CSV holds it."""
    if value is None:
        return ""
    return value.isoformat(" ") if isinstance(value, datetime) else str(value)


def csv_text(table: Iterable[Sequence[object]], separator: str = ",", end: str = "\n") -> str:
    """The table as text; no cell holds the separator."""
    return "".join(separator.join(map(as_text, row)) + end for row in table)


def parquet(frame: pl.DataFrame) -> bytes:
    """The frame as a Parquet file."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


def typed(table: Sequence[Sequence[object]]) -> pl.DataFrame:
    """The table as a frame with true dates and numbers."""
    return pl.DataFrame([list(row) for row in table[1:]], schema=[str(name) for name in table[0]], orient="row")


def xes(events: Iterable[tuple[str, Mapping[str, object]]], before: str = "", inside: str = "") -> str:
    """An event log: (case number, attributes) per event, those of one case following one another."""
    body, last = "", None
    for case, attributes in events:
        if case != last:
            body += ("</trace>" if last is not None else "") + f'<trace><string key="concept:name" value="{case}"/>'
        last = case
        body += "<event>"
        for key, value in attributes.items():
            if isinstance(value, date):
                body += f'<date key={quoteattr(key)} value="{value.isoformat()}T08:00:00.000+08:00"/>'
            elif isinstance(value, int):
                body += f'<int key={quoteattr(key)} value="{value}"/>'
            elif value is not None:
                body += f"<string key={quoteattr(key)} value={quoteattr(str(value))}/>"
        body += "</event>"
    end = "</trace>" if last is not None else ""
    return f'{XML}{before}<log xes.version="1.0" xmlns="http://www.xes-standard.org/">{inside}{body}{end}</log>'
