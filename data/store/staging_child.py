"""What a stream of Arrow rows becomes: a SQLite file with one table; run as a process of its own.

Not imported by the product: two SQLite libraries must not open one file in one process (ADR 0004).
"""

import json
import sys
from urllib.parse import quote

import adbc_driver_manager as adbc
import adbc_driver_sqlite
import pyarrow as pa

#: A file nobody will ever recover needs no journal and no disk.
_PRAGMAS = ("journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE")


def main() -> None:
    """Read {"path", "table"} in one line of standard input, then an Arrow stream, and write its rows."""
    asked = json.loads(sys.stdin.buffer.readline())
    with (
        adbc.AdbcDatabase(driver=adbc_driver_sqlite._driver_path(), uri=f"file:{quote(asked['path'])}") as database,  # pyright: ignore[reportPrivateUsage]
        adbc.AdbcConnection(database) as connection,
    ):
        for pragma in _PRAGMAS:
            with adbc.AdbcStatement(connection) as statement:
                statement.set_sql_query(f"PRAGMA {pragma}")
                stream, _ = statement.execute_query()
                pa.RecordBatchReader.from_stream(stream).read_all()
        with adbc.AdbcStatement(connection) as statement:
            statement.set_options(
                **{"adbc.ingest.target_table": asked["table"], "adbc.ingest.mode": "adbc.ingest.mode.create"}
            )
            statement.bind_stream(pa.ipc.open_stream(sys.stdin.buffer))
            statement.execute_update()


if __name__ == "__main__":
    main()
