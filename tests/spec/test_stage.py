"""How far our handling has come, where it turned back, and how long it has stood still."""

import pytest

from tests.histories import event
from tests.measured import value, values

OPENED = [event("2025-01-10", "letter"), event("2025-01-10", "registered")]
STEPS = [
    event("2025-01-14", "procedural_reply"),
    event("2025-01-20", "accepted"),
    event("2025-03-20", "substantive_reply"),
    event("2025-03-25", "explanation"),
]


@pytest.mark.parametrize(("steps", "expected"), [(0, 0), (1, 1), (2, 2), (3, 3), (4, 4)])
def test_each_step_of_ours_moves_the_stage(steps: int, expected: int) -> None:
    assert value([*OPENED, *STEPS[:steps]], "stage", "2025-03-31") == expected


@pytest.mark.parametrize("kind", ["visit", "review_requested", "leader_reception", "hearing_held", "urged", "returned"])
def test_contacts_remedies_and_help_move_no_stage(kind: str) -> None:
    plain, other = (
        values([*OPENED, *STEPS[:2]], "2025-03-31"),
        values([*OPENED, *STEPS[:2], event("2025-03-01", kind)], "2025-03-31"),
    )
    assert (other["stage"], other["stage_days"]) == (plain["stage"], plain["stage_days"])


def test_days_in_the_stage_run_from_the_step_that_reached_it() -> None:
    """20 January to the end of the 31st: 12 days; before any step, since receipt."""
    assert value([*OPENED, *STEPS[:2]], "stage_days", "2025-01-31") == 12
    assert value(OPENED, "stage_days", "2025-01-31") == 22


def test_a_matter_counts_what_was_done_to_it_by_us() -> None:
    history = [
        *OPENED,
        event("2025-01-12", "material_requested"),
        event("2025-01-15", "returned"),
        event("2025-01-16", "transferred_out"),
        event("2025-01-17", "transfer_told"),
        event("2025-01-18", "transferred_out"),
        event("2025-01-18", "handler_changed"),
        event("2025-01-19", "handler_changed"),
        event("2025-01-20", "extended"),
        event("2025-01-21", "urged"),
        event("2025-01-22", "material_requested"),
        event("2025-01-23", "material_requested"),
    ]
    found = values(history, "2025-01-31")
    expected = {
        "returned_times": 1,
        "not_told_of_transfer": 1,
        "handler_changes": 2,
        "extended_times": 1,
        "urged_times": 1,
        "repeated_material_requests": 2,
    }
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize(
    "kind", ["resolved", "closed", "terminated", "withdrawn", "moved_to_procedure", "not_accepted", "transferred_out"]
)
def test_a_matter_stands_ended_until_it_is_opened_again(kind: str) -> None:
    history = [*OPENED, event("2025-02-01", kind), event("2025-03-01", "reopened")]
    assert value(history, "ended", "2025-01-31") == 0
    assert value(history, "ended", "2025-02-01") == 1
    assert value(history, "ended", "2025-03-01") == 0


def test_the_persons_own_acceptance_is_no_end() -> None:
    assert value([*OPENED, event("2025-02-01", "accepted_by_person")], "ended", "2025-02-10") == 0


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (event("2025-02-20", "handler_changed"), 9),
        (event("2025-02-20", "progress_reply"), 9),
        (event("2025-02-20", "progress_reply", document_no="7"), 9),
        (event("2025-02-20", "follow_up_call"), 9),
        (event("2025-02-20", "urged"), 50),
        (event("2025-02-20", "visit"), 50),
        (event("2025-02-20", "review_requested"), 50),
        (event("2025-02-20", "leader_reception"), 50),
    ],
)
def test_idle_days_run_from_our_last_step_and_no_one_elses(step: dict[str, object], expected: int) -> None:
    """Registered on 10 January; 50 days to the end of 28 February, 9 from 20 February."""
    assert value([*OPENED, step], "idle_days", "2025-02-28") == expected
