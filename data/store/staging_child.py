"""What streams of Arrow rows become: SQLite files with one table each; run as a process of its own.

Not imported by the product: two SQLite libraries must not open one file in one process (ADR 0004).
"""

import json
import sys
from pathlib import Path
from urllib.parse import quote

import adbc_driver_manager as adbc
import adbc_driver_sqlite
import pyarrow as pa

#: A file nobody will ever recover needs no journal and no disk.
_PRAGMAS = ("journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE")


def main() -> None:
    """For each {"path", "table"} in a line of standard input, write the Arrow stream after it and name the file."""
    while line := sys.stdin.buffer.readline():
        asked = json.loads(line)
        _write(asked["path"], asked["table"])
        sys.stdout.write(f"{Path(asked['path']).name}\n")
        sys.stdout.flush()


def _write(path: str, table: str) -> None:
    with (
        adbc.AdbcDatabase(driver=adbc_driver_sqlite._driver_path(), uri=f"file:{quote(path)}") as database,  # pyright: ignore[reportPrivateUsage]
        adbc.AdbcConnection(database) as connection,
    ):
        for pragma in _PRAGMAS:
            with adbc.AdbcStatement(connection) as statement:
                statement.set_sql_query(f"PRAGMA {pragma}")
                stream, _ = statement.execute_query()
                pa.RecordBatchReader.from_stream(stream).read_all()
        with adbc.AdbcStatement(connection) as statement:
            statement.set_options(**{"adbc.ingest.target_table": table, "adbc.ingest.mode": "adbc.ingest.mode.create"})
            statement.bind_stream(pa.ipc.open_stream(sys.stdin.buffer))
            statement.execute_update()


if __name__ == "__main__":
    main()
