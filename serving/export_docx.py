"""How a document of ours stands as an editable .docx: A4, Chinese fonts named, headers repeated, every page marked.

Texts go in as text: the only fields of a document are its page numbers.
"""

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from serving.export_sheets import Mark
from serving.export_text import Language, sentence, wording
from serving.paper_blocks import Block, Facts, Heading, Page, Signers, Table, Text

#: Typefaces of the documents; where one is missing, its alternatives are named in the font table.
_BODY, _HEAD, _LATIN = "仿宋", "黑体", "Times New Roman"
_ALTERNATIVES: dict[str, str] = {
    _BODY: "FangSong,FangSong_GB2312,Noto Serif CJK SC",
    _HEAD: "SimHei,Noto Sans CJK SC",
}
_NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_MARGIN_MM, _PAGE_MM = 20, (210, 297)


def write_docx(page: Page, mark: Mark, *, made: datetime, language: Language) -> bytes:
    """The document; `made` (aware UTC) is its creation time."""
    t = wording(language)
    book: Any = Document()
    _set_fonts(book)
    section = book.sections[0]
    short, long = _PAGE_MM
    section.orientation = WD_ORIENT.LANDSCAPE if page.landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (Mm(long), Mm(short)) if page.landscape else (Mm(short), Mm(long))
    section.left_margin = section.right_margin = Mm(_MARGIN_MM)
    section.top_margin, section.bottom_margin = Mm(25), Mm(20)
    section.header_distance = section.footer_distance = Mm(10)
    width = (long if page.landscape else short) - 2 * _MARGIN_MM
    _marks(section, mark, language)
    demo = t("demo_mark") if mark.demo else ""
    title = _paragraph(book, demo + page.title, size=16, bold=True, font=_HEAD)
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for block in page.blocks:
        _block(book, block, width, t("sign.date"))
    _paragraph(book, t("footer.rule"), size=9)
    book.core_properties.title = _clean(page.title)
    book.core_properties.author = _clean(mark.user)
    book.core_properties.comments = _clean(mark.serial)
    book.core_properties.created = book.core_properties.modified = made.replace(tzinfo=None)
    book.core_properties.last_modified_by = ""
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _block(book: Any, block: Block, width: float, dated: str) -> None:
    match block:
        case Heading(text=text):
            _paragraph(book, text, size=12, bold=True, font=_HEAD).paragraph_format.keep_with_next = True
        case Text(text=text):
            _paragraph(book, text, size=11)
        case Facts(rows=rows):
            pairs = [rows[at : at + 2] for at in range(0, len(rows), 2)]
            made = _grid(book, (0.16, 0.34, 0.16, 0.34), width)
            for pair in pairs:
                cells = _row(made)
                for place, (name, value) in enumerate(pair):
                    _write(cells[2 * place], name, bold=True)
                    _write(cells[2 * place + 1], value)
            _paragraph(book, "", size=6)
        case Table(header=header, widths=widths, rows=rows, empty=empty):
            if not rows:
                _paragraph(book, empty, size=11)
                return
            whole = sum(widths)
            made = _grid(book, [one / whole for one in widths], width)
            for cell, name in zip(_row(made, header=True), header, strict=True):
                _write(cell, name, bold=True)
            for row in rows:
                for cell, text in zip(_row(made), row, strict=True):
                    _write(cell, text)
            _paragraph(book, "", size=6)
        case Signers(labels=labels):
            _paragraph(book, "", size=6)
            made = _grid(book, (0.28, 0.42, 0.1, 0.2), width)
            for label in labels:
                row = made.add_row()
                row.height = Mm(13)
                _whole(row)
                _write(row.cells[0], label, bold=True)
                _write(row.cells[2], dated, bold=True)


def _grid(book: Any, shares: Sequence[float], width: float) -> Any:
    table = book.add_table(rows=0, cols=len(shares))
    table.style = "Table Grid"
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    for column, share in zip(table.columns, shares, strict=True):
        column.width = Mm(width * share)
    return table


def _row(table: Any, *, header: bool = False) -> Any:
    row = table.add_row()
    _whole(row)
    if header:
        row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # pyright: ignore[reportUnknownMemberType]
    for cell, column in zip(row.cells, table.columns, strict=True):
        cell.width = column.width
    return row.cells


def _whole(row: Any) -> None:
    """A row is not broken over two pages."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))  # pyright: ignore[reportUnknownMemberType]


def _write(cell: Any, text: str, *, bold: bool = False) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_after = Pt(0)
    _run(paragraph, text, size=9.5, bold=bold)


def _paragraph(book: Any, text: str, *, size: float, bold: bool = False, font: str = _BODY) -> Any:
    paragraph = book.add_paragraph()
    paragraph.paragraph_format.space_after = Pt(4)
    _run(paragraph, text, size=size, bold=bold, font=font)
    return paragraph


def _run(paragraph: Any, text: str, *, size: float, bold: bool = False, font: str = _BODY) -> Any:
    run = paragraph.add_run(_clean(text))
    run.font.size, run.font.bold, run.font.name = Pt(size), bold, _LATIN
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
    return run


def _clean(text: str) -> str:
    """The text without signs an XML file cannot hold."""
    return "".join(sign for sign in text if sign in "\n\t" or sign.isprintable() or sign == "\u3000")


def _marks(section: Any, mark: Mark, language: Language) -> None:
    """Serial, for whom, by whom and when, and the sentence of G17 on top of each page; its number below."""
    t = wording(language)
    marks = (
        t("line.recipient", recipient=mark.recipient),
        t("line.serial", serial=mark.serial),
        t("line.exported", user=mark.user, moment=mark.moment),
        t("line.cutoff", day=mark.cutoff),
    )
    top = section.header.paragraphs[0]
    _run(top, "　".join(marks), size=8)
    _run(section.header.add_paragraph(), sentence(language), size=8, bold=True)
    bottom = section.footer.paragraphs[0]
    bottom.alignment = WD_ALIGN_PARAGRAPH.CENTER
    before, between, after = ("第", "页 共", "页") if language == "zh" else ("page ", " of ", "")
    _run(bottom, before, size=8)
    _field(bottom, "PAGE")
    _run(bottom, between, size=8)
    _field(bottom, "NUMPAGES")
    _run(bottom, after, size=8)


def _field(paragraph: Any, code: str) -> None:
    run = _run(paragraph, "", size=8)
    for kind in ("begin", None, "end"):
        if kind is None:
            told: Any = OxmlElement("w:instrText")
            told.text = code
        else:
            told = OxmlElement("w:fldChar")
            told.set(qn("w:fldCharType"), kind)
        run._element.append(told)


def _set_fonts(book: Any) -> None:
    style = book.styles["Normal"]
    style.font.name, style.font.size = _LATIN, Pt(11)
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), _BODY)
    fonts = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:charset w:val="86"/><w:family w:val="auto"/></w:font>'
        for name, other in _ALTERNATIVES.items()
    )
    table = f'<w:fonts xmlns:w="{_NAMESPACE}">{fonts}</w:fonts>'
    for part in book.part.package.iter_parts():
        if str(part.partname) == "/word/fontTable.xml":
            part._blob = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>' + table.encode()
