"""Which tables a file holds: the header row found, the mapped columns read, everything else left unread."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from data.distinct import CELL
from data.forbidden import Additions, forbidden_header, header_key
from data.ingest.headers import MOST_COLUMNS, Header
from data.ingest.located import Column, in_common, locate, refuse_missing, specs_of, wanted_columns
from data.ingest.no_values import set_aside
from data.ingest.reading import Reading, SheetReading
from data.ingest.sources import Fetch, Source, shown_header, sources, tidied_cells, tidy
from data.ingest.totals import no_records
from data.mapping import Mapping, SheetSpec
from data.vault import TOKEN, Identities

#: Rows of the second sheet of one table are numbered from here, those of the third from twice that, and so on.
PART = 1 << 32
#: So many columns before the number are looked at to tell a total from a record.
LEAD = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The mapped cells of one sheet, or of several of one shape under each other.

    `frame` has `row` and one column of CELL per mapped header (named `cell_of(header)`), folded and stripped, null
    where empty or absent.  `row` is the number the spreadsheet shows plus PART times the place of its sheet in
    `parts` (see `placed`).  `noted` are cells that hold no value, as (row, column, cell, rule).
    """

    sheet: str
    frame: pl.DataFrame
    absent: tuple[Column, ...]
    forbidden: tuple[Column, ...]
    unread: tuple[Column, ...]
    parts: tuple[str, ...]
    noted: pl.DataFrame
    readings: tuple[SheetReading, ...]
    unlike: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """The tables of a file: of matters (None for a log of events) and of events (with one matter per row: the same)."""

    matters: Table | None
    events: Table
    reading: Reading

    @property
    def each(self) -> tuple[Table, ...]:
        """The different ones."""
        return (self.events,) if self.matters in (None, self.events) else (self.matters, self.events)


def cell_of(header: str) -> str:
    """The name of a mapped column in a Table's frame; no header can collide with our own names."""
    return f"cell:{header}"


def placed(rows: pl.DataFrame, parts: Sequence[str], row: str = "row") -> pl.DataFrame:
    """Rows of reports with the sheet's own row number in place of ours, and its name in `sheet`."""
    at = rows[row] // PART
    names = pl.Series(list(parts), dtype=pl.String)
    return rows.with_columns(names.gather(at).alias("sheet"), (pl.col(row) % PART).alias(row))


def read_tables(
    path: Path,
    mapping: Mapping,
    additions: Additions | None = None,
    fetch: Fetch | None = None,
    identities: Identities | None = None,
) -> Tables:
    """The tables a mapping asks for.

    With `identities` the frame of the matters has the column TOKEN; what it was made from leaves this module nowhere.

    A workbook, a single table (CSV, Parquet, XES, a query), or, for a mapping of two sheets, a folder with one file
    per sheet named after it.  Raises InputRefused for an unreadable file, a missing sheet, or missing required
    columns (all of them at once).
    """
    specs = specs_of(mapping)
    problems: list[tuple[str, str]] = []
    found = sources(path, specs, fetch)
    tables: list[Table] = []
    place = 0
    for some, spec in zip(found.of_spec, specs, strict=True):
        hashing = identities if spec is (mapping.matters or mapping.events) else None
        table = _stacked(some, spec, mapping, additions, problems, place, hashing)
        if table is not None:
            tables.append(table)
        place += len(some)
    if problems or len(tables) < len(specs):
        refuse_missing(path, problems)
    reading = Reading(
        sheets=tuple(one for table in tables for one in table.readings),
        other_sheets=found.others,
        unlike=tuple(name for table in tables for name in table.unlike),
        macros=any(one.macros for some in found.of_spec for one in some),
    )
    return Tables(matters=tables[0] if mapping.matters is not None else None, events=tables[-1], reading=reading)


def _stacked(
    some: Sequence[Source],
    spec: SheetSpec,
    mapping: Mapping,
    additions: Additions | None,
    problems: list[tuple[str, str]],
    place: int,
    identities: Identities | None,
) -> Table | None:
    """The sheets of one spec under each other; of several, those without the needed columns are left out and named."""
    several = len(some) > 1
    parts: list[Table] = []
    unlike: list[str] = []
    of_parts: list[tuple[str, str]] = []
    for at, source in enumerate(some):
        one = _table(source, spec, mapping, additions, of_parts, place + at, identities)
        if one is not None:
            parts.append(one)
        elif any(map(any, source.head)):
            unlike.append(shown_header(source.name))
    if not parts or not several:
        problems += of_parts
        if not parts:
            return None
    return Table(
        sheet=parts[0].sheet if not several else spec.sheet or "",
        frame=pl.concat([part.frame for part in parts]),
        absent=in_common([part.absent for part in parts]),
        forbidden=_each([part.forbidden for part in parts]),
        unread=_each([part.unread for part in parts]),
        parts=tuple(shown_header(source.name) if source.name else spec.sheet or "" for source in some),
        noted=pl.concat([part.noted for part in parts]),
        readings=tuple(reading for part in parts for reading in part.readings),
        unlike=tuple(unlike) if several else (),
    )


def _each(columns: Sequence[tuple[Column, ...]]) -> tuple[Column, ...]:
    """Each header once, with the first sheet it stands in."""
    return tuple({column.header: column for some in reversed(columns) for column in reversed(some)}.values())[::-1]


def _table(
    source: Source,
    spec: SheetSpec,
    mapping: Mapping,
    additions: Additions | None,
    problems: list[tuple[str, str]],
    place: int,
    identities: Identities | None,
) -> Table | None:
    place_of = locate(source, spec, mapping, problems, identities)
    if place_of is None:
        return None
    sheet, header, keys, columns = place_of.sheet, place_of.header, place_of.keys, place_of.columns
    wanted, headers = wanted_columns(spec, mapping), header.names
    at = header.last_row
    matter = columns[spec.columns["matter"]]
    rules = {i: forbidden_header(name, additions) for i, name in enumerate(headers) if i not in columns.values()}
    # What stands before the number says whether a row is a total; what the gate keeps out by name stays unread.
    lead = [i for i in range(min(matter, LEAD)) if rules.get(i) is None] + [matter]
    person = [i for i in rules if identities is not None and keys[i] == header_key(identities.column)]
    loaded = source.load(at, sorted({*columns.values(), *lead, *person}))
    of_office = columns.get(spec.columns.get("office", ""))
    hashed = None if identities is None else _hashed(loaded, identities, of_office, person)
    tidied = {name: tidied_cells(loaded[name]) for name in loaded.columns if name not in map(str, person)}
    cells = pl.select(pl.int_range(at + 1, at + 1 + loaded.height, dtype=pl.Int64).alias("row") + place * PART)
    cells = cells.with_columns(
        *(tidied[str(columns[h])].alias(cell_of(h)) for h in wanted if h in columns),
        *(pl.lit(None, CELL).alias(cell_of(h)) for h in wanted if h not in columns),
        *(tidied[str(i)].alias(f"lead:{i}") for i in lead),
    )
    del loaded, tidied
    cells, noted = set_aside(cells, {cell_of(name): name for name in columns})
    why = no_records(cells, [f"lead:{i}" for i in lead], cell_of(spec.columns["matter"]), keys[matter])
    cells = cells.select("row", *(cell_of(h) for h in wanted))
    kept = why.is_null() & cells.select(pl.any_horizontal(pl.exclude("row").is_not_null())).to_series()
    if hashed is not None:
        cells = cells.with_columns(hashed)
    return Table(
        sheet=sheet,
        frame=cells if kept.all() else cells.filter(kept),
        absent=place_of.absent,
        forbidden=tuple(
            Column(sheet=sheet, header=shown_header(headers[i]), rule=rule)
            for i, rule in rules.items()
            if rule and i not in person
        ),
        unread=tuple(
            Column(sheet=sheet, header=shown_header(headers[i]))
            for i, rule in rules.items()
            if rule is None and headers[i].strip()
        ),
        parts=(),
        noted=noted,
        readings=(_reading(source, header, why),),
        unlike=(),
    )


def _hashed(loaded: pl.DataFrame, identities: Identities, office: int | None, person: Sequence[int]) -> pl.Series:
    """The hashes of the identity column, which is in none of what is handed on; empty where there is no such column."""
    if not person:
        return pl.Series(TOKEN, [None] * loaded.height, dtype=pl.String)
    told = [loaded.select(tidy(pl.col(str(i)).cast(pl.String))).to_series() for i in (*person, office) if i is not None]
    return identities.hashed(None if office is None else told[-1], told[0])


def _reading(source: Source, header: Header, why: pl.Series) -> SheetReading:
    named = [i for i in sorted(source.hidden_columns) if i < len(header.names) and header.names[i].strip()]
    return SheetReading(
        sheet=shown_header(source.name),
        header_row=header.last_row,
        hidden=source.hidden,
        hidden_rows=source.hidden_rows,
        hidden_columns=tuple(shown_header(header.names[i]) for i in named),
        totals=int((why == "total").sum()),
        notes=int((why == "note").sum()),
        repeated_headers=int((why == "header").sum()),
        beyond=sum(bool(name.strip()) for name in source.head[header.last_row - 1][MOST_COLUMNS:]),
    )
