"""How a list stands on a PDF: A4 landscape, headers repeated, page x of y, every sheet marked, room to sign.

What is printed reaches the page as data, never as markup: no text of a ledger can become code.
"""

import json
import re
from collections.abc import Sequence
from datetime import date, datetime
from importlib.resources import files
from typing import Any

import typst

from data.errors import SettingsError
from serving.export_sheets import EDITABLE, WIDTHS, Cell, Mark, NoteSheet, PartSheet
from serving.export_text import Language, sentence, wording

#: Chinese typefaces in order of liking; the first found is used and embedded.
FONTS: tuple[str, ...] = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Noto Serif CJK SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "FangSong",
    "SimSun",
    "Microsoft YaHei",
)
#: Columns of numbers, which have no blanks and may be longer than their column is wide.
_NUMBERS = frozenset({"matter", "handler"})
#: A line of them may end after a hyphen or the like, and within a run of so many letters and digits.
_BREAKS = re.compile(r"([-/_〕]|[0-9A-Za-z]{7}(?=[0-9A-Za-z]))")
#: Columns that are filled in by hand on paper are given room; the plan that stands there already needs it too.
_ROOM = {"due": 13.0, "days_left": 7.0, "result": 16.0}


def write_pdf(
    sheets: Sequence[PartSheet | NoteSheet], mark: Mark, *, title: str, made: datetime, language: Language
) -> bytes:
    """The PDF; `made` (aware UTC) is its creation time. Sheets are numbered 1, 2, … behind the serial.

    Raises SettingsError where this machine has no Chinese font.
    """
    t = wording(language)
    head = (
        t("line.recipient", recipient=mark.recipient),
        t("line.exported", user=mark.user, moment=mark.moment),
        t("line.cutoff", day=mark.cutoff),
        mark.basis,
    )
    content = {
        "title": title,
        "language": "zh" if language == "zh" else "en",
        "font": chinese_font(),
        "marks": "　".join(head),
        "water": f"{mark.recipient} {mark.user} {mark.moment}",
        "sentence": sentence(language),
        "rule": t("footer.rule"),
        "pages": ["第", "页 共", "页"] if language == "zh" else ["page", "of", ""],
        "demo": t("demo_mark") if mark.demo else "",
        "sheets": [
            _part(sheet, f"{mark.serial}-{number}", language)
            if isinstance(sheet, PartSheet)
            else _notes(sheet, f"{mark.serial}-{number}", language)
            for number, sheet in enumerate(sheets, 1)
        ],
    }
    source = files("serving").joinpath("templates/list.typ").read_bytes()
    made_at = int(made.timestamp())
    out = typst.compile(
        source,
        sys_inputs={"data": json.dumps(content, ensure_ascii=False)},
        format="pdf",
        timestamp=made_at,
    )
    assert isinstance(out, bytes)  # noqa: S101 - one PDF, no pages as images
    return out


def chinese_font() -> str:
    """The Chinese font this machine has. Raises SettingsError where it has none."""
    found = set(typst.Fonts(include_system_fonts=True).families())
    for name in FONTS:
        if name in found:
            return name
    raise SettingsError(
        "no_chinese_font",
        "本机没有中文字体，不能生成 PDF；请安装，例如 apt-get install fonts-noto-cjk，或改用 xlsx",
        "this machine has no Chinese font, so no PDF can be made; install one, e.g. fonts-noto-cjk, or use xlsx",
    )


def _part(sheet: PartSheet, serial: str, language: Language) -> dict[str, Any]:
    t = wording(language)
    columns = list(sheet.columns)
    return {
        "kind": "part",
        "serial": t("line.serial", serial=serial),
        "title": sheet.title,
        "notes": [note for note in sheet.notes if note],
        "widths": [_ROOM.get(name, WIDTHS[name]) for name in columns],
        "header": [t(f"col.{name}") for name in columns],
        "rows": [
            [_number(_text(row.get(name))) if name in _NUMBERS else _text(row.get(name)) for name in columns]
            for row in sheet.rows
        ],
        "open": [name in EDITABLE for name in columns],
        "empty": sheet.empty,
        "signers": list(sheet.signers),
        "dated": t("sign.date"),
    }


def _notes(sheet: NoteSheet, serial: str, language: Language) -> dict[str, Any]:
    return {
        "kind": "notes",
        "serial": wording(language)("line.serial", serial=serial),
        "title": sheet.title,
        "lines": [[name, None if value is None else _text(value)] for name, value in sheet.lines],
    }


def _number(text: str) -> str:
    """A number with places where a line may end, that it stays within its column."""
    return _BREAKS.sub("\\1\u200b", text)


def _text(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
