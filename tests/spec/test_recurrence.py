"""How often a matter was raised again, read as small histories."""

import pytest

from tests.histories import event
from tests.measured import value, values

#: Received and registered on 10 January 2025.
OPENED = [event("2025-01-10", "letter"), event("2025-01-10", "registered")]
AGAIN = [*OPENED, event("2025-03-01", "visit"), event("2025-03-21", "online")]


def test_the_first_contact_is_not_raised_again() -> None:
    assert value(OPENED, "raised_again_ever", "2025-03-31") == 0
    assert value(AGAIN, "raised_again_ever", "2025-03-31") == 2


def test_a_second_letter_of_the_day_of_receipt_is_not_raised_again() -> None:
    assert value([event("2025-01-10", "online"), *OPENED], "raised_again_ever", "2025-03-31") == 0


def test_a_window_holds_the_days_that_end_with_the_cutoffs_day() -> None:
    """30 days that end with 31 March begin on 2 March; that end with 30 March, on 1 March."""
    assert value(AGAIN, "raised_again_30d", "2025-03-31") == 1
    assert value(AGAIN, "raised_again_30d", "2025-03-30") == 2
    assert value(AGAIN, "raised_again_90d", "2025-05-29") == 2
    assert value(AGAIN, "raised_again_90d", "2025-05-30") == 1


def test_contacts_that_we_or_a_remedy_brought_about_are_in_no_measure() -> None:
    caused = [
        *AGAIN,
        event("2025-03-25", "visit", caused_by="our_appointment"),
        event("2025-03-26", "letter", caused_by="material_request"),
        event("2025-03-27", "assigned_from_above", caused_by="remedy"),
    ]
    plain, with_caused = values(AGAIN, "2025-03-31"), values(caused, "2025-03-31")
    for name in ("raised_again_ever", "from_above_ever", "raised_since_substantive", "days_since_raised_again"):
        assert with_caused[name] == plain[name], name


@pytest.mark.parametrize("kind", ["progress_query", "new_material", "material_supplied"])
def test_asking_how_it_stands_or_bringing_papers_is_no_contact(kind: str) -> None:
    plain, asked = values(AGAIN, "2025-03-31"), values([*AGAIN, event("2025-03-28", kind)], "2025-03-31")
    for name in (
        "raised_again_ever",
        "raised_again_30d",
        "raised_since_substantive",
        "days_since_raised_again",
        "idle_days",
    ):
        assert asked[name] == plain[name], name


def test_what_comes_from_above_is_counted_apart() -> None:
    history = [*AGAIN, event("2025-03-22", "assigned_from_above"), event("2025-03-23", "forwarded_from_above")]
    assert value(history, "from_above_ever", "2025-03-31") == 2
    assert value(history, "raised_again_ever", "2025-03-31") == 2
    assert value(history, "raised_since_substantive", "2025-03-31") == 4


def test_contacts_since_our_last_substantive_contact() -> None:
    answered = [*AGAIN, event("2025-03-10", "explanation")]
    # Nothing answered: raised again twice since it was received.
    assert value(AGAIN, "raised_since_substantive", "2025-03-31") == 2
    assert value(OPENED, "raised_since_substantive", "2025-03-31") == 0
    assert value(answered, "raised_since_substantive", "2025-03-31") == 1


def test_a_progress_reply_is_substantive_only_with_a_document() -> None:
    spoken = [*AGAIN, event("2025-03-10", "progress_reply")]
    written = [*AGAIN, event("2025-03-10", "progress_reply", document_no="12")]
    assert value(spoken, "raised_since_substantive", "2025-03-31") == 2
    assert value(written, "raised_since_substantive", "2025-03-31") == 1


def test_waiting_runs_from_the_first_contact_we_left_unanswered() -> None:
    """Answered on 10 March; the contact of the 21st has waited for 11 days when the 31st is over."""
    answered = [*AGAIN, event("2025-03-10", "substantive_reply")]
    assert value(answered, "waiting_for_answer_days", "2025-03-31") == 11
    assert value(answered, "waiting_for_answer_days", "2025-03-20") == 0
    # Nothing answered: the first letter has waited since 10 January, 81 days.
    assert value(AGAIN, "waiting_for_answer_days", "2025-03-31") == 81


def test_an_answer_of_the_same_day_answers_the_contact() -> None:
    same = [*AGAIN, event("2025-03-21", "explanation")]
    assert value(same, "waiting_for_answer_days", "2025-03-31") == 0


def test_days_and_gaps_between_contacts() -> None:
    """21 March to the end of the 31st: 11 days; 1 to 21 March: 20; 10 January to 21 March: 70 over two gaps."""
    assert value(AGAIN, "days_since_raised_again", "2025-03-31") == 11
    assert value(AGAIN, "contact_gap_last_days", "2025-03-31") == 20
    assert value(AGAIN, "contact_gap_mean_days", "2025-03-31") == 35


def test_without_a_second_contact_the_gap_is_the_longest_there_is() -> None:
    assert value(OPENED, "contact_gap_last_days", "2025-03-31") == 3650
    assert value([event("2025-01-10", "registered")], "days_since_raised_again", "2025-03-31") == 3650


def test_age_runs_from_the_first_contact() -> None:
    assert value([event("2025-01-08", "visit"), *OPENED], "age_days", "2025-01-10") == 3


def test_a_contact_known_late_is_seen_from_the_day_we_knew() -> None:
    late = [*OPENED, event("2025-03-01", "visit", known="2025-03-20")]
    assert value(late, "raised_again_ever", "2025-03-19") == 0
    assert value(late, "raised_again_ever", "2025-03-20") == 1


def test_a_corrected_contact_is_one_contact_at_every_cutoff() -> None:
    """Entered as a letter of 1 March, corrected on 20 March to one of 5 March."""
    history = [
        *OPENED,
        event("2025-03-01", "letter", until="2025-03-20", event_id="e"),
        event("2025-03-05", "letter", known="2025-03-20", event_id="e"),
    ]
    for day, days in (("2025-03-18", 18), ("2025-03-19", 19), ("2025-03-20", 16)):
        assert value(history, "raised_again_ever", day) == 1
        assert value(history, "days_since_raised_again", day) == days


def test_a_remedy_is_no_contact_and_moves_nothing() -> None:
    plain = values(AGAIN, "2025-03-31")
    used = values([*AGAIN, event("2025-03-25", "review_requested")], "2025-03-31")
    # The duty to answer it is shown and must be acted on; it feeds no feature and no point.
    assert {name for name in plain if plain[name] != used[name]} <= {"fact:due_in_days"}
