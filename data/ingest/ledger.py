"""What our own ledger of two sheets becomes: one row per matter, one row per event."""

from dataclasses import replace

import polars as pl

from data.distinct import CELL, texts_of
from data.forbidden import Additions
from data.identity import matter_ids
from data.ingest.across import sift_across
from data.ingest.cells import codes_of, gate_codes, gate_numbers, gate_units, unknown_labels
from data.ingest.draft import EVENT_SCHEMA, kept_out, rejected
from data.ingest.facts import earlier_numbers, read_facts
from data.ingest.rows import (
    Sieve,
    as_events,
    check_dates,
    check_required,
    dated_rows,
    payload_of_rows,
    sift_events,
    with_known_times,
    without,
)
from data.ingest.sheets import Table
from data.mapping import MATTER_FIELDS, VOCABULARIES, Mapping, SheetSpec

_NEEDED = ("matter", "office", "registered")


def matter_rows(table: Table, spec: SheetSpec, mapping: Mapping) -> pl.DataFrame:
    """The matters table with its dates read, its cells as String."""
    rows = dated_rows(table, spec.columns, MATTER_FIELDS, ("registered", "known"), mapping.time_zone)
    return rows.with_columns(pl.col(CELL).cast(pl.String))


def draft_ledger(
    matter_table: pl.DataFrame,
    event_table: pl.DataFrame,
    spec: SheetSpec,
    mapping: Mapping,
    offices: pl.DataFrame,
    known_matters: pl.DataFrame,
    observed_until: int,
    additions: Additions | None,
) -> tuple[pl.DataFrame, pl.DataFrame, Sieve]:
    """Matters, events, and the attributes with all that stayed out (Sieve.rows are the attribute drafts).

    `offices`: office_id and name of those the store has.  `known_matters`: matter_no and matter_id of matters
    stored earlier that an appended file may add events to; empty under full coverage.
    """
    matters = sift_matters(matter_table, spec, mapping, offices, observed_until, additions)
    sheet = mapping.events.sheet or ""
    events = sift_events(event_table, sheet, mapping, observed_until, additions)
    good, strangers = _attach(events.rows, sheet, mapping, matters.rows, matter_table, known_matters)
    good = with_known_times(good, "occurred", mapping)
    place = (pl.lit(mapping.events.columns["occurred"]).alias("column"), pl.col("f_occurred").alias("cell"))
    held = sift_across(
        good.with_columns(place), matters.rows, mapping.roles, sheet=sheet, whole=known_matters.is_empty()
    )
    good = held.rows

    stated = good.filter(pl.col("kind") == "registered").select(pl.col("matter_id").cast(pl.String))
    registered = matters.rows.join(stated, on="matter_id", how="anti")
    drafts = as_events(
        pl.concat(
            [
                # The registration comes first among the events of its day.
                registrations(registered).select(*EVENT_INPUT),
                good.with_columns(payload_of_rows()).select(*EVENT_INPUT),
            ],
            how="vertical_relaxed",
        ),
        mapping,
    )
    facts = read_facts(
        matters.rows.with_columns(pl.lit(0, pl.Int64).alias("seq")), spec.sheet or "", mapping, additions
    )
    facts = with_earlier(facts, matters.rows, spec, additions)
    return (
        matters.rows,
        drafts,
        Sieve(
            rows=facts.rows,
            rejects=[*matters.rejects, *events.rejects, *strangers, held.rejects],
            noted=[held.noted],
            blanked=[*matters.blanked, *events.blanked, *facts.blanked],
            unknown=[*matters.unknown, *events.unknown, *facts.unknown],
            left_out=events.left_out,
        ),
    )


def with_earlier(facts: Sieve, rows: pl.DataFrame, spec: SheetSpec, additions: Additions | None) -> Sieve:
    """The attributes with the earlier numbers the matters' rows name, where a column is mapped for them."""
    if "earlier" not in spec.columns:
        return facts
    numbered = rows.with_columns(pl.lit(0, pl.Int64).alias("seq"))
    named = earlier_numbers(numbered, spec.sheet or "", spec.columns["earlier"], additions)
    rows_of_both = pl.concat([facts.rows, named.rows])
    return replace(facts, rows=rows_of_both, blanked=[*facts.blanked, *named.blanked])


#: What `as_events` and the payload need of a row.
EVENT_INPUT = (
    "row", "matter_id", "kind", "day", "occurred_at", "known_at", "assumed", "f_row",
    "people_band", "due_at", "amount", "solved", "caused_by", "document_no", "parts_missing", "rank", "form",
    "officer_level",
)  # fmt: skip


def sift_matters(
    rows: pl.DataFrame,
    spec: SheetSpec,
    mapping: Mapping,
    offices: pl.DataFrame,
    observed_until: int,
    additions: Additions | None,
) -> Sieve:
    """Matter rows that pass, with their ids, times of registration and descriptive fields."""
    sheet, columns = spec.sheet or "", spec.columns
    rows = rows.with_columns(_office_of(rows, mapping, offices), pl.lit("registered").alias("kind"))
    rejects = check_required(rows, columns, _NEEDED, sheet)
    rejects += check_dates(rows, columns, "registered", sheet, observed_until)
    number, column = pl.col("f_matter"), columns["matter"]
    rejects.append(
        kept_out(rows, gate_numbers(rows["f_matter"], additions), sheet=sheet, column=column, field="f_matter")
    )
    if "office" in columns:
        strange = pl.col("office_id").is_null() & pl.col("f_office").is_not_null()
        rejects.append(
            rejected(rows, strange, sheet=sheet, column=columns["office"], rule="unknown_office", field="f_office")
        )
    # Events name the matter number alone: where two matters claim one, nobody can say whose they are.
    differ = [
        pl.col(name).drop_nulls().n_unique().over("f_matter") > 1
        for name in ("office_id", "f_category", "wall_registered")
    ]
    clash = number.is_not_null() & pl.any_horizontal(differ)
    twice = number.is_not_null() & ~clash & ~number.is_first_distinct()
    for where, rule in ((clash, "number_clash"), (twice, "double_matter")):
        rejects.append(rejected(rows, where, sheet=sheet, column=column, rule=rule, field="f_matter"))
    good = without(rows, rejects)

    blanked: list[pl.DataFrame] = []
    unknown: list[pl.DataFrame] = []
    shown: list[pl.Series] = []
    for field, barred in (
        ("handler", gate_codes(good["f_handler"], additions)),
        ("department", gate_units(good["f_department"], additions)),
    ):
        blanked.append(kept_out(good, barred, sheet=sheet, column=columns.get(field, ""), field=f"f_{field}"))
        shown.append(good.select(pl.when(barred.is_null()).then(f"f_{field}").alias(field)).to_series())
    for field in (name for name in VOCABULARIES if name in MATTER_FIELDS):
        codes = codes_of(good[f"f_{field}"], mapping.labels[field]).alias(field)
        shown.append(codes)
        if not any(spec.column == columns.get(field) for spec in mapping.attributes):
            known = pl.lit(codes).is_not_null()
            unknown.append(unknown_labels(good, f"f_{field}", known, sheet=sheet, column=columns.get(field, "")))
    named = good.with_columns(
        *shown,
        matter_ids(mapping.name, pl.col("office_id"), pl.col("f_matter")).alias("matter_id"),
        pl.col("f_matter").alias("matter_no"),
        pl.lit(mapping.name).alias("source"),
    )
    return Sieve(
        rows=with_known_times(named, "registered", mapping),
        rejects=rejects,
        blanked=blanked,
        unknown=unknown,
    )


def _office_of(rows: pl.DataFrame, mapping: Mapping, offices: pl.DataFrame) -> pl.Series:
    if mapping.office is not None and "office" not in (mapping.matters or mapping.events).columns:
        return pl.Series("office_id", [mapping.office.office_id] * rows.height, dtype=pl.String)
    return codes_of(rows["f_office"], office_codes(offices)).alias("office_id")


def office_codes(offices: pl.DataFrame) -> dict[str, str]:
    """What a cell may call an office by, and its id: a name no other has, or the id itself."""
    names = offices.filter(pl.col("name").is_unique())
    table = dict(zip(names["name"].to_list(), names["office_id"].to_list(), strict=True))
    return table | dict(zip(offices["office_id"].to_list(), offices["office_id"].to_list(), strict=True))


def _attach(
    rows: pl.DataFrame,
    sheet: str,
    mapping: Mapping,
    matters: pl.DataFrame,
    matter_table: pl.DataFrame,
    known_matters: pl.DataFrame,
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Events with their matter's id, and the rejects of those whose matter is not there."""
    listed = texts_of(matter_table["f_matter"])
    earlier = known_matters.filter(~pl.col("matter_no").is_in(listed.implode()) & pl.col("matter_no").is_unique())
    ids = pl.concat([part.select("matter_no", "matter_id").cast(pl.String) for part in (matters, earlier)])
    joined = rows.join(
        ids.select(pl.col("matter_no").cast(CELL).alias("f_matter"), pl.col("matter_id").cast(CELL)),
        on="f_matter",
        how="left",
        maintain_order="left",
    )
    missing, in_file = pl.col("matter_id").is_null(), pl.col("f_matter").is_in(listed.implode())
    column = mapping.events.columns["matter"]
    rejects = [
        rejected(joined, missing & in_file, sheet=sheet, column=column, rule="matter_refused", field="f_matter"),
        rejected(joined, missing & ~in_file, sheet=sheet, column=column, rule="unknown_matter", field="f_matter"),
    ]
    return joined.filter(~missing), rejects


def registrations(registered: pl.DataFrame) -> pl.DataFrame:
    """Registrations taken from matter rows: events with nothing but their times."""
    empty = [name for name in EVENT_INPUT if name not in registered.columns]
    return registered.with_columns(
        pl.lit(0, pl.Int8).alias(name)
        if name == "people_band"
        else pl.lit(None, EVENT_SCHEMA.get(name, pl.String())).alias(name)
        for name in empty
    )
