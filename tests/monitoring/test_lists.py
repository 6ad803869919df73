"""Are lead time, stability, label delay and load counted as by hand, told only beyond chance, and never of a person."""

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from data.contract import Register
from data.settings import Settings
from data.times import DAY_US, cutoff_instant
from monitoring.check import PastList, Watch
from monitoring.lists import check_lists, lead_days, stayed

ZONE = "Asia/Shanghai"
FIRST, SECOND, THIRD = (cutoff_instant(date(2026, month, 28), ZONE) for month in (1, 2, 3))


def _list(cutoff: int, listed: list[str], cohort: int = 100) -> PastList:
    ids = [f"m{i}" for i in range(cohort)]
    entries = pl.DataFrame(
        {"matter_id": listed, "part": ["model"] * len(listed), "inclusion": [None] * len(listed)},
        schema={"matter_id": pl.String, "part": pl.String, "inclusion": pl.Float64},
    )
    candidates = pl.DataFrame({"matter_id": ids, "office_id": "a", "margin": [0.0] * cohort})
    return PastList(screening_id=str(cutoff), cutoff=cutoff, entries=entries, candidates=candidates, version=1)


def _returns(rows: list[tuple[str, int, int]]) -> pl.DataFrame:
    return pl.DataFrame(
        rows, schema={"matter_id": pl.String, "occurred_at": pl.Int64, "known_from": pl.Int64}, orient="row"
    )


def _watch(register: Register, past: tuple[PastList, ...], returned: pl.DataFrame | None = None) -> Watch:
    until = cutoff_instant(date(2026, 12, 31), ZONE)
    return Watch(
        register=replace(register, observed_until=until), settings=Settings(), as_of=until, past=past, returned=returned
    )


def _first(count: int, start: int = 0) -> list[str]:
    return [f"m{i}" for i in range(start, start + count)]


def test_lead_time_counts_from_the_first_list_within_the_horizon(empty_register: Register) -> None:
    past = (_list(FIRST, _first(3)), _list(SECOND, _first(2)))
    returned = _returns(
        [
            ("m0", SECOND + DAY_US, SECOND + DAY_US),  # on both lists: from the first
            ("m2", FIRST + 89 * DAY_US, FIRST + 89 * DAY_US),
            ("m1", SECOND + 95 * DAY_US, SECOND + 95 * DAY_US),  # beyond the horizon of both
            ("m9", SECOND + DAY_US, SECOND + DAY_US),  # never listed
            ("m0", FIRST - DAY_US, FIRST - DAY_US),  # before it
        ]
    )
    assert lead_days(_watch(empty_register, past, returned), list(past)) == [32.0, 89.0]


def test_those_no_longer_open_do_not_count_as_gone(empty_register: Register) -> None:
    before, after = _list(FIRST, [*_first(4), "closed"]), _list(SECOND, [*_first(2), "m50"])
    assert stayed(before, after) == (2, 4)


@pytest.mark.parametrize(("kept", "told"), [(38, []), (4, ["list_unstable"])])
def test_a_list_that_turns_over_is_told(empty_register: Register, kept: int, told: list[str]) -> None:
    past = (_list(FIRST, _first(40)), _list(SECOND, _first(40)), _list(THIRD, [*_first(kept), *_first(40 - kept, 50)]))
    outcome = check_lists(_watch(empty_register, past))
    assert [one.code for one in outcome.findings] == told
    row = next(row for row in outcome.rows if row["name"] == "stays")
    assert (row["hits"], row["of"], row["before"]) == (kept, 40, 1.0)


def test_a_change_from_rules_to_a_model_is_no_instability(empty_register: Register) -> None:
    past = (_list(FIRST, _first(40)), _list(SECOND, _first(40)), replace(_list(THIRD, _first(40, 50)), version=2))
    assert check_lists(_watch(empty_register, past)).findings == []


@pytest.mark.parametrize(("late", "told"), [(10, []), (40, ["labels_late"])])
def test_returns_known_too_late_are_told(empty_register: Register, late: int, told: list[str]) -> None:
    returned = _returns(
        [("m0", FIRST + i * DAY_US, FIRST + i * DAY_US + (30 if i < late else 1) * DAY_US) for i in range(100)]
    )
    outcome = check_lists(_watch(empty_register, (), returned))
    assert [one.code for one in outcome.findings] == told
    assert next(row for row in outcome.rows if row["name"] == "delay")["late"] == late


@pytest.mark.parametrize(("officers", "shown"), [(9, False), (12, True)])
def test_load_is_told_of_many_officers_only_and_of_none_by_name(
    empty_register: Register, officers: int, shown: bool
) -> None:
    handlers = [f"zz{i % officers}" for i in range(40)] + ["zz0"] * 40
    matters = pl.DataFrame({"matter_id": _first(80), "office_id": "a", "handler": handlers})
    watch = _watch(empty_register, (_list(FIRST, _first(80)),))
    outcome = check_lists(replace(watch, register=replace(watch.register, matters=matters)))
    assert [row["name"] for row in outcome.rows] == (["load"] if shown else [])
    assert [one.code for one in outcome.findings] == (["load_uneven"] if shown else [])
    assert "zz" not in str(outcome)
