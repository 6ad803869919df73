"""Which table a Parquet file holds, as text."""

from collections.abc import Sequence

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from data.errors import InputRefused
from data.ingest import limits
from data.ingest.refusals import damaged, too_large
from data.ingest.source import Source


def parquet_source(file: str, content: bytes, sheet: str) -> Source:
    """The table of a Parquet file; its column names count as row 1. Raises InputRefused before rows are read."""
    try:
        table = pq.ParquetFile(pa.BufferReader(content))
        about = table.metadata
        schema = table.schema_arrow
        groups = [about.row_group(at) for at in range(about.num_row_groups)]
        size = sum(group.total_byte_size for group in groups)
    except (pa.ArrowException, OSError, ValueError):
        damaged(file)
    if about.num_rows > limits.ROWS_LIMIT or size > limits.UNPACKED_LIMIT or len(schema) > 16_384:
        too_large(file)
    if limits.is_bomb(len(content), size):
        too_large(file)
    return _as_source(file, table, schema, sheet)


def _as_source(file: str, table: pq.ParquetFile, schema: pa.Schema, sheet: str) -> Source:
    def load(below: int, columns: Sequence[int]) -> pl.DataFrame:
        names = [schema.names[column] for column in columns]
        for column in columns:
            if pa.types.is_nested(schema.field(column).type):
                _nested(file, schema.names[column])
        try:
            found = table.read(columns=list(dict.fromkeys(names)), use_threads=True)
            frame = pl.DataFrame(
                [_text(pl.from_arrow(found.column(name)), str(at)) for name, at in zip(names, columns, strict=True)]
            )
        except (pa.ArrowException, OSError, ValueError, pl.exceptions.PolarsError):
            damaged(file)
        # Rows above "below" are the header, which is no row of the table.
        return frame.slice(below - 1)

    return Source(name=sheet, head=(tuple(schema.names),), load=load)


def _text(column: object, name: str) -> pl.Series:
    cells = column if isinstance(column, pl.Series) else pl.Series(name, [])
    kind = cells.dtype
    if isinstance(kind, pl.Datetime):
        pattern = "%Y-%m-%d %H:%M:%S" + ("%z" if kind.time_zone is not None else "")
        text = cells.dt.to_string(pattern)
    elif kind == pl.Binary:
        # Older writers store text without saying that it is text.
        text = pl.Series([None if raw is None else _decoded(raw) for raw in cells.to_list()], dtype=pl.String)
    elif isinstance(kind, pl.Enum | pl.Categorical):
        text = cells.cast(pl.String)
    elif kind.is_float():
        whole = (cells == cells.round()) & (cells.abs() < 1e15)
        text = pl.select(
            pl.when(whole)
            .then(pl.lit(cells).cast(pl.Int64, strict=False).cast(pl.String))
            .otherwise(pl.lit(cells).cast(pl.String))
        ).to_series()
    else:
        text = cells.cast(pl.String, strict=False)
    return text.alias(name)


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("gb18030", errors="replace")


def _nested(file: str, column: str) -> None:
    raise InputRefused(
        "parquet_nested",
        f"{file}：列“{column}”是嵌套类型，不是单元格；请导出为平表（未导入任何内容）",
        f"{file}: column {column} holds nested values, not cells; export a flat table (nothing was written)",
    )
