"""Is a channel that falls silent told from a quiet season, and a rise of returns from a rise of matters."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest
from chinese_calendar import is_workday

from data.contract import Register
from data.settings import Settings
from data.times import DAY_US, cutoff_instant, local_midnight
from monitoring.check import Severity, Watch
from monitoring.inflow import check_inflow

ZONE = "Asia/Shanghai"
LAST = date(2026, 1, 31)
DAYS = [LAST - timedelta(days=back) for back in range(395)]


def _events(register: Register, kinds: list[tuple[str, date]]) -> pl.DataFrame:
    at = [local_midnight(day, ZONE) for _, day in kinds]
    rows = pl.DataFrame(
        {
            "event_id": [f"x{n}" for n in range(len(kinds))],
            "matter_id": ["m0"] * len(kinds),
            "kind": [kind for kind, _ in kinds],
            "occurred_at": at,
            "known_at": at,
            "known_from": at,
            "recorded_at": at,
            "batch_id": [1] * len(kinds),
            "seq": list(range(len(kinds))),
            "assumed": [False] * len(kinds),
            "people_band": [0] * len(kinds),
        },
        schema_overrides={"event_id": pl.String, "kind": pl.String, "occurred_at": pl.Int64},
    )
    whole = pl.concat([register.events.clear(), rows], how="diagonal_relaxed")
    return whole.select(register.events.columns).cast(register.events.schema)


def _watch(build: Callable[..., Register], kinds: list[tuple[str, date]], returned: list[date]) -> Watch:
    # A year more of registrations than is looked at: as many matters are alive in every window.
    days = [LAST - timedelta(days=back) for back in range(760)]
    register = build([("a", day) for day in days], observed=LAST + timedelta(days=1))
    register = replace(
        register,
        events=pl.concat([register.events, _events(register, kinds)]),
        roles={"registered": "intake", "letter": "contact", "call": "contact", "transferred_out": "intake"},
    )
    at = [local_midnight(day, ZONE) + DAY_US // 2 for day in returned]
    frame = pl.DataFrame(
        {"matter_id": ["m0"] * len(at), "occurred_at": at, "known_from": at},
        schema={"matter_id": pl.String, "occurred_at": pl.Int64, "known_from": pl.Int64},
    )
    return Watch(register=register, settings=Settings(), as_of=cutoff_instant(LAST, ZONE), returned=frame)


def _recent(day: date) -> bool:
    return (LAST - day).days < 30


def test_a_silent_channel_is_named_and_a_quiet_season_is_not(build: Callable[..., Register]) -> None:
    both = [(kind, day) for kind in ("letter", "call") for day in DAYS]
    silent = [(kind, day) for kind, day in both if kind == "letter" or not _recent(day)]
    quiet = [(kind, day) for kind, day in both if not _recent(day)]
    found = check_inflow(_watch(build, silent, [])).findings
    assert [(one.code, one.severity, one.numbers["code"]) for one in found] == [
        ("channel_silent", Severity.SEVERE, "call")
    ]
    assert check_inflow(_watch(build, both, [])).findings == []
    assert check_inflow(_watch(build, quiet, [])).findings == []


def test_g13_a_count_under_ten_of_how_people_came_is_not_told(build: Callable[..., Register]) -> None:
    kinds = [("letter", day) for day in DAYS] + [("call", day) for day in DAYS if not _recent(day) or day == LAST]
    outcome = check_inflow(_watch(build, kinds, []))
    row = next(row for row in outcome.rows if row.get("code") == "call")
    assert row["now"] is None
    assert row["p"] is None
    assert outcome.findings[0].numbers["now"] is None


@pytest.mark.parametrize(("times", "told"), [(1, False), (4, True)])
def test_a_step_that_multiplies_is_told(build: Callable[..., Register], times: int, told: bool) -> None:
    kinds = [("transferred_out", day) for day in DAYS for _ in range(times if _recent(day) else 1)]
    codes = [one.code for one in check_inflow(_watch(build, kinds, [])).findings]
    assert codes == (["handling_shifts"] if told else [])


def test_a_month_with_a_long_holiday_is_no_change_of_handling(build: Callable[..., Register]) -> None:
    # Eight steps on every working day: of the last 30 days only 9 are, by the calendar of the office.
    rest = tuple(day for day in DAYS if _recent(day) and is_workday(day))[9:]
    kinds = [("transferred_out", day) for day in DAYS if is_workday(day) and day not in rest for _ in range(8)]
    watch = _watch(build, kinds, [])
    assert [found.numbers for found in check_inflow(watch).findings if found.numbers["code"] == "transferred_out"]
    clock = watch.settings.clock.model_copy(update={"rest_days": rest})
    outcome = check_inflow(replace(watch, settings=watch.settings.model_copy(update={"clock": clock})))
    assert [found for found in outcome.findings if found.numbers["code"] == "transferred_out"] == []
    [row] = [row for row in outcome.rows if row.get("code") == "transferred_out"]
    assert (row["now"], row["expected"]) == (72, pytest.approx(72))


@pytest.mark.parametrize(("times", "told"), [(1, False), (2, True)])
def test_more_returns_for_as_many_matters_are_told(build: Callable[..., Register], times: int, told: bool) -> None:
    returned = [day for day in DAYS for _ in range(times if _recent(day) else 1)]
    outcome = check_inflow(_watch(build, [], returned))
    assert [one.code for one in outcome.findings] == (["returns_rise"] if told else [])


def test_each_of_the_three_questions_has_a_third_of_the_share_of_false_findings(build: Callable[..., Register]) -> None:
    doubled = [("transferred_out", day) for day in DAYS for _ in range(2 if _recent(day) else 1)]
    watch = _watch(build, doubled, [])
    [found] = check_inflow(watch).findings
    for share, told in ((3.01, 1), (2.99, 0)):
        monitor = watch.settings.monitor.model_copy(update={"false_share": found.numbers["p"] * share})
        settings = watch.settings.model_copy(update={"monitor": monitor})
        assert len(check_inflow(replace(watch, settings=settings)).findings) == told


def test_late_entry_is_no_silence(build: Callable[..., Register]) -> None:
    # What comes in is entered twenty days late, now as ever.
    watch = _watch(build, [(kind, day) for kind in ("letter", "call") for day in DAYS], [])
    late = watch.register.events.with_columns(known_from=pl.col("known_from") + 20 * DAY_US)
    assert check_inflow(replace(watch, register=replace(watch.register, events=late))).findings == []
