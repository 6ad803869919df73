"""What a column says, found by looking at each of its distinct texts once however many cells hold it."""

from collections.abc import Callable

import numpy as np
import polars as pl

#: How the cells of a table are held: four bytes each and every text once, in polars' own table of texts, which lives
#: as long as one of its columns does.
CELL = pl.Categorical()


def texts_of(cells: pl.Series) -> pl.Series:
    """The distinct texts of a column, in no order, null left out. String, shape (number of texts,)."""
    return _distinct(cells).cast(pl.String)


def each_once(cells: pl.Series, read: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """What `read` makes of each cell's text; null where the cell is null. Shape (n,), of the type `read` gives.

    `cells` is String or CELL; `read` is given the distinct texts as a String column and answers in their order.
    """
    coded = cells.cast(CELL)
    distinct = _distinct(coded)
    values = read(distinct.cast(pl.String))
    codes, known = coded.to_physical(), distinct.to_physical().to_numpy()
    places = np.zeros(int(known.max()) + 1 if known.size else 1, dtype=np.uint32)
    places[known] = np.arange(known.size, dtype=np.uint32)
    return values.gather(pl.Series(places).gather(codes)).alias(cells.name)


def numbers_of(cells: pl.Series) -> pl.Series:
    """A number from 0 for each text, the same for equal ones; null where null. Shape (n,), UInt32."""
    return each_once(cells, lambda texts: pl.int_range(len(texts), dtype=pl.UInt32, eager=True))


def _distinct(cells: pl.Series) -> pl.Series:
    return cells.cast(CELL).unique().drop_nulls()
