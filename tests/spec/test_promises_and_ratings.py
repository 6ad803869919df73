"""What we promised, errors of ours, and what the person said about our result."""

import pytest

from features.catalog import CATALOG
from tests.histories import event
from tests.measured import value, values

OPENED = [event("2025-01-10", "letter"), event("2025-01-10", "registered")]
PROMISED = [*OPENED, event("2025-01-20", "promise_made", due="2025-02-10")]


def test_a_promise_counts_only_once_it_is_overdue() -> None:
    assert value(PROMISED, "promises_broken", "2025-02-09") == 0
    assert value(PROMISED, "promise_overdue_days", "2025-02-09") == 0
    assert value(PROMISED, "promises_broken", "2025-02-10") == 1
    assert value(PROMISED, "promise_overdue_days", "2025-02-15") == 6


@pytest.mark.parametrize(("kept", "broken", "days"), [("2025-02-10", 0, 0), ("2025-02-12", 1, 0)])
def test_a_promise_kept_late_was_broken_but_is_owed_no_more(kept: str, broken: int, days: int) -> None:
    history = [*PROMISED, event(kept, "promise_kept")]
    assert value(history, "promises_broken", "2025-02-28") == broken
    assert value(history, "promise_overdue_days", "2025-02-28") == days


def test_one_kept_promise_settles_the_one_due_first() -> None:
    two = [*PROMISED, event("2025-01-21", "promise_made", due="2025-02-20"), event("2025-02-01", "promise_kept")]
    assert value(two, "promises_broken", "2025-02-28") == 1
    assert value(two, "promise_overdue_days", "2025-02-28") == 9


def test_a_promise_without_a_date_cannot_be_overdue() -> None:
    assert value([*OPENED, event("2025-01-20", "promise_made")], "promises_broken", "2026-01-01") == 0


def test_a_promise_is_owed_though_the_matter_has_ended() -> None:
    assert value([*PROMISED, event("2025-01-25", "resolved")], "promise_overdue_days", "2025-02-15") == 6


def test_a_confirmed_error_stands_until_it_is_corrected() -> None:
    wrong = [*OPENED, event("2025-02-01", "error_confirmed"), event("2025-02-03", "error_confirmed")]
    assert value(wrong, "errors_uncorrected", "2025-02-28") == 2
    assert value([*wrong, event("2025-02-20", "error_corrected")], "errors_uncorrected", "2025-02-28") == 1


def test_the_last_rating_counts() -> None:
    no, yes = event("2025-02-01", "rated", solved="no"), event("2025-02-15", "rated", solved="fully")
    assert value([*OPENED, no], "rated_unsolved", "2025-02-28") == 1
    assert value([*OPENED, no, yes], "rated_unsolved", "2025-02-28") == 0
    assert value([*OPENED, event("2025-02-01", "rated", solved="partly")], "rated_unsolved", "2025-02-28") == 0
    assert value(OPENED, "rated_unsolved", "2025-02-28") == 0


def test_a_call_after_the_rating_answers_it() -> None:
    no = event("2025-02-01", "rated", solved="no")
    called, early = event("2025-02-01", "follow_up_call"), event("2025-01-31", "follow_up_call")
    assert value([*OPENED, no], "rated_unsolved_unvisited", "2025-02-28") == 1
    assert value([*OPENED, early, no], "rated_unsolved_unvisited", "2025-02-28") == 1
    assert value([*OPENED, no, called], "rated_unsolved_unvisited", "2025-02-28") == 0
    assert value([*OPENED, no, called], "rated_unsolved", "2025-02-28") == 1


@pytest.mark.parametrize("help_given", ["hearing_held", "aid_paid", "lawyer_present", "mediation_held"])
def test_help_given_is_no_feature(help_given: str) -> None:
    plain = values(PROMISED, "2025-02-28")
    helped = values([*PROMISED, event("2025-02-01", help_given)], "2025-02-28")
    assert {name: plain[name] for name in CATALOG.names} == {name: helped[name] for name in CATALOG.names}
