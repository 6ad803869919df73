"""What a SQLite file answers to some queries, as Arrow streams on standard output; run as a process of its own.

Not imported by the product: two SQLite libraries must not open one file in one process (ADR 0004).  It uses
ADBC's low level, because the upper one imports pandas and polars, a second of start for nothing.
"""

import json
import sys
from urllib.parse import quote

import adbc_driver_manager as adbc
import adbc_driver_sqlite
import pyarrow as pa


def main() -> None:
    """Read {"path", "queries"} from standard input and write one Arrow stream per query."""
    asked = json.load(sys.stdin)
    uri = f"file:{quote(asked['path'])}?mode=rw"
    with (
        adbc.AdbcDatabase(driver=adbc_driver_sqlite._driver_path(), uri=uri) as database,  # pyright: ignore[reportPrivateUsage]
        adbc.AdbcConnection(database) as connection,
    ):
        for query in ["PRAGMA busy_timeout = 30000", *asked["queries"]]:
            with adbc.AdbcStatement(connection) as statement:
                statement.set_options(**{"adbc.sqlite.query.batch_rows": "65536"})
                statement.set_sql_query(query)
                stream, _ = statement.execute_query()
                reader = pa.RecordBatchReader.from_stream(stream)
                if query.startswith("PRAGMA"):
                    reader.read_all()
                    continue
                with pa.ipc.new_stream(sys.stdout.buffer, reader.schema) as out:
                    for batch in reader:
                        out.write_batch(batch)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
