"""How often do the audits raise a finding on invented provinces where nothing is wrong."""

from dataclasses import replace
from datetime import date

import pytest

from data.settings import Settings
from data.synthetic.plan import demo_plan
from data.synthetic.register import make_register
from data.times import cutoff_instant
from monitoring.check import Watch
from monitoring.gaming import check_gaming

ZONE = "Asia/Shanghai"


@pytest.mark.slow
def test_g22_at_most_one_finding_in_a_hundred_offices_and_months_of_clean_provinces() -> None:
    days = [date(2025 + (month > 12), (month - 1) % 12 + 1, 28) for month in range(8, 23)]
    findings = judged = 0
    for seed in (11, 12, 13):
        register = make_register(replace(demo_plan(seed), cities=2, noise=1.0, oracle_draws=0)).register
        for day in days:
            watch = Watch(register=register, settings=Settings(), as_of=cutoff_instant(day, ZONE))
            findings += len(check_gaming(watch).findings)
            judged += register.offices.height
    assert findings <= judged / 100, (findings, judged)
