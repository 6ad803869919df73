"""Excel packages built part by part, so that any part can be wrong."""

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOC = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
STYLES = (
    f'{XML}<styleSheet xmlns="{MAIN}"><fonts count="1"><font/></fonts><fills count="1"><fill/></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>'
)
Parts = Mapping[str, str | bytes | None]


def letters(column: int) -> str:
    """A column's letters, A for 0."""
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def cell(row: int, column: int, value: object, *, epoch: int = date(1899, 12, 30).toordinal()) -> str:
    """A cell's XML; a date is a number with a date format."""
    place = f"{letters(column)}{row}"
    if value is None:
        return ""
    if isinstance(value, datetime):
        days = value.toordinal() - epoch + (value.hour * 60 + value.minute) / 1440
        return f'<c r="{place}" s="1"><v>{days}</v></c>'
    if isinstance(value, date):
        return f'<c r="{place}" s="1"><v>{value.toordinal() - epoch}</v></c>'
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{place}"><v>{value}</v></c>'
    text = str(value)
    if text.startswith("<c "):
        return text.replace("@", place)
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'


def rows_xml(table: Iterable[Sequence[object]], first: int = 1, **more: int) -> str:
    """The rows of a sheet; a text that begins with `<c ` is taken as XML, its @ as the place."""
    return "".join(
        f'<row r="{at}">' + "".join(cell(at, column, value, **more) for column, value in enumerate(row)) + "</row>"
        for at, row in enumerate(table, first)
    )


def sheet_xml(data: str, before: str = "", after: str = "") -> str:
    """A sheet around its rows."""
    return f'{XML}<worksheet xmlns="{MAIN}">{before}<sheetData>{data}</sheetData>{after}</worksheet>'


def workbook_xml(names: Sequence[str], *, states: Mapping[str, str] = {}, date1904: bool = False) -> str:
    """The list of sheets."""
    sheets = "".join(
        f'<sheet name="{escape(name)}" sheetId="{at}" r:id="rId{at}"'
        + (f' state="{states[name]}"' if name in states else "")
        + "/>"
        for at, name in enumerate(names, 1)
    )
    about = '<workbookPr date1904="1"/>' if date1904 else "<workbookPr/>"
    return f'{XML}<workbook xmlns="{MAIN}" xmlns:r="{_DOC}">{about}<sheets>{sheets}</sheets></workbook>'


def parts_of(sheets: Mapping[str, str], **more: object) -> dict[str, str | bytes]:
    """The parts of a sound workbook with these sheets (name → XML of the sheet)."""
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{at}.xml" ContentType="{_TYPE}.worksheet+xml"/>'
        for at in range(1, len(sheets) + 1)
    )
    links = "".join(
        f'<Relationship Id="rId{at}" Type="{_DOC}/worksheet" Target="worksheets/sheet{at}.xml"/>'
        for at in range(1, len(sheets) + 1)
    )
    links += f'<Relationship Id="rIdS" Type="{_DOC}/styles" Target="styles.xml"/>'
    links += f'<Relationship Id="rIdT" Type="{_DOC}/sharedStrings" Target="sharedStrings.xml"/>'
    return {
        "[Content_Types].xml": (
            f'{XML}<Types xmlns="{_PACKAGE}/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>{overrides}</Types>'
        ),
        "_rels/.rels": (
            f'{XML}<Relationships xmlns="{_PACKAGE}/relationships">'
            f'<Relationship Id="rId1" Type="{_DOC}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ),
        "xl/workbook.xml": workbook_xml(tuple(sheets), **more),  # type: ignore[arg-type]
        "xl/_rels/workbook.xml.rels": f'{XML}<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>',
        "xl/styles.xml": STYLES,
        **{f"xl/worksheets/sheet{at}.xml": text for at, text in enumerate(sheets.values(), 1)},
    }


def packed(parts: Parts) -> bytes:
    """The zip file of these parts, those that are None left out."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            if content is not None:
                archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def book(sheets: Mapping[str, str] | str, changed: Parts = {}, **more: object) -> bytes:  # noqa: B006
    """A workbook of these sheets' XML, with some parts replaced, added, or (None) left out."""
    named = {"台账": sheets} if isinstance(sheets, str) else sheets
    return packed(parts_of(named, **more) | dict(changed))


def shared_strings(texts: Iterable[str]) -> str:
    """The shared texts."""
    items = "".join(f"<si><t>{escape(text)}</t></si>" for text in texts)
    return f'{XML}<sst xmlns="{MAIN}">{items}</sst>'
