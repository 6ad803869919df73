"""What the matter was registered as, as far as it was known."""

import pytest

from features.attribute_measures import AttributeCode, AttributeMax, AttributeNumber
from features.catalog import CATALOG
from features.feature import Measure
from features.snapshots import make_view
from tests.drawn import Fact
from tests.histories import event, register_of, seen, snapshots
from tests.measured import value, values

OPENED = [event("2025-01-10", "letter"), event("2025-01-10", "registered")]
LEVELS = ("demolition", "wages")


def _measured(measure: Measure, last_day: str, *facts: Fact) -> float:
    register = register_of({"A1": OPENED}, attributes=facts)
    view, _ = make_view(register, snapshots(register, seen(last_day)))
    return float(measure.evaluate(view)[0])


def test_a_class_is_its_place_among_its_levels_and_zero_where_none_is_known() -> None:
    measure = AttributeCode("cause", LEVELS)
    assert _measured(measure, "2025-01-31") == 0
    assert _measured(measure, "2025-01-31", ("A1", "cause", "wages", "2025-01-10")) == 2
    assert _measured(measure, "2025-01-31", ("A1", "cause", "something else", "2025-01-10")) == 0


def test_a_fact_counts_from_the_day_it_was_known_and_the_last_one_holds() -> None:
    facts = [("A1", "cause", "demolition", "2025-01-10"), ("A1", "cause", "wages", "2025-02-10")]
    assert _measured(AttributeCode("cause", LEVELS), "2025-02-09", *facts) == 1
    assert _measured(AttributeCode("cause", LEVELS), "2025-02-10", *facts) == 2


def test_a_number_is_the_last_known_and_its_largest_is_kept() -> None:
    facts = [("A1", "amount", 3000, "2025-01-10"), ("A1", "amount", 1000, "2025-02-10")]
    assert _measured(AttributeNumber("amount", -1.0, 0.01), "2025-02-09", *facts) == pytest.approx(30.0)
    assert _measured(AttributeNumber("amount", -1.0, 0.01), "2025-02-10", *facts) == pytest.approx(10.0)
    assert _measured(AttributeMax("amount", -1.0, 0.01), "2025-02-10", *facts) == pytest.approx(30.0)
    assert _measured(AttributeNumber("amount", -1.0, 0.01), "2025-01-09", *facts) == -1
    assert _measured(AttributeMax("amount", -1.0, 0.01), "2025-01-09", *facts) == -1


def test_first_time_and_reply_possible_hold_unless_the_ledger_says_otherwise() -> None:
    said = values(
        OPENED, "2025-01-31", ("A1", "first_time", 0, "2025-01-10"), ("A1", "reply_possible", 0, "2025-01-10")
    )
    unsaid = values(OPENED, "2025-01-31")
    assert (said["first_time"], said["reply_possible"]) == (0, 0)
    assert (unsaid["first_time"], unsaid["reply_possible"]) == (1, 1)
    assert value(OPENED, "first_time", "2025-01-09", ("A1", "first_time", 0, "2025-01-10")) == 1


def test_what_a_matter_is_about_does_not_rank_it() -> None:
    assert {"category", "cause", "procedure_path"}.isdisjoint(CATALOG.names)
