"""Which dated attributes the cells of a row state."""

import polars as pl

from data.forbidden import Additions, gate, name_runs
from data.ingest.cells import codes_of, decimal, flag, gate_numbers, unknown_labels
from data.ingest.dates import read_dates
from data.ingest.draft import ATTRIBUTE_SCHEMA, kept_out, rejected
from data.ingest.rows import Sieve
from data.ingest.sheets import cell_of
from data.link_proposals import EARLIER
from data.mapping import AttributeSpec, Mapping
from data.times import DAY_US

_RULES = {"money": "number", "number": "number", "flag": "flag", "day": "date"}
_TIMES = ("matter_id", "occurred_at", "known_at", "seq", "assumed")


def read_facts(rows: pl.DataFrame, sheet: str, mapping: Mapping, additions: Additions | None) -> Sieve:
    """Attribute drafts of rows that carry matter_id, the times, seq, and the mapped columns.

    A cell that cannot be read is left out and listed, its row stays.  A fact fixed at registration is taken
    once per matter, from the first row that states it; the caller gives such rows the times of the registration.
    """
    found: list[pl.DataFrame] = []
    blanked: list[pl.DataFrame] = []
    unknown: list[pl.DataFrame] = []
    for spec in mapping.attributes:
        cell = cell_of(spec.column)
        stated = rows.select("row", *_TIMES, cell).filter(pl.col(cell).is_not_null())
        stated = stated.with_columns(pl.col(cell).cast(pl.String), pl.col("matter_id").cast(pl.String))
        text, number = _values(stated, spec, mapping)
        stated = stated.with_columns(text.alias("text"), number.alias("number"))
        read = pl.col("text").is_not_null() | pl.col("number").is_not_null()
        if spec.labels is not None:
            unknown.append(unknown_labels(stated, cell_of(spec.column), read, sheet=sheet, column=spec.column))
        elif spec.dtype == "category":
            barred = _gate_category(stated[cell_of(spec.column)], additions)
            blanked.append(kept_out(stated, barred, sheet=sheet, column=spec.column, field=cell_of(spec.column)))
            stated = stated.filter(barred.is_null())
        else:
            rule = _RULES[spec.dtype]
            blanked.append(
                rejected(stated, ~read, sheet=sheet, column=spec.column, rule=rule, field=cell_of(spec.column))
            )
        good = stated.filter(read)
        if not spec.dated:
            good = good.unique("matter_id", keep="first", maintain_order=True)
        found.append(
            good.select(
                *_TIMES, "text", "number", pl.lit(spec.name).alias("name"), pl.lit(spec.usable).alias("usable")
            ).select(*ATTRIBUTE_SCHEMA)
        )
    empty = pl.DataFrame(schema=ATTRIBUTE_SCHEMA)
    drafts = pl.concat([empty, *(one.cast(ATTRIBUTE_SCHEMA) for one in found)])
    return Sieve(rows=drafts, rejects=[], blanked=blanked, unknown=unknown)


def earlier_numbers(rows: pl.DataFrame, sheet: str, column: str, additions: Additions | None) -> Sieve:
    """The earlier number each matter's row names (f_earlier): an attribute that proposes a link, never a feature."""
    stated = rows.filter(pl.col("f_earlier").is_not_null())
    barred = gate_numbers(stated["f_earlier"], additions)
    good = stated.filter(barred.is_null())
    found = good.select(
        *_TIMES,
        pl.col("f_earlier").alias("text"),
        pl.lit(None, pl.Int64).alias("number"),
        pl.lit(EARLIER).alias("name"),
        pl.lit(value=False).alias("usable"),
    )
    blanked = kept_out(stated, barred, sheet=sheet, column=column, field="f_earlier")
    return Sieve(rows=found.select(*ATTRIBUTE_SCHEMA).cast(ATTRIBUTE_SCHEMA), rejects=[], blanked=[blanked], unknown=[])


def _values(rows: pl.DataFrame, spec: AttributeSpec, mapping: Mapping) -> tuple[pl.Series, pl.Series]:
    cells = rows[cell_of(spec.column)]
    nothing = pl.repeat(None, len(cells), dtype=pl.Int64, eager=True)
    if spec.labels is not None:
        return codes_of(cells, mapping.labels[spec.labels]), nothing
    if spec.dtype == "category":
        return cells, nothing
    if spec.dtype == "day":
        number = read_dates(cells, mapping.time_zone) // DAY_US
    elif spec.dtype == "flag":
        number = rows.select(flag(pl.col(cell_of(spec.column)))).to_series()
    else:
        number = rows.select(decimal(pl.col(cell_of(spec.column)), 100 if spec.dtype == "money" else 1)).to_series()
    return nothing.cast(pl.String), number


def _gate_category(cells: pl.Series, additions: Additions | None) -> pl.Series:
    """An open category is a code: short, through the gate, and no name."""
    verdict = gate(cells, additions)
    odd = [cell for cell in cells.unique().to_list() if len(cell) > 40 or name_runs(cell)]
    return pl.select(
        pl.when(verdict.is_null() & cells.is_in(odd)).then(pl.lit("not_a_code")).otherwise(verdict)
    ).to_series()
