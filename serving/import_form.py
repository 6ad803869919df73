"""What the import form shows of a file and its mapping, and which mapping comes out of the form."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from data.forbidden import forbidden_value, name_runs, shown
from data.ingest.dates import read_dates
from data.ingest.propose import propose
from data.ingest.remembered import merged, missing_columns
from data.ingest.sources import all_sources, shown_header
from data.ingest.survey import Sheet, survey
from data.mapping import EVENT_FIELDS, MATTER_FIELDS, parse_mapping
from data.store.mappings import StoredMapping
from data.vocabulary import KIND, KINDS

PREVIEW = 20
#: What stands in a preview in place of a cell that may be personal, and of one in a column that is left unread.
HIDDEN, BLOCKED = "□", "■"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of the form: where it stands, what it is taken for, how sure, and whether the gate keeps it out."""

    name: str
    sheet: str
    header: str
    shown: str
    chosen: str
    confidence: str
    forbidden: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One code of the column of kinds and the kind it is taken for."""

    name: str
    label: str
    shown: str
    rows: int
    chosen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The first rows of a sheet as they may be shown."""

    sheet: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The whole form."""

    layout: str
    columns: tuple[Column, ...]
    codes: tuple[Code, ...]
    previews: tuple[Preview, ...]
    notes: tuple[tuple[str, str], ...]
    table: dict[str, Any]


def start(path: Path, offices: pl.DataFrame, office_id: str, stored: StoredMapping | None) -> dict[str, Any]:
    """The mapping to begin with, as plain tables: the office's remembered one as far as it fits, else a proposal."""
    found = propose(path, offices=offices, name=f"ledger_{_slug(office_id)}", office_id=office_id)
    proposed = tomllib.loads(found.toml())
    if stored is None:
        return proposed
    remembered = parse_mapping(stored.mapping.toml, remembered=True)
    gone = missing_columns(path, remembered, stored.mapping.columns, all_sources(path))
    return merged(tomllib.loads(stored.mapping.toml), proposed, gone)


def declared(path: Path, offices: pl.DataFrame, office_id: str, owner: str, confirmed_by: str) -> dict[str, Any]:
    """The attributes the file offers, as declared by one department and confirmed by another."""
    found = propose(path, offices=offices, name="x", office_id=office_id)
    return dict(tomllib.loads(found.toml(owner=owner, confirmed_by=confirmed_by)).get("attributes", {}))


def form_of(path: Path, table: dict[str, Any], offices: pl.DataFrame, office_id: str) -> Form:
    """The form for a file under a mapping as it stands; nothing in it shows what the gate keeps out."""
    sheets = _used(survey(path, None), table)
    sure = propose(path, offices=offices, name="x", office_id=office_id)
    confidence = {(part.sheet, one.header): one.confidence for part in sure.parts for one in part.columns.values()}
    confidence |= {(sure.parts[0].sheet if sure.parts else "", one.header): one.confidence for one in sure.dates}
    columns: list[Column] = []
    for sheet in sheets:
        taken = _taken(table, sheet.name)
        for header in sheet.headers:
            share = confidence.get((sheet.name, header))
            columns.append(
                Column(
                    name=f"c{len(columns)}",
                    sheet=sheet.name,
                    header=header,
                    shown=shown_header(header),
                    chosen=taken.get(header, ""),
                    confidence="" if share is None or not taken.get(header) else f"{share:.0%}",
                    forbidden=header in sheet.kept_out,
                )
            )
    return Form(
        layout=str(table["layout"]),
        columns=tuple(columns),
        codes=_codes(sheets, table),
        previews=tuple(_preview(sheet, _taken(table, sheet.name)) for sheet in sheets),
        notes=(*sure.notes, *sure.problems),
        table=table,
    )


def options(layout: str, role: str) -> list[str]:
    """What a column may be taken for, as values of its select."""
    if layout == "matter_per_row":
        return [*MATTER_FIELDS, *(f"date:{kind.code}" for kind in KINDS if kind.code != "registered")]
    return list(MATTER_FIELDS if role == "matters" else EVENT_FIELDS)


def role_of(table: Mapping[str, Any], sheet: str) -> str:
    """Whether a sheet of a mapping holds matters or events."""
    if table["layout"] != "sheets":
        return "matters" if table["layout"] == "matter_per_row" else "events"
    return next((role for role, one in table["sheets"].items() if one["name"] == sheet), "events")


def filled(form: Form, sent: Mapping[str, str]) -> dict[str, Any]:
    """The mapping the form says, as plain tables; what the form does not ask for stays as it was."""
    table: dict[str, Any] = {**form.table}
    for key, choices in (("numbering", ("per_matter", "per_contact")), ("coverage", ("full", "append"))):
        if sent.get(key) in choices:
            table[key] = sent[key]
    if (days := sent.get("lag", "")).isdecimal() and len(days) <= 3:
        kinds = dict(table.get("lag", {}).get("kinds", {})) or {
            kind.code: 30 for kind in KINDS if kind.role in ("rating", "end")
        }
        table["lag"] = {"default_days": int(days), "kinds": kinds}
    if table["layout"] == "sheets":
        table["sheets"] = {role: {**one, "columns": {}} for role, one in table["sheets"].items()}
    else:
        table["columns"] = {}
    before = dict(form.table.get("dates", {}))
    dates: dict[str, Any] = {}
    for column in form.columns:
        chosen = sent.get(column.name, "")
        role = role_of(form.table, column.sheet)
        if column.forbidden or chosen not in options(form.layout, role):
            continue
        if chosen.startswith("date:"):
            kind, old = chosen.removeprefix("date:"), before.get(column.header)
            dates[column.header] = {**old, "kind": kind} if isinstance(old, dict) else kind
        else:
            here = table["sheets"][role]["columns"] if table["layout"] == "sheets" else table["columns"]
            here[chosen] = column.header
    if table["layout"] == "matter_per_row":
        table["dates"] = dates
    else:
        asked = {code.label: sent.get(code.name, "") for code in form.codes}
        kept = {label: kind for label, kind in table.get("kinds", {}).items() if label not in asked}
        table["kinds"] = kept | {label: kind for label, kind in asked.items() if kind in KIND}
    return table


def _slug(office_id: str) -> str:
    return "".join(sign for sign in office_id.lower() if sign.isascii() and sign.isalnum())[:20] or "office"


def _used(sheets: Sequence[Sheet], table: Mapping[str, Any]) -> list[Sheet]:
    if table["layout"] == "sheets":
        names = [one["name"] for one in table["sheets"].values()]
        return [sheet for sheet in sheets if sheet.name in names]
    named = [sheet for sheet in sheets if sheet.name == table.get("sheet", sheet.name)]
    return (named or list(sheets))[:1]


def _taken(table: Mapping[str, Any], sheet: str) -> dict[str, str]:
    """header → what it is taken for."""
    single = table["layout"] != "sheets"
    columns = table.get("columns", {}) if single else table["sheets"][role_of(table, sheet)]["columns"]
    found = {header: field for field, header in columns.items()}
    for header, kind in table.get("dates", {}).items():
        found[header] = "date:" + (kind["kind"] if isinstance(kind, dict) else kind)
    return found


def _codes(sheets: Sequence[Sheet], table: Mapping[str, Any]) -> tuple[Code, ...]:
    found: list[Code] = []
    for sheet in sheets:
        header = next((h for h, field in _taken(table, sheet.name).items() if field == "kind"), None)
        if header is None or header not in sheet.frame.columns or table["layout"] == "matter_per_row":
            continue
        counts = sheet.frame[header].drop_nulls().value_counts(sort=True, name="n")
        for label, rows in counts.head(200).iter_rows():
            if forbidden_value(label) is None and len(label) <= 40:
                kind = table.get("kinds", {}).get(label, "")
                chosen = kind if isinstance(kind, str) else str(kind.get("kind", ""))
                found.append(Code(name=f"k{len(found)}", label=label, shown=shown(label), rows=rows, chosen=chosen))
    return tuple(found)


def _preview(sheet: Sheet, taken: Mapping[str, str]) -> Preview:
    def cell(header: str, text: str | None) -> str:
        if text is None:
            return ""
        if taken.get(header) in ("matter", "document_no") and forbidden_value(text) is None and not name_runs(text):
            return text
        if len(text) <= 30 and read_dates(pl.Series([text]), "Asia/Shanghai")[0] is not None:
            return text
        return text if shown(text) == text else HIDDEN

    readable = [header for header in sheet.headers if header in sheet.frame.columns]
    rows = sheet.frame.select(readable).head(PREVIEW).rows() if readable else []
    blocked = [header for header in sheet.headers if header not in readable]
    return Preview(
        sheet=shown_header(sheet.name),
        headers=tuple(shown_header(header) for header in (*readable, *blocked)),
        rows=tuple(
            (*(cell(header, text) for header, text in zip(readable, row, strict=True)), *(BLOCKED for _ in blocked))
            for row in rows
        ),
    )
