"""How sure a figure is: intervals of shares and of rankings, and which small cells are not shown."""

from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.metrics import wilson

_Z = NormalDist().inv_cdf(0.975)

#: Cells under this are masked across offices and in anything public (G13).
LEAST_SHOWN = 10


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


def pooled_order(
    scores: NDArray[np.float64], hits: NDArray[np.bool_], lists: NDArray[np.int64], matters: NDArray[np.int64]
) -> tuple[float, float] | None:
    """How well scores order within each of several lists: the mean area under the ROC curve, and its standard error.

    All arrays have shape (n,), `lists` and `matters` are codes.  A list counts as many times as it has pairs of a hit
    and a miss, ties count half.  The error is DeLong's with the places of one matter on several lists taken together.
    None with fewer than 10 hits or misses: too small to tell.
    """
    pairs, areas = [], []
    influence = np.zeros(len(hits))
    for one in np.unique(lists):
        here = lists == one
        if not hits[here].any() or hits[here].all():
            continue
        high, low = np.sort(scores[here & hits]), np.sort(scores[here & ~hits])
        places = np.where(hits[here], _below(low, scores[here]) / len(low), 1 - _below(high, scores[here]) / len(high))
        area = float(places[hits[here]].mean())
        pairs.append(len(high) * len(low))
        areas.append(area)
        influence[here] = pairs[-1] * (places - area) / np.where(hits[here], len(high), len(low))
    if min(int(hits.sum()), int((~hits).sum())) < 10 or not pairs:
        return None
    error = float(np.sqrt((np.bincount(matters, weights=influence) ** 2).sum())) / sum(pairs)
    return float(np.average(areas, weights=pairs)), error


def _below(values: NDArray[np.float64], at: NDArray[np.float64]) -> NDArray[np.float64]:
    """How many of the sorted `values` lie below each of `at`, equal ones counting half."""
    return (np.searchsorted(values, at, "left") + np.searchsorted(values, at, "right")) / 2


def paired_difference(
    first: NDArray[np.bool_], second: NDArray[np.bool_], hits: NDArray[np.bool_], matters: NDArray[np.int64]
) -> tuple[float, float, float]:
    """Share of hits among `first` minus that among `second`, with its 95 % interval over matters.

    All arrays have shape (n,), one entry per snapshot; `matters` are codes.  The interval is the large-sample
    form of the bootstrap over matters: both selections are drawn from the same matters, and the snapshots of
    one matter stand or fall together.
    """
    value = 0.0
    influence = np.zeros(len(hits))
    for chosen, sign in ((first, 1.0), (second, -1.0)):
        size = int(chosen.sum())
        share = float(hits[chosen].mean()) if size else 0.0
        value += sign * share
        influence += sign * chosen * (hits - share) / max(size, 1)
    half = _Z * float(np.sqrt((np.bincount(matters, weights=influence) ** 2).sum())) if len(hits) else 0.0
    return value, value - half, value + half


def is_small(hits: int, of: int) -> bool:
    """Whether fewer than ten are in a share, or out of it."""
    return min(hits, of - hits) < LEAST_SHOWN


def shown_share(hits: int, of: int, *, masked: bool, matters: int | None = None) -> dict[str, Any]:
    """A share with its interval, or its masked form; `matters` counts those behind `of` places, if they repeat."""
    if masked:
        return {"of": of if of >= LEAST_SHOWN else None, "hits": None, "share": None, "interval": None, "masked": True}
    return {
        "of": of,
        "hits": hits,
        "share": hits / of if of else None,
        # Places of one matter on several lists tell little more than one of them.
        "interval": list(wilson(hits, of) if matters is None or not of else wilson(hits * matters / of, matters)),
        "masked": False,
    }


def in_words(name: str, zh: str, en: str, said_zh: str, said_en: str, **numbers: Any) -> dict[str, Any]:
    """A figure with what it is called and what it says in both languages, as a row of a table of such figures."""
    return {"name": name, "zh": zh, "en": en, "said_zh": said_zh, "said_en": said_en} | numbers


def chance_of_difference(found: tuple[float, float, float]) -> float:
    """How likely a difference at least so high is where there is none; `found` as `paired_difference` gives it."""
    value, low, high = found
    error = (high - low) / (2 * _Z)
    return 1.0 - NormalDist().cdf(value / error) if error > 0 else 1.0
