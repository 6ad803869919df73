"""How rows of the register are written: one by one, or very many at once."""

from collections.abc import Iterable, Iterator
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy import exc

from data.distinct import each_once
from data.store.arrow import BULK_ROWS
from data.store.staging import insert_staged

_SLICE = 20_000
_ENDING = ("version_id", "batch_id", "known_until", "assumed")


def insert_versions(connection: sa.Connection, table: sa.Table, opened: pl.DataFrame) -> None:
    """Store new versions under the next version ids, a matter's rows side by side (the caller holds the lock)."""
    lots = _numbered(_next_id(connection, table), opened.drop("recorded_at"))
    _insert_lots(connection, table, lots, opened.height)


def insert_with_ends(connection: sa.Connection, table: sa.Table, closings: sa.Table, rows: pl.DataFrame) -> None:
    """Store ready-made versions; those that have ended get a closing of the same batch."""
    ended: list[pl.DataFrame] = []
    first = _next_id(connection, table)

    def without_ends() -> Iterator[pl.DataFrame]:
        for lot in _numbered(first, rows.drop("recorded_at")):
            ended.append(lot.filter(pl.col("known_until").is_not_null()).select(*_ENDING))
            yield lot.drop("known_until")

    _insert_lots(connection, table, without_ends(), rows.height)
    if ended:
        insert(connection, closings, pl.concat(ended))


def insert(connection: sa.Connection, table: sa.Table, rows: pl.DataFrame) -> None:
    """Write a frame whose columns are the table's, in this transaction."""
    _insert_lots(connection, table, rows.iter_slices(_SLICE), rows.height)


def _insert_lots(connection: sa.Connection, table: sa.Table, lots: Iterable[pl.DataFrame], height: int) -> None:
    """Write lots of `height` rows together: COPY on PostgreSQL, prepared rows or a file of their own on SQLite."""
    if not height:
        return
    quote = connection.dialect.identifier_preparer.quote
    if connection.dialect.name == "postgresql":
        driver: Any = connection.connection.driver_connection
        statement = ""
        try:
            for lot in lots:
                names = ", ".join(map(quote, lot.columns))
                statement = f"COPY {table.name} ({names}) FROM STDIN (FORMAT csv)"
                with driver.cursor() as cursor, cursor.copy(statement) as copy:
                    # An empty unquoted field is null, a quoted one is empty text: the COPY rule for csv.
                    copy.write(lot.write_csv(include_header=False, quote_style="non_numeric"))
        except driver.OperationalError as problem:
            # The driver's cursor goes past SQLAlchemy, which would have wrapped it.
            raise exc.OperationalError(statement, None, problem) from problem
        # Fresh rows without statistics make the planner read whole tables for one matter.
        connection.execute(sa.text(f"ANALYZE {table.name}"))
        return
    if height >= BULK_ROWS:
        insert_staged(connection, table.name, lots, height)
        return
    for lot in lots:
        for alike in _alike(lot.with_columns(pl.col(pl.Boolean).cast(pl.Int8))):
            names = ", ".join(map(quote, alike.columns))
            marks = ", ".join("?" * len(alike.columns))
            statement = f"INSERT INTO {table.name} ({names}) VALUES ({marks})"  # noqa: S608 - our own names
            connection.exec_driver_sql(statement, alike.rows())


def _alike(rows: pl.DataFrame) -> Iterable[pl.DataFrame]:
    """The rows grouped by which columns they lack, each group without those columns.

    pysqlite3 looks for an adapter for every None and bool it binds: 2.5 µs each, against 0.08 µs for an int.
    """
    lacking = pl.concat_str(pl.col(name).is_null().cast(pl.Int8) for name in rows.columns)
    for group in rows.with_columns(lacking.alias("_lacking")).partition_by(
        "_lacking", include_key=False, maintain_order=True
    ):
        yield group.select(name for name in group.columns if group[name].null_count() == 0)


def _next_id(connection: sa.Connection, table: sa.Table) -> int:
    return connection.execute(sa.select(sa.func.coalesce(sa.func.max(table.c.version_id), 0))).scalar_one() + 1


def _numbered(first: int, rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The rows with version ids from `first` on, a matter's side by side and in order of time, lot by lot."""
    # Ranks are sorted, not ids: millions of texts take seconds, and a sorted copy of the whole frame its memory again.
    rank = each_once(rows["matter_id"], lambda ids: ids.rank("ordinal").cast(pl.UInt32))
    keys = rows.select(rank.alias("rank"), "occurred_at", "seq")
    order = keys.select(pl.arg_sort_by("rank", "occurred_at", "seq", maintain_order=True)).to_series()
    for start in range(0, rows.height, _SLICE):
        lot = rows[order.slice(start, _SLICE)]
        ids = pl.int_range(first + start, first + start + lot.height, dtype=pl.Int64, eager=True)
        yield lot.with_columns(ids.alias("version_id"))
