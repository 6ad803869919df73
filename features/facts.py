"""What lists and back-tests need to know of a snapshot besides its features: duties, help, points, ordering."""

import numpy as np
import polars as pl

from features import rules
from features.kernel import Floats, View
from features.measures import AgeDays, Count, DaysSince
from features.point_sheet import point_sheet

#: Columns of `facts`, in order.
COLUMNS: tuple[str, ...] = (
    "must_act",
    "unmet_duty",
    "help_open",
    "missed_days",
    "due_in_days",
    "promise_overdue_days",
    "idle_days",
    "points",
    "point_band",
    "earlier_contacts",
    "age_days",
    "officer_level",
    "stratum",
)


def since_contact(view: View) -> Floats:
    """Days since our last substantive contact, or since the receipt where there was none. Shape (rows,)."""
    return DaysSince(("substantive_contact",), or_receipt=True).evaluate(view)


def facts(view: View) -> pl.DataFrame:
    """One row for each row of the view, columns `COLUMNS`.

    `due_in_days` is null where nothing is owed; `stratum` says where our handling stood: `unanswered`,
    `answered`, or `missed` (some duty was missed); `officer_level` is 0–2, null where nobody rated.
    """
    order = rules.missed_days(view)
    sheet = point_sheet(view)
    level = view.at(view.history.level, view.last(["officer_rated"]), -1).astype(np.int64)
    replied = view.last(["substantive_reply"]) >= 0
    ever_missed = rules.ever_missed(view)
    helps = list(rules.help_open(view).values())
    nearest = order["due_in_days"]
    return pl.DataFrame(
        {
            "must_act": rules.must_act(view),
            "unmet_duty": rules.unmet_duty(view),
            "help_open": np.any(helps, axis=0),
            "missed_days": np.maximum(order["duty_missed_days"], order["promise_overdue_days"]),
            "due_in_days": np.where(np.isfinite(nearest), nearest, np.nan),
            "promise_overdue_days": order["promise_overdue_days"],
            "idle_days": since_contact(view),
            "points": sheet["points"].to_numpy(),
            "point_band": sheet["band"].to_list(),
            "earlier_contacts": np.asarray(Count(("contact",)).evaluate(view), dtype=np.int64),
            "age_days": AgeDays(cap=36500.0).evaluate(view),
            "officer_level": level,
            "stratum": np.where(ever_missed, "missed", np.where(replied, "answered", "unanswered")).tolist(),
        },
        schema_overrides={"point_band": pl.String, "stratum": pl.String},
    ).with_columns(
        pl.col("due_in_days").fill_nan(None),
        officer_level=pl.when(pl.col("officer_level") >= 0).then("officer_level").cast(pl.Int8),
    )
