"""What the sheets of an unknown file hold: where the header stands and what each column seems to be."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from data.forbidden import Additions, forbidden_header, header_key, may_show_header
from data.ingest.cells import flag, gate_codes, gate_numbers, gate_units, people_band
from data.ingest.dates import read_dates
from data.ingest.headers import Header, possible_headers
from data.ingest.no_values import set_aside
from data.ingest.sheets import LEAD
from data.ingest.sources import Fetch, Source, all_sources, matches, tidy
from data.ingest.synonyms import (
    ATTRIBUTE_HEADERS,
    EVENT_HEADERS,
    LABELS,
    MATTER_HEADERS,
    date_kind,
    header_field,
    kinds_of,
    labels_of,
)
from data.ingest.totals import no_records
from data.vocabulary import REMARKS

#: A column is taken for a field only where this share of its filled cells fits; code lists may be half unknown.
FITS = 0.8
#: Names of columns that hold the same words and mean something else: what it was before, how it came in.
_OTHER_STATE = re.compile("原|前|曾|拟|变更|更正|建议|关联|方式|渠道|来源|性质")
_COUNTING = "0123456789０１２３４５６７８９"
CODES_FIT = 0.5
OURS, SYNONYM, BY_CONTENT = 1.0, 0.9, 0.7
_DATES = ("registered", "known", "occurred", "due", "received_on")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One sheet as surveyed: its named columns (kept-out ones with their rule, never read) and the cells of the rest.

    `frame` has one String column per readable header, and `row` as the spreadsheet numbers it.
    """

    name: str
    headers: tuple[str, ...]
    kept_out: Mapping[str, str]
    doubled: tuple[str, ...]
    frame: pl.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """That a column is a field (or its dates a kind of event), and how sure that is, 0 to 1; `fit`: None if empty."""

    header: str
    field: str
    confidence: float
    fit: float | None


def survey(path: Path, additions: Additions | None, fetch: Fetch | None = None) -> list[Sheet]:
    """The sheets in which a header was found, those of one shape under each other.

    Raises InputRefused for an unreadable file.
    """
    found = [_surveyed(source, additions) for source in all_sources(path, fetch)]
    return _stacked([sheet for sheet in found if sheet is not None])


def guesses(
    sheet: Sheet, fields: Mapping[str, tuple[str, ...]], offices: pl.DataFrame, zone: str, additions: Additions | None
) -> tuple[dict[str, Guess], list[tuple[str, list[str]]]]:
    """The columns that are fields, and the fields several columns claim equally well."""
    claims: dict[str, list[Guess]] = {}
    for header in sheet.frame.columns[1:]:
        said = header_field(header, fields)
        if said is None:
            continue
        field, ours = said
        fit = fitness(sheet.frame[header], field, offices, zone, additions)
        if fit is None or fit >= (CODES_FIT if field in (*LABELS, "kind") else FITS):
            base = OURS if ours else SYNONYM
            sure = round(base * (0.6 if fit is None else fit), 2)
            claims.setdefault(field, []).append(Guess(header=header, field=field, confidence=sure, fit=fit))
    chosen: dict[str, Guess] = {}
    open_questions: list[tuple[str, list[str]]] = []
    for field, rivals in claims.items():
        best = [one for one in rivals if header_key(one.header) == fields[field][0]] or rivals
        if len(best) == 1:
            chosen[field] = best[0]
        else:
            open_questions.append((field, [one.header for one in best]))
    return chosen, open_questions


def date_guesses(sheet: Sheet, taken: Sequence[str], zone: str) -> list[Guess]:
    """Columns of dates that are a kind of event each, in the sheet's order."""
    found: list[Guess] = []
    for header in sheet.frame.columns[1:]:
        kind = date_kind(header)
        if kind is None or header in taken:
            continue
        fit = fitness(sheet.frame[header], "occurred", pl.DataFrame(), zone, None)
        if fit is None or fit >= FITS:
            sure = round(SYNONYM * (0.6 if fit is None else fit), 2)
            found.append(Guess(header=header, field=kind, confidence=sure, fit=fit))
    return found


def by_content(sheet: Sheet, field: str, taken: Sequence[str]) -> Guess | None:
    """The one column, whatever its name, nearly all of whose cells are words of a field, three of them at least.

    A name that speaks of an earlier, later or intended state is not enough.
    """
    found: list[Guess] = []
    for header in sheet.frame.columns[1:]:
        cells = sheet.frame[header].drop_nulls()
        if header in taken or cells.is_empty() or not may_show_header(header) or _OTHER_STATE.search(header):
            continue
        written = cells.unique().to_list()
        known = kinds_of(written) if field == "kind" else labels_of(written, LABELS[field])
        share = _share(cells.is_in(list(known)))
        if len(set(known.values())) >= 3 and share >= 0.9:
            found.append(Guess(header=header, field=field, confidence=round(BY_CONTENT * share, 2), fit=share))
    return found[0] if len(found) == 1 else None


def fitness(
    column: pl.Series, field: str, offices: pl.DataFrame, zone: str, additions: Additions | None
) -> float | None:
    """The share of the filled cells that can be what the field holds; None where none is filled."""
    cells = column.drop_nulls()
    if cells.is_empty():
        return None
    if field in _DATES:
        return _share(read_dates(cells, zone).is_not_null())
    if field == "office":
        return _share(cells.is_in(offices["name"].to_list() + offices["office_id"].to_list()))
    gates: dict[str, Callable[[pl.Series, Additions | None], pl.Series]] = {
        "matter": gate_numbers, "document_no": gate_numbers, "handler": gate_codes, "department": gate_units
    }  # fmt: skip
    if field in gates:
        return _share(gates[field](cells, additions).is_null())
    if field == "people":
        return _share(cells.to_frame().select(people_band(pl.col(cells.name)).is_not_null()).to_series())
    if field in ("first_time", "reply_possible"):
        return _share(cells.to_frame().select(flag(pl.col(cells.name)).is_not_null()).to_series())
    if field == "remarks":
        parts = cells.str.replace_all(r"[,，;；/|\s]+", "、").str.split("、").explode(empty_as_null=True)
        return _share(parts.drop_nulls().is_in(list(REMARKS)))
    written = cells.unique().to_list()
    known = kinds_of(written) if field == "kind" else labels_of(written, LABELS[field])
    return _share(cells.is_in(list(known)))


def _share(fits: pl.Series) -> float:
    return int(fits.sum()) / len(fits) if len(fits) else 0.0


def _surveyed(source: Source, additions: Additions | None) -> Sheet | None:
    header = _best(possible_headers(source), additions)
    if header is None:
        return None
    at = header.last_row
    keys = [header_key(name) for name in header.names]
    named = {i: name.strip() for i, name in enumerate(header.names) if name.strip()}
    doubled = tuple(dict.fromkeys(name for i, name in named.items() if keys.count(keys[i]) > 1))
    kept_out = {name: rule for name in named.values() if (rule := forbidden_header(name, additions)) is not None}
    # What is kept out by its name is not even read.
    readable = {i: name for i, name in named.items() if name not in kept_out and name not in doubled}
    loaded = source.load(at, sorted(readable)).cast(pl.String)
    frame = loaded.select(
        pl.int_range(at + 1, at + 1 + pl.len(), dtype=pl.Int64).alias("row"),
        *(tidy(pl.col(str(i))).alias(name) for i, name in sorted(readable.items()) if name != "row"),
    )
    cells = [name for name in frame.columns if name != "row"]
    if cells:
        frame, _ = set_aside(frame, {name: name for name in cells})
        matter = next((name for name in cells if header_field(name, MATTER_HEADERS) == ("matter", True)), cells[0])
        why = no_records(frame, cells[:LEAD], matter, header_key(matter))
        frame = frame.filter(why.is_null() & pl.any_horizontal(pl.col(cells).is_not_null()))
    return Sheet(
        name=source.name,
        headers=tuple(named.values()),
        kept_out=kept_out,
        doubled=doubled,
        frame=frame if cells else frame.clear(),
    )


def _best(headers: Sequence[Header], additions: Additions | None) -> Header | None:
    """The header with the most names we know (a doubled one takes two away), then the first; None under two."""
    best: Header | None = None
    score = (0, 0)
    for header in headers:
        names = [name for name in header.names if name.strip()]
        known = len({header_key(name) for name in names if _is_header(name, additions)})
        doubled = len(names) - len({header_key(name) for name in names})
        now = (known - 2 * doubled, -doubled)
        if known > 1 and (best is None or now > score):
            best, score = header, now
    return best


def _stacked(sheets: Sequence[Sheet]) -> list[Sheet]:
    """Sheets of one shape whose names differ in one place only (2024年, 2025年) as one, named by the pattern."""
    shapes: dict[tuple[str, ...], list[Sheet]] = {}
    for sheet in sheets:
        shapes.setdefault(tuple(map(header_key, sheet.headers)), []).append(sheet)
    found: list[Sheet] = []
    for alike in shapes.values():
        pattern = _pattern([sheet.name for sheet in alike])
        if pattern is None or any(matches(other.name, pattern) for other in sheets if other not in alike):
            found += alike
            continue
        frames = [
            sheet.frame.rename(dict(zip(sheet.frame.columns, alike[0].frame.columns, strict=True))) for sheet in alike
        ]
        found.append(replace(alike[0], name=pattern, frame=pl.concat(frames)))
    return found


def _pattern(names: Sequence[str]) -> str | None:
    start, end = _start(names).rstrip(_COUNTING), _start([name[::-1] for name in names])[::-1].lstrip(_COUNTING)
    end = end[max(0, len(start) + len(end) - min(map(len, names))) :]
    middles = [name[len(start) : len(name) - len(end)] for name in names]
    # Only what counts (years, months, quarters) tells sheets of one table apart.
    counted = all(
        re.fullmatch(r"[0-9０-９一二三四五六七八九十〇零\-_.年月季度上下半全第]*", middle) for middle in middles
    )
    return f"{start}*{end}" if len(names) > 1 and counted and start + end else None


def _start(names: Sequence[str]) -> str:
    """The letters all names begin with."""
    alike = [len(set(letters)) == 1 for letters in zip(*names, strict=False)]
    return names[0][: [*alike, False].index(False)]


def _is_header(cell: str, additions: Additions | None) -> bool:
    if len(cell) > 20:
        return False
    known = any(header_field(cell, fields) for fields in (MATTER_HEADERS, EVENT_HEADERS, ATTRIBUTE_HEADERS))
    return known or date_kind(cell) is not None or forbidden_header(cell, additions) is not None
