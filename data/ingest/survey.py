"""What the sheets of an unknown file hold: where the header stands and what each column seems to be."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from data.forbidden import Additions, forbidden_header, header_key, may_show_header
from data.ingest.cells import flag, gate_codes, gate_numbers, gate_units, people_band
from data.ingest.dates import read_dates
from data.ingest.sources import Source, all_sources, tidy
from data.ingest.synonyms import (
    ATTRIBUTE_HEADERS,
    EVENT_HEADERS,
    KIND_LABELS,
    LABELS,
    MATTER_HEADERS,
    code_of,
    date_kind,
    header_field,
)
from data.vocabulary import REMARKS

#: A column is taken for a field only where this share of its filled cells fits; code lists may be half unknown.
FITS = 0.8
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


def survey(path: Path, additions: Additions | None) -> list[Sheet]:
    """The sheets in which a header row was found. Raises InputRefused for an unreadable file."""
    found = [_surveyed(source, additions) for source in all_sources(path)]
    return [sheet for sheet in found if sheet is not None]


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


def kind_by_content(sheet: Sheet, taken: Sequence[str]) -> Guess | None:
    """The one column, whatever its name, nearly all of whose cells are kinds we know, three of them at least."""
    found: list[Guess] = []
    for header in sheet.frame.columns[1:]:
        cells = sheet.frame[header].drop_nulls()
        if header in taken or cells.is_empty() or not may_show_header(header):
            continue
        known = {label for label in cells.unique().to_list() if code_of(label, KIND_LABELS)}
        share = _share(cells.is_in(list(known)))
        if len(known) >= 3 and share >= 0.9:
            found.append(Guess(header=header, field="kind", confidence=round(BY_CONTENT * share, 2), fit=share))
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
    table = KIND_LABELS if field == "kind" else LABELS[field]
    known = [label for label in cells.unique().to_list() if code_of(label, table)]
    return _share(cells.is_in(known))


def _share(fits: pl.Series) -> float:
    return int(fits.sum()) / len(fits) if len(fits) else 0.0


def _surveyed(source: Source, additions: Additions | None) -> Sheet | None:
    scores = [sum(_is_header(cell, additions) for cell in row if cell.strip()) for row in source.head]
    at = max(range(len(scores)), key=lambda i: (scores[i], -i), default=None)
    if at is None or scores[at] < 2:
        return None
    keys = [header_key(header) for header in source.head[at]]
    named = {i: header.strip() for i, header in enumerate(source.head[at]) if header.strip()}
    doubled = tuple(dict.fromkeys(header for i, header in named.items() if keys.count(keys[i]) > 1))
    kept_out = {header: rule for header in named.values() if (rule := forbidden_header(header, additions)) is not None}
    # What is kept out by its name is not even read.
    readable = {i: header for i, header in named.items() if header not in kept_out and header not in doubled}
    loaded = source.load(at + 1, sorted(readable))
    frame = loaded.select(
        pl.int_range(at + 2, at + 2 + pl.len(), dtype=pl.Int64).alias("row"),
        *(tidy(pl.col(str(i))).alias(header) for i, header in sorted(readable.items()) if header != "row"),
    )
    cells = [name for name in frame.columns if name != "row"]
    return Sheet(
        name=source.name,
        headers=tuple(named.values()),
        kept_out=kept_out,
        doubled=doubled,
        frame=frame.filter(pl.any_horizontal(pl.col(cells).is_not_null())) if cells else frame.clear(),
    )


def _is_header(cell: str, additions: Additions | None) -> bool:
    if len(cell) > 20:
        return False
    known = any(header_field(cell, fields) for fields in (MATTER_HEADERS, EVENT_HEADERS, ATTRIBUTE_HEADERS))
    return known or date_kind(cell) is not None or forbidden_header(cell, additions) is not None
