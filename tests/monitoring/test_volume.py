"""How likely is a window's count, and is a silence held against the time before it."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from scipy import stats

from data.contract import Register
from data.settings import Settings
from data.times import cutoff_instant
from monitoring.check import Watch
from monitoring.volume import chance_of_rise, office_volumes, volume_findings

LAST = date(2026, 6, 30)
ZONE = "Asia/Shanghai"


def test_chances_are_those_of_students_t_as_scipy_has_it() -> None:
    error = (90.0 * 13 / 12) ** 0.5
    assert chance_of_rise(80, 60.0, 90.0) == pytest.approx(1 - stats.t(df=11).cdf((80 - 0.5 - 60) / error))
    # Twelve windows that happen to be alike do not make the next one sure: a count varies at least as counts do.
    assert chance_of_rise(80, 60.0, 0.0) == chance_of_rise(80, 60.0, 60.0)


@pytest.mark.parametrize("windows", [1, 2, 4])
def test_an_office_that_stays_silent_is_still_found_when_the_silence_has_entered_its_year(
    build: Callable[..., Register], windows: int
) -> None:
    def days(every: int, until: date) -> list[date]:
        return [day for day in (LAST - timedelta(days=n) for n in range(0, 400, every)) if day <= until]

    rows = [(office, day) for office in "abcd" for day in days(2, LAST)]
    rows += [("quiet", day) for day in days(3, LAST - timedelta(days=30 * windows))]
    register = build(rows, observed=LAST + timedelta(days=1))
    watch = Watch(register=register, settings=Settings(), as_of=cutoff_instant(LAST, ZONE))
    found = volume_findings(office_volumes(watch))
    assert [(one.code, one.numbers["office_id"]) for one in found] == [("office_silent", "quiet")]
    assert found[0].numbers["usual"] == pytest.approx(10, abs=0.5)
