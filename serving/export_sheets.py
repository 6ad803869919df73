"""How a list stands on paper: typed cells that can never become formulas, A4 landscape, every sheet marked."""

import io
import math
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import xlsxwriter

from serving.export_text import ANSWERS, MEASURES, Language, sentence, wording

Cell = str | int | date | datetime | None
#: A text that begins so would be taken for a formula by whoever edits or re-imports the cell.
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
#: Title, marks and the sentence of G17; parts add two lines of explanation.
_HEAD_ROWS = 3
_HEADER_ROW = _HEAD_ROWS + 2
_PAPER_A4 = 9
#: Column → width in characters; the last three are for hand-written or typed answers. `plan` stands where one is.
WIDTHS: dict[str, float] = {
    "rank": 5,
    "matter": 16,
    "department": 11,
    "handler": 8.5,
    "category": 9,
    "cause": 8.5,
    "band": 7,
    "per_hundred": 8,
    "reasons": 38,
    "duties": 23,
    "due": 10.5,
    "days_left": 6,
    "help": 16,
    "state": 8,
    "plan": 18,
    "measure": 14,
    "done_on": 10.5,
    "result": 12,
}
#: The hidden column by which a filled-in row is known again.
KEY = "row_key"
EDITABLE: tuple[str, ...] = ("measure", "done_on", "result")
_CENTRED = frozenset({"rank", "handler", "band", "per_hundred", "due", "days_left", "state", "done_on"})
_LAST_DAY = date(2100, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What stands on every sheet of a copy: serial, for whom, by whom and when, up to which day (G17)."""

    serial: str
    recipient: str
    user: str
    moment: str
    cutoff: str
    basis: str
    demo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PartSheet:
    """One part of the list: tab name, title, what it is, its columns and rows, what an empty one means, who signs.

    `keys` name the rows where the copy can be read back: a hidden column, sorted along with the others.
    """

    name: str
    title: str
    notes: tuple[str, str]
    columns: Sequence[str]
    rows: Sequence[Mapping[str, Cell]]
    empty: str
    signers: Sequence[str] = ()
    keys: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSheet:
    """The sheet that explains the others: (name, value) lines; None as value makes a heading."""

    name: str
    title: str
    lines: Sequence[tuple[str, Cell]]


def write_workbook(
    sheets: Sequence[PartSheet | NoteSheet], mark: Mark, *, title: str, made: datetime, language: Language
) -> bytes:
    """The workbook; `made` (aware UTC) is its creation time. Sheets are numbered 1, 2, … behind the serial."""
    buffer = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"title": title, "author": mark.user, "comments": mark.serial, "created": made})
        paper = _Paper(book=book, mark=mark, language=language, formats={})
        for number, sheet in enumerate(sheets, 1):
            if isinstance(sheet, PartSheet):
                _part(paper, sheet, number)
            else:
                _notes(paper, sheet, number)
    return buffer.getvalue()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Paper:
    book: Any
    mark: Mark
    language: Language
    formats: dict[str, Any]

    def format(self, **more: Any) -> Any:
        """One cell format per set of properties; cells are locked unless they say otherwise."""
        key = repr(sorted(more.items()))
        if key not in self.formats:
            font = "宋体" if self.language == "zh" else "Arial"
            plain = {"font_name": font, "font_size": 10, "valign": "vcenter", "text_wrap": True}
            self.formats[key] = self.book.add_format(plain | more)
        return self.formats[key]


def put(paper: _Paper, sheet: Any, row: int, column: int, value: Cell, **style: Any) -> None:
    """Write one typed cell; a text stays a text, whatever it begins with."""
    _pen(paper, **style)(sheet, row, column, value)


#: Writes a value into a cell (sheet, row, column) in one style.
_Pen = Callable[[Any, int, int, Cell], None]


def _pen(paper: _Paper, **style: Any) -> _Pen:
    """What writes typed cells of one style; made once a column: looking up its formats costs more than writing."""

    formats: dict[str, Any] = {}

    def look(name: str, **more: Any) -> Any:
        if name not in formats:
            formats[name] = paper.format(**more, **style)
        return formats[name]

    def write(sheet: Any, row: int, column: int, value: Cell) -> None:
        if value is None:
            sheet.write_blank(row, column, None, look("blank"))
        elif isinstance(value, str):
            risky = value.startswith(_RISKY)
            shown = look("risky", quote_prefix=True) if risky else look("text")
            sheet.write_string(row, column, value, shown)
        elif isinstance(value, int):
            sheet.write_number(row, column, value, look("number", num_format="0"))
        elif isinstance(value, datetime):
            sheet.write_datetime(row, column, value, look("instant", num_format="yyyy-mm-dd hh:mm"))
        else:
            sheet.write_datetime(row, column, value, look("date", num_format="yyyy-mm-dd"))

    return write


def _part(paper: _Paper, part: PartSheet, number: int) -> None:
    t = wording(paper.language)
    sheet = paper.book.add_worksheet(part.name)
    columns = tuple(part.columns)
    widths = [WIDTHS[name] for name in columns]
    last = len(columns) - 1
    for place, width in enumerate(widths):
        sheet.set_column(place, place, width)
    _head(paper, sheet, part.title, part.notes, number, widths)
    for place, name in enumerate(columns):
        put(paper, sheet, _HEADER_ROW, place, t(f"col.{name}"), bold=True, border=1, align="center", bg_color="#E7E6E6")
    sheet.set_row(_HEADER_ROW, 30)
    if part.keys:
        sheet.set_column(last + 1, last + 1, 12, None, {"hidden": True})
        put(paper, sheet, _HEADER_ROW, last + 1, t(f"col.{KEY}"))
    row = _HEADER_ROW + 1
    pens = [(place, name, _pen(paper, **_look_of(name))) for place, name in enumerate(columns)]
    hidden = _pen(paper)
    for place_of_row, cells in enumerate(part.rows):
        if part.keys:
            hidden(sheet, row, last + 1, part.keys[place_of_row])
        for place, name, write in pens:
            write(sheet, row, place, cells.get(name))
        row += 1
    if part.rows:
        sheet.autofilter(_HEADER_ROW, 0, row - 1, last + bool(part.keys))
        _offer(sheet, columns, row - 1, paper.language)
    else:
        _across(paper, sheet, row, part.empty, widths, border=1)
        row += 1
    for label in part.signers:
        row = _signature(paper, sheet, row + 1, label, t("sign.date"), widths)
    _across(paper, sheet, row + 1, t("footer.rule"), widths, italic=True)
    sheet.freeze_panes(_HEADER_ROW + 1, 2)
    sheet.repeat_rows(_HEADER_ROW)
    _page(paper, sheet, number, row + 1, last)


def _look_of(column: str) -> dict[str, Any]:
    look: dict[str, Any] = {"border": 1, "align": "center" if column in _CENTRED else "left"}
    if column in EDITABLE:
        look |= {"locked": False}
    if column == "done_on":
        look |= {"num_format": "yyyy-mm-dd"}
    return look


def _notes(paper: _Paper, notes: NoteSheet, number: int) -> None:
    t = wording(paper.language)
    sheet = paper.book.add_worksheet(notes.name)
    widths = [22.0, 120.0]
    for place, width in enumerate(widths):
        sheet.set_column(place, place, width)
    _head(paper, sheet, notes.title, (), number, widths)
    row = _HEAD_ROWS
    for name, value in notes.lines:
        if value is None:
            _across(paper, sheet, row, name, widths, bold=True, bg_color="#E7E6E6", border=1)
        else:
            put(paper, sheet, row, 0, name, border=1, bold=True)
            put(paper, sheet, row, 1, value, border=1, align="left")
        row += 1
    _across(paper, sheet, row + 1, t("footer.rule"), widths, italic=True)
    sheet.freeze_panes(_HEAD_ROWS, 1)
    sheet.repeat_rows(0)
    _page(paper, sheet, number, row + 1, 1)


def _head(paper: _Paper, sheet: Any, title: str, notes: Sequence[str], number: int, widths: Sequence[float]) -> None:
    """The lines above the table: title, marks, the sentence of G17, explanations."""
    t, mark = wording(paper.language), paper.mark
    demo = t("demo_mark") if mark.demo else ""
    marks = (
        t("line.recipient", recipient=mark.recipient),
        t("line.serial", serial=f"{mark.serial}-{number}"),
        t("line.exported", user=mark.user, moment=mark.moment),
        t("line.cutoff", day=mark.cutoff),
        mark.basis,
    )
    _across(paper, sheet, 0, demo + title, widths, bold=True, font_size=14)
    _across(paper, sheet, 1, "　".join(marks), widths)
    _across(paper, sheet, 2, sentence(paper.language), widths, bold=True)
    for row, text in enumerate(notes, _HEAD_ROWS):
        _across(paper, sheet, row, text, widths)


def _across(paper: _Paper, sheet: Any, row: int, text: str, widths: Sequence[float], **style: Any) -> None:
    """A line of text over the whole width, as tall as it needs: merged cells do not grow by themselves."""
    sheet.merge_range(row, 0, row, len(widths) - 1, "", paper.format(**style))
    put(paper, sheet, row, 0, text, **style)
    size = float(style.get("font_size", 10))
    wide = sum(2.0 if unicodedata.east_asian_width(sign) in "WF" else 1.1 for sign in text) * size / 11
    sheet.set_row(row, max(1, math.ceil(wide / (sum(widths) * 0.95))) * size * 1.5)


def _signature(paper: _Paper, sheet: Any, row: int, label: str, dated: str, widths: Sequence[float]) -> int:
    """One line to sign on, with room for an opinion, and its date; returns the row after it."""
    last = len(widths) - 1
    marks: dict[str, Any] = {"bold": True, "align": "center", "border": 1}
    free: dict[str, Any] = {"locked": False, "border": 1}
    for first, end, text, style in (
        (0, 2, label, marks),
        (3, last - 4, None, free),
        (last - 3, last - 3, dated, marks),
        (last - 2, last, None, free | {"num_format": "yyyy-mm-dd", "align": "left"}),
    ):
        if end > first:
            sheet.merge_range(row, first, row, end, "", paper.format(**style))
        put(paper, sheet, row, first, text, **style)
    sheet.set_row(row, 42)
    return row + 1


def _offer(sheet: Any, columns: Sequence[str], last_row: int, language: Language) -> None:
    """Help in filling in: the closed list of measures, and a date where a date belongs."""
    t = wording(language)
    rules: dict[str, dict[str, Any]] = {
        "measure": {"validate": "list", "source": list(MEASURES), "error_type": "warning"},
        "done_on": {
            "validate": "date",
            "criteria": "between",
            "minimum": date(2000, 1, 1),
            "maximum": _LAST_DAY,
        },
        "result": {"validate": "list", "source": list(ANSWERS), "error_type": "warning"},
    }
    for name, rule in rules.items():
        place = columns.index(name)
        words = {"error_title": t(f"{name}.title"), "error_message": t(f"{name}.help")}
        sheet.data_validation(_HEADER_ROW + 1, place, last_row, place, rule | words)


def _page(paper: _Paper, sheet: Any, number: int, last_row: int, last_column: int) -> None:
    """Print set-up, marks in the margins, and protection (without password) of all but the cells to fill in."""
    t, mark = wording(paper.language), paper.mark
    sheet.set_landscape()
    sheet.set_paper(_PAPER_A4)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.7)
    sheet.center_horizontally()
    sheet.print_area(0, 0, last_row, last_column)
    sheet.set_zoom(85)
    watermark = margin_text(f"{mark.serial}-{number}  {mark.recipient}  {mark.user}  {mark.moment}", 110)
    # A blank after the size: a text that begins with a digit would otherwise be read as part of it.
    sheet.set_header(f"&L&8 {watermark}&R&8 {margin_text(sentence('zh'), 80)}", {"margin": 0.3})
    sheet.set_footer(f"&L&8 {margin_text(t('footer.rule'), 160)}&R&8 {t('page')}", {"margin": 0.3})
    sheet.protect("", {"autofilter": True, "format_columns": True, "format_rows": True})


def margin_text(text: str, limit: int) -> str:
    """A text as it may stand in a page's header or footer: no code can form in it, and it fits."""
    plain = "".join(sign if sign.isprintable() else " " for sign in text).replace("&", "＆")
    return plain if len(plain) <= limit else plain[: limit - 1] + "…"
