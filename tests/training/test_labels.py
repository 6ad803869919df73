"""The primary label to the letter, by hand and against a naive reference; episodes and month ends."""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from data import vocabulary
from data.contract import Register
from data.settings import LabelSettings
from data.task import Task
from data.times import from_us
from tests.drawn import BUSY, SPAN, many, one_event
from tests.histories import ZONE, at, day_after, event, register_of, seen, snapshots
from training.labels import COPY_DAYS, PRIMARY, Labels, episodes, label_name, labels, month_ends, returns

TASK, LAG = Task(), LabelSettings()
REGISTERED = "2025-01-10"
#: The last day the cutoff sees, and the first and last day of its window of 90 days.
SEEN, FIRST, LAST = "2025-02-28", "2025-03-01", "2025-05-29"


def _labels(*history: dict[str, Any], observed_until: str = "2030-01-01", last_day: str = SEEN, **more: Any) -> Labels:
    register = register_of(
        {"A1": [event(REGISTERED, "letter"), event(REGISTERED, "registered"), *history]},
        observed_until=observed_until,
        **more,
    )
    return labels(register, snapshots(register, seen(last_day, register.time_zone)), TASK, LAG)


def _label(*history: dict[str, Any], **more: Any) -> int | None:
    return _labels(*history, **more).rows["label"][0]


@pytest.mark.parametrize(("day", "expected"), [(SEEN, 0), (FIRST, 1), (LAST, 1), (day_after(LAST, 1), 0)])
def test_the_window_is_half_open(day: str, expected: int) -> None:
    assert day_after(FIRST, 89) == LAST
    assert _label(event(day, "letter")) == expected


@pytest.mark.parametrize(("lag", "known"), [(14, False), (13, True), (0, True)])
def test_a_label_waits_for_the_reporting_lag_that_is_set(lag: int, known: bool) -> None:
    register = register_of(
        {"A1": [event(REGISTERED, "letter"), event(REGISTERED, "registered")]}, observed_until=day_after(LAST, 14)
    )
    found = labels(register, snapshots(register, seen(SEEN)), TASK, LabelSettings(reporting_lag_days=lag))
    assert (found.rows["label"][0] is not None) is known


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/Rome", "America/New_York"])
def test_the_window_counts_local_days_across_summer_time(zone: str) -> None:
    assert _label(event(LAST, "letter"), zone=zone) == 1
    assert _label(event(day_after(LAST, 1), "letter"), zone=zone) == 0


@pytest.mark.parametrize("kind", vocabulary.codes(vocabulary.Role.CONTACT, vocabulary.Role.FROM_ABOVE))
def test_it_makes_no_difference_how_a_matter_comes_back(kind: str) -> None:
    assert _label(event("2025-04-01", kind)) == 1
    assert "kind" not in _labels(event("2025-04-01", kind)).rows.columns


@pytest.mark.parametrize(
    "kind",
    [
        kind.code
        for kind in vocabulary.KINDS
        if kind.role not in (vocabulary.Role.CONTACT, vocabulary.Role.FROM_ABOVE, vocabulary.Role.RATING)
    ],
)
def test_no_remedy_neutral_contact_or_step_of_ours_is_a_return(kind: str) -> None:
    assert _label(event("2025-04-01", kind)) == 0


@pytest.mark.parametrize("reason", sorted(vocabulary.CAUSED_BY))
@pytest.mark.parametrize("kind", ["visit", "assigned_from_above", "joint_submission"])
def test_what_we_or_a_remedy_brought_about_is_no_return(kind: str, reason: str) -> None:
    assert _label(event("2025-04-01", kind, caused_by=reason)) == 0


@pytest.mark.parametrize(("solved", "expected"), [("no", 1), ("partly", 0), ("fully", 0), (None, 0)])
def test_rated_counts_only_where_it_says_not_solved(solved: str | None, expected: int) -> None:
    assert _label(event("2025-04-01", "rated", solved=solved)) == expected


@pytest.mark.parametrize(("day", "expected"), [("2025-01-17", 0), ("2025-01-18", 1)])
def test_a_contact_counts_from_the_eighth_day_after_registration(day: str, expected: int) -> None:
    """Registered on the 10th: the 17th is day 7, the 18th day 8."""
    assert _label(event(day, "visit"), last_day="2025-01-12") == expected


def test_a_rating_counts_from_the_first_day_on() -> None:
    assert _label(event("2025-01-13", "rated", solved="no"), last_day="2025-01-12") == 1


def test_a_joint_first_submission_is_the_matter_itself() -> None:
    history = [event("2025-01-10", "joint_submission", people_band=3), event("2025-01-14", "registered")]
    register = register_of({"A1": history})
    assert labels(register, snapshots(register, seen("2025-01-09")), TASK, LAG).rows["label"].to_list() == [0]


@pytest.mark.parametrize(("day", "expected"), [(29, 0), (COPY_DAYS, 1)])
def test_the_forwarded_copy_of_the_first_letter_is_no_return(day: int, expected: int) -> None:
    assert _label(event(day_after(REGISTERED, day), "forwarded_from_above"), last_day="2025-01-12") == expected


def test_only_the_first_forwarded_copy_is_left_out() -> None:
    first, second = (event(day, "forwarded_from_above") for day in ("2025-01-20", "2025-02-01"))
    assert _label(first, last_day="2025-01-12") == 0
    assert _label(first, second, last_day="2025-01-12") == 1


def test_what_a_remedy_sent_down_does_not_use_up_the_copy() -> None:
    remedy = event("2025-01-20", "forwarded_from_above", caused_by="remedy")
    assert _label(remedy, event("2025-02-01", "forwarded_from_above"), last_day="2025-01-12") == 0


def test_a_matter_assigned_from_above_is_no_copy() -> None:
    assert _label(event("2025-01-20", "assigned_from_above"), last_day="2025-01-12") == 1


@pytest.mark.parametrize(("observed_until", "expected"), [("2025-06-13", 1), ("2025-06-12", None)])
def test_a_label_is_mature_by_what_the_batches_cover(observed_until: str, expected: int | None) -> None:
    """From 1 March, 90 days and 14 of lag: 13 June 00:00."""
    found = _labels(event("2025-04-01", "letter"), observed_until=observed_until)
    assert found.rows["label"][0] == expected
    assert found.immature == (expected is None)


def test_maturity_counts_local_days() -> None:
    """In Rome the window crosses the change to summer time: 103 days and 23 hours after the cutoff it is the day."""
    assert _label(event("2025-04-01", "letter"), zone="Europe/Rome", observed_until="2025-06-13") == 1


def test_a_return_known_only_after_the_cutoff_is_marked_and_counted() -> None:
    found = _labels(event("2025-02-20", "letter", known="2025-03-05"))
    assert found.rows["returned_unseen"].to_list() == [True]
    assert found.rows["returned_before"].to_list() == [False]
    assert found.returned_unseen == 1
    known = _labels(event("2025-02-20", "letter", known=SEEN))
    assert known.returned_unseen == 0
    assert known.rows["returned_before"].to_list() == [True]


def test_correcting_a_detail_later_does_not_make_a_known_return_unseen() -> None:
    before = event("2025-02-20", "letter", until="2025-06-01", event_id="e1")
    after = event("2025-02-20", "letter", known="2025-06-01", people_band=1, event_id="e1")
    found = _labels(before, after)
    assert found.returned_unseen == 0
    assert found.rows["returned_before"].to_list() == [True]


def test_a_return_that_was_taken_back_is_none() -> None:
    assert _label(event("2025-04-01", "letter", until="2025-08-01")) == 0


def test_a_kind_a_site_added_counts_by_its_role() -> None:
    contact = {"video_filed": "contact"}
    assert _label(event("2025-04-01", "video_filed"), roles=contact) == 1
    assert _label(event("2025-04-01", "video_filed"), roles={"video_filed": "neutral"}) == 0


def test_the_labels_of_a_mapping_replace_the_primary_one() -> None:
    history = [
        event(REGISTERED, "registered"),
        event("2025-04-01", "appeal_to_superior"),
        event("2025-04-20", "letter"),
    ]
    register = register_of({"A1": history})
    task = Task(label=("appeal_to_superior",), first_only=True, horizon_days=30)
    snaps = snapshots(register, seen("2025-03-31"), seen("2025-04-01"))
    assert labels(register, snaps, task, LAG).rows["label"].to_list() == [1, 0]
    assert label_name(TASK) == PRIMARY
    assert label_name(task) == "first_appeal_to_superior_30d"


def test_with_first_only_a_second_one_counts_no_more() -> None:
    history = [
        event(REGISTERED, "registered"),
        *(event(day, "appeal_to_superior") for day in ("2025-02-01", "2025-04-01")),
    ]
    register = register_of({"A1": history})
    for first_only, expected in ((True, 0), (False, 1)):
        task = Task(label=("appeal_to_superior",), first_only=first_only)
        assert labels(register, snapshots(register, seen(SEEN)), task, LAG).rows["label"].to_list() == [expected]


# ---- a naive reference ---------------------------------------------------------------------------------------------

CONTACTS = vocabulary.codes(vocabulary.Role.CONTACT, vocabulary.Role.FROM_ABOVE)
RETURNING = (*BUSY, "forwarded_from_above", "rated", "letter", "online", "call", "new_material", "review_requested")


def _naive_returns(history: Sequence[dict[str, Any]]) -> list[tuple[date, date]]:
    """(day, day the office knew) of every return, from the versions that stand at the end."""
    standing = [row for row in history if row["until"] is None]
    registered = min(
        (date.fromisoformat(row["day"]) for row in standing if row["kind"] in ("registered", "transferred_in")),
        default=None,
    )
    if registered is None:
        return []
    found: list[tuple[date, date]] = []
    copies = 0
    for row in sorted(standing, key=lambda one: one["day"]):
        day, known = date.fromisoformat(row["day"]), date.fromisoformat(row["known"])
        after = (day - registered).days
        if row["kind"] == "rated" and row["solved"] == "no":
            found.append((day, known))
        if row["kind"] not in CONTACTS or row["caused_by"] is not None:
            continue
        if row["kind"] == "forwarded_from_above" and after < 30:
            copies += 1
            if copies == 1:
                continue
        if after >= 8:
            found.append((day, known))
    return sorted(found)


def _drawn(seed: int) -> tuple[random.Random, dict[str, list[dict[str, Any]]]]:
    chance, histories, _ = many(seed, 200)
    for number in range(200):
        some = [one_event(chance, RETURNING) for _ in range(chance.randrange(10))]
        histories[f"R{number:05d}"] = [event("2025-01-05", "registered"), *some]
    return chance, histories


def _numbers(register: Register) -> dict[str, str]:
    return dict(zip(register.matters["matter_id"], register.matters["matter_no"], strict=True))


@settings(max_examples=4, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(st.integers(0, 2**31), st.integers(30, SPAN), st.integers(0, 200))
def test_labels_equal_a_naive_reference(seed: int, cut: int, beyond: int) -> None:
    _, histories = _drawn(seed)
    last_day = date(2025, 1, 1) + timedelta(days=cut)
    first = last_day + timedelta(days=1)
    observed = first + timedelta(days=beyond)
    register = register_of(histories, observed_until=observed.isoformat())
    found = labels(register, snapshots(register, seen(last_day.isoformat())), TASK, LAG)
    numbers = _numbers(register)
    unseen = 0
    for row in found.rows.to_dicts():
        came = _naive_returns(histories[numbers[row["matter_id"]]])
        positive = any(0 <= (day - first).days < 90 for day, _ in came)
        assert row["label"] == (int(positive) if beyond >= 104 else None)
        assert row["returned_before"] == any(day < first and known < first for day, known in came)
        assert row["returned_unseen"] == any(day < first <= known for day, known in came)
        unseen += row["returned_unseen"]
    assert found.returned_unseen == unseen


@settings(max_examples=3, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(st.integers(0, 2**31))
def test_episodes_equal_a_naive_reference(seed: int) -> None:
    _, histories = _drawn(seed)
    register = register_of(histories)
    expected: list[tuple[str, date, bool]] = []
    for number, history in histories.items():
        before: date | None = None
        first = True
        for day, _ in _naive_returns(history):
            if before is None or (day - before).days >= 30:
                expected.append((number, day, first))
                first = False
            before = day
    numbers = _numbers(register)
    found = [
        (numbers[row["matter_id"]], (from_us(row["episode_start"]) + timedelta(hours=8)).date(), row["first"])
        for row in episodes(register, TASK).to_dicts()
    ]
    assert sorted(found) == sorted(expected)


def test_returns_within_thirty_days_of_the_one_before_are_one_episode() -> None:
    days = ("2025-03-01", "2025-03-25", "2025-04-20", "2025-05-20", "2025-06-18")
    register = register_of({"A1": [event(REGISTERED, "registered"), *(event(day, "letter") for day in days)]})
    found = episodes(register, TASK)
    # 1 March, 25 March, 20 April belong together; 20 May is 30 days later; 18 June is 29 days after that.
    assert found["episode_start"].to_list() == [at("2025-03-01"), at("2025-05-20")]
    assert found["first"].to_list() == [True, False]
    assert returns(register, TASK).height == 5


def test_episodes_count_local_days_across_summer_time() -> None:
    rome = "Europe/Rome"
    history = [event(REGISTERED, "registered"), event("2025-03-15", "letter"), event("2025-04-14", "letter")]
    register = register_of({"A1": history}, zone=rome)
    assert episodes(register, TASK).height == 2


@pytest.mark.parametrize("zone", [ZONE, "Europe/Rome", "America/New_York"])
def test_month_ends_are_the_local_starts_of_months(zone: str) -> None:
    found = month_ends(at("2023-12-31", zone), at("2024-04-01", zone), zone)
    assert found == [at(day, zone) for day in ("2024-01-01", "2024-02-01", "2024-03-01", "2024-04-01")]
    assert found[2] == seen("2024-02-29", zone)


@pytest.mark.parametrize("zone", [ZONE, "Europe/Rome"])
def test_month_ends_hold_both_edges_and_nothing_outside(zone: str) -> None:
    first = at("2024-02-01", zone)
    assert month_ends(first, first, zone) == [first]
    assert month_ends(first + 1, at("2024-03-01", zone) - 1, zone) == []
    years = month_ends(at("2020-01-01", zone), at("2025-12-31", zone), zone)
    assert len(years) == 72
    assert pl.Series(years).is_sorted()
