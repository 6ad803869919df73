"""How whole tables reach polars: through Arrow, and never through two SQLite libraries in one process (ADR 0004)."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any, cast

import polars as pl
import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from data.errors import StoreError
from data.store.engine import Store

#: A query whatever its columns.
Query = sa.Select[*tuple[Any, ...]]

#: Below this many stored rows a cursor of our own connection is faster than starting a reader.
BULK_ROWS = 60_000


def frame(connection: sa.Connection, query: Query, values: Mapping[str, Any] | None = None) -> pl.DataFrame:
    """The rows of a query over the pool's connection; columns as the driver gives them, to be cast by the caller."""
    result = connection.execute(query, values)
    names = list(result.keys())
    rows = [tuple(row) for row in result.fetchall()]
    return pl.DataFrame(rows, schema=names, orient="row", infer_schema_length=None)


def bulk_frames(store: Store, queries: Sequence[Query]) -> list[pl.DataFrame]:
    """The rows of several queries over Arrow (ADBC), in their order; text columns must not be null in the query.

    On SQLite a child process reads: POSIX locks belong to a process, so a second SQLite library here would drop
    the locks of the first when it closes the file.  Raises StoreError where the reader fails.
    """
    if store.dialect == "postgresql":
        # paramstyle: no doubling of per-cent signs, the text goes to ADBC as it is.
        return _read_postgresql(store, [_literal(query, postgresql.dialect(paramstyle="named")) for query in queries])
    texts = [_literal(query, sqlite.dialect(paramstyle="named")) for query in queries]
    # The first query gets a reader, and where there is a second core, that core; the caller makes it half of the work.
    with ThreadPoolExecutor(2) as threads:
        first, rest = threads.map(lambda some: _read_in_child(store, some), (texts[:1], texts[1:]))
    return [*first, *rest]


def bulk_in_turn(store: Store, queries: Sequence[Query]) -> Iterator[pl.DataFrame]:
    """As `bulk_frames`, one after the other by one reader, which waits until the last has been taken."""
    if store.dialect == "postgresql":
        return _in_turn_postgresql(
            store, [_literal(query, postgresql.dialect(paramstyle="named")) for query in queries]
        )
    return _in_turn_child(store, [_literal(query, sqlite.dialect(paramstyle="named")) for query in queries])


def frames_in_turn(store: Store, queries: Sequence[Query], stored: int) -> Iterator[pl.DataFrame]:
    """The rows of several queries, one after the other, in bulk where so many rows are `stored` that it is faster."""
    if stored >= BULK_ROWS:
        yield from bulk_in_turn(store, queries)
        return
    for query in queries:
        with store.read() as connection:
            yield frame(connection, query)


def _literal(query: Query, dialect: sa.Dialect) -> str:
    return str(query.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


def _read_in_child(store: Store, queries: list[str]) -> list[pl.DataFrame]:
    return list(_in_turn_child(store, queries)) if queries else []


def _in_turn_child(store: Store, queries: list[str]) -> Iterator[pl.DataFrame]:
    program = Path(__file__).with_name("arrow_child.py")
    # -P: the child's own directory must not shadow the modules it imports.
    child = subprocess.Popen(  # noqa: S603 - our own interpreter and file
        [sys.executable, "-P", str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    with child:
        stdin, stdout, stderr = cast(IO[bytes], child.stdin), cast(IO[bytes], child.stdout), child.stderr
        stdin.write(json.dumps({"path": str(store.path), "queries": queries}).encode())
        stdin.close()
        try:
            for _ in queries:
                yield _to_polars(pa.ipc.open_stream(stdout).read_all())
        except GeneratorExit:  # the caller wants no more: the child would wait for ever to write it
            child.kill()
            raise
        except (pa.ArrowException, OSError):
            said = cast(IO[bytes], stderr).read().decode(errors="replace").strip().splitlines()
            raise _failed(said[-1] if said else "") from None


def _read_postgresql(store: Store, queries: list[str]) -> list[pl.DataFrame]:
    return list(_in_turn_postgresql(store, queries))


def _in_turn_postgresql(store: Store, queries: list[str]) -> Iterator[pl.DataFrame]:
    from adbc_driver_postgresql import dbapi

    url = store.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        with dbapi.connect(url) as connection, connection.cursor() as cursor:
            for query in queries:
                cursor.execute(query)
                yield _to_polars(cursor.fetch_arrow_table())
    except dbapi.Error as problem:
        raise _failed(str(problem).splitlines()[0]) from None


def _failed(said: str) -> StoreError:
    return StoreError(
        "store_bulk_read", "批量读取数据库失败", "the bulk read of the store failed", [(said, said)] if said else []
    )


def _to_polars(table: pa.Table) -> pl.DataFrame:
    return cast(pl.DataFrame, pl.from_arrow(table))
