"""By rules too every entry says why: a duty owed, else what the point sheet counts, else how long we were silent."""

from typing import Any

import numpy as np
import pytest

from features.point_sheet import FACTORS
from features.told import grade_code, graded
from serving.why import rule_reasons


def code(**grades: int) -> int:
    return int(grade_code({one.code: np.array([grades.get(one.code, 0)]) for one in FACTORS}, 1)[0])


def test_a_duty_owed_comes_before_any_point() -> None:
    duty: dict[str, Any] = {
        "code": "procedural_reply",
        "zh": "7日程序性回复",
        "en": "procedural reply",
        "due": None,
        "days_left": None,
        "missed": False,
    }
    [told] = rule_reasons([duty], code(silence=2), 90.0)
    assert told["zh"] == "我院尚未完成7日程序性回复"


def test_without_a_duty_the_heaviest_points_are_told_with_our_office_as_subject() -> None:
    told = rule_reasons([], code(silence=1, handler_changes=2, returned=1, extensions=1), 70.0)
    assert [one["feature"] for one in told] == ["handler_changes", "silence", "returned"]
    assert told[0]["zh"] == "我院办理评分计2分：更换承办人"
    assert told[1]["en"] == "our office's handling counts 1 point: days since substantive contact"
    assert all(one["zh"].startswith("我院") and one["points_nano"] is None for one in told)


@pytest.mark.parametrize(("days", "zh"), [(0.0, "我院距上次实质沟通0天"), (12.9, "我院距上次实质沟通12天")])
def test_where_nothing_counts_the_order_by_rules_is_the_reason(days: float, zh: str) -> None:
    [told] = rule_reasons([], 0, days)
    assert told["zh"] == zh


def test_every_sheet_comes_back_from_its_number() -> None:
    chance = np.random.default_rng(3)
    for _ in range(50):
        grades = {one.code: int(chance.integers(0, 3)) for one in FACTORS}
        assert {name: grade for name, _, _, grade in graded(code(**grades))} == {
            name: grade for name, grade in grades.items() if grade
        }
