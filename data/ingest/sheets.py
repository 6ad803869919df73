"""Which tables a file holds: the header row found, the mapped columns read, everything else left unread."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from data.errors import InputRefused
from data.forbidden import Additions, forbidden_header, header_key
from data.ingest.sources import Source, shown_header, sources, tidy
from data.mapping import Mapping, SheetSpec

#: Our fields a table cannot do without; any other mapped column may be absent and is then reported.
REQUIRED = ("matter", "office", "registered", "kind", "occurred")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column by its sheet and header; `rule` says why it was kept out, if by the gate."""

    sheet: str
    header: str
    rule: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The mapped cells of one sheet: `frame` has `row` (1-based, as the spreadsheet numbers it) and one String
    column per mapped header (named `cell_of(header)`), folded and stripped, null where empty or absent."""

    sheet: str
    frame: pl.DataFrame
    absent: tuple[Column, ...]
    forbidden: tuple[Column, ...]
    unread: tuple[Column, ...]


def cell_of(header: str) -> str:
    """The name of a mapped column in a Table's frame; no header can collide with our own names."""
    return f"cell:{header}"


def read_tables(path: Path, mapping: Mapping, additions: Additions | None = None) -> tuple[Table | None, Table]:
    """The matters table (None for a log of events) and the events table of a file (with one matter per row: one table).

    A workbook, a CSV, or, for a mapping of two sheets, a folder with one CSV per sheet named after it.
    Raises InputRefused for an unreadable file, a missing sheet, or missing required columns (all of them at once).
    """
    specs = [spec for spec in (mapping.matters, mapping.events) if spec is not None]
    if mapping.matters is mapping.events:
        specs = specs[:1]
    problems: list[tuple[str, str]] = []
    tables = [
        _table(source, spec, mapping, additions, problems)
        for source, spec in zip(sources(path, specs), specs, strict=True)
    ]
    found = [table for table in tables if table is not None]
    if problems or len(found) < len(specs):
        raise InputRefused(
            "column_missing",
            f"{path.name}：缺少必要的列，未导入任何内容",
            f"{path.name}: required columns are missing; nothing was written",
            problems,
        )
    return (found[0] if mapping.matters is not None else None), found[-1]


def _table(
    source: Source, spec: SheetSpec, mapping: Mapping, additions: Additions | None, problems: list[tuple[str, str]]
) -> Table | None:
    sheet = spec.sheet or source.name
    wanted = list(dict.fromkeys([*spec.columns.values(), *_more_columns(spec, mapping)]))
    required = [spec.columns[field] for field in REQUIRED if field in spec.columns]
    at = _header_row(source.head, required, wanted)
    headers = source.head[at] if at is not None else next((row for row in source.head if any(row)), ())
    keys = [header_key(header) for header in headers]
    for header in required:
        if at is None or header_key(header) not in keys:
            _say_missing(problems, sheet, header, headers)
    doubled = [header for header in wanted if keys.count(header_key(header)) > 1]
    problems.extend(
        (
            f"{sheet}：“{header}”列出现多次；请只保留一列",
            f"{sheet}: the column {header} stands there more than once; keep one",
        )
        for header in doubled
    )
    if at is None or doubled or any(header_key(header) not in keys for header in required):
        return None
    place = {header: keys.index(header_key(header)) for header in wanted if header_key(header) in keys}
    found = source.load(at + 1, sorted(set(place.values())))
    cells = found.select(
        pl.int_range(at + 2, at + 2 + pl.len(), dtype=pl.Int64).alias("row"),
        *(tidy(pl.col(str(place[h])) if h in place else pl.lit(None, pl.String)).alias(cell_of(h)) for h in wanted),
    )
    mapped = set(place.values())
    rest = [(header, forbidden_header(header, additions)) for i, header in enumerate(headers) if i not in mapped]
    return Table(
        sheet=sheet,
        frame=cells.filter(pl.any_horizontal(pl.col([cell_of(h) for h in wanted]).is_not_null())),
        absent=tuple(Column(sheet=sheet, header=header) for header in wanted if header not in place),
        forbidden=tuple(Column(sheet=sheet, header=shown_header(h), rule=rule) for h, rule in rest if rule is not None),
        unread=tuple(Column(sheet=sheet, header=shown_header(h)) for h, rule in rest if rule is None and h.strip()),
    )


def _more_columns(spec: SheetSpec, mapping: Mapping) -> list[str]:
    # Attributes stand in the matters sheet where there is one, amounts beside the events.
    more = [one.column for one in mapping.attributes] if spec is (mapping.matters or mapping.events) else []
    if spec is mapping.events:
        more += [rule.amount for rule in mapping.kinds.values() if rule.amount is not None]
        more += [date.column for date in mapping.dates]
        more += [date.document_no for date in mapping.dates if date.document_no is not None]
    return more


def _header_row(head: Sequence[Sequence[str]], required: Sequence[str], wanted: Sequence[str]) -> int | None:
    need, want = {header_key(header) for header in required}, {header_key(header) for header in wanted}
    scores = [(need <= (keys := {header_key(cell) for cell in row}), len(want & keys)) for row in head]
    best = max(range(len(scores)), key=lambda i: (*scores[i], -i), default=None)
    return best if best is not None and scores[best][1] > 0 else None


def _say_missing(problems: list[tuple[str, str]], sheet: str, header: str, headers: Sequence[str]) -> None:
    names = [shown_header(name) for name in headers if name.strip()]
    near = difflib.get_close_matches(header, names, n=1, cutoff=0.5)
    found = "、".join(names) or "—"
    problems.append(
        (
            f"{sheet}：缺少“{header}”列；找到的表头：{found}。"
            + (f"是否指“{near[0]}”？" if near else "")
            + "请改表头，或在映射中写明对应的列名",
            f"{sheet}: no column {header}; headers found: {found}. "
            + (f"Did you mean {near[0]}? " if near else "")
            + "Rename the header, or name the column in the mapping",
        )
    )
