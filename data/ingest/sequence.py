"""Which events of a matter stand in an order no handling has: after an end, or without what has to come before."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.distinct import each_once

_ENDS = ("closed", "terminated", "withdrawn")
_HANDLING = (
    "accepted", "material_requested", "returned", "handler_changed", "extended", "suspended", "resumed",
    "substantive_reply", "progress_reply",
)  # fmt: skip
#: kind → what must have come before it, and the rule where it did not.
_AFTER: dict[str, tuple[tuple[str, ...], str]] = {
    "resumed": (("suspended",), "resumed_not_suspended"),
    "promise_kept": (("promise_made",), "kept_not_promised"),
    "reopened": (
        ("resolved", "closed", "terminated", "withdrawn", "moved_to_procedure", "not_accepted", "transferred_out",
         "accepted_by_person"),
        "reopened_not_ended",
    ),
}  # fmt: skip
_CODES = {
    kind: code
    for code, kind in enumerate(
        sorted({*_ENDS, *_HANDLING, *_AFTER, *(before for befores, _ in _AFTER.values() for before in befores)})
    )
}
#: No day of ours; windows of a ledger lie centuries above it.
_NEVER = np.int64(np.iinfo(np.int64).min)


def out_of_order(frame: pl.DataFrame) -> list[tuple[str, pl.Series]]:
    """Each rule with the `at` of the rows that break it.  Days are compared, not hours.

    `frame`: at (place in the file), matter_id (an integer), kind (CELL) and day.
    """
    codes = each_once(frame["kind"], lambda kinds: pl.Series([_CODES.get(kind, -1) for kind in kinds], dtype=pl.Int8))
    asked = frame.select("at", "matter_id", "day", codes.alias("code")).filter(pl.col("code") >= 0)
    ordered = asked.sort("matter_id", "day", "at")
    if ordered.is_empty():
        return []
    history = _history(ordered)
    ended, opened = history.latest(_ENDS), history.latest(("reopened",))
    still = (ended != _NEVER) & (ended < history.day) & (opened < ended)
    found = [("after_end", still & history.is_one_of(_HANDLING))]
    for end in _ENDS:
        before = history.latest((end,), until="row before")
        again = (before != _NEVER) & (before < history.day) & (opened < before)
        found.append(("end_twice", history.is_one_of((end,)) & again))
    for later, (befores, rule) in _AFTER.items():
        # Several rows of one day stand in no certain order: what came that day counts as before.
        there = history.latest(befores, until="day")
        found.append((rule, history.is_one_of((later,)) & (there == _NEVER)))
    return [(rule, ordered["at"].filter(pl.Series(broken))) for rule, broken in found]


@dataclass(frozen=True, slots=True, kw_only=True)
class _History:
    """Rows sorted by matter and day: their days and codes, and the places where their matter begins and day ends."""

    day: NDArray[np.int64]
    code: NDArray[np.int8]
    first: NDArray[np.int64]
    day_end: NDArray[np.int64]

    def is_one_of(self, kinds: tuple[str, ...]) -> NDArray[np.bool_]:
        """Whether each row is of one of these kinds."""
        return np.isin(self.code, [_CODES[kind] for kind in kinds])

    def latest(
        self, kinds: tuple[str, ...], *, until: Literal["row", "row before", "day"] = "row"
    ) -> NDArray[np.int64]:
        """The day of the matter's latest of these kinds up to each row, the row before it, or the end of its day;
        _NEVER where there is none."""
        at = np.maximum.accumulate(np.where(self.is_one_of(kinds), np.arange(self.day.size), -1))
        if until == "day":
            at = at[self.day_end]
        elif until == "row before":
            at[1:], at[:1] = at[:-1].copy(), -1
        return np.where(at >= self.first, self.day[at], _NEVER)


def _history(ordered: pl.DataFrame) -> _History:
    day, matter = ordered["day"].cast(pl.Int64).to_numpy(), ordered["matter_id"].to_numpy()
    other = matter[1:] != matter[:-1]
    later = other | (day[1:] != day[:-1])
    return _History(
        day=day,
        code=ordered["code"].to_numpy(),
        first=_starts(other),
        day_end=ordered.height - 1 - _starts(later[::-1])[::-1],
    )


def _starts(begins: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The place at which the run of each row begins; `begins`: whether each row but the first begins one."""
    places = np.arange(begins.size + 1)
    places[1:][~begins] = 0
    return np.maximum.accumulate(places)
