"""Which matters are in at a cutoff: open ones, those ended in the last 90 days, and a mapping's own condition."""

from typing import Any

import polars as pl
import pytest

from data import vocabulary
from data.contract import Register
from data.errors import InputRefused
from data.settings import CohortSettings
from data.task import Measure, Task
from features.cohort import cohort
from tests.histories import OFFICE, at, day_after, event, register_of, seen

SETTINGS = CohortSettings()
OPENED = [event("2025-01-10", "letter"), event("2025-01-10", "registered")]
ENDED = "2025-03-01"


def _in(history: list[dict[str, Any]], last_day: str, settings: CohortSettings = SETTINGS) -> bool:
    return not cohort(register_of({"A1": history}), [seen(last_day)], Task(), settings).is_empty()


def test_a_matter_is_in_from_the_day_its_registration_was_known() -> None:
    late = [event("2025-01-08", "letter"), event("2025-01-10", "registered", known="2025-01-13")]
    assert not _in(late, "2025-01-12")
    assert _in(late, "2025-01-13")
    assert _in([event("2025-01-10", "transferred_in")], "2025-01-10")
    assert not _in([event("2025-01-10", "letter")], "2025-12-31")


@pytest.mark.parametrize("kind", [kind for kind in vocabulary.CLOSERS if kind != "transferred_out"])
def test_an_ended_matter_stays_for_ninety_days(kind: str) -> None:
    """Ended on 1 March: 90 days back from the end of 29 May is 1 March."""
    history = [*OPENED, event(ENDED, kind)]
    assert _in(history, day_after(ENDED, 89))
    assert not _in(history, day_after(ENDED, 90))


def test_what_was_passed_on_is_gone_at_once() -> None:
    history = [*OPENED, event(ENDED, "transferred_out")]
    assert _in(history, "2025-02-28")
    assert not _in(history, ENDED)


def test_a_reopened_matter_is_open_again() -> None:
    history = [*OPENED, event(ENDED, "closed"), event("2025-08-01", "reopened")]
    register = register_of({"A1": history})
    found = cohort(register, [seen("2025-03-10"), seen("2025-08-01")], Task(), SETTINGS)
    assert found["is_open"].to_list() == [False, True]
    assert found["ended_days"].to_list() == [10.0, None]
    assert not _in(history, "2025-07-31")


def test_an_end_taken_back_by_a_correction_ends_nothing_from_then_on() -> None:
    history = [*OPENED, event(ENDED, "closed", until="2025-04-01")]
    register = register_of({"A1": history})
    found = cohort(register, [seen("2025-03-31"), seen("2025-04-01")], Task(), SETTINGS)
    # The version stands until 1 April 00:00, which the cutoff of 31 March still is.
    assert found["is_open"].to_list() == [False, True]


@pytest.mark.parametrize("kind", ["accepted_by_person", "substantive_reply", "explanation", "suspended"])
def test_an_answer_or_the_persons_acceptance_ends_nothing(kind: str) -> None:
    assert _in([*OPENED, event(ENDED, kind)], "2025-12-31")


def test_stale_matters_are_told_and_left_out_only_where_the_setting_says_so() -> None:
    """Last event 10 January 2025: on 9 January 2026 365 days ago, the day after 366."""
    register = register_of({"A1": OPENED})
    found = cohort(register, [seen("2026-01-09"), seen("2026-01-10")], Task(), SETTINGS)
    assert found["stale"].to_list() == [False, True]
    strict = CohortSettings(exclude_stale=True)
    assert _in(OPENED, "2026-01-09", strict)
    assert not _in(OPENED, "2026-01-10", strict)


def test_the_oldest_age_is_a_setting() -> None:
    strict = CohortSettings(max_age_days=30)
    assert _in(OPENED, "2025-02-08", strict)
    assert not _in(OPENED, "2025-02-09", strict)


def test_columns_order_offices_and_repeated_cutoffs() -> None:
    register = register_of({"A1": OPENED, "A2": OPENED, "B1": OPENED}, offices={"B1": "T00"})
    cutoffs = [seen("2025-03-31"), seen("2025-01-31"), seen("2025-03-31")]
    found = cohort(register, cutoffs, Task(), SETTINGS)
    assert found.columns == ["matter_id", "office_id", "cutoff", "is_open", "ended_days", "age_days", "stale"]
    assert found.height == 6
    assert found.equals(found.sort("cutoff", "office_id", "matter_id"))
    assert cohort(register, cutoffs, Task(), SETTINGS, offices=[OFFICE]).height == 4


def test_a_cutoff_beyond_what_the_batches_cover_is_refused() -> None:
    register = register_of({"A1": OPENED}, observed_until="2025-03-01")
    assert cohort(register, [at("2025-03-01")], Task(), SETTINGS).height == 1
    with pytest.raises(InputRefused) as refused:
        cohort(register, [seen("2025-02-28"), seen("2025-03-01")], Task(), SETTINGS)
    assert refused.value.code == "cutoff_in_future"
    assert "2025-03-01" in refused.value.en
    assert "2025-02-28" in refused.value.en


def _bench() -> Register:
    history = {
        "A1": [event("2025-01-01", "registered"), event("2025-01-05", "sent")],
        "A2": [event("2025-01-01", "registered"), event("2025-01-05", "sent"), event("2025-01-20", "paid")],
        "A3": [event("2025-01-01", "registered")],
    }
    facts = [
        ("A1", "amount", 5000, "2025-01-01"),
        ("A1", "amount", 9000, "2025-02-01"),
        ("A2", "amount", 100, "2025-01-01"),
    ]
    return register_of(history, attributes=facts, roles={"sent": "intake", "paid": "record"})


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("paid = 0", {"A1", "A3"}),
        ("paid = 0 AND since_sent <= 30", {"A1"}),
        ("since_sent > 0", {"A1", "A2"}),
        ("owed >= 5000", {"A1", "A3"}),
        ("owed + 1 > 9000", {"A3"}),
        ("age >= 31", {"A1", "A2", "A3"}),
        ("age >= 32", set()),
    ],
)
def test_a_mappings_own_condition_speaks_over_its_measures(condition: str, expected: set[str]) -> None:
    """What is unknown (not sent, no `empty`) stays outside; on 31 January the amount of 1 February is not known."""
    task = Task(
        cohort=condition,
        measures=(
            Measure(name="paid", operation="count", kinds=("paid",), empty=0),
            Measure(name="since_sent", operation="days_since", kinds=("sent",)),
            Measure(name="age", operation="days_since", kinds=("registered",)),
            Measure(name="owed", operation="max", attribute="amount", unit="cent", empty=10**11),
        ),
    )
    register = _bench()
    found = cohort(register, [seen("2025-01-31")], task, SETTINGS)
    names = found.join(register.matters, on="matter_id")["matter_no"]
    assert set(names) == expected


def test_blocks_of_matters_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    register = register_of({f"A{n}": [*OPENED, event(day_after(ENDED, 7 * n), "closed")] for n in range(12)})
    cutoffs = [seen("2025-04-30"), seen("2025-06-30")]
    whole = cohort(register, cutoffs, Task(), SETTINGS)
    monkeypatch.setattr("features.cohort._BLOCK", 5)
    assert cohort(register, cutoffs, Task(), SETTINGS).equals(whole)
    assert whole.filter(pl.col("cutoff") == cutoffs[0]).height == 12
