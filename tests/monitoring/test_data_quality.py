"""Does the data-quality check see what fails in offices, and nothing where all is well."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from data.contract import Register
from data.settings import Settings
from data.times import cutoff_instant
from monitoring.check import Severity, Watch
from monitoring.data_quality import check_data_quality

LAST = date(2026, 6, 30)
ZONE = "Asia/Shanghai"


def _flow(office: str, per_month: float, seed: int, until: date = LAST) -> list[tuple[str, date]]:
    """A Poisson flow of registrations over the 420 days before `LAST`, ending at `until`."""
    draw = np.random.default_rng(seed)
    days = [LAST - timedelta(days=back) for back in range(420)]
    return [(office, day) for day in days if day <= until for _ in range(draw.poisson(per_month / 30))]


def _watch(register: Register, as_of: date = LAST, codes: dict[str, int] | None = None) -> Watch:
    return Watch(register=register, settings=Settings(), as_of=cutoff_instant(as_of, ZONE), unknown_codes=codes or {})


def _codes(watch: Watch) -> list[str]:
    return [finding.code for finding in check_data_quality(watch).findings]


def test_steady_offices_are_left_alone(build: Callable[..., Register]) -> None:
    noisy = 0
    for seed in range(25):
        flows = [row for office in "abcd" for row in _flow(office, 12, seed * 10 + ord(office))]
        noisy += bool(_codes(_watch(build(flows, observed=LAST + timedelta(days=1)))))
    assert noisy <= 1


def test_an_office_that_stops_registering_is_severe(build: Callable[..., Register]) -> None:
    flows = _flow("a", 12, 1) + _flow("b", 12, 2, until=LAST - timedelta(days=31))
    findings = check_data_quality(_watch(build(flows, observed=LAST + timedelta(days=1)))).findings
    assert [(finding.code, finding.severity) for finding in findings] == [("office_silent", Severity.SEVERE)]
    assert findings[0].title_zh.startswith("b院")
    assert findings[0].numbers["registered"] == 0


def test_a_holiday_month_everywhere_is_no_office_s_fall_but_an_outage_everywhere_is_said(
    build: Callable[..., Register],
) -> None:
    last_month = LAST - timedelta(days=30)
    flows = [row for office in "abcde" for row in _flow(office, 20, ord(office))]
    fewer = [row for at, row in enumerate(flows) if row[1] <= last_month or at % 10 < 7]
    assert _codes(_watch(build(fewer, observed=LAST + timedelta(days=1)))) == []
    hardly = [row for at, row in enumerate(flows) if row[1] <= last_month or at % 10 == 0]
    findings = check_data_quality(_watch(build(hardly, observed=LAST + timedelta(days=1)))).findings
    assert findings[0].title_zh.startswith("全部单位")


def test_one_office_that_falls_while_the_others_do_not(build: Callable[..., Register]) -> None:
    flows = [row for office in "abcd" for row in _flow(office, 20, ord(office))]
    last_month = LAST - timedelta(days=30)
    fallen = [row for at, row in enumerate(flows) if row[0] != "b" or row[1] <= last_month or at % 5 == 0]
    findings = check_data_quality(_watch(build(fallen, observed=LAST + timedelta(days=1)))).findings
    assert [finding.title_zh for finding in findings] == ["b院：登记数明显减少"]


def test_a_late_but_steady_office_does_not_look_like_a_fall(build: Callable[..., Register]) -> None:
    register = build(_flow("a", 20, 1), lag=12, observed=LAST + timedelta(days=1))
    assert "registrations_fall" not in _codes(_watch(register))


def test_the_check_sees_only_what_was_known_at_its_day(build: Callable[..., Register]) -> None:
    flows = _flow("a", 12, 1)
    all_of_it = build(flows, observed=LAST)
    earlier = LAST - timedelta(days=40)
    seen = check_data_quality(_watch(all_of_it, as_of=earlier)).rows
    cut = build([row for row in flows if row[1] <= earlier], observed=LAST)
    assert seen == check_data_quality(_watch(cut, as_of=earlier)).rows


def test_data_that_end_before_the_day_asked_for(build: Callable[..., Register]) -> None:
    register = build(_flow("a", 12, 1, until=LAST), observed=LAST + timedelta(days=1))
    assert "data_behind" not in _codes(_watch(register, as_of=LAST + timedelta(days=7)))
    assert "data_behind" in _codes(_watch(register, as_of=LAST + timedelta(days=8)))
    late = check_data_quality(_watch(register, as_of=LAST + timedelta(days=31))).findings
    assert next(finding for finding in late if finding.code == "data_behind").severity is Severity.SEVERE


def test_assumed_times_are_said(build: Callable[..., Register]) -> None:
    register = build(_flow("a", 12, 1), assumed=True, observed=LAST + timedelta(days=1))
    findings = check_data_quality(_watch(register)).findings
    assert [finding.title_zh for finding in findings] == ["时间点为推定"]


def test_more_late_entry_than_before(build: Callable[..., Register]) -> None:
    before = build(_flow("a", 60, 1, until=LAST - timedelta(days=90)), observed=LAST + timedelta(days=1))
    now = build([row for row in _flow("a", 60, 2) if row[1] > LAST - timedelta(days=85)], lag=5, observed=LAST)
    events = now.events.with_columns(event_id="x" + now.events["event_id"], matter_id="x" + now.events["matter_id"])
    mixed = replace(before, events=before.events.vstack(events))
    assert "late_entry" in _codes(_watch(mixed))
    assert "late_entry" not in _codes(_watch(before))


def test_links_and_unknown_codes(build: Callable[..., Register]) -> None:
    register = replace(build(_flow("a", 12, 1), observed=LAST + timedelta(days=1)), links_checked=0.4)
    assert _codes(_watch(register, codes={"XY": 7})) == ["links_unchecked", "unknown_codes"]


def test_an_empty_register_has_nothing_to_say(empty_register: Register) -> None:
    assert check_data_quality(_watch(empty_register, as_of=date(2025, 12, 31))).findings == []
