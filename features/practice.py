"""What today's alert and supervision rules look at in a matter: read by back-tests only, by no list and no page."""

import numpy as np
import polars as pl

from features.answer_measures import RatedUnsolved
from features.clock_measures import ClockShare
from features.kernel import Floats, View
from features.measures import Count, CountSince, MaxPeople, Occurred
from features.order import Ints

#: Columns of `practice`, in order.
COLUMNS: tuple[str, ...] = (
    "unstarted_days",
    "half_used_share",
    "asked_again",
    "returned_days",
    "co_silent_days",
    "urged",
    "from_above",
    "people_band",
    "urgent",
    "rated_unsolved",
)
#: Registering a matter is not yet working on it; neither is being urged, or having it sent back.
_NO_START = frozenset({"registered", "transferred_in", "returned", "urged"})


def practice(view: View) -> pl.DataFrame:
    """One row for each row of the view, columns `COLUMNS`.

    `unstarted_days`: days since receipt while nothing was done; `half_used_share`: share of the three-month clock
    run since our last step; `asked_again`: raised again or sent from above since our last substantive contact;
    `returned_days`, `co_silent_days`: days since it was sent back, or a co-handler asked, with no step since.
    """
    groups = view.history.kinds.groups
    names = {number: name for name, number in view.history.kinds.ids.items()}
    started = tuple(
        sorted(names[number] for number in (*groups["intake"], *groups["reply"]) if names[number] not in _NO_START)
    )
    own_step = (*started, "registered", "transferred_in")
    return pl.DataFrame(
        {
            "unstarted_days": np.where(view.last(started) < 0, view.days_before(view.receipt(), 0.0), 0.0),
            "half_used_share": ClockShare("substantive_reply", steps=("own_step",)).evaluate(view),
            "asked_again": CountSince(("raised_again",), ("substantive_contact",), or_receipt=True).evaluate(view),
            "returned_days": _silent(view, view.last_time(("returned",)), view.last_time(own_step)),
            "co_silent_days": _silent(
                view, view.last_time(("co_handling_started",)), view.last_time(("co_handling_done",))
            ),
            "urged": Count(("urged",)).evaluate(view),
            "from_above": Count(("from_above",)).evaluate(view),
            "people_band": MaxPeople(("joint_submission",)).evaluate(view),
            "urgent": Occurred(("urgent_marked",)).evaluate(view),
            "rated_unsolved": RatedUnsolved().evaluate(view),
        }
    ).select(COLUMNS)


def _silent(view: View, since: Ints, answered: Ints) -> Floats:
    """Days from `since` to the cutoff where nothing answered it, else 0. Shape (rows,)."""
    waits = (since >= 0) & (answered < since)
    return np.where(waits, view.days_before(since, 0.0), 0.0)
