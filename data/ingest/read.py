"""What a file says, checked row by row, before anything is stored."""

from collections.abc import Mapping, Sequence
from hashlib import file_digest, sha256
from pathlib import Path
from typing import cast

import polars as pl

from data.contract import Matters
from data.errors import InputRefused
from data.forbidden import Additions
from data.ingest.draft import BLANK_SCHEMA, MATTER_COLUMNS, REJECT_SCHEMA, UNKNOWN_SCHEMA, Drafts
from data.ingest.ledger import draft_ledger, matter_rows, office_codes
from data.ingest.log import draft_log
from data.ingest.rows import event_rows
from data.ingest.sheets import Table, placed, read_tables
from data.ingest.sources import Fetch, shown_header
from data.ingest.wide import draft_wide, wide_rows
from data.mapping import FixedOffice
from data.mapping import Mapping as OfficeMapping
from data.times import DAY_US, cutoff_instant, local_date
from data.vault import TOKEN, Identities

_NO_OFFICES = pl.DataFrame(schema={"office_id": pl.String, "name": pl.String})
_NO_MATTERS = pl.DataFrame(schema={"matter_no": pl.String, "matter_id": pl.String})


def read_source(
    path: Path,
    mapping: OfficeMapping,
    *,
    now: int,
    offices: pl.DataFrame | None = None,
    known_matters: pl.DataFrame | None = None,
    observed_until: int | None = None,
    additions: Additions | None = None,
    fetch: Fetch | None = None,
    keys: Mapping[str, bytes] | None = None,
) -> Drafts:
    """The drafts of a file under a mapping; nothing is stored and nothing else is kept.

    `offices` (office_id, name): those a ledger may name.  `known_matters` (matter_no, matter_id): matters stored
    earlier, for appended files.  `observed_until` (UTC microseconds): how far the file reaches; left out, the end
    of the latest day it names.  `fetch` answers a file (or folder) of SQL.  `keys`: the vault's, by office, where it
    is on and the mapping names an identity column.
    Raises InputRefused for a file, sheet or column that is not there or not readable,
    a file without rows, and an `observed_until` more than a day after `now`.
    """
    if observed_until is not None and observed_until > now + DAY_US:
        day = local_date(observed_until - 1, mapping.time_zone)
        raise InputRefused(
            "observed_future",
            f"数据截止日 {day} 在将来；最晚为今天",
            f"the data cannot reach {day}, which lies in the future",
        )
    known_offices = _NO_OFFICES if offices is None else offices
    read = read_tables(path, mapping, additions, fetch, _identities(mapping, known_offices, keys))
    matters, events, tables = read.matters, read.events, read.each
    if all(table.frame.is_empty() for table in tables):
        raise InputRefused(
            "no_rows",
            f"{path.name}：表头之下没有数据，未导入任何内容",
            f"{path.name}: no rows below the header; nothing was written",
        )
    wide = mapping.layout == "matter_per_row"
    rows_of_events = pl.DataFrame() if wide else event_rows(events, mapping)
    dated = [] if wide else [rows_of_events.select("at_occurred", "at_known")]
    if wide and mapping.matters is not None:
        rows_of_matters = wide_rows(events, mapping.matters, mapping)
        dated.append(rows_of_matters.select("at_registered", "at_known", pl.col(r"^at_\d+$")))
        reach = observed_until if observed_until is not None else _reach(dated, now, mapping.time_zone)
        found, drafts, rest = draft_wide(rows_of_matters, mapping.matters, mapping, known_offices, reach, additions)
    elif matters is not None and mapping.matters is not None:
        rows_of_matters = matter_rows(matters, mapping.matters, mapping)
        dated.append(rows_of_matters.select("at_registered", "at_known"))
        reach = observed_until if observed_until is not None else _reach(dated, now, mapping.time_zone)
        found, drafts, rest = draft_ledger(
            rows_of_matters,
            rows_of_events,
            mapping.matters,
            mapping,
            known_offices,
            _NO_MATTERS if known_matters is None else known_matters,
            reach,
            additions,
        )
    else:
        reach = observed_until if observed_until is not None else _reach(dated, now, mapping.time_zone)
        # A mapping of this layout without an office is refused when it is read.
        office = cast(FixedOffice, mapping.office)
        found, drafts, rest = draft_log(rows_of_events, events.sheet, office, mapping, reach, additions)
    parts = [name for table in tables for name in table.parts]
    noted = [_shown(table) for table in tables]
    missing = [pl.lit(None, pl.String).alias(name) for name in MATTER_COLUMNS if name not in found.columns]
    return Drafts(
        matters=Matters.cast(found.with_columns(missing).select(MATTER_COLUMNS)),
        events=drafts.drop("row"),
        attributes=rest.rows,
        rejects=placed(_gathered(rest.rejects, REJECT_SCHEMA).unique(maintain_order=True), parts),
        noted=placed(_gathered(rest.noted, REJECT_SCHEMA), parts),
        blanked=placed(_gathered([*noted, *rest.blanked], BLANK_SCHEMA).unique(maintain_order=True), parts),
        unknown=placed(_gathered(rest.unknown, UNKNOWN_SCHEMA), parts, "first_row"),
        forbidden=tuple(column for table in tables for column in table.forbidden),
        absent=tuple(column for table in tables for column in table.absent),
        unread=tuple(column for table in tables for column in table.unread),
        rows_read={table.sheet: table.frame.height for table in tables},
        left_out=rest.left_out,
        observed_until=reach,
        file_sha256=_digest(path) if fetch is None else _digest_of(tables),
        reading=read.reading,
        hashed=None
        if TOKEN not in found.columns
        else found.select("matter_id", "office_id", pl.col("at_registered").alias("registered_at"), TOKEN),
    )


def _identities(mapping: OfficeMapping, offices: pl.DataFrame, keys: Mapping[str, bytes] | None) -> Identities | None:
    if mapping.vault is None or not keys:
        return None
    fixed = mapping.office if "office" not in (mapping.matters or mapping.events).columns else None
    return Identities(
        column=mapping.vault.column,
        keys=keys,
        office_codes=office_codes(offices),
        office=None if fixed is None else fixed.office_id,
    )


def _reach(dated: Sequence[pl.DataFrame], now: int, zone: str) -> int:
    """The end of the latest local day the file names, dates that lie in the future (typing errors) aside."""
    latest = [
        value
        for frame in dated
        for name in frame.columns
        if (value := frame[name].filter(frame[name] <= now + DAY_US).max()) is not None
    ]
    instants = [int(value) for value in latest if isinstance(value, int)]
    return min(cutoff_instant(local_date(max(instants), zone), zone), now + DAY_US) if instants else now


def _shown(table: Table) -> pl.DataFrame:
    """Cells that hold no value, as rows of the report."""
    return table.noted.select(
        pl.lit(table.sheet).alias("sheet"),
        "row",
        pl.Series("column", [shown_header(name) for name in table.noted["column"]], dtype=pl.String),
        "value",
        "rule",
    )


def _gathered(found: Sequence[pl.DataFrame], schema: pl.Schema) -> pl.DataFrame:
    return pl.concat([pl.DataFrame(schema=schema), *found])


def _digest_of(tables: Sequence[Table]) -> str:
    """The digest of what a query answered: the query itself may ask for today."""
    found = sha256()
    for table in tables:
        found.update(table.frame.drop(TOKEN, strict=False).write_csv().encode())
    return found.hexdigest()


def _digest(path: Path) -> str:
    if path.is_dir():
        parts = [_digest(member) for member in sorted(path.iterdir()) if member.is_file()]
        return sha256("".join(parts).encode()).hexdigest()
    with path.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()
