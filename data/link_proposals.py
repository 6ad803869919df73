"""Which numbers may be a matter that is there already, and which of an office's numbers nobody has checked yet.

Evidence is only what the ledger itself says: it names the earlier number, or category and cause agree and the dates
are close.  Nothing here links anything: a person confirms or refuses (G1).
"""

import polars as pl

from data.times import DAY_US

#: The attribute that keeps the earlier number a ledger names; never a feature.
EARLIER = "earlier_number"
NAMED = "named"
ALIKE = "alike"
#: So many candidates of weak evidence are shown for one number.
MOST = 3
PROPOSAL_SCHEMA = pl.Schema(
    {
        "alias_id": pl.String(),
        "matter_id": pl.String(),
        "office_id": pl.String(),
        "evidence": pl.String(),
        "days_apart": pl.Int64(),
    }
)
#: What `proposals` reads of each number.
NUMBER_SCHEMA = pl.Schema(
    {
        "matter_id": pl.String(),
        "office_id": pl.String(),
        "matter_no": pl.String(),
        "category": pl.String(),
        "cause": pl.String(),
        "registered_at": pl.Int64(),
        "earlier_no": pl.String(),
        "per_contact": pl.Boolean(),
    }
)


def proposals(
    numbers: pl.DataFrame, standing: dict[str, str], decided: set[tuple[str, str]], *, window_days: int
) -> pl.DataFrame:
    """Pairs a person may look at (PROPOSAL_SCHEMA), the strong evidence first, then the nearest in time.

    `numbers`: NUMBER_SCHEMA.  `standing`: the matter of each alias now.  `decided`: pairs (earlier, later) somebody
    decided on; ("", later) that there is no earlier number.  Pairs are of one office; the earlier side is the matter
    an earlier number stands for.  Weak evidence is looked for only where each contact gets a number.
    """
    known = numbers.filter(pl.col("registered_at").is_not_null())
    found = pl.concat([_named(known), _alike(known, window_days)])
    if found.is_empty():
        return found
    roots = pl.DataFrame(
        {"matter_id": list(standing), "_root": list(standing.values())},
        schema={"matter_id": pl.String, "_root": pl.String},
    )
    over = pl.DataFrame(sorted(decided), schema={"matter_id": pl.String, "alias_id": pl.String}, orient="row")
    none = over.filter(pl.col("matter_id") == "").select("alias_id")
    return (
        found.join(over, on=["matter_id", "alias_id"], how="anti")
        .filter((pl.col("evidence") == NAMED) | ~pl.col("alias_id").is_in(none["alias_id"].implode()))
        .filter(~pl.col("alias_id").is_in(list(standing)))
        .join(roots, on="matter_id", how="left", maintain_order="left")
        .with_columns(pl.coalesce("_root", "matter_id").alias("matter_id"))
        .filter(pl.col("matter_id") != pl.col("alias_id"))
        .join(over, on=["matter_id", "alias_id"], how="anti", maintain_order="left")
        .unique(["alias_id", "matter_id"], keep="first", maintain_order=True)
        .select(PROPOSAL_SCHEMA.names())
    )


def unchecked(
    numbers: pl.DataFrame, open_proposals: pl.DataFrame, standing: dict[str, str], none: set[str]
) -> pl.Series:
    """The numbers of per-contact ledgers nobody has checked: a proposal is open, or nothing could be compared.

    A number counts as checked where it is linked, where a person decided, and where its category and cause are known
    and no earlier number is like it.  `none`: numbers a person said have no earlier one.
    """
    mine = numbers.filter("per_contact")
    blank = mine.filter(
        (pl.col("category").is_null() | pl.col("cause").is_null() | pl.col("registered_at").is_null())
        & ~pl.col("matter_id").is_in([*standing, *none])
    )["matter_id"]
    asked = open_proposals.filter(pl.col("alias_id").is_in(mine["matter_id"].implode()))["alias_id"]
    return pl.concat([blank, asked.rename("matter_id")]).unique().sort()


def checked_shares(numbers: pl.DataFrame, unchecked_ids: pl.Series) -> dict[str, float]:
    """The share of checked numbers of every office with a per-contact ledger; those of other ledgers are checked."""
    offices = numbers.filter("per_contact")["office_id"].unique()
    rows = (
        numbers.filter(pl.col("office_id").is_in(offices.implode()))
        .group_by("office_id")
        .agg((~pl.col("matter_id").is_in(unchecked_ids.implode())).mean().alias("share"))
        .sort("office_id")
    )
    return dict(rows.iter_rows())


def _named(known: pl.DataFrame) -> pl.DataFrame:
    """Numbers whose own ledger names an earlier number of the same office."""
    earlier = known.select(
        "office_id",
        pl.col("matter_no").alias("earlier_no"),
        pl.col("matter_id").alias("_earlier"),
        pl.col("registered_at").alias("_then"),
    )
    return (
        known.filter(pl.col("earlier_no").is_not_null())
        .join(earlier, on=["office_id", "earlier_no"], how="inner")
        .filter((pl.col("_earlier") != pl.col("matter_id")) & (pl.col("_then") <= pl.col("registered_at")))
        .sort("office_id", "registered_at", "matter_no")
        .select(
            pl.col("matter_id").alias("alias_id"),
            pl.col("_earlier").alias("matter_id"),
            "office_id",
            pl.lit(NAMED).alias("evidence"),
            ((pl.col("registered_at") - pl.col("_then")) // DAY_US).alias("days_apart"),
        )
    )


def _alike(known: pl.DataFrame, window_days: int) -> pl.DataFrame:
    """The nearest earlier numbers of the same office, category and cause, registered within the window."""
    group = ["office_id", "category", "cause"]
    rows = known.filter(pl.col("per_contact") & pl.col("category").is_not_null() & pl.col("cause").is_not_null())
    rows = rows.sort(*group, "registered_at", "matter_no")
    parts = [
        rows.select(
            pl.col("matter_id").alias("alias_id"),
            pl.col("matter_id").shift(step).over(group).alias("matter_id"),
            "office_id",
            pl.lit(ALIKE).alias("evidence"),
            ((pl.col("registered_at") - pl.col("registered_at").shift(step).over(group)) // DAY_US).alias("days_apart"),
        )
        for step in range(1, MOST + 1)
    ]
    return pl.concat(parts).filter(pl.col("matter_id").is_not_null() & (pl.col("days_apart") <= window_days))
