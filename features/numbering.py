"""Which number a matter has in a history: its place among the sorted ids, found without reading each id twice."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Numbering:
    """The ids of a register, sorted; and as it lists them, with the number of each."""

    ids: pl.Series
    listed: pl.Series
    number: NDArray[np.int64]

    def of(self, column: pl.Series) -> NDArray[np.int64]:
        """The number of each id of a column, -1 for one that is not in the register. Shape (n,)."""
        # Rows of a matter mostly lie together, and a text is looked up slowly: once a run, and not at all where
        # the runs are the matters in an order we know.
        runs = column.rle().struct.unnest()
        values, lengths = runs["value"], runs["len"].to_numpy()
        if values.equals(self.listed):
            number = self.number
        elif values.equals(self.ids):
            number = np.arange(len(self.ids))
        else:
            known = pl.DataFrame({"id": self.listed, "number": self.number})
            found = values.to_frame("id").join(known, on="id", how="left", maintain_order="left")["number"]
            number = found.fill_null(-1).to_numpy()
        return number.repeat(lengths)


def numbering_of(column: pl.Series) -> Numbering:
    """The numbering of the ids of a register, each of them once or more."""
    listed = column if column.n_unique() == len(column) else column.unique(maintain_order=True)
    order = listed.arg_sort()
    number = np.empty(len(listed), dtype=np.int64)
    number[order.to_numpy()] = np.arange(len(listed))
    return Numbering(ids=listed.gather(order), listed=listed, number=number)
