"""The bench of traps: months that know only what they knew, codes through the ordinary door, and a real run."""

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from data.as_known import as_known
from data.errors import UsageError
from data.settings import Settings
from data.synthetic import SyntheticPlan, make_register
from data.times import cutoff_instant
from monitoring.check import Finding, Severity
from serving.bench import traps as bench
from serving.bench.traps import TRAPS, Clean, Found, run_traps

PLAN = SyntheticPlan(
    seed=4,
    cities=1,
    counties_per_city=1,
    county_year=(150, 150),
    city_year=60,
    province_year=40,
    start=date(2025, 2, 1),
    end=date(2025, 8, 1),
    oracle_draws=0,
)


def test_a_month_knows_what_its_batch_held_and_a_code_nobody_maps_is_counted_by_the_import() -> None:
    register = make_register(PLAN).register
    until = cutoff_instant(date(2025, 7, 30), register.time_zone)
    held = as_known(register, until)
    assert held.observed_until == until
    assert held.events["known_from"].max() < until  # type: ignore[operator]
    standing = register.events.filter(
        (pl.col("known_from") < until) & (pl.col("known_until").is_null() | (pl.col("known_until") >= until))
    )
    assert held.events.filter(pl.col("known_until").is_null()).height == standing.height
    early = as_known(register, cutoff_instant(date(2025, 4, 30), register.time_zone))
    assert early.matters.height < held.matters.height
    online = register.events.filter(pl.col("kind") == "online").height
    codes = bench._codes_of(register, until)
    assert len(codes) == 1  # what nobody knows is counted, not shown
    assert 0 < sum(codes.values()) <= online


def test_a_trap_there_is_not_is_refused_with_those_there_are() -> None:
    with pytest.raises(UsageError) as refused:
        run_traps(seeds=1, settings=Settings(), only=["hasty", "clean"])
    assert "hasty;" in refused.value.en
    assert "hasty_end" in refused.value.zh


def _finding(code: str, /, **numbers: object) -> Finding:
    text = dict.fromkeys(("title_zh", "title_en", "text_zh", "text_en", "remedy_zh", "remedy_en"), "")
    return Finding(code=code, severity=Severity.WARNING, numbers=numbers, **text)


def test_only_a_finding_about_the_trap_counts() -> None:
    register = make_register(PLAN).register
    tells = {trap.name: trap.tells for trap in TRAPS}
    county = register.offices.filter(pl.col("level") == "county")["office_id"][0]
    assert tells["silent_office"](_finding("office_silent", office_id=county), register)
    assert not tells["silent_office"](_finding("office_silent", office_id="P00"), register)
    assert tells["unlucky_group"](_finding("group_waits", dimension="category", group="criminal_appeal"), register)
    assert not tells["unlucky_group"](_finding("group_waits", dimension="category", group="minors"), register)
    assert not tells["hasty_end"](_finding("figures_pressed", signal="unrated"), register)
    assert not tells["silent_channel"](_finding("channel_silent", code="letter"), register)


def test_figures_say_how_many_were_found_how_late_and_how_often_nothing_was_called_something() -> None:
    found = {"label_shift": [Found(months=0, code="returns_rise"), Found(months=4, code="calibration_off")]}
    lines = {one.name: one for one in bench._trap_figures(found | {"slow_decay": [Found(months=None)]})}
    assert (lines["label_shift: found"].value, lines["label_shift: months late"].value) == (1.0, 2.0)
    assert (lines["slow_decay: found"].met, lines["slow_decay: months late"].value) == (False, None)
    clean = [Clean(months=10, checks=dict.fromkeys("abcdefghij", 0) | {"a": 1}, codes={"x": 1})]
    alarms = bench._clean_figures(clean)[0]
    assert alarms.value == pytest.approx(1 / (10 * len(bench.CHECKS)))
    assert "x 1" in alarms.note


@pytest.mark.slow
def test_an_office_that_falls_silent_is_found_at_the_first_month_end() -> None:
    # The last county is the small office, of which nobody could tell: the first is the one that falls silent.
    plan = replace(PLAN, counties_per_city=2, end=date(2026, 11, 1))
    result = run_traps(seeds=1, settings=Settings(), only=("silent_office",), plan=plan)
    found = next(one for one in result.figures if one.name == "silent_office: months late")
    assert found.value is not None
    assert found.value <= 2
