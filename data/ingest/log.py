"""What a log with one event per row becomes."""

import polars as pl

from data.distinct import CELL
from data.forbidden import Additions
from data.identity import matter_ids
from data.ingest.across import sift_across
from data.ingest.cells import gate_numbers
from data.ingest.draft import kept_out
from data.ingest.facts import read_facts
from data.ingest.rows import Sieve, as_events, payload_of_rows, sift_events, with_known_times, without
from data.mapping import FixedOffice, Mapping


def draft_log(
    rows: pl.DataFrame,
    sheet: str,
    office: FixedOffice,
    mapping: Mapping,
    observed_until: int,
    additions: Additions | None,
) -> tuple[pl.DataFrame, pl.DataFrame, Sieve]:
    """Matters, events, and the attributes with all that stayed out (Sieve.rows are the attribute drafts).

    A matter is a number that has at least one accepted row; all of them are of one office.
    """
    sieve = sift_events(rows, sheet, mapping, observed_until, additions)
    barred = gate_numbers(sieve.rows["f_matter"], additions)
    column = mapping.events.columns["matter"]
    refused = kept_out(sieve.rows, barred, sheet=sheet, column=column, field="f_matter")
    good = without(sieve.rows, [refused])
    numbers = good["f_matter"].unique(maintain_order=True).cast(pl.String)
    matters = pl.DataFrame({"matter_no": numbers}).select(
        matter_ids(mapping.name, pl.lit(office.office_id), pl.col("matter_no")).alias("matter_id"), "matter_no"
    )
    matters = matters.with_columns(pl.lit(office.office_id).alias("office_id"), pl.lit(mapping.name).alias("source"))
    good = good.join(
        matters.select(pl.col("matter_id").cast(CELL), pl.col("matter_no").cast(CELL).alias("f_matter")),
        on="f_matter",
        how="left",
        maintain_order="left",
    )
    good = with_known_times(good, "occurred", mapping)
    place = (pl.lit(mapping.events.columns["occurred"]).alias("column"), pl.col("f_occurred").alias("cell"))
    held = sift_across(good.with_columns(place), None, mapping.roles, sheet=sheet, whole=mapping.coverage == "full")
    good = held.rows
    events = as_events(good.with_columns(payload_of_rows()), mapping)
    facts = read_facts(good.with_columns(events["seq"]), sheet, mapping, additions)
    fixed = [spec.name for spec in mapping.attributes if not spec.dated]
    attributes = _at_registration(facts.rows, events, fixed)
    return (
        matters,
        events,
        Sieve(
            rows=attributes,
            rejects=[*sieve.rejects, refused, held.rejects],
            noted=[held.noted],
            blanked=[*sieve.blanked, *facts.blanked],
            unknown=[*sieve.unknown, *facts.unknown],
            left_out=sieve.left_out,
        ),
    )


def _at_registration(attributes: pl.DataFrame, events: pl.DataFrame, fixed: list[str]) -> pl.DataFrame:
    """Facts fixed at registration take its times (those of the first event, where a log has no registration)."""
    if attributes.is_empty():
        return attributes
    first = (
        events.sort(pl.col("kind") != "registered", "occurred_at", "seq")
        .unique("matter_id", keep="first", maintain_order=True)
        .select("matter_id", "occurred_at", "known_at", "seq", "assumed")
    )
    is_fixed = pl.col("name").is_in(fixed)
    moved = (
        attributes.filter(is_fixed)
        .drop("occurred_at", "known_at", "seq", "assumed")
        .join(first, on="matter_id", how="left", maintain_order="left")
    )
    return pl.concat([attributes.filter(~is_fixed), moved.select(attributes.columns)])
