"""How each clock of an office's matters stands: what fell due and was kept or not, and what is owed now."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from data.contract import Register
from data.times import DAY_US, FAR_US
from features.clocks import State, each_follow_up, instances
from features.kernel import View
from features.snapshots import make_view
from features.standstill import ended_at, unmoved_after
from features.timing import Timing

_JUDGED = {State.MET: "in_time", State.MET_LATE: "late", State.OVERDUE: "missed", State.MISSED: "missed"}
#: The clocks whose keeping is looked at one by one, beside each monthly follow-up.
_CLOCKS = ("procedural_reply", "substantive_reply", "transfer_told", "promise")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """`matter` is a place among the register's matters, `day` the last local day in time.

    judged: code, matter, day, state (each duty that fell due and was not waived) · owed: matter, code, day (every duty
    of ours that runs or is overdue) · is_open: one boolean for each matter.
    """

    judged: pl.DataFrame
    owed: pl.DataFrame
    is_open: pl.Series


def make_clocks(register: Register, timing: Timing) -> Clocks:
    """The clocks of every matter by all that the register tells."""
    places = register.matters.with_row_index("matter").select("matter", "matter_id")
    at = register.matters.select("matter_id", cutoff=pl.lit(register.observed_until, pl.Int64))
    view, rows = make_view(register, at, timing=timing)
    own = rows.select("matter_id").join(places, on="matter_id", maintain_order="left")["matter"].to_numpy()
    months = each_follow_up(view)
    found = [
        _clocks(view, code, own)
        for code in _CLOCKS
        if code in instances(view).place  # a site may have taken a clock off its table
    ]
    found.append(
        pl.DataFrame(
            {
                "code": pl.repeat("monthly_follow_up", len(months), eager=True),
                "matter": own[months["row"].to_numpy()],
                "day": _last_day(months["due"].to_numpy()),
                "state": months.select(pl.when("kept").then(pl.lit("in_time")).otherwise(pl.lit("missed")))["literal"],
            }
        )
    )
    is_open = np.zeros(len(places), dtype=bool)
    is_open[own] = ended_at(view) >= FAR_US
    return Clocks(judged=pl.concat(found), owed=_owed(view, own), is_open=pl.Series("is_open", is_open))


def _owed(view: View, own: np.ndarray) -> pl.DataFrame:
    found = instances(view)
    duties = found.of(lambda rule: rule.kind == "duty") & found.owed & (found.due < FAR_US)
    these = duties.nonzero()[0]
    codes = np.array([rule.code for rule in found.rules])
    return pl.DataFrame(
        {
            "matter": own[found.row[these]],
            "code": pl.Series(codes[found.clock[these]], dtype=pl.String),
            "day": _last_day(found.due[these]),
        }
    )


def _clocks(view: View, code: str, own: np.ndarray) -> pl.DataFrame:
    found = instances(view)
    states = np.array([_JUDGED.get(state, "") for state in State])[found.state]
    these = ((found.clock == found.place[code]) & (states != "")).nonzero()[0]
    due = found.due[these]
    if found.rules[found.place[code]].pauses:
        due = unmoved_after(view, found.row[these], due, found.met[these])
    return pl.DataFrame(
        {
            "code": pl.repeat(code, len(these), eager=True),
            "matter": own[found.row[these]],
            "day": _last_day(due),
            "state": pl.Series(states[these], dtype=pl.String),
        }
    )


def _last_day(due: np.ndarray) -> pl.Series:
    """`due` is exclusive: 00:00 of the day after the last day in time."""
    return pl.Series(due // DAY_US - 1, dtype=pl.Int32).cast(pl.Date)
