"""How sure a figure is: intervals of shares and of rankings, and which small cells are not shown."""

from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

_Z = NormalDist().inv_cdf(0.975)

#: Cells under this are masked across offices and in anything public (G13).
LEAST_SHOWN = 10


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % Wilson interval of a share; (0, 1) where nothing was seen."""
    if of == 0:
        return 0.0, 1.0
    share = hits / of
    spread = _Z * _Z / of
    middle = (share + spread / 2) / (1 + spread)
    half = _Z / (1 + spread) * np.sqrt(share * (1 - share) / of + spread / (4 * of))
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def ranking_power(scores: NDArray[np.float64], hits: NDArray[np.bool_]) -> tuple[float, float, float] | None:
    """The area under the ROC curve with its 95 % interval (DeLong), ties counting half.

    `scores` and `hits` have shape (n,).  None with fewer than 10 of either class: too small to tell.
    """
    high, low = np.sort(scores[hits]), np.sort(scores[~hits])
    if min(len(high), len(low)) < 10:
        return None
    above = (np.searchsorted(low, high, "left") + np.searchsorted(low, high, "right")) / (2 * len(low))
    below = 1 - (np.searchsorted(high, low, "left") + np.searchsorted(high, low, "right")) / (2 * len(high))
    area = float(above.mean())
    half = _Z * float(np.sqrt(above.var(ddof=1) / len(high) + below.var(ddof=1) / len(low)))
    return area, max(0.0, area - half), min(1.0, area + half)


def paired_difference(
    first: NDArray[np.bool_], second: NDArray[np.bool_], hits: NDArray[np.bool_], *, draws: int = 1000, seed: int = 0
) -> tuple[float, float, float]:
    """Share of hits among `first` minus that among `second`, with the 95 % bootstrap range over matters.

    All arrays have shape (n,), one entry per matter; both selections come from the same matters, so each
    draw takes the same matters for both.  Matters differ only in the cell they fall in (chosen by the first,
    by both, by the second; hit or not), so a draw of matters is a draw of six cell counts.
    """
    chosen = ((True, False), (True, True), (False, True))
    cells = np.array(
        [np.sum((first == a) & (second == b) & (hits == hit)) for a, b in chosen for hit in (True, False)],
        dtype=np.int64,
    )
    total = int(cells.sum())
    if total == 0:
        return 0.0, 0.0, 0.0

    def difference(counts: NDArray[np.int64]) -> NDArray[np.float64]:
        by_first = (counts[:, 0] + counts[:, 2]) / np.maximum(counts[:, :4].sum(axis=1), 1)
        by_second = (counts[:, 2] + counts[:, 4]) / np.maximum(counts[:, 2:].sum(axis=1), 1)
        return by_first - by_second

    drawn = difference(np.random.default_rng(seed).multinomial(total, cells / total, size=draws))
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(difference(cells[None, :])[0]), float(low), float(high)


def shown_share(hits: int, of: int, *, across_offices: bool) -> dict[str, Any]:
    """A share with its interval; across offices, masked where fewer than ten are in it or out of it (G13)."""
    if across_offices and min(hits, of - hits) < LEAST_SHOWN:
        return {"of": of if of >= LEAST_SHOWN else None, "hits": None, "share": None, "interval": None, "masked": True}
    return {
        "of": of,
        "hits": hits,
        "share": hits / of if of else None,
        "interval": list(wilson(hits, of)),
        "masked": False,
    }
