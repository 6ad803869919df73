"""Are help after a flag, plan steps and look-backs counted as by hand, and told only where they fell beyond chance."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from scipy import stats

from data.contract import Register
from data.settings import Settings
from data.times import DAY_US, cutoff_instant, local_midnight
from monitoring.check import Outcome, PastList, Watch
from monitoring.follow_through import check_follow_through, first_help

ZONE = "Asia/Shanghai"
LAST = date(2026, 6, 30)
AS_OF = cutoff_instant(LAST, ZONE)


def _events(register: Register, rows: list[tuple[str, str, date, int]]) -> Register:
    """The register with these events: matter, kind, local day, and days until it was known."""
    made = [
        {
            "event_id": f"e{number}",
            "matter_id": matter,
            "kind": kind,
            "occurred_at": local_midnight(day, ZONE),
            "known_at": local_midnight(day, ZONE) + lag * DAY_US,
            "known_from": local_midnight(day, ZONE) + lag * DAY_US,
            "recorded_at": 0,
            "batch_id": 1,
            "seq": number,
            "assumed": False,
            "people_band": 0,
        }
        for number, (matter, kind, day, lag) in enumerate(rows)
    ]
    roles = {"aid_paid": "help", "aid_screened": "help", "explanation": "reply", "resolved": "end", "letter": "contact"}
    events = pl.DataFrame(made, schema=register.events.schema)
    return replace(register, events=events, roles=roles, observed_until=AS_OF)


def _list(day: date, listed: list[str]) -> PastList:
    entries = pl.DataFrame({"matter_id": listed, "part": "model"}).with_columns(inclusion=pl.lit(None, pl.Float64))
    candidates = pl.DataFrame({"matter_id": listed, "office_id": "a", "margin": 0.0})
    cutoff = cutoff_instant(day, ZONE)
    return PastList(screening_id=day.isoformat(), cutoff=cutoff, entries=entries, candidates=candidates, version=1)


def _look(register: Register, *lists: PastList, steps: pl.DataFrame | None = None) -> Watch:
    return Watch(register=register, settings=Settings(), as_of=AS_OF, past=lists, plan_steps=steps)


def _row(outcome: Outcome, name: str) -> dict[str, Any]:
    return next(row for row in outcome.rows if row["name"] == name)


def test_days_to_the_first_help_are_counted_from_the_list_and_who_waits_is_cut_off(empty_register: Register) -> None:
    day = date(2026, 5, 31)
    register = _events(
        empty_register,
        [
            ("a", "explanation", day + timedelta(days=5), 1),
            ("a", "aid_paid", day + timedelta(days=3), 1),
            ("b", "aid_screened", day + timedelta(days=2), 1),  # nothing was given yet
            ("c", "explanation", day - timedelta(days=2), 1),  # before the list
            ("d", "explanation", day + timedelta(days=20), 40),  # not known by the day looked at
        ],
    )
    found = first_help(_look(register, _list(day, ["a", "b", "c", "d"])))
    # The first day after the cutoff is day 0.
    assert found.select("matter_id", "days", "helped").rows() == [
        ("a", 2.0, True),
        ("b", 30.0, False),
        ("c", 30.0, False),
        ("d", 30.0, False),
    ]


def _flow(slow: int) -> list[tuple[str, str, date, int]]:
    """15 lists of 20: of each older one 16 were helped within a week, of each of the last three settled ones `slow`."""
    rows: list[tuple[str, str, date, int]] = []
    for number, day in enumerate(DAYS):
        helped = slow if number >= len(DAYS) - 3 else 16
        rows += [(f"{number}-{i}", "explanation", day + timedelta(days=1 + i % 7), 1) for i in range(helped)]
    return rows


DAYS = [date(2025 + (month > 11), month % 12 + 1, 1) - timedelta(days=1) for month in range(2, 17)]


@pytest.mark.parametrize(("slow", "told"), [(16, []), (13, []), (6, ["help_slow"])])
def test_help_that_comes_later_than_it_did_is_told(empty_register: Register, slow: int, told: list[str]) -> None:
    lists = [_list(day, [f"{number}-{i}" for i in range(20)]) for number, day in enumerate(DAYS)]
    outcome = check_follow_through(_look(_events(empty_register, _flow(slow)), *lists))
    assert [one.code for one in outcome.findings] == told
    row = _row(outcome, "helped_soon")
    assert (row["now"]["hits"], row["now"]["of"]) == (3 * slow, 60)
    _, p = stats.fisher_exact([[3 * slow, 60 - 3 * slow], [192, 48]], alternative="less")
    assert row["p"] == pytest.approx(p)
    assert _row(outcome, "first_help")["of"] == 60


def _steps(now: tuple[int, int, int], before: tuple[int, int]) -> pl.DataFrame:
    """Steps due 40 days ago (kept, late, open) and 200 days ago (kept, open), and one not due yet."""
    recent, old = LAST - timedelta(days=40), LAST - timedelta(days=200)
    rows: list[tuple[date, date | None]] = [(LAST + timedelta(days=5), None)]
    rows += [(recent, recent)] * now[0] + [(recent, recent + timedelta(days=3))] * now[1] + [(recent, None)] * now[2]
    rows += [(old, old)] * before[0] + [(old, None)] * before[1]
    return pl.DataFrame(rows, schema={"due": pl.Date, "done_on": pl.Date}, orient="row")


@pytest.mark.parametrize(
    ("now", "before", "told"),
    [
        ((45, 3, 2), (90, 10), []),
        ((30, 10, 10), (90, 10), ["plans_slip"]),
        ((10, 20, 20), (0, 0), ["plans_slip"]),  # below a half, whatever it was before
        ((6, 3, 2), (90, 10), []),  # too few
    ],
)
def test_plan_steps_done_by_their_day(
    empty_register: Register, now: tuple[int, int, int], before: tuple[int, int], told: list[str]
) -> None:
    outcome = check_follow_through(_look(_events(empty_register, []), steps=_steps(now, before)))
    row = _row(outcome, "plans_kept")
    assert (row["now"]["hits"], row["now"]["of"]) == (now[0], sum(now))
    assert f"逾期办 {now[1]}，未办 {now[2]}" in row["said_zh"]
    assert [one.code for one in outcome.findings] == told


@pytest.mark.parametrize(("again", "told"), [(12, []), (40, ["look_back_worse"])])
def test_what_was_resolved_and_came_back_within_ninety_days(
    empty_register: Register, again: int, told: list[str]
) -> None:
    # 90 days of each end within the last 90 days before 16 June (30 June less the time to enter), or the year before.
    recent, old = date(2026, 2, 1), date(2025, 7, 1)
    rows = [(f"n{i}", "resolved", recent, 1) for i in range(100)] + [(f"o{i}", "resolved", old, 1) for i in range(200)]
    rows += [(f"n{i}", "letter", recent + timedelta(days=90), 1) for i in range(again)]
    rows += [(f"n{i}", "letter", recent + timedelta(days=91), 1) for i in range(60, 100)]  # too late to count
    rows += [(f"o{i}", "letter", old + timedelta(days=9), 1) for i in range(20)]
    outcome = check_follow_through(_look(_events(empty_register, rows)))
    row = _row(outcome, "look_back")
    assert (row["now"]["hits"], row["now"]["of"], row["before"]["hits"], row["before"]["of"]) == (
        100 - again,
        100,
        180,
        200,
    )
    assert [one.code for one in outcome.findings] == told
