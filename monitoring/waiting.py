"""How long people wait for something that for some has not come yet: the Kaplan-Meier median and its interval."""

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

_Z = NormalDist().inv_cdf(0.975)


def median_wait(days: NDArray[np.float64], heard: NDArray[np.bool_]) -> tuple[float | None, float | None, float | None]:
    """The median wait with its 95 % interval (log-log, Greenwood); None where it lies beyond what was seen.

    `days` is the wait so far, `heard` whether it is over; both of shape (n,).
    """
    times, left, over = _counted(days, heard)
    if not len(times):
        return None, None, None
    with np.errstate(divide="ignore", invalid="ignore"):
        still = np.cumprod(1 - over / left)
        spread = np.sqrt(np.cumsum(over / (left * (left - over)))) / np.log(still)
        low, high = still ** np.exp(-_Z * spread), still ** np.exp(_Z * spread)
    # Where everybody has been heard the bounds are undefined: nobody waits on either.
    low, high = np.where(still == 0, 0.0, low), np.where(still == 0, 0.0, high)
    return _falls(times, still), _falls(times, np.minimum(low, high)), _falls(times, np.maximum(low, high))


def _counted(
    days: NDArray[np.float64], heard: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """The times at which a wait was over, how many had waited until then, and how many waits were over."""
    times, over = np.unique(days[heard], return_counts=True)
    left = len(days) - np.searchsorted(np.sort(days), times, "left")
    return times, left, over


def _falls(times: NDArray[np.float64], still: NDArray[np.floating]) -> float | None:
    # A share that is exactly a half may come out a last bit above it.
    below = np.flatnonzero(still <= 0.5 + 1e-12)
    return float(times[below[0]]) if len(below) else None
