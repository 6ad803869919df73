"""Counts, lasts and recencies against an independent plain-SQL version on random histories."""

import sqlite3
from contextlib import closing
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.times import DAY_US, wall_us
from features.measures import Count, CountSince, DaysSince, Gap, Waiting
from features.snapshots import make_view
from tests.histories import ZONE, event, register_of, seen

KINDS = ("letter", "visit", "substantive_reply", "explanation", "registered")
FIRST = date(2025, 1, 1)


def _day(number: int) -> str:
    return (FIRST + timedelta(days=number)).isoformat()


@st.composite
def versions(draw: st.DrawFn) -> dict[str, Any]:
    day = draw(st.integers(0, 200))
    known = day + draw(st.sampled_from([0, 0, 0, 1, 5, 60]))
    until = draw(st.none() | st.integers(known + 1, known + 120))
    return event(
        _day(day), draw(st.sampled_from(KINDS)), known=_day(known), until=None if until is None else _day(until)
    )


histories = st.dictionaries(
    st.sampled_from(["A1", "A2", "A3"]), st.lists(versions(), min_size=1, max_size=9), min_size=1, max_size=3
)
cutoff_days = st.lists(st.integers(0, 330), min_size=1, max_size=5, unique=True)

SQL = """
select s.matter_id, s.cutoff,
  (select count(*) from events e where e.matter_id = s.matter_id and e.opens < s.cutoff and s.cutoff <= e.closes
     and e.kind in ('letter', 'visit')) as ever,
  (select count(*) from events e where e.matter_id = s.matter_id and e.opens < s.cutoff and s.cutoff <= e.closes
     and e.kind in ('letter', 'visit') and e.occurred >= s.cutoff - 30 * :day) as last_30,
  (select (s.cutoff - max(e.occurred)) * 1.0 / :day from events e where e.matter_id = s.matter_id
     and e.opens < s.cutoff and s.cutoff <= e.closes and e.kind = 'visit') as since_visit,
  (select count(*) from events e where e.matter_id = s.matter_id and e.opens < s.cutoff and s.cutoff <= e.closes
     and e.kind in ('letter', 'visit') and e.occurred > coalesce((select max(a.occurred) from events a
       where a.matter_id = s.matter_id and a.opens < s.cutoff and s.cutoff <= a.closes
       and a.kind = 'substantive_reply'), -1)) as after_reply
from snapshots s order by s.matter_id, s.cutoff
"""


@settings(max_examples=150, deadline=None)
@given(histories, cutoff_days)
def test_windows_and_recency_equal_plain_sql(history: dict[str, list[dict[str, Any]]], days: list[int]) -> None:
    register = register_of(history)
    cutoffs = [seen(_day(day)) for day in days]
    snaps = register.matters.select("matter_id").join(pl.DataFrame({"cutoff": cutoffs}), how="cross")
    view, rows = make_view(register, snaps)
    ours = rows.with_columns(
        ever=pl.Series(Count(("letter", "visit")).evaluate(view)),
        last_30=pl.Series(Count(("letter", "visit"), 30).evaluate(view)),
        since_visit=pl.Series(DaysSince(("visit",), empty=-1.0).evaluate(view)),
        after_reply=pl.Series(CountSince(("letter", "visit"), ("substantive_reply",)).evaluate(view)),
    )
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("create table events (matter_id, kind, occurred, opens, closes)")
        db.execute("create table snapshots (matter_id, cutoff)")
        db.executemany(
            "insert into events values (?, ?, ?, ?, ?)",
            [
                (
                    row["matter_id"],
                    row["kind"],
                    wall_us(row["occurred_at"], ZONE),
                    wall_us(row["known_from"], ZONE),
                    2**62 if row["known_until"] is None else wall_us(row["known_until"], ZONE),
                )
                for row in register.events.to_dicts()
            ],
        )
        db.executemany(
            "insert into snapshots values (?, ?)", [(row[0], wall_us(row[1], ZONE)) for row in snaps.iter_rows()]
        )
        expected = db.execute(SQL, {"day": DAY_US}).fetchall()
    assert [row[2:4] + row[5:6] for row in expected] == [
        (row["ever"], row["last_30"], row["after_reply"]) for row in ours.to_dicts()
    ]
    for row, mine in zip(expected, ours["since_visit"], strict=True):
        assert mine == pytest.approx(-1.0 if row[4] is None else row[4], abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(histories, cutoff_days)
def test_one_row_at_a_time_equals_all_at_once(history: dict[str, list[dict[str, Any]]], days: list[int]) -> None:
    register = register_of(history)
    snaps = register.matters.select("matter_id").join(
        pl.DataFrame({"cutoff": [seen(_day(day)) for day in days]}), how="cross"
    )
    measures = [
        Gap(("letter", "visit"), empty=99.0),
        Gap(("letter", "visit"), empty=99.0, mean=True),
        Waiting(("visit",), ("substantive_reply",)),
    ]
    view, rows = make_view(register, snaps)
    together = [np.asarray(measure.evaluate(view)) for measure in measures]
    for number, row in enumerate(rows.to_dicts()):
        alone, _ = make_view(register, pl.DataFrame([row]))
        for measure, column in zip(measures, together, strict=True):
            assert measure.evaluate(alone)[0] == column[number]


def test_half_open_window_holds_its_first_day_and_not_the_day_before() -> None:
    register = register_of({"A1": [event("2025-03-01", "letter"), event("2025-02-28", "letter")]})
    view, _ = make_view(
        register, pl.DataFrame({"matter_id": register.matters["matter_id"], "cutoff": [seen("2025-03-30")]})
    )
    assert Count(("letter",), 30).evaluate(view).tolist() == [1]


def test_day_windows_follow_the_local_calendar_across_summer_time() -> None:
    zone = "Europe/Rome"
    register = register_of({"A1": [event("2026-03-01", "letter")]}, zone=zone)
    snaps = pl.DataFrame({"matter_id": register.matters["matter_id"], "cutoff": [seen("2026-03-30", zone)]})
    view, _ = make_view(register, snaps)
    assert Count(("letter",), 30).evaluate(view).tolist() == [1]
