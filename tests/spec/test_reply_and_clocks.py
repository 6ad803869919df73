"""Which duties ran, were met or missed, and what our answers lacked, read as features."""

import pytest

from tests.histories import event
from tests.measured import value, values

OPENED = [event("2025-01-10", "letter"), event("2025-01-10", "registered")]


def test_a_procedural_reply_on_the_seventh_day_is_in_time_and_on_the_eighth_missed() -> None:
    """Received on the 10th: due on the 17th."""
    assert value([*OPENED, event("2025-01-17", "procedural_reply")], "procedural_reply_missed", "2025-01-31") == 0
    assert value([*OPENED, event("2025-01-18", "procedural_reply")], "procedural_reply_missed", "2025-01-31") == 1
    assert value(OPENED, "procedural_reply_missed", "2025-01-16") == 0
    assert value(OPENED, "procedural_reply_missed", "2025-01-17") == 1


def test_the_share_of_time_used_grows_until_the_duty_is_done() -> None:
    """From 10 January to 18 January 00:00 are 8 days; when the 13th is over 4 have gone."""
    assert value(OPENED, "procedural_reply_share", "2025-01-13") == pytest.approx(0.5)
    assert value([*OPENED, event("2025-01-12", "procedural_reply")], "procedural_reply_share", "2025-01-13") == 0
    assert value(OPENED, "procedural_reply_share", "2025-12-31") == 3


def test_days_overdue_begin_with_the_first_day_late() -> None:
    """Three months from 10 January: 10 April. The list that sees all of the 10th is read on the 11th, one day late."""
    assert value(OPENED, "substantive_reply_overdue_days", "2025-04-09") == 0
    assert value(OPENED, "substantive_reply_overdue_days", "2025-04-10") == 1
    assert value(OPENED, "substantive_reply_overdue_days", "2025-04-21") == 12
    done = [*OPENED, event("2025-04-15", "substantive_reply")]
    assert value(done, "substantive_reply_overdue_days", "2025-04-21") == 0
    assert value(done, "substantive_reply_missed", "2025-04-21") == 1


def test_each_month_without_a_follow_up_is_one_miss() -> None:
    """After 10 April: due 10 May, 10 June, 10 July. A word on 20 May serves the month that ends on 10 June."""
    history = [*OPENED, event("2025-05-20", "progress_reply")]
    assert value(OPENED, "monthly_follow_up_missed", "2025-07-15") == 3
    assert value(history, "monthly_follow_up_missed", "2025-07-15") == 2
    assert value(history, "monthly_follow_up_overdue_days", "2025-07-15") == 6
    assert value(OPENED, "monthly_follow_up_overdue_days", "2025-07-15") == 67


def test_a_transfer_is_to_be_told_within_fifteen_days() -> None:
    moved = [*OPENED, event("2025-02-01", "transferred_out")]
    assert value(moved, "transfer_told_missed", "2025-02-15") == 0
    assert value(moved, "transfer_told_overdue_days", "2025-02-16") == 1
    assert value([*moved, event("2025-02-16", "transfer_told")], "transfer_told_missed", "2025-02-28") == 0


def test_passing_a_matter_back_within_the_house_needs_no_telling() -> None:
    assert value([*OPENED, event("2025-02-01", "returned")], "transfer_told_missed", "2025-12-31") == 0
    assert value([*OPENED, event("2025-02-01", "returned")], "not_told_of_transfer", "2025-12-31") == 0


def test_an_assigned_matter_is_to_be_reported_by_its_own_date() -> None:
    assigned = [*OPENED, event("2025-02-01", "assigned_from_above", due="2025-02-20")]
    assert value(assigned, "assigned_report_missed", "2025-02-19") == 0
    assert value(assigned, "assigned_report_missed", "2025-02-20") == 1
    assert value([*assigned, event("2025-02-18", "explanation")], "assigned_report_missed", "2025-02-28") == 0
    undated = [*OPENED, event("2025-02-01", "assigned_from_above")]
    assert value(undated, "assigned_report_missed", "2025-03-30") == 0


def test_all_misses_add_up() -> None:
    """Procedural reply, three-month reply, one follow-up (10 May), one promise."""
    history = [*OPENED, event("2025-02-01", "promise_made", due="2025-03-01")]
    assert value(history, "clocks_missed", "2025-05-15") == 4


def test_the_nearest_duty() -> None:
    """When the 13th is over the reply is due at the end of the 17th: in 4 days."""
    assert value(OPENED, "nearest_due_days", "2025-01-13") == 4
    done = [*OPENED, event("2025-01-12", "procedural_reply"), event("2025-01-20", "closed")]
    assert value(done, "nearest_due_days", "2025-01-31") == 400


def test_a_clock_that_a_remedy_started_feeds_no_feature() -> None:
    asked = [*OPENED, event("2025-02-01", "appeal_to_superior")]
    plain, used = values(OPENED, "2025-03-31"), values(asked, "2025-03-31")
    assert [name for name in plain if not name.startswith("fact:") and plain[name] != used[name]] == []
    assert used["fact:must_act"]


def test_days_since_substantive_contact_run_from_receipt_until_there_was_one() -> None:
    assert value(OPENED, "days_since_substantive_contact", "2025-01-31") == 22
    for kind in ("substantive_reply", "explanation"):
        assert value([*OPENED, event("2025-01-20", kind)], "days_since_substantive_contact", "2025-01-31") == 12, kind
    for kind in ("procedural_reply", "progress_reply", "follow_up_call", "leader_reception", "hearing_held"):
        assert value([*OPENED, event("2025-01-20", kind)], "days_since_substantive_contact", "2025-01-31") == 22, kind


def test_our_fullest_reply_decides_which_parts_are_missing() -> None:
    """Five before any reply; bits of the five parts: 0b00110 lacks two."""
    two = event("2025-02-01", "substantive_reply", parts_missing=0b00110)
    one = event("2025-03-01", "substantive_reply", parts_missing=0b10000)
    assert value(OPENED, "reply_parts_missing", "2025-03-31") == 5
    assert value([*OPENED, two], "reply_parts_missing", "2025-03-31") == 2
    assert value([*OPENED, two, one], "reply_parts_missing", "2025-03-31") == 1
    assert value([*OPENED, one, two], "reply_parts_missing", "2025-03-31") == 1
    assert value([*OPENED, event("2025-02-01", "substantive_reply")], "reply_parts_missing", "2025-03-31") == 0


def test_an_explanation_is_missing_until_it_was_given() -> None:
    assert value(OPENED, "explanation_missing", "2025-03-31") == 1
    assert value([*OPENED, event("2025-02-01", "explanation")], "explanation_missing", "2025-03-31") == 0


def test_nobody_is_owed_a_reply_that_cannot_reach_them() -> None:
    anonymous = ("A1", "reply_possible", 0, "2025-01-10")
    found = values(OPENED, "2025-12-31", anonymous)
    for name in ("procedural_reply_missed", "substantive_reply_missed", "monthly_follow_up_missed", "clocks_missed"):
        assert found[name] == 0, name


@pytest.mark.parametrize("rank", ["chief", "deputy"])
def test_that_a_leader_took_the_matter_is_no_feature(rank: str) -> None:
    led = [
        *OPENED,
        event("2025-01-20", "leader_reception", rank=rank),
        event("2025-01-21", "leader_assigned", rank=rank),
    ]
    assert values(led, "2025-03-31") == values(OPENED, "2025-03-31") | {
        "matter_id": values(led, "2025-03-31")["matter_id"]
    }
