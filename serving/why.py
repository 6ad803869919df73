"""Why a matter stands on a list where no model says so: what our office owes, else what its point sheet counts."""

from collections.abc import Mapping, Sequence
from typing import Any

from data.times import DAY_US, from_us
from features.told import graded

_TOP = 3


def rule_reasons(owed: Sequence[Mapping[str, Any]], grades: int, idle_days: float) -> list[dict[str, Any]]:
    """Reasons by rules: the duties owed (rows of `features.rules.duties`), most pressing first.

    Where none is owed, the factors the point sheet counts (`grades` by `features.told.grade_code`), the heaviest
    first; where none counts, the days since our last substantive contact, by which rules order what is left.
    """
    if owed:
        return [_duty(duty) for duty in owed[:_TOP]]
    counted = [
        {
            "feature": code,
            "points_nano": None,
            "zh": f"我院办理评分计{grade}分：{zh}",
            "en": f"our office's handling counts {grade} {'point' if grade == 1 else 'points'}: {en}",
        }
        for code, zh, en, grade in graded(grades)[:_TOP]
    ]
    days = int(idle_days)
    return counted or [
        {
            "feature": "silence",
            "points_nano": None,
            "zh": f"我院距上次实质沟通{days}天",
            "en": f"our office's last substantive contact was {days} {'day' if days == 1 else 'days'} ago",
        }
    ]


def _duty(duty: Mapping[str, Any]) -> dict[str, Any]:
    zh, en = f"我院尚未完成{duty['zh']}", f"our office has not yet done: {duty['en']}"
    if duty["days_left"] is not None:
        left = int(duty["days_left"])
        day = from_us(int(duty["due"]) - DAY_US).date().isoformat()
        zh += f"，已逾期{1 - left}天" if duty["missed"] else f"，应于{day}前完成"
        en += f", {1 - left} days late" if duty["missed"] else f", due {day}"
    return {"feature": duty["code"], "points_nano": None, "zh": zh, "en": en}
