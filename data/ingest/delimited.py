"""Which table a text file with separators holds."""

import csv
import io
from collections.abc import Sequence
from typing import NoReturn

import polars as pl

from data.distinct import CELL
from data.errors import InputRefused
from data.ingest.source import HEADER_ROWS, Source

_SAMPLE = 1 << 18
_SEPARATORS = (",", "\t", ";", "|", "，")


def delimited_source(file: str, content: bytes, sheet: str) -> Source:
    """The one table of UTF-8 text; its separator is the one most of the first lines agree on."""
    if b"\r" in content:
        # A lone carriage return is an old line end; within quotes it is a blank like any other.
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    sample = content[:_SAMPLE].decode("utf-8", errors="ignore")
    separator = _separator(sample)
    if separator == "，":
        content, separator = content.replace("，".encode(), b","), ","
        sample = content[:_SAMPLE].decode("utf-8", errors="ignore")
    # No field of the sample is longer than the sample.
    csv.field_size_limit(max(csv.field_size_limit(), _SAMPLE))
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=separator)
    head: list[tuple[str, ...]] = []
    lines: list[int] = []
    for row in reader:
        head.append(tuple(row))
        lines.append(reader.line_num)
        if len(head) > HEADER_ROWS:
            break

    def load(below: int, columns: Sequence[int]) -> pl.DataFrame:
        start = 0
        # Cut above the header row: a title row above it has fewer fields than the table.
        for _ in range(lines[below - 2] if below >= 2 else 0):
            start = content.index(b"\n", start) + 1
        table = _read(file, content[start:] if start else content, separator, below)
        names, nothing = table.columns, pl.Series([None], dtype=CELL).new_from_index(0, table.height - 1)
        # One column after the other, so that the texts of the file are not held twice.
        return pl.DataFrame(
            {
                str(one): table.drop_in_place(names[one]).slice(1).cast(CELL) if one < len(names) else nothing
                for one in columns
            }
        )

    return Source(name=sheet, head=tuple(head), load=load)


def _separator(sample: str) -> str:
    """The separator that splits the most of the first lines into the same number of cells."""
    lines = [line for line in sample.splitlines()[:60] if line.strip()][:40]

    def agreement(separator: str) -> tuple[int, int]:
        counts = [line.count(separator) for line in lines]
        common = max((counts.count(count) * count, count) for count in set(counts) | {0})
        return common

    best = max(_SEPARATORS, key=lambda one: (agreement(one), one == ","))
    return best if agreement(best)[0] else ","


def _read(file: str, content: bytes, separator: str, first_row: int) -> pl.DataFrame:
    """The text from the header row on, as String columns. All columns are split, or a row with a separator too many
    would shift its cells unseen; few are kept."""
    try:
        return pl.read_csv(content, has_header=False, infer_schema=False, separator=separator)
    except pl.exceptions.PolarsError:
        wide, quotes = _odd_rows(content, separator, first_row)
    if quotes:
        _bad_quotes(file, quotes)
    if wide:
        _ragged(file, wide)
    try:
        # What stands beyond the header is empty in every row.
        return pl.read_csv(
            content, has_header=False, infer_schema=False, separator=separator, truncate_ragged_lines=True
        )
    except pl.exceptions.PolarsError:
        _bad_quotes(file, [])


def _odd_rows(content: bytes, separator: str, first_row: int) -> tuple[list[int], list[int]]:
    """Rows with filled cells beyond the header, and rows whose quotes do not pair; five of each at most."""
    wide: list[int] = []
    quotes: list[int] = []
    reader = csv.reader(io.StringIO(content.decode(), newline=""), delimiter=separator, strict=True)
    width, number = 0, first_row
    while len(wide) < 5 and len(quotes) < 5:
        try:
            row = next(reader)
        except StopIteration:
            break
        except csv.Error:
            quotes.append(number)
            if not width:
                break
            number += 1
            continue
        width = width or len(row)
        if any(cell.strip() for cell in row[width:]):
            wide.append(number)
        number += 1
    return wide, quotes


def _bad_quotes(file: str, rows: Sequence[int]) -> NoReturn:
    at_zh = f"（第 {'、'.join(map(str, rows))} 行起）" if rows else ""
    at_en = f" (from row {', '.join(map(str, rows))})" if rows else ""
    raise InputRefused(
        "csv_quotes",
        f"{file}：引号不成对{at_zh}；单元格内的引号须写成两个，请重新导出（未导入任何内容）",
        f"{file}: quotes do not pair{at_en}; write a quote within a cell twice, or export again (nothing was written)",
    ) from None


def _ragged(file: str, rows: Sequence[int]) -> NoReturn:
    raise InputRefused(
        "csv_ragged",
        f"{file}：有的行列数多于表头（第 {'、'.join(map(str, rows))} 行）；含分隔符的单元格须加引号，请重新导出",
        f"{file}: rows with more cells than the header (rows {', '.join(map(str, rows))}); quote cells that hold a "
        "separator and export again",
    ) from None
