"""What the stored office context says at each snapshot: the latest row of its office and visible category."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.contract import OfficeContext
from features.history import Filed, History
from features.kernel import Floats, View
from features.numbering import numbering_of
from features.order import Ints

#: What an office row holds, in the order of the table.
OFFICE_COLUMNS = tuple(
    name for name in OfficeContext.column_names() if name not in ("office_id", "category", "month_end")
)
_CATEGORY = (("attribute:category",),)


def category_code(view: View) -> Ints:
    """The visible category as an index into the history's texts, -1 for none. Shape (rows,)."""
    return view.at(view.history.code, view.lasts(_CATEGORY)[0], -1)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredContext:
    """Context rows for the matters of one history.

    `office` (matters,) numbers the offices, -1 for one without rows; `category` (texts + 1,) the categories, its last
    for none; `keys` are the rows' cells and months as one ascending integer, `values` (columns, rows + 1) what they
    hold, zeros in the last.
    """

    office: Ints
    category: Ints
    categories: int
    months: Ints
    keys: Ints
    values: Floats

    def columns(self, view: View, cutoff: Ints, first: int = 0) -> dict[str, Floats]:
        """Each column at the rows of a view whose matter 0 is `first` here; `cutoff` in UTC microseconds."""
        office = self.office[view.matter + first]
        category = self.category[category_code(view)]
        width = len(self.months) + 1
        cell = (office * np.int64(self.categories) + category) * width
        place = self.keys.searchsorted(cell + self.months.searchsorted(cutoff, side="right"), side="right") - 1
        # Below its cell's own keys a row finds an earlier cell's, or nothing.
        place[(place < 0) | (self.keys[place] < cell) | (office < 0) | (category < 0)] = -1
        return dict(zip(OFFICE_COLUMNS, self.values[:, place], strict=True))

    def row(self, code: int, cutoff: int) -> dict[str, float]:
        """As `columns`, for the first matter alone with `code` as its visible category (texts' index, -1 for none)."""
        office, category = int(self.office[0]), int(self.category[code])
        place = -1
        if office >= 0 and category >= 0:
            cell = (office * self.categories + category) * (len(self.months) + 1)
            found = int(self.keys.searchsorted(cell + self.months.searchsorted(cutoff, side="right"), side="right")) - 1
            place = found if found >= 0 and self.keys[found] >= cell else -1
        return dict(zip(OFFICE_COLUMNS, self.values[:, place].tolist(), strict=True))


def stored_context(matters: pl.DataFrame, history: History | Filed, context: pl.DataFrame) -> StoredContext:
    """The stored rows (`data.contract.OfficeContext`) for the matters of `history`; their offices from `matters`."""
    offices = {name: number for number, name in enumerate(context["office_id"].unique().sort())}
    categories = {name: number for number, name in enumerate(context["category"].unique().sort())}
    office = np.full(len(history.matter_ids), -1, dtype=np.int64)
    if offices:
        place = (history.numbering or numbering_of(history.matter_ids)).of(matters["matter_id"])
        here = place >= 0
        of_office = matters["office_id"].replace_strict(offices, default=-1, return_dtype=pl.Int64).to_numpy()
        office[place[here]] = of_office[here]
    category = [categories.get(text, -1) for text in (*history.texts, "other")]
    months = np.sort(context["month_end"].unique().to_numpy())
    cell = _codes(context["office_id"], offices) * len(categories) + _codes(context["category"], categories)
    key = cell * (len(months) + 1) + months.searchsorted(context["month_end"].to_numpy(), side="right")
    order = np.argsort(key, kind="stable")
    values = np.zeros((len(OFFICE_COLUMNS), len(context) + 1))
    values[:, :-1] = [context[name].to_numpy()[order] for name in OFFICE_COLUMNS]
    return StoredContext(
        office=office,
        category=np.array(category, dtype=np.int64),
        categories=len(categories),
        months=months,
        keys=key[order] if len(key) else np.array([-1], dtype=np.int64),
        values=values,
    )


def _codes(column: pl.Series, codes: dict[str, int]) -> NDArray[np.int64]:
    return np.array([codes[text] for text in column], dtype=np.int64)
