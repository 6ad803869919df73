"""The measures over the calendar: days on which no office works, ahead of a cutoff and after the day of receipt."""

from dataclasses import dataclass

import numpy as np

from data.times import day_number
from features.kernel import View
from features.order import Ints
from features.workdays import rest_days_between


@dataclass(frozen=True, slots=True)
class RestDaysAhead:
    """How many of the next `days` days are no working days, by the calendar of the office's clocks."""

    days: int

    def evaluate(self, view: View) -> Ints:
        """Shape (rows,), days."""
        first = day_number(view.cutoff)
        return rest_days_between(first, first + self.days, rest=view.timing.rest, work=view.timing.work)


@dataclass(frozen=True, slots=True)
class RestDaysAfterReceipt:
    """How many of the `days` days after the day of receipt are no working days; 0 before receipt."""

    days: int

    def evaluate(self, view: View) -> Ints:
        """Shape (rows,), days."""
        receipt = view.receipt()
        first = day_number(np.maximum(receipt, 0)) + 1
        found = rest_days_between(first, first + self.days, rest=view.timing.rest, work=view.timing.work)
        return np.where(receipt >= 0, found, 0)
