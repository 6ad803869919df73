"""How many rows enter a table of SQLite: written to files beside it by another process, and taken over one by one."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import IO, cast

import polars as pl
import pyarrow as pa
import sqlalchemy as sa

from data.errors import StoreError

#: Where a pooled connection remembers what it attached, to be let go once its transaction has ended.
ATTACHED = "staged"
_TABLE = "staged_rows"
#: Rows of one file: while it is taken over, the next one is made.
_PART = 400_000
#: SQLite attaches ten files to a connection; four are left to the tables one import fills after this one.
_MOST, _LEFT = 10, 4


def insert_staged(connection: sa.Connection, table: str, lots: Iterable[pl.DataFrame], height: int) -> None:
    """Write lots of `height` rows in all to a table in this transaction, in their order; their columns are the table's.

    Binding each cell of two million rows costs a core ten seconds; here a second process makes SQLite files of
    them meanwhile, and one statement copies each.  The caller holds the writer's lock, so whatever an import that died
    left beside the register is nobody's and goes.  Raises StoreError where a file cannot be made.
    """
    register = Path(str(connection.engine.url.database)).resolve()
    for left in register.parent.glob(f"{register.name}-staged-*"):
        shutil.rmtree(left, ignore_errors=True)
    attached: list[str] = connection.info.setdefault(ATTACHED, [])
    size = max(_PART, -(-height // max(1, _MOST - _LEFT - len(attached))))
    # A folder for its owner alone: the rows are those of the register.
    folder = Path(tempfile.mkdtemp(prefix=f"{register.name}-staged-", dir=register.parent))
    quote = connection.dialect.identifier_preparer.quote
    try:
        with closing(_files(folder, lots, size)) as files:
            for path in files:
                name = f"staged{len(attached)}"
                connection.exec_driver_sql(f"ATTACH ? AS {name}", (str(path),))
                attached.append(name)
                # What is attached stays readable to this connection without its name, and vanishes with it.
                path.unlink()
                about = connection.exec_driver_sql(f"PRAGMA {name}.table_info({_TABLE})").all()
                names = ", ".join(quote(column.name) for column in about)
                connection.exec_driver_sql(
                    f"INSERT INTO {table} ({names}) SELECT {names} FROM {name}.{_TABLE} ORDER BY rowid"  # noqa: S608 - our own names
                )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _files(folder: Path, lots: Iterable[pl.DataFrame], size: int) -> Generator[Path]:
    """The files of about `size` rows each, as soon as one is whole."""
    program = Path(__file__).with_name("staging_child.py")
    # -P: the child's own directory must not shadow the modules it imports.
    child = subprocess.Popen(  # noqa: S603 - our own interpreter and file
        [sys.executable, "-P", str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    with child, ThreadPoolExecutor(1) as threads:
        stdin, stdout, stderr = (
            cast(IO[bytes], child.stdin),
            cast(IO[bytes], child.stdout),
            cast(IO[bytes], child.stderr),
        )
        try:
            fed = threads.submit(_feed, stdin, folder, lots, size)
            for line in stdout:
                yield folder / line.decode().strip()
            said = stderr.read().decode(errors="replace").strip().splitlines()
            fed.result()
        except BaseException:
            # Nobody takes the files any more: the one who makes them stops, and with it the one who feeds it.
            child.kill()
            raise
    if child.returncode:
        detail = said[-1] if said else ""
        raise StoreError(
            "store_bulk_write",
            "批量写入数据库失败",
            "the bulk write to the store failed",
            [(detail, detail)] if detail else [],
        )


def _feed(stdin: IO[bytes], folder: Path, lots: Iterable[pl.DataFrame], size: int) -> None:
    """Give the child its rows: for each file a line that names it, then an Arrow stream."""
    try:
        # Closed in any case: the child waits for it.
        with stdin:
            for number, part in enumerate(_parts(lots, size)):
                stdin.write(json.dumps({"path": str(folder / f"{number}.db"), "table": _TABLE}).encode() + b"\n")
                _stream(stdin, part)
    except BrokenPipeError:
        # The child says why it stopped listening.
        pass


def _parts(lots: Iterable[pl.DataFrame], size: int) -> Iterator[Iterator[pl.DataFrame]]:
    """The lots in groups that end with the lot that fills `size` rows; each is to be used up before the next."""
    rest = iter(lots)

    def part(lot: pl.DataFrame) -> Iterator[pl.DataFrame]:
        rows = lot.height
        yield lot
        while rows < size and (following := next(rest, None)) is not None:
            rows += following.height
            yield following

    while (lot := next(rest, None)) is not None:
        yield part(lot)


def _stream(stdin: IO[bytes], lots: Iterable[pl.DataFrame]) -> None:
    out: pa.RecordBatchStreamWriter | None = None
    for lot in lots:
        rows = lot.with_columns(pl.col(pl.Boolean).cast(pl.Int8)).to_arrow(compat_level=pl.CompatLevel.oldest())
        out = out or pa.ipc.new_stream(stdin, rows.schema)
        out.write_table(rows)
    if out is not None:
        out.close()
