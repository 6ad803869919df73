"""What people wrote into a workbook of ours: the three cells of each row, wherever the rows and columns now stand."""

import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from data.errors import InputRefused
from data.forbidden import check_text
from data.ingest.workbook import look_into
from data.vocabulary import ACTIONS, OUTCOMES, RESULTS
from serving.export_sheets import KEY
from serving.export_text import EXPORT_TEXTS
from serving.row_keys import RowKey, read_key

#: No list of ours has so many cells; what has is refused before it is laid out.
_MOST_CELLS = 400_000
#: The header stands among the first rows of a sheet, also where somebody put lines above it.
_HEADER_WITHIN = 40
_EXCEL_DAY_0 = date(1899, 12, 30).toordinal()
_FIRST_DAY, _LAST_DAY = date(2000, 1, 1), date(2100, 1, 1)
_SPLIT = re.compile(r"[、，,;；/\n]+")
_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:\s+00:00(?::00)?)?")
Said = tuple[str, str]

_LEADERS = ("领导接访", "领导约访", "领导办信", "领导接访·约访·办信")


def _plain(text: str) -> str:
    return re.sub(r"[\s（）()·]+", "", text).lower()


#: What a cell may say → the code of the measure, its outcome, or the result.
_MEASURES: Mapping[str, str] = {_plain(label): code for code, labels in ACTIONS.items() for label in labels} | {
    _plain(label): "leader_reception" for label in _LEADERS
}
_OUTCOMES: Mapping[str, str] = {_plain(label): code for code, labels in OUTCOMES.items() for label in labels}
_RESULTS: Mapping[str, str] = {_plain(label): code for code, labels in RESULTS.items() for label in labels}


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What a row asks to record: measures done on a day with an outcome, and the result; either may be missing."""

    actions: tuple[str, ...] = ()
    done_on: date | None = None
    outcome: str = ""
    result: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledRow:
    """One row with something written in it; `key` None where its key was removed or changed.

    `number` is the matter number that stands in the row; `wrong` says what cannot be taken, `refused` how many cells
    the gate for typed text refused.
    """

    sheet: str
    row: int
    key: RowKey | None
    sealed: str
    number: str
    intent: Intent
    wrong: tuple[Said, ...] = ()
    refused: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledBook:
    """What a workbook holds: rows with something written, how many had nothing, and every row key that is there."""

    rows: tuple[FilledRow, ...]
    blank: int
    keys: tuple[RowKey, ...]
    without_key: tuple[str, ...]


def read_filled(name: str, content: bytes, key: bytes) -> FilledBook:
    """Read a workbook that was exported here and filled in, whoever saved it since; `key` seals the rows.

    Only three columns and the row's key and number are read, found by their headers.  Nothing of a refused cell is
    kept.  Raises InputRefused for what is no workbook of ours.
    """
    sheets = _opened(name, content)
    rows: list[FilledRow] = []
    keys: list[RowKey] = []
    without: list[str] = []
    blank = 0
    for title, cells in sheets:
        header = _header(cells)
        if header is None:
            continue
        at, columns = header
        if KEY not in columns:
            if any(_text(_cell(line, columns.get("matter"))) for line in cells[at + 1 :]):
                without.append(title)
            continue
        for place, line in enumerate(cells[at + 1 :], at + 2):
            sealed = _text(_cell(line, columns[KEY]))
            found = read_key(sealed, key) if sealed else None
            if found is not None:
                keys.append(found)
            written = [_cell(line, columns.get(column)) for column in ("measure", "done_on", "result")]
            if all(value is None or not _text(value) for value in written):
                blank += found is not None
                continue
            number = _text(_cell(line, columns.get("matter")))
            if not sealed and not number:
                # A signature block, or a line of notes under the table.
                continue
            intent, wrong, refused = _intent(*written)
            rows.append(
                FilledRow(
                    sheet=title,
                    row=place,
                    key=found,
                    sealed=sealed,
                    number=number,
                    intent=intent,
                    wrong=tuple(wrong),
                    refused=refused,
                )
            )
    if not keys and not rows:
        raise InputRefused(
            "no_rows_of_ours",
            f"{name}：不是本系统导出的清单，或“回读标识”列已删除；请重新导出后填写（未登记任何内容）",
            f"{name}: no list exported here, or its column “Row key” was removed; export again and fill that in "
            "(nothing was recorded)",
        )
    return FilledBook(rows=tuple(rows), blank=blank, keys=tuple(keys), without_key=tuple(without))


def _opened(name: str, content: bytes) -> list[tuple[str, list[tuple[Any, ...]]]]:
    """The cells of every sheet, formulas as such. Raises InputRefused."""
    import openpyxl  # slow to load, and a service is to be ready soon

    if not content:
        raise InputRefused("upload_empty", "请选择填好的清单（xlsx）", "choose the filled-in list (xlsx)")
    if not content.startswith(b"PK"):
        raise _no_workbook(name)
    book = look_into(name, content)
    if sum(scan.cells for scan in book.sheets.values()) > _MOST_CELLS:
        raise _no_workbook(name)
    try:
        with warnings.catch_warnings():
            # Openpyxl warns of extensions it leaves out (WPS writes some): nothing here reads them.
            warnings.simplefilter("ignore")
            opened = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
    except (KeyError, ValueError, TypeError, AttributeError, OSError, zipfile.BadZipFile, SyntaxError):
        raise _no_workbook(name) from None
    return [(sheet.title, [tuple(row) for row in sheet.iter_rows()]) for sheet in opened.worksheets]


def _no_workbook(name: str) -> InputRefused:
    return InputRefused(
        "filled_file",
        f"{name}：请上传从本系统导出并填好的 xlsx；其他格式请先另存为 xlsx（未登记任何内容）",
        f"{name}: upload the xlsx exported here and filled in; save other formats as xlsx first (nothing was recorded)",
    )


def _header(cells: list[tuple[Any, ...]]) -> tuple[int, dict[str, int]] | None:
    """Where the header stands, and each of our columns in it: by name, in either language."""
    wanted = {
        _plain(label): column
        for column in ("matter", "measure", "done_on", "result", KEY)
        for label in EXPORT_TEXTS[f"col.{column}"]
    }
    for at, row in enumerate(cells[:_HEADER_WITHIN]):
        found: dict[str, int] = {}
        for place, cell in enumerate(row):
            column = wanted.get(_plain(_text(cell)))
            if column is not None:
                found.setdefault(column, place)
        if {"matter", "measure"} <= found.keys() or KEY in found:
            return at, found
    return None


def _cell(line: tuple[Any, ...], place: int | None) -> Any:
    return None if place is None or place >= len(line) else line[place]


def _text(cell: Any) -> str:
    value = None if cell is None else cell.value
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def _intent(measure: Any, done_on: Any, result: Any) -> tuple[Intent, list[Said], int]:
    wrong: list[Said] = []
    for cell, label in ((measure, _MEASURE), (done_on, _DAY), (result, _RESULT)):
        if cell is not None and (cell.data_type == "f" or _text(cell).startswith(("=", "＝"))):
            wrong.append((f"{label[0]}是公式，请写成文字或日期", f"{label[1]} is a formula; write text or a date"))
    if wrong:
        return Intent(), wrong, 0
    refused = 0
    actions, refusals = _codes(_text(measure), _MEASURES, _MEASURE, wrong)
    refused += refusals
    day = _day(done_on, wrong)
    said = _plain(_text(result))
    outcome, ended = _OUTCOMES.get(said, ""), _RESULTS.get(said, "")
    if said and not outcome and not ended:
        refused += _not_listed(_text(result), _RESULT, wrong)
    if wrong:
        return Intent(), wrong, refused
    if actions and day is None:
        wrong.append(("措施没有完成日期，请补上", "a measure without the day it was done; add it"))
    if not actions and (day is not None or outcome):
        wrong.append(("没有写措施，请从列表选一项", "no measure is given; choose one from the list"))
    intent = Intent(actions=actions, done_on=day, outcome=(outcome or "done") if actions else "", result=ended)
    return intent, wrong, refused


_MEASURE: Said = ("措施", "the measure")
_DAY: Said = ("完成日期", "the date")
_RESULT: Said = ("结果", "the result")


def _codes(text: str, table: Mapping[str, str], label: Said, wrong: list[Said]) -> tuple[tuple[str, ...], int]:
    whole = table.get(_plain(text))
    if whole is not None:
        return (whole,), 0
    refused = 0
    found: list[str] = []
    for piece in filter(None, (one.strip() for one in _SPLIT.split(text))):
        code = table.get(_plain(piece))
        if code is None:
            refused += _not_listed(piece, label, wrong)
        elif code not in found:
            found.append(code)
    return tuple(found), refused


def _not_listed(text: str, label: Said, wrong: list[Said]) -> int:
    """Say why a text is not taken, without repeating it; 1 where the gate refused it (G2)."""
    refusals = check_text(text)
    if not refusals:
        wrong.append(
            (
                f"{label[0]}不在可选项中，请从列表选一项；其他情况请在事项页写明",
                f"{label[1]} is none of the list; choose one there, and tell the rest on the matter's page",
            )
        )
        return 0
    for one in refusals:
        zh = f"{label[0]}{one.zh}" + (f"。{one.offer_zh}" if one.offer_zh else "")
        en = f"{label[1]} {one.en}" + (f"; {one.offer_en}" if one.offer_en else "")
        wrong.append((zh, en))
    return 1


def _day(cell: Any, wrong: list[Said]) -> date | None:
    value = None if cell is None else cell.value
    found: date | None = None
    if value is None or not _text(cell):
        return None
    if isinstance(value, datetime):
        found = value.date()
    elif isinstance(value, date):
        found = value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        whole = int(value)
        near = _FIRST_DAY.toordinal() <= whole + _EXCEL_DAY_0 <= _LAST_DAY.toordinal()
        found = date.fromordinal(whole + _EXCEL_DAY_0) if near else _of_digits(str(whole))
    else:
        match = _DATE.fullmatch(_text(cell))
        found = _of_parts(match.groups()) if match else _of_digits(_text(cell))
    if found is None or not _FIRST_DAY <= found <= _LAST_DAY:
        wrong.append(("完成日期不是日期，请写成 2026-11-15", "the date is none; write it like 2026-11-15"))
        return None
    return found


def _of_digits(text: str) -> date | None:
    return _of_parts((text[:4], text[4:6], text[6:])) if re.fullmatch(r"\d{8}", text) else None


def _of_parts(parts: Iterable[str]) -> date | None:
    try:
        year, month, day = map(int, parts)
        return date(year, month, day)
    except ValueError:
        return None
