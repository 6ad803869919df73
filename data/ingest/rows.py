"""Which event rows are accepted, and why the others are not."""

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.forbidden import Additions
from data.identity import event_ids
from data.ingest.cells import codes_of, decimal, gate_numbers, people_band, read_remarks, unknown_labels
from data.ingest.dates import day_of, read_dates, to_utc
from data.ingest.draft import EVENT_SCHEMA, kept_out, rejected
from data.ingest.sheets import Table, cell_of
from data.mapping import EVENT_FIELDS, Mapping
from data.times import DAY_US

_REMARKED = ("solved", "caused_by", "parts_missing", "rank", "form", "officer_level")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sieve:
    """Rows that passed (`row` and the fields read so far), what stayed out, as reject, blank and unknown rows, and
    what passed and is reported (`noted`, shaped like rejects)."""

    rows: pl.DataFrame
    rejects: list[pl.DataFrame]
    blanked: list[pl.DataFrame]
    unknown: list[pl.DataFrame]
    left_out: int = 0
    noted: list[pl.DataFrame] = dataclasses.field(default_factory=list[pl.DataFrame])


def dated_rows(
    table: Table, columns: dict[str, str], fields: tuple[str, ...], dates: tuple[str, ...], zone: str
) -> pl.DataFrame:
    """The table with our field names (null where not mapped) beside its own columns, and for each of `dates`
    the local wall-clock (`wall_…`) and UTC (`at_…`) microseconds."""
    named = table.frame.with_columns(
        (pl.col(cell_of(columns[field])) if field in columns else pl.lit(None, pl.String)).alias(f"f_{field}")
        for field in fields
    )
    walls = [read_dates(named[f"f_{field}"], zone).alias(f"wall_{field}") for field in dates]
    return named.with_columns(walls).with_columns(
        to_utc(pl.col(f"wall_{field}"), zone).alias(f"at_{field}") for field in dates
    )


def event_rows(table: Table, mapping: Mapping) -> pl.DataFrame:
    """The events table with its dates read (see `dated_rows`)."""
    return dated_rows(table, mapping.events.columns, EVENT_FIELDS, ("occurred", "known", "due"), mapping.time_zone)


def check_dates(
    rows: pl.DataFrame, columns: dict[str, str], happened: str, sheet: str, observed_until: int
) -> list[pl.DataFrame]:
    """Rejects of rows whose dates are no dates, in the wrong order, or later than the file covers."""
    found: list[pl.DataFrame] = []
    for field in ("occurred", "registered", "known", "due"):
        if field not in columns or f"wall_{field}" not in rows.columns:
            continue
        unread = pl.col(f"wall_{field}").is_null() & pl.col(f"f_{field}").is_not_null()
        found.append(rejected(rows, unread, sheet=sheet, column=columns[field], rule="date", field=f"f_{field}"))
        if field != "due":
            late = pl.col(f"at_{field}") >= observed_until
            found.append(rejected(rows, late, sheet=sheet, column=columns[field], rule="future", field=f"f_{field}"))
    if "known" in columns:
        # Days are compared: an entry date without a time of day says nothing about the hour.
        before = day_of(pl.col("wall_known")) < day_of(pl.col(f"wall_{happened}"))
        found.append(rejected(rows, before, sheet=sheet, column=columns["known"], rule="entry_before", field="f_known"))
    if "due" in columns and "wall_due" in rows.columns:
        past = day_of(pl.col("wall_due")) < day_of(pl.col(f"wall_{happened}"))
        found.append(rejected(rows, past, sheet=sheet, column=columns["due"], rule="due_before", field="f_due"))
    return found


def check_required(
    rows: pl.DataFrame, columns: dict[str, str], fields: tuple[str, ...], sheet: str
) -> list[pl.DataFrame]:
    """Rejects of rows with an empty required cell."""
    return [
        rejected(
            rows, pl.col(f"f_{field}").is_null(), sheet=sheet, column=columns[field], rule="empty", field=f"f_{field}"
        )
        for field in fields
        if field in columns
    ]


def sift_events(
    rows: pl.DataFrame, sheet: str, mapping: Mapping, observed_until: int, additions: Additions | None
) -> Sieve:
    """Event rows that pass on their own, with their fields read; whether the matter exists is asked elsewhere.

    Rows of unknown codes are listed with their counts and left out; they are no rejects.
    """
    columns = mapping.events.columns
    kinds = {code: rule.kind for code, rule in mapping.kinds.items()}
    rows = rows.with_columns(codes_of(rows["f_kind"], kinds).alias("kind"))
    mapped = pl.col("kind").is_not_null()
    unknown = [unknown_labels(rows, "f_kind", mapped, sheet=sheet, column=columns["kind"])]
    left_out = rows.select((~mapped & pl.col("f_kind").is_not_null()).sum()).item()
    rows = rows.filter(mapped | pl.col("f_kind").is_null())

    rows = rows.with_columns(people_band(pl.col("f_people")).alias("people_band"), *_amount(mapping))
    rejects = check_required(rows, columns, ("matter", "kind", "occurred"), sheet)
    rejects += check_dates(rows, columns, "occurred", sheet, observed_until)
    if "people" in columns:
        crowd = pl.col("people_band").is_null()
        rejects.append(rejected(rows, crowd, sheet=sheet, column=columns["people"], rule="people", field="f_people"))
    for column in {rule.amount for rule in mapping.kinds.values() if rule.amount is not None}:
        no_number = (pl.col("amount_column") == column) & pl.col("amount").is_null()
        rejects.append(rejected(rows, no_number, sheet=sheet, column=column, rule="number", field=cell_of(column)))
    if "row" in columns:
        again = pl.col("f_row").is_not_null() & ~pl.struct("f_matter", "kind", "f_row").is_first_distinct()
        rejects.append(rejected(rows, again, sheet=sheet, column=columns["row"], rule="double_row", field="f_row"))
    blanked: list[pl.DataFrame] = []
    if "document_no" in columns:
        barred = gate_numbers(rows["f_document_no"], additions)
        blanked.append(kept_out(rows, barred, sheet=sheet, column=columns["document_no"], field="f_document_no"))
        rows = rows.with_columns(pl.when(barred.is_null()).then("f_document_no").alias("document_no"))
    else:
        rows = rows.with_columns(pl.lit(None, pl.String).alias("document_no"))
    read, strange = read_remarks(rows, "f_remarks", sheet=sheet, column=columns.get("remarks", ""))
    unknown.append(strange)
    rows = rows.join(read, on="row", how="left", maintain_order="left")
    clash = pl.col("clash")
    rejects.append(
        rejected(rows, clash, sheet=sheet, column=columns.get("remarks", ""), rule="remarks", field="f_remarks")
    )
    return Sieve(rows=without(rows, rejects), rejects=rejects, blanked=blanked, unknown=unknown, left_out=left_out)


def without(rows: pl.DataFrame, rejects: list[pl.DataFrame]) -> pl.DataFrame:
    """The rows no reject names."""
    return (
        rows.join(pl.concat([found.select("row") for found in rejects]).unique(), on="row", how="anti")
        if rejects
        else rows
    )


def known_times(happened: str, mapping: Mapping) -> list[pl.Expr]:
    """`occurred_at`, `known_at` and `assumed` of rows with `kind`: the entry time, else the lag of the kind.

    An entry on the same day as the event is never before it, whatever hours the cells carry.
    """
    days = (
        pl.col("kind").replace_strict(
            list(mapping.lag_days),
            list(mapping.lag_days.values()),
            default=mapping.lag_default_days,
            return_dtype=pl.Int64,
        )
        if mapping.lag_days
        else pl.lit(mapping.lag_default_days, pl.Int64)
    )
    lagged = to_utc(pl.col(f"wall_{happened}") + days * DAY_US, mapping.time_zone)
    entered = pl.max_horizontal("at_known", f"at_{happened}")
    return [
        pl.col(f"at_{happened}").alias("occurred_at"),
        pl.when(pl.col("at_known").is_null()).then(lagged).otherwise(entered).alias("known_at"),
        pl.col("at_known").is_null().alias("assumed"),
        day_of(pl.col(f"wall_{happened}")).alias("day"),
    ]


def as_events(rows: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    """Event drafts of accepted rows in file order: columns of EVENT_SCHEMA and `row`.

    Needs matter_id, kind, day, the three times, the payload and f_row.  `seq` is the place among the matter's
    events of that day, so that a row added elsewhere moves no other.
    """
    matter, kind, day = _numbers(rows["matter_id"]), _numbers(rows["kind"]), rows["day"].to_numpy()
    numbered = rows.with_columns(
        _places_among([matter, day]).alias("seq"), _places_among([matter, kind, day]).alias("ordinal")
    ).with_columns(
        pl.when(pl.col("f_row").is_not_null())
        .then(pl.format("row:{}", "f_row"))
        .otherwise(pl.format("{}#{}", pl.col("day").cast(pl.Int32).cast(pl.Date), "ordinal"))
        .alias("key")
    )
    identity = event_ids(mapping.name, pl.col("matter_id"), pl.col("kind"), pl.col("key"))
    return numbered.with_columns(identity.alias("event_id")).select(*EVENT_SCHEMA, "row").cast(EVENT_SCHEMA)


def _numbers(texts: pl.Series) -> NDArray[np.uint32]:
    """A number for each text, the same for equal ones; shape (n,)."""
    each = texts.unique(maintain_order=True).alias("text").to_frame().with_row_index("number")
    found = texts.alias("text").to_frame().join(each, on="text", how="left", maintain_order="left")
    return found["number"].to_numpy()


def _places_among(keys: list[NDArray[Any]]) -> pl.Series:
    """The place of each row among those of equal keys, from 0, in file order; four times faster than a window."""
    order = np.lexsort(keys)
    first = np.zeros(order.size, dtype=np.bool_)
    first[:1] = True
    for key in keys:
        first[1:] |= key[order][1:] != key[order][:-1]
    at = np.arange(order.size)
    places = np.empty(order.size, dtype=np.int64)
    places[order] = at - np.maximum.accumulate(np.where(first, at, 0))
    return pl.Series(places)


def payload_of_rows() -> list[pl.Expr]:
    """The payload columns of sifted event rows."""
    return [
        pl.col("people_band"),
        pl.col("at_due").alias("due_at"),
        pl.col("amount"),
        pl.col("document_no"),
        *(pl.col(name) for name in _REMARKED),
    ]


def _amount(mapping: Mapping) -> list[pl.Expr]:
    """`amount` in cents, and `amount_column`: the header of the cell it stands in, null where that is empty."""
    cell, column = pl.lit(None, pl.String), pl.lit(None, pl.String)
    for code, rule in mapping.kinds.items():
        if rule.amount is not None:
            here = (pl.col("f_kind") == code) & pl.col(cell_of(rule.amount)).is_not_null()
            cell = pl.when(here).then(pl.col(cell_of(rule.amount))).otherwise(cell)
            column = pl.when(here).then(pl.lit(rule.amount)).otherwise(column)
    return [decimal(cell, 100).alias("amount"), column.alias("amount_column")]
