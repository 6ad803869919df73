"""Joint submissions: yes or no, how many in bands, and how long their representatives have waited."""

from tests.histories import event
from tests.measured import value

ALONE = [event("2025-01-10", "letter"), event("2025-01-10", "registered")]
JOINT = [event("2025-01-10", "joint_submission", people_band=2), event("2025-01-10", "registered")]


def test_a_letter_is_no_joint_submission() -> None:
    assert value(ALONE, "joint_ever", "2025-02-01") == 0
    assert value(ALONE, "joint_people_band", "2025-02-01") == 0
    assert value(ALONE, "joint_unanswered_days", "2025-02-01") == 0


def test_the_largest_band_counts_not_the_sum() -> None:
    more = [*JOINT, event("2025-01-20", "joint_submission", people_band=1), event("2025-01-25", "joint_submission")]
    assert value(more, "joint_ever", "2025-02-01") == 1
    assert value(more, "joint_people_band", "2025-02-01") == 2


def test_representatives_wait_from_the_first_submission_we_left_without_a_reply() -> None:
    assert value(JOINT, "joint_unanswered_days", "2025-01-19") == 10
    replied = [*JOINT, event("2025-01-15", "procedural_reply")]
    assert value(replied, "joint_unanswered_days", "2025-01-19") == 0
    again = [*replied, event("2025-01-18", "joint_submission"), event("2025-01-25", "joint_submission")]
    assert value(again, "joint_unanswered_days", "2025-01-27") == 10


def test_any_reply_to_them_ends_the_wait() -> None:
    for kind in ("progress_reply", "substantive_reply", "explanation"):
        assert value([*JOINT, event("2025-01-18", kind)], "joint_unanswered_days", "2025-01-27") == 0, kind


def test_a_contact_of_one_person_is_no_wait_of_representatives() -> None:
    history = [*JOINT, event("2025-01-15", "procedural_reply"), event("2025-01-18", "visit")]
    assert value(history, "joint_unanswered_days", "2025-01-27") == 0
