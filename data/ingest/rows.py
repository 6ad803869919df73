"""Which event rows are accepted, and why the others are not."""

import dataclasses
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.distinct import CELL, each_once, numbers_of
from data.forbidden import Additions
from data.identity import event_ids
from data.ingest.cells import codes_of, decimal, gate_numbers, people_band, read_remarks, unknown_labels
from data.ingest.dates import day_of, instants_of, read_dates
from data.ingest.draft import EVENT_SCHEMA, kept_out, rejected
from data.ingest.sheets import Table, cell_of
from data.mapping import EVENT_FIELDS, Mapping
from data.times import DAY_US

#: Rows whose ids are made together.
_LOT = 100_000
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
        (pl.col(cell_of(columns[field])) if field in columns else pl.lit(None, CELL)).alias(f"f_{field}")
        for field in fields
    )
    walls = {field: read_dates(named[f"f_{field}"], zone) for field in dates}
    return named.with_columns(
        *(wall.alias(f"wall_{field}") for field, wall in walls.items()),
        *(instants_of(wall, zone).alias(f"at_{field}") for field, wall in walls.items()),
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
    if left_out:
        rows = rows.filter(mapped | pl.col("f_kind").is_null())

    rows = rows.with_columns(_bands(rows["f_people"]), *_amount(mapping))
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
        rows = rows.with_columns(pl.lit(None, CELL).alias("document_no"))
    read, strange = read_remarks(rows, "f_remarks", sheet=sheet, column=columns.get("remarks", ""))
    unknown.append(strange)
    rows = rows.hstack(read)
    clash = pl.col("clash")
    rejects.append(
        rejected(rows, clash, sheet=sheet, column=columns.get("remarks", ""), rule="remarks", field="f_remarks")
    )
    return Sieve(rows=without(rows, rejects), rejects=rejects, blanked=blanked, unknown=unknown, left_out=left_out)


def without(rows: pl.DataFrame, rejects: list[pl.DataFrame]) -> pl.DataFrame:
    """The rows no reject names."""
    if not any(found.height for found in rejects):
        return rows
    return rows.join(pl.concat([found.select("row") for found in rejects]).unique(), on="row", how="anti")


def with_known_times(rows: pl.DataFrame, happened: str, mapping: Mapping) -> pl.DataFrame:
    """The rows, which have `kind`, with `occurred_at`, `known_at`, `assumed` and `day`: the entry time counts, else
    the lag of the kind.

    An entry on the same day as the event is never before it, whatever hours the cells carry.
    """
    days = each_once(
        rows["kind"],
        lambda kinds: pl.Series(
            [mapping.lag_days.get(kind, mapping.lag_default_days) for kind in kinds.to_list()], dtype=pl.Int64
        ),
    )
    assumed = pl.col("at_known").is_null()
    late = pl.when(assumed).then(pl.col(f"wall_{happened}") + days * DAY_US).alias("late")
    lagged = instants_of(rows.select(late)["late"], mapping.time_zone)
    entered = pl.max_horizontal("at_known", f"at_{happened}")
    return rows.with_columns(
        pl.col(f"at_{happened}").alias("occurred_at"),
        pl.when(assumed).then(lagged).otherwise(entered).alias("known_at"),
        assumed.alias("assumed"),
        day_of(pl.col(f"wall_{happened}")).alias("day"),
    )


def as_events(rows: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    """Event drafts of accepted rows in file order: columns of EVENT_SCHEMA and `row`.

    Needs matter_id, kind, day, the three times, the payload and f_row.  `seq` is the place among the matter's
    events of that day, so that a row added elsewhere moves no other.
    """
    # A matter's number, the day and the kind side by side in one integer: a stable sort of a file that is mostly in
    # order is one pass.  There are fewer kinds than 1 << 14, days than 1 << 17, matters than 1 << 32.
    matter, kind = (numbers_of(rows[name]).to_numpy().astype(np.int64) for name in ("matter_id", "kind"))
    own_day = (matter << 17) + (rows["day"].to_numpy() + (1 << 15))
    keys = rows.select(
        "matter_id", "kind", "f_row", "day", ordinal=_places_among((own_day << 14) + kind), seq=_places_among(own_day)
    )
    key = (
        pl.when(pl.col("f_row").is_not_null())
        .then(pl.format("row:{}", "f_row"))
        .otherwise(pl.format("{}#{}", pl.col("day").cast(pl.Int32).cast(pl.Date), "ordinal"))
    )
    identity = event_ids(mapping.name, pl.col("matter_id"), pl.col("kind"), key).alias("event_id")
    # By lots: the names that are hashed are longer than the ids.
    found = [lot.select(identity, "seq") for lot in keys.iter_slices(_LOT)] or [keys.select(identity, "seq")]
    del keys
    return rows.hstack(pl.concat(found)).select(*EVENT_SCHEMA, "row").cast(EVENT_SCHEMA)


def _places_among(key: NDArray[np.int64]) -> pl.Series:
    """The place of each row among those of equal keys, from 0, in file order; four times faster than a window."""
    order = np.argsort(key, kind="stable")
    sorted_key = key[order]
    first = np.ones(order.size, dtype=np.bool_)
    first[1:] = sorted_key[1:] != sorted_key[:-1]
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


def _bands(people: pl.Series) -> pl.Series:
    """`people_band` of each cell, each distinct text once."""
    band = people_band(pl.col("people"))
    read = each_once(people, lambda texts: texts.alias("people").to_frame().select(band).to_series())
    # No text is band 0; a text that is no number has none.
    stated = pl.when(people.is_null()).then(pl.lit(0, pl.Int8)).otherwise(read)
    return pl.select(stated.alias("people_band")).to_series()


def _amount(mapping: Mapping) -> list[pl.Expr]:
    """`amount` in cents, and `amount_column`: the header of the cell it stands in, null where that is empty."""
    cell, column = pl.lit(None, pl.String), pl.lit(None, pl.String)
    if all(rule.amount is None for rule in mapping.kinds.values()):
        return [pl.lit(None, pl.Int64).alias("amount"), column.alias("amount_column")]
    for code, rule in mapping.kinds.items():
        if rule.amount is not None:
            here = (pl.col("f_kind") == code) & pl.col(cell_of(rule.amount)).is_not_null()
            cell = pl.when(here).then(pl.col(cell_of(rule.amount)).cast(pl.String)).otherwise(cell)
            column = pl.when(here).then(pl.lit(rule.amount)).otherwise(column)
    return [decimal(cell, 100).alias("amount"), column.alias("amount_column")]
