"""What a set of measures asks of the kernel, as tables that answer all of it together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.times import DAY_US
from features.kinds import KindIndex
from features.order import Ints

Kinds = tuple[str, ...]
#: Kinds and a window in days, None for ever.
CountKey = tuple[Kinds, int | None]
#: What is asked ("count", "last", "first" or "pairs") and of which kinds, or kinds and window.
Asked = tuple[str, Any]


#: Lines of a table: a slice where they follow each other, which copies nothing.
Lines = Ints | slice


def lines(places: Sequence[int]) -> Lines:
    """The lines at some places."""
    first = places[0]
    follow = list(places) == list(range(first, first + len(places)))
    return slice(first, first + len(places)) if follow else np.array(places, dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which answers are made together, and how.

    Groups of kinds overlap, so each table has layers in which no kind stands twice: `*_table` (layers, kinds) gives
    the column a kind counts towards, or one more than the last for none.
    """

    #: For each question the place of its answer.
    place: dict[str, dict[Any, int]]
    count_table: Ints
    #: Of each layer the row of `windows` it uses; row 0 is "ever".
    count_window: Ints
    #: Finite windows in microseconds, shape (windows - 1, 1).
    windows: Ints
    #: Columns are the lasts, then the firsts.
    extreme_table: Ints
    #: 0 for layers of lasts, 1 for layers of firsts.
    extreme_mirrored: Ints
    #: Which kinds each group of pairs holds. Shape (groups, kinds).
    pair_flags: NDArray[np.bool_]
    _found: dict[tuple[str, tuple[Any, ...]], Lines | None] = field(
        default_factory=dict[tuple[str, tuple[Any, ...]], "Lines | None"]
    )

    def places(self, what: str, keys: tuple[Any, ...]) -> Lines | None:
        """The lines of its table that answer `keys`; None where one of them is not planned."""
        asked = (what, keys)
        if asked not in self._found:
            place, behind = self.place[what], self.lasts if what == "first" else 0
            known = all(key in place for key in keys)
            self._found[asked] = lines([place[key] + behind for key in keys]) if known else None
        return self._found[asked]

    @property
    def counts(self) -> int:
        """How many counts."""
        return len(self.place["count"])

    @property
    def lasts(self) -> int:
        """How many lasts."""
        return len(self.place["last"])

    @property
    def extremes(self) -> int:
        """How many lasts and firsts."""
        return self.lasts + len(self.place["first"])


def make_plan(kinds: KindIndex, asked: Iterable[Asked]) -> Plan:
    """The plan that answers `asked`, for the kinds of one register."""
    place: dict[str, dict[Any, int]] = {"count": {}, "last": {}, "first": {}, "pairs": {}}
    for what, key in asked:
        place[what].setdefault(key, len(place[what]))
    # Windows ascending, "ever" first: the same order whatever the order of the features.
    days = sorted({key[1] for key in place["count"] if key[1] is not None})
    counted = [(number, (0, *days).index(key[1] or 0), kinds.of(key[0])) for key, number in place["count"].items()]
    count_table, count_window = _layers(counted, len(counted), len(kinds.ids))
    extremes = [(number, 0, kinds.of(key)) for key, number in place["last"].items()]
    extremes += [(number + len(place["last"]), 1, kinds.of(key)) for key, number in place["first"].items()]
    extreme_table, mirrored = _layers(extremes, len(extremes), len(kinds.ids))
    flags = [kinds.flags(key) for key in place["pairs"]]
    return Plan(
        place=place,
        count_table=count_table,
        count_window=count_window,
        windows=np.array(days, dtype=np.int64)[:, None] * DAY_US,
        extreme_table=extreme_table,
        extreme_mirrored=mirrored,
        pair_flags=np.array(flags, dtype=bool).reshape(len(flags), len(kinds.ids)),
    )


def _layers(columns: Sequence[tuple[int, int, tuple[int, ...]]], nothing: int, kinds: int) -> tuple[Ints, Ints]:
    """Each (column, sort, kinds) in the first layer of its sort in which its kinds are free."""
    rows: list[Ints] = []
    sorts: list[int] = []
    for column, sort, members in columns:
        chosen = list(members)
        for row, other in zip(rows, sorts, strict=True):
            if other == sort and np.all(row[chosen] == nothing):
                row[chosen] = column
                break
        else:
            row = np.full(kinds, nothing, dtype=np.int64)
            row[chosen] = column
            rows.append(row)
            sorts.append(sort)
    return np.array(rows, dtype=np.int64).reshape(len(rows), kinds), np.array(sorts, dtype=np.int64)
