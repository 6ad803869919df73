"""What a ledger with one row per matter becomes, where each column of dates is a kind of event."""

import polars as pl

from data.forbidden import Additions
from data.ingest.across import sift_across
from data.ingest.cells import gate_numbers
from data.ingest.dates import instants_of, read_dates
from data.ingest.draft import kept_out, rejected
from data.ingest.facts import read_facts
from data.ingest.ledger import EVENT_INPUT, matter_rows, registrations, sift_matters, with_earlier
from data.ingest.rows import Sieve, as_events, with_known_times
from data.ingest.sheets import Table, cell_of
from data.mapping import DateColumn, Mapping, SheetSpec


def wide_rows(table: Table, spec: SheetSpec, mapping: Mapping) -> pl.DataFrame:
    """The matters table with all its dates read; `wall_0`, `at_0` … belong to the columns of `mapping.dates`."""
    rows = matter_rows(table, spec, mapping)
    walls = [
        read_dates(rows[cell_of(date.column)], mapping.time_zone).alias(f"wall_{at}")
        for at, date in enumerate(mapping.dates)
    ]
    instants = [instants_of(wall, mapping.time_zone).alias(wall.name.replace("wall", "at")) for wall in walls]
    return rows.with_columns(*walls, *instants)


def draft_wide(
    rows: pl.DataFrame,
    spec: SheetSpec,
    mapping: Mapping,
    offices: pl.DataFrame,
    observed_until: int,
    additions: Additions | None,
) -> tuple[pl.DataFrame, pl.DataFrame, Sieve]:
    """Matters, events, and the attributes with all that stayed out (Sieve.rows are the attribute drafts).

    `rows` is what `wide_rows` made.  A cell that is no date comes back as a reject and its matter's other dates
    stay.  The row's entry time belongs to the registration; when later events were known is assumed.
    """
    sheet = spec.sheet or ""
    matters = sift_matters(rows, spec, mapping, offices, observed_until, additions)
    stood: list[pl.DataFrame] = []
    rejects: list[pl.DataFrame] = []
    blanked: list[pl.DataFrame] = []
    for at, date in enumerate(mapping.dates):
        stated = matters.rows.filter(pl.col(cell_of(date.column)).is_not_null())
        no_date, late = pl.col(f"wall_{at}").is_null(), pl.col(f"at_{at}") >= observed_until
        for where, rule in ((no_date, "date"), (late, "future")):
            rejects.append(
                rejected(stated, where, sheet=sheet, column=date.column, rule=rule, field=cell_of(date.column))
            )
        good = stated.filter(~no_date & ~late)
        number, refused = _document_no(good, date, sheet, additions)
        blanked += refused
        place = good.select("row", pl.lit(date.column).alias("column"), pl.col(cell_of(date.column)).alias("cell"))
        made = _events(good.with_columns(number), date, at, mapping)
        stood.append(made.select(*EVENT_INPUT).join(place, on="row", how="left", maintain_order="left"))
    held = sift_across(pl.concat(stood, how="vertical_relaxed"), matters.rows, mapping.roles, sheet=sheet, whole=True)
    first = registrations(matters.rows).select(*EVENT_INPUT)
    events = as_events(pl.concat([first, held.rows.select(*EVENT_INPUT)], how="vertical_relaxed"), mapping)
    facts = read_facts(matters.rows.with_columns(pl.lit(0, pl.Int64).alias("seq")), sheet, mapping, additions)
    facts = with_earlier(facts, matters.rows, spec, additions)
    return (
        matters.rows,
        events,
        Sieve(
            rows=facts.rows,
            rejects=[*matters.rejects, *rejects, held.rejects],
            noted=[held.noted],
            blanked=[*matters.blanked, *blanked, *facts.blanked],
            unknown=[*matters.unknown, *facts.unknown],
        ),
    )


def _document_no(
    rows: pl.DataFrame, date: DateColumn, sheet: str, additions: Additions | None
) -> tuple[pl.Series, list[pl.DataFrame]]:
    """The document numbers beside the dates, and the cells of that column the gate refused."""
    if date.document_no is None:
        return pl.repeat(None, rows.height, dtype=pl.String, eager=True).alias("document_no"), []
    cell = cell_of(date.document_no)
    barred = gate_numbers(rows[cell], additions)
    number = rows.select(pl.when(barred.is_null()).then(cell).alias("document_no")).to_series()
    return number, [kept_out(rows, barred, sheet=sheet, column=date.document_no, field=cell)]


def _events(rows: pl.DataFrame, date: DateColumn, at: int, mapping: Mapping) -> pl.DataFrame:
    bare = registrations(
        rows.select("row", "matter_id", "document_no", f"wall_{at}", f"at_{at}").with_columns(
            pl.lit(date.kind).alias("kind"), pl.lit(None, pl.Int64).alias("at_known")
        )
    )
    return with_known_times(bare, str(at), mapping)
