"""How long our own steps took: the time between two of them, once both are done."""

from dataclasses import dataclass

import numpy as np

from data.times import DAY_US
from features.kernel import Floats, View


@dataclass(frozen=True, slots=True)
class DaysBetween:
    """Days from the first event of `kinds` to the first of `then`, 0 if that came earlier; `empty` until both are seen.

    Two recencies do not say it to a model without interactions: their difference is a feature of its own.
    """

    kinds: tuple[str, ...]
    then: tuple[str, ...]
    empty: float = -1.0
    cap: float = 3650.0

    def evaluate(self, view: View) -> Floats:
        """Shape (rows,), days."""
        began, ended = view.first_times((self.kinds, self.then))
        took = np.clip((ended - began) / DAY_US, 0.0, self.cap)
        return np.where((began >= 0) & (ended >= 0), took, self.empty)
