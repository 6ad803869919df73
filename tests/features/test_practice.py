"""What today's alert and supervision rules see of a history, as one reads it."""

from typing import Any

import pytest

from features.practice import COLUMNS, practice
from features.snapshots import make_view
from tests.histories import event, register_of, seen, snapshots

BEGUN = (event("2025-01-10", "letter"), event("2025-01-10", "registered"))


def _seen(*history: dict[str, Any], last_day: str = "2025-01-30") -> dict[str, Any]:
    register = register_of({"A1": [*BEGUN, *history]})
    view, _ = make_view(register, snapshots(register, seen(last_day)))
    frame = practice(view)
    assert tuple(frame.columns) == COLUMNS
    return frame.row(0, named=True)


def test_a_matter_nobody_began_has_waited_since_receipt() -> None:
    assert _seen()["unstarted_days"] == 21
    for step in ("accepted", "procedural_reply", "material_requested"):
        assert _seen(event("2025-01-12", step))["unstarted_days"] == 0
    for none in ("urged", "returned", "letter"):
        assert _seen(event("2025-01-12", none))["unstarted_days"] == 21


@pytest.mark.parametrize(
    ("asked", "answer", "column"),
    [
        ("returned", "accepted", "returned_days"),
        ("co_handling_started", "co_handling_done", "co_silent_days"),
    ],
)
def test_what_was_asked_is_silent_until_it_is_answered(asked: str, answer: str, column: str) -> None:
    assert _seen(event("2025-01-20", asked))[column] == 11
    assert _seen(event("2025-01-20", asked), event("2025-01-22", answer))[column] == 0
    assert _seen(event("2025-01-20", answer), event("2025-01-22", asked))[column] == 9


def test_asked_again_counts_from_our_last_substantive_contact() -> None:
    again = event("2025-01-20", "visit")
    assert _seen(again)["asked_again"] == 1
    assert _seen(again, event("2025-01-22", "explanation"))["asked_again"] == 0
    assert _seen(again, event("2025-01-25", "assigned_from_above"))["from_above"] == 1


def test_half_the_three_months_run_from_our_last_step() -> None:
    assert _seen(last_day="2025-03-01")["half_used_share"] > 0.5
    assert _seen(event("2025-02-25", "accepted"), last_day="2025-03-01")["half_used_share"] < 0.1
