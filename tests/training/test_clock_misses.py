"""The secondary label by hand: a clock not yet missed that is missed in the next 30 days, by what truly happened."""

from typing import Any

import polars as pl
import pytest

from data.settings import LabelSettings
from features import clocks
from features.snapshots import make_view
from tests.histories import event, register_of, seen, snapshots
from training.clock_misses import clock_misses

BEGUN = (event("2025-01-10", "letter"), event("2025-01-10", "registered"))
ANSWERED = event("2025-01-14", "procedural_reply")


def _label(*history: dict[str, Any], last_day: str, observed_until: str = "2030-01-01") -> int | None:
    register = register_of({"A1": [*BEGUN, *history]}, observed_until=observed_until)
    found = clock_misses(register, snapshots(register, seen(last_day)), LabelSettings())
    assert found.columns == ["matter_id", "cutoff", "clock_label"]
    return found["clock_label"][0]


def test_a_reply_that_does_not_come_in_time_is_a_miss_ahead() -> None:
    assert _label(last_day="2025-01-12") == 1
    assert _label(event("2025-01-16", "procedural_reply"), last_day="2025-01-12") == 0
    assert _label(event("2025-01-19", "procedural_reply"), last_day="2025-01-12") == 1


def test_what_was_only_entered_late_was_no_miss() -> None:
    assert _label(event("2025-01-16", "procedural_reply", known="2025-03-01"), last_day="2025-01-12") == 0


def test_a_duty_missed_before_the_cutoff_is_not_counted_again() -> None:
    assert _label(last_day="2025-01-25") == 0


@pytest.mark.parametrize(("last_day", "expected"), [("2025-03-10", 0), ("2025-03-11", 1), ("2025-04-10", 0)])
def test_the_window_reaches_to_thirty_days_from_the_cutoff(last_day: str, expected: int) -> None:
    # The three-month reply is due on 10 April, late from the 11th: inside (cutoff, cutoff + 30 days] or not.
    assert _label(ANSWERED, event("2025-05-05", "progress_reply"), last_day=last_day) == expected


def test_every_follow_up_missed_is_one_more() -> None:
    late = (ANSWERED, event("2025-04-09", "progress_reply"))
    assert _label(*late, last_day="2025-04-30") == 1
    assert _label(*late, event("2025-05-05", "progress_reply"), last_day="2025-04-30") == 0


def test_g26_a_clock_that_a_remedy_starts_stands_in_no_label() -> None:
    history = (ANSWERED, event("2025-01-20", "review_requested"))
    assert _label(*history, last_day="2025-02-10") == 0


def test_the_label_waits_for_its_window_and_the_lag() -> None:
    assert _label(ANSWERED, last_day="2025-03-15", observed_until="2025-04-28") is None
    assert _label(ANSWERED, last_day="2025-03-15", observed_until="2025-04-29") == 1


def test_it_is_one_exactly_where_the_clocks_of_the_day_turn_late() -> None:
    """Against the clock table itself, day by day, over a history entered at once."""
    rows = [*BEGUN, event("2025-01-20", "procedural_reply"), event("2025-02-01", "promise_made", due="2025-02-20")]
    rows.append(event("2025-04-02", "substantive_reply"))
    register = register_of({"A1": rows})
    days = pl.date_range(pl.date(2025, 1, 11), pl.date(2025, 5, 30), "1d", eager=True)
    cutoffs = [seen(str(day)) for day in days]
    view, _ = make_view(register, snapshots(register, *cutoffs))
    found = clocks.instances(view)
    late = [0] * len(cutoffs)
    for row, clock, times in zip(found.row, found.clock, found.times, strict=True):
        late[row] += int(times) * found.rules[clock].feature
    label = clock_misses(register, snapshots(register, *cutoffs), LabelSettings())["clock_label"].to_list()
    for place in range(len(cutoffs) - 30):
        assert label[place] == int(late[place + 30] > late[place])
