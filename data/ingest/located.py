"""Where the columns of a mapping stand in a file: the header row found, and what of the mapping it lacks."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from data.errors import InputRefused
from data.forbidden import header_key
from data.ingest.headers import Header, possible_headers
from data.ingest.sources import Source, is_pattern, shown_header, sources
from data.mapping import Mapping, SheetSpec
from data.vault import Identities

#: Our fields a table cannot do without; any other mapped column may be absent and is then reported.
REQUIRED = ("matter", "office", "registered", "kind", "occurred")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column by its sheet and header; `rule` says why it was kept out, if by the gate."""

    sheet: str
    header: str
    rule: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """The header of a sheet under a mapping: `keys` its names as they are compared, `columns` the place of each wanted
    one, `absent` those it lacks (the identity column among them, where one is asked for)."""

    sheet: str
    header: Header
    keys: tuple[str, ...]
    columns: dict[str, int]
    absent: tuple[Column, ...]


def locate(
    source: Source,
    spec: SheetSpec,
    mapping: Mapping,
    problems: list[tuple[str, str]],
    identities: Identities | None = None,
) -> Located | None:
    """The header of a sheet; None, and `problems` say why, where a needed column is not there or stands there twice."""
    sheet = spec.sheet if spec.sheet is not None and not is_pattern(spec.sheet) else shown_header(source.name)
    wanted = wanted_columns(spec, mapping)
    required = [spec.columns[field] for field in REQUIRED if field in spec.columns]
    header = _best(possible_headers(source), required, wanted)
    headers = header.names if header is not None else next((row for row in source.head if any(row)), ())
    keys = tuple(header_key(name) for name in headers)
    for name in required:
        if header is None or header_key(name) not in keys:
            _say_missing(problems, sheet, name, headers)
    named = wanted if identities is None else [*wanted, identities.column]
    doubled = [name for name in named if keys.count(header_key(name)) > 1]
    problems.extend(
        (
            f"{sheet}：“{name}”列出现多次；请只保留一列",
            f"{sheet}: the column {name} stands there more than once; keep one",
        )
        for name in doubled
    )
    if header is None or doubled or any(header_key(name) not in keys for name in required):
        return None
    columns = {name: keys.index(header_key(name)) for name in wanted if header_key(name) in keys}
    return Located(
        sheet=sheet,
        header=header,
        keys=keys,
        columns=columns,
        absent=tuple(Column(sheet=sheet, header=name) for name in named if header_key(name) not in keys),
    )


def absent_columns(path: Path, mapping: Mapping, opened: Sequence[Source]) -> set[str]:
    """The columns a mapping reads that a file lacks, found by its first rows alone; `opened`: all its sheets.

    Raises InputRefused as reading the file under the mapping would, for what its headers show.
    """
    specs = specs_of(mapping)
    found = sources(path, specs, opened=opened)
    absent: set[str] = set()
    problems: list[tuple[str, str]] = []
    for some, spec in zip(found.of_spec, specs, strict=True):
        of_sheets: list[tuple[str, str]] = []
        located = [one for source in some if (one := locate(source, spec, mapping, of_sheets)) is not None]
        # Of several sheets, those of another shape are left out; of one, what it lacks is said.
        problems += of_sheets if not located else []
        absent.update(column.header for column in in_common([one.absent for one in located]))
    if problems:
        refuse_missing(path, problems)
    return absent


def specs_of(mapping: Mapping) -> list[SheetSpec]:
    """The tables a mapping asks for; with one matter per row the two are one."""
    specs = [spec for spec in (mapping.matters, mapping.events) if spec is not None]
    return specs[:1] if mapping.matters is mapping.events else specs


def in_common(columns: Sequence[tuple[Column, ...]]) -> tuple[Column, ...]:
    """The columns that stand in every one of the lists, by their headers, as the first list has them."""
    headers = [{column.header for column in some} for some in columns]
    return tuple(column for column in (columns[0] if columns else ()) if all(column.header in some for some in headers))


def refuse_missing(path: Path, problems: list[tuple[str, str]]) -> NoReturn:
    """Refuse a file that lacks needed columns, naming them all."""
    raise InputRefused(
        "column_missing",
        f"{path.name}：缺少必要的列，未导入任何内容",
        f"{path.name}: required columns are missing; nothing was written",
        problems,
    )


def wanted_columns(spec: SheetSpec, mapping: Mapping) -> list[str]:
    """Every column the mapping reads of one sheet, each once."""
    return list(dict.fromkeys([*spec.columns.values(), *_more_columns(spec, mapping)]))


def _more_columns(spec: SheetSpec, mapping: Mapping) -> list[str]:
    # Attributes stand in the matters sheet where there is one, amounts beside the events.
    more = [one.column for one in mapping.attributes] if spec is (mapping.matters or mapping.events) else []
    if spec is mapping.events:
        more += [rule.amount for rule in mapping.kinds.values() if rule.amount is not None]
        more += [date.column for date in mapping.dates]
        more += [date.document_no for date in mapping.dates if date.document_no is not None]
    return more


def _best(headers: Sequence[Header], required: Sequence[str], wanted: Sequence[str]) -> Header | None:
    """The header with all we need, then with the most of what we want, then the first."""
    need, want = {header_key(name) for name in required}, {header_key(name) for name in wanted}
    best: Header | None = None
    score = (False, 0)
    for header in headers:
        keys = {header_key(name) for name in header.names}
        now = (need <= keys, len(want & keys))
        if now > score:
            best, score = header, now
    return best if score[1] else None


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
