"""How many rows enter a table of SQLite: written to a file beside it by another process, then taken over at once."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO, cast

import polars as pl
import pyarrow as pa
import sqlalchemy as sa

from data.errors import StoreError

#: Where a pooled connection remembers what it attached, to be let go once its transaction has ended.
ATTACHED = "staged"
_TABLE = "staged_rows"


def insert_staged(connection: sa.Connection, table: str, columns: list[str], lots: Iterable[pl.DataFrame]) -> None:
    """Write lots of rows to a table in this transaction, in their order; `columns` are the table's, quoted.

    Binding each cell of two million rows costs a core ten seconds; here a second process makes a SQLite file of
    them meanwhile, and one statement copies it.  The caller holds the writer's lock, so whatever an import that died
    left beside the register is nobody's and goes.  Raises StoreError where the file cannot be made.
    """
    register = Path(str(connection.engine.url.database)).resolve()
    for left in register.parent.glob(f"{register.name}-staged-*"):
        shutil.rmtree(left, ignore_errors=True)
    # A folder for its owner alone: the rows are those of the register.
    folder = Path(tempfile.mkdtemp(prefix=f"{register.name}-staged-", dir=register.parent))
    try:
        _write(folder / "rows.db", lots)
        attached: list[str] = connection.info.setdefault(ATTACHED, [])
        name = f"staged{len(attached)}"
        connection.exec_driver_sql(f"ATTACH ? AS {name}", (str(folder / "rows.db"),))
        attached.append(name)
    finally:
        # What is attached stays readable to this connection without its name, and vanishes with it.
        shutil.rmtree(folder, ignore_errors=True)
    names = ", ".join(columns)
    connection.exec_driver_sql(
        f"INSERT INTO {table} ({names}) SELECT {names} FROM {name}.{_TABLE} ORDER BY rowid"  # noqa: S608 - our own names
    )


def _write(path: Path, lots: Iterable[pl.DataFrame]) -> None:
    program = Path(__file__).with_name("staging_child.py")
    # -P: the child's own directory must not shadow the modules it imports.
    child = subprocess.Popen(  # noqa: S603 - our own interpreter and file
        [sys.executable, "-P", str(program)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    with child:
        stdin, stderr = cast(IO[bytes], child.stdin), cast(IO[bytes], child.stderr)
        try:
            stdin.write(json.dumps({"path": str(path), "table": _TABLE}).encode() + b"\n")
            _stream(stdin, lots)
            stdin.close()
        except BrokenPipeError:
            # The child says why it stopped listening.
            pass
        said = stderr.read().decode(errors="replace").strip().splitlines()
    if child.returncode:
        detail = said[-1] if said else ""
        raise StoreError(
            "store_bulk_write",
            "批量写入数据库失败",
            "the bulk write to the store failed",
            [(detail, detail)] if detail else [],
        )


def _stream(stdin: IO[bytes], lots: Iterable[pl.DataFrame]) -> None:
    out: pa.RecordBatchStreamWriter | None = None
    for lot in lots:
        rows = lot.with_columns(pl.col(pl.Boolean).cast(pl.Int8)).to_arrow(compat_level=pl.CompatLevel.oldest())
        out = out or pa.ipc.new_stream(stdin, rows.schema)
        out.write_table(rows)
    if out is not None:
        out.close()
