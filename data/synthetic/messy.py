"""Ledgers as real offices keep them, one file per style, with the truth about every column and code kept apart."""

# ruff: noqa: S311 - the disorder is no secret

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from data.contract import Register
from data.synthetic.messy_cases import Case, Step, cases_of
from data.synthetic.messy_files import Cell, Page, write_pages
from data.synthetic.messy_styles import (
    ASK,
    CATEGORY_CELL,
    CAUSE_CELL,
    KIND_CELL,
    PATH_CELL,
    STYLES,
    UNREAD,
    Col,
    Sheet,
    Style,
)

#: At most this many matters go into one ledger.
MOST = 160
_ERRORS = ("#N/A", "#REF!", "#VALUE!")
_LABELLED = {id(CATEGORY_CELL): "category", id(CAUSE_CELL): "cause", id(PATH_CELL): "procedure_path"}


@dataclass(frozen=True, slots=True, kw_only=True)
class MessyLedger:
    """A ledger written, and the truth about it.

    `columns`: (sheet pattern, header, meaning); meanings are fields of a mapping, `dates.KIND`, `document_of.COLUMN`,
    `kept_out`, `unread`, or `ask` (only a person can say).  `codes`: word → kind, or `ask`; `labels`: field → word →
    code.  Only words that stand in the file are in either.
    """

    style: str
    path: Path
    office_id: str
    held_out: bool
    columns: tuple[tuple[str, str, str], ...]
    codes: dict[str, str]
    labels: dict[str, dict[str, str]]
    rows: dict[str, int]

    @property
    def records(self) -> int:
        """How many records stand in the sheets a mapping can read."""
        unread = {
            sheet.name for style in STYLES if style.name == self.style for sheet in style.sheets if not sheet.read
        }
        return sum(count for name, count in self.rows.items() if name not in unread)


def write_messy(register: Register, folder: Path, *, seed: int = 7) -> list[MessyLedger]:
    """Write one ledger in each style, each of one office; the truth goes to `folder`/truth/STYLE.json.

    Everything in them is invented: names, numbers of districts there are not, telephones nobody has.
    """
    (folder / "truth").mkdir(parents=True, exist_ok=True)
    sizes = register.matters["office_id"].value_counts(sort=True)
    # A small office's ledger shows too little of how it is kept.
    offices = (
        sizes.filter(pl.col("count") * 2 >= pl.col("count").max()).sort("count", "office_id")["office_id"].to_list()
    )
    found: list[MessyLedger] = []
    for place, style in enumerate(STYLES):
        office = offices[place % len(offices)]
        cases = cases_of(register, office, random.Random(seed + place))[:MOST]
        ledger = _write(style, cases, office, folder, random.Random(seed + 100 + place))
        truth = {
            name: getattr(ledger, name)
            for name in ("style", "office_id", "held_out", "columns", "codes", "labels", "rows")
        }
        truth["file"] = ledger.path.name
        text = json.dumps(truth, ensure_ascii=False, indent=1)
        (folder / "truth" / f"{style.name}.json").write_text(text + "\n", encoding="utf-8")
        found.append(ledger)
    return found


def _write(style: Style, cases: Sequence[Case], office: str, folder: Path, rng: random.Random) -> MessyLedger:
    pages: list[Page] = []
    columns: list[tuple[str, str, str]] = []
    codes: dict[str, str] = {}
    labels: dict[str, dict[str, str]] = {field: {} for field in style.labels}
    rows: dict[str, int] = {}
    for sheet in style.sheets:
        columns += [(sheet.name.replace("{year}", "*"), col.header, col.meaning) for col in sheet.columns]
        years = sorted({case.year for case in cases}) if sheet.by_year else [0]
        for year in years:
            some = [case for case in cases if year in (0, case.year)]
            lines = _lines(sheet, some)
            told = [[_cell(col, line, at, style, sheet, codes, labels) for col in sheet.columns]
                    for at, line in enumerate(lines)]  # fmt: skip
            name = sheet.name.format(year=year)
            rows[name] = len(told)
            pages.append(_page(name, sheet, told, rng))
    path = write_pages(folder / f"{style.name}{style.ending}", pages)
    return MessyLedger(
        style=style.name,
        path=path,
        office_id=office,
        held_out=style.held_out,
        columns=tuple(columns),
        codes=codes,
        labels=labels,
        rows=rows,
    )


def _lines(sheet: Sheet, cases: Sequence[Case]) -> list[tuple[Case, Step | None]]:
    if sheet.rows == "matters":
        return [(case, None) for case in cases]
    found: list[tuple[Case, Step | None]] = []
    for case in cases:
        began = Step(kind="registered", day=case.registered, entered=case.entered, people=None, document=None, due=None)
        steps = (began, *case.steps) if sheet.kinds is None or "registered" in sheet.kinds else case.steps
        found += [(case, step) for step in steps if sheet.kinds is None or step.kind in sheet.kinds]
    return found


def _cell(
    col: Col,
    line: tuple[Case, Step | None],
    at: int,
    style: Style,
    sheet: Sheet,
    codes: dict[str, str],
    labels: dict[str, dict[str, str]],
) -> Cell:
    value = col.of(line[0], line[1], at)
    if col.of is KIND_CELL:
        kind = str(value)
        word = style.asked.get(kind, sheet.codes(kind))
        if sheet.read:
            codes[word] = ASK if kind in style.asked else kind
        return word
    field = _LABELLED.get(id(col.of))
    if field is None or field not in style.labels:
        return value
    word = style.labels[field](str(value))
    if col.meaning != UNREAD:
        labels[field][word] = str(value)
    return word


def _page(name: str, sheet: Sheet, told: list[list[Cell]], rng: random.Random) -> Page:
    width = len(sheet.columns)
    headers: list[Cell] = [col.header for col in sheet.columns]
    top: list[list[Cell]] = []
    merges: list[tuple[int, int, int, int]] = []
    if sheet.title:
        top.append([sheet.title, *[None] * (width - 1)])
        merges.append((0, 0, 0, width - 1))
    if sheet.two_rows:
        at = len(top)
        upper: list[Cell] = [None] * width
        start = 0
        while start < width:
            group, end = sheet.columns[start].group, start
            while group and end + 1 < width and sheet.columns[end + 1].group == group:
                end += 1
            upper[start] = group or headers[start]
            if not group:
                merges.append((at, start, at + 1, start))
            elif end > start:
                merges.append((at, start, at, end))
            start = end + 1
        top += [upper, [header if col.group else None for header, col in zip(headers, sheet.columns, strict=True)]]
    else:
        top.append(headers)
    body: list[list[Cell]] = []
    for at, row in enumerate(told):
        if sheet.header_again and at and at % sheet.header_again == 0:
            body.append(headers)
        body.append([_spoilt(cell, rng, sheet.errors) for cell in row])
    if sheet.total:
        body.append([sheet.total, *[None] * (width - 2), len(told)])
    return Page(name=name, rows=[*top, *body], merges=() if name == "" else tuple(merges))


def _spoilt(cell: Cell, rng: random.Random, share: float) -> Cell:
    """Now and then a broken reference stands in place of a value that may be missing."""
    return rng.choice(_ERRORS) if share and cell is not None and rng.random() < share else cell
