"""How the feature values of a screening are kept: one Parquet file, written and read part by part of the register."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq


@contextmanager
def append_to(path: Path) -> Generator[Callable[[pl.DataFrame], None]]:
    """A function that adds the rows of a part to the file; at least one part, of whatever height, all alike."""
    writer: pq.ParquetWriter | None = None

    def append(rows: pl.DataFrame) -> None:
        nonlocal writer
        table = rows.to_arrow(compat_level=pl.CompatLevel.oldest())
        if writer is None:
            writer = pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table, row_group_size=max(1, table.num_rows))

    try:
        yield append
    finally:
        if writer is not None:
            writer.close()


def read_log(path: Path, columns: Sequence[str], matters: pl.Series) -> Iterator[tuple[int, pl.DataFrame]]:
    """Some columns of the rows of some matters, part by part, each with the number of parts."""
    with pq.ParquetFile(path) as file:
        for number in range(file.num_row_groups):
            table: pa.Table = file.read_row_group(number, columns=list(columns))
            rows = cast(pl.DataFrame, pl.from_arrow(cast(Any, table)))
            yield file.num_row_groups, rows.filter(pl.col("matter_id").is_in(matters.implode()))


def read_whole(path: Path) -> Iterator[pl.DataFrame]:
    """All columns of all rows, part by part as they were written."""
    with pq.ParquetFile(path) as file:
        for number in range(file.num_row_groups):
            yield cast(pl.DataFrame, pl.from_arrow(cast(Any, file.read_row_group(number))))
