"""What the sheets of an unknown file hold: where the header stands and what each column seems to be."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from data.forbidden import Additions, forbidden_header, header_key
from data.ingest.headers import Header, possible_headers
from data.ingest.no_values import set_aside
from data.ingest.sheets import LEAD
from data.ingest.sources import Fetch, Source, all_sources, matches, tidy
from data.ingest.synonyms import (
    ATTRIBUTE_HEADERS,
    EVENT_HEADERS,
    MATTER_HEADERS,
    OURS,
    date_kind,
    header_field,
)
from data.ingest.totals import no_records

_COUNTING = "0123456789０１２３４５６７８９"


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


def survey(path: Path, additions: Additions | None, fetch: Fetch | None = None) -> list[Sheet]:
    """The sheets in which a header was found, those of one shape under each other.

    Raises InputRefused for an unreadable file.
    """
    found = [_surveyed(source, additions) for source in all_sources(path, fetch)]
    return _stacked([sheet for sheet in found if sheet is not None])


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
        matter = next((name for name in cells if header_field(name, MATTER_HEADERS) == ("matter", OURS)), cells[0])
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
