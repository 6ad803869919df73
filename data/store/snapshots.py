"""Which matters each screening looked at, which of them it listed, and which were helped afterwards."""

from collections.abc import Iterator

import polars as pl
import sqlalchemy as sa

from data.store import schema
from data.store.engine import Store
from data.store.inserts import insert
from data.store.screenings import require_running

#: Rows written per transaction: some 10 ms, below the 20 ms for which others may be kept waiting.
CHUNK = 2000


def chunks(snapshots: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Rows in the order of the table's key, which writes them side by side, CHUNK at a time."""
    yield from snapshots.sort("matter_id").iter_slices(CHUNK)


def write_snapshots(store: Store, screening_id: str, snapshots: pl.DataFrame) -> None:
    """Keep matters a running screening looked at: columns matter_id, listed (among the k). One transaction.

    Nobody reads them before the draft is issued.  Raises NotAllowed for a draft.
    """
    rows = snapshots.select("matter_id", "listed", screening_id=pl.lit(screening_id))
    with store.write() as connection:
        require_running(connection, screening_id)
        insert(connection, schema.snapshots, rows)


def waiting_for_help(store: Store) -> list[tuple[str, int]]:
    """The issued screenings (id, cutoff) of which it is not yet kept who was helped, the oldest first."""
    table, made = schema.snapshots, schema.screenings
    query = (
        sa.select(made.c.screening_id, made.c.cutoff)
        .where(made.c.state != "running")
        .where(made.c.screening_id.in_(sa.select(table.c.screening_id).where(table.c.helped_after.is_(None))))
        .order_by(made.c.cutoff, made.c.screening_id)
    )
    with store.read() as connection:
        return [(screening_id, cutoff) for screening_id, cutoff in connection.execute(query)]


def unhelped_yet(store: Store, screening_id: str) -> list[str]:
    """The matters of a screening of which it is not yet kept whether they were helped."""
    table = schema.snapshots
    query = sa.select(table.c.matter_id).where(table.c.screening_id == screening_id, table.c.helped_after.is_(None))
    with store.read() as connection:
        return list(connection.execute(query.order_by(table.c.matter_id)).scalars())


def keep_helped(store: Store, screening_id: str, helped: pl.DataFrame) -> None:
    """Keep who was helped after a screening: columns matter_id, helped_after. What was kept before stays."""
    table = schema.snapshots
    statement = (
        table.update()
        .where(
            table.c.matter_id == sa.bindparam("matter"),
            table.c.screening_id == screening_id,
            table.c.helped_after.is_(None),
        )
        .values(helped_after=sa.bindparam("helped"))
    )
    for lot in chunks(helped.select("matter_id", "helped_after")):
        with store.write() as connection:
            connection.execute(statement, [{"matter": one, "helped": was} for one, was in lot.iter_rows()])


def read_snapshots(store: Store) -> pl.DataFrame:
    """What is kept of all issued screenings: matter_id, cutoff (UTC µs), listed, helped_after (null: not yet known).

    One row a matter and cutoff, also where several screenings were made of it: listed by any, helped as any says.
    """
    table, made = schema.snapshots, schema.screenings
    query = (
        sa.select(table.c.matter_id, made.c.cutoff, table.c.listed, table.c.helped_after)
        .join(made, made.c.screening_id == table.c.screening_id)
        .where(made.c.state != "running")
    )
    kinds = {"matter_id": pl.String, "cutoff": pl.Int64, "listed": pl.Boolean, "helped_after": pl.Boolean}
    with store.read() as connection:
        rows = [tuple(row) for row in connection.execute(query)]
    return together(pl.DataFrame(rows, schema=kinds, orient="row"))


def together(kept: pl.DataFrame) -> pl.DataFrame:
    """One row a matter and cutoff; a matter of which nothing is known yet stays unknown."""
    return kept.group_by("matter_id", "cutoff", maintain_order=True).agg(
        pl.col("listed").any(), pl.col("helped_after").max()
    )
