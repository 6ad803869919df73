"""What one sheet is before any mapping chooses among its columns."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

#: The header stands within this many rows.
HEADER_ROWS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One sheet: its first rows as text, and `load`, which reads the rows below a row, of some columns only.

    `load(below, columns)` gives one column of text (String or CELL) per asked column, named by its number.  `merges`
    are the merged cells of the first rows (first row, first column, last row, last column; rows from 1).  Hidden rows,
    columns and sheets are read like the others and reported.
    """

    name: str
    head: tuple[tuple[str, ...], ...]
    load: Callable[[int, Sequence[int]], pl.DataFrame]
    merges: tuple[tuple[int, int, int, int], ...] = ()
    hidden: bool = False
    hidden_rows: int = 0
    hidden_columns: frozenset[int] = frozenset()
    macros: bool = False
