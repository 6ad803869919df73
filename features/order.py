"""In which order the versions of a history stand: by matter, by when they occurred, by their place in the file."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
#: The columns of a history by name.
Columns = dict[str, NDArray[Any]]
#: What decides between versions of the same matter, time and place in the file, in this order.
_TIES = ("kind", "opens", "closes", "number", "code", "due", "people", "parts", "solved", "level")


def order_of(rows: Columns) -> Ints | None:
    """What sorts rows by (matter, occurred, file order), then by all they hold: whatever order they arrive in.

    None where they are sorted so already.
    """
    key = _key(rows)
    if key is None:
        order = np.lexsort((rows["seq"], rows["occurred"], rows["matter"]))
        follows = [rows[name][order] for name in ("matter", "occurred", "seq")]
        tied = np.all([column[1:] == column[:-1] for column in follows], axis=0)
    else:
        if np.all(key[1:] > key[:-1]):
            return None
        order = np.argsort(key)
        follows = key[order]
        tied = follows[1:] == follows[:-1]
    if tied.any():
        # Only what shares matter, time and place in the file, as the versions of one event do, needs the whole key.
        place = np.flatnonzero(np.append(tied, False) | np.append(False, tied))
        these = order[place]
        whole = [rows[name][these] for name in reversed(_TIES)]
        order[place] = these[np.lexsort((*whole, rows["seq"][these], rows["occurred"][these], rows["matter"][these]))]
    return order


def _key(rows: Columns) -> Ints | None:
    """One integer that sorts by (matter, occurred, file order), and by kind where there is room for it.

    None where 63 bits cannot hold it.
    """
    if not len(rows["matter"]):
        return np.zeros(0, dtype=np.int64)
    occurred, seq = rows["occurred"], rows["seq"]
    first, least = int(occurred.min()), int(seq.min())
    # Most ledgers know days only: then a day is the unit.
    unit = int(np.gcd.reduce(occurred - first)) or 1
    times, places = (int(occurred.max()) - first) // unit + 1, int(seq.max()) - least + 1
    if (int(rows["matter"].max()) + 1) * times * places >= 1 << 62:
        return None
    key = (rows["matter"] * np.int64(times) + (occurred - first) // unit) * places + (seq - least)
    # Facts and events are numbered apart in their files: their kinds, the first of the ties, tell most of them apart.
    kinds = int(rows["kind"].max()) + 1
    return key * kinds + rows["kind"] if (int(key.max()) + 1) * kinds < 1 << 62 else key
