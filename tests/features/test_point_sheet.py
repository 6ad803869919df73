"""The point sheet: each of its 19 factors at 0, 1 and 2, and the bands at their edges."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features import point_sheet as sheet
from features.measures import Count
from features.point_sheet import FACTORS, point_sheet
from features.snapshots import make_view
from tests.drawn import Fact
from tests.histories import event, register_of, seen, snapshots

OPENED = [event("2025-01-10", "letter"), event("2025-01-10", "registered")]
ANSWERED = event("2025-01-20", "substantive_reply", parts_missing=0)
EXPLAINED = event("2025-01-21", "explanation")
WAGES = ("A1", "cause", "wages", "2025-01-10")
APPEAL = ("A1", "category", "civil_appeal", "2025-01-10")
Case = tuple[str, int, list[dict[str, Any]], str, list[Fact]]


def _sheet(history: list[dict[str, Any]], last_day: str, *facts: Fact) -> dict[str, Any]:
    register = register_of({"A1": [*OPENED, *history]}, attributes=facts)
    view, _ = make_view(register, snapshots(register, seen(last_day)))
    return point_sheet(view).row(0, named=True)


def _on(*rows: tuple[str, str]) -> list[dict[str, Any]]:
    return [event(day, kind) for day, kind in rows]


CASES: list[Case] = [
    # Received on 10 January: replies due on 17 January and 10 April, follow-ups on 10 May, June, July, …
    ("procedural_reply", 0, [], "2025-01-16", []),
    ("procedural_reply", 1, [], "2025-01-17", []),
    ("procedural_reply", 0, _on(("2025-01-17", "procedural_reply")), "2025-06-30", []),
    ("substantive_reply", 0, [], "2025-04-09", []),
    ("substantive_reply", 1, [], "2025-04-10", []),
    ("monthly_follow_up", 0, [], "2025-05-09", []),
    ("monthly_follow_up", 1, [], "2025-06-30", []),
    ("monthly_follow_up", 2, [], "2025-07-10", []),
    ("silence", 0, [], "2025-03-09", []),
    ("silence", 1, [], "2025-03-10", []),
    ("silence", 2, [], "2025-05-09", []),
    ("silence", 0, [EXPLAINED], "2025-03-15", []),
    # Half of the 91 days to 11 April are over with the end of 24 February, nine tenths with 1 April.
    ("half_used", 0, [], "2025-02-23", []),
    ("half_used", 1, [], "2025-02-24", []),
    ("half_used", 2, [], "2025-04-01", []),
    ("half_used", 0, [ANSWERED], "2025-04-01", []),
    # A step on 20 January: half of 91 days after it are over with the end of 6 March.
    ("half_used", 0, _on(("2025-01-20", "accepted")), "2025-03-05", []),
    ("half_used", 1, _on(("2025-01-20", "accepted")), "2025-03-06", []),
    ("half_used", 1, _on(("2025-01-20", "urged")), "2025-03-05", []),
    ("handler_changes", 0, [], "2025-02-01", []),
    ("handler_changes", 1, _on(("2025-01-20", "handler_changed")), "2025-02-01", []),
    ("handler_changes", 2, _on(*[("2025-01-20", "handler_changed")] * 2), "2025-02-01", []),
    ("returned", 1, _on(("2025-01-20", "returned")), "2025-02-01", []),
    ("returned", 2, _on(*[("2025-01-20", "returned")] * 3), "2025-02-01", []),
    ("transfer_untold", 1, _on(("2025-01-20", "transferred_out")), "2025-02-01", []),
    ("transfer_untold", 2, _on(*[("2025-01-20", "transferred_out")] * 2), "2025-02-01", []),
    ("transfer_untold", 0, _on(("2025-01-20", "returned")), "2025-02-01", []),
    ("transfer_untold", 0, _on(("2025-01-20", "transferred_out"), ("2025-01-22", "transfer_told")), "2025-02-01", []),
    ("material_again", 0, _on(("2025-01-20", "material_requested")), "2025-02-01", []),
    ("material_again", 1, _on(*[("2025-01-20", "material_requested")] * 2), "2025-02-01", []),
    ("material_again", 2, _on(*[("2025-01-20", "material_requested")] * 3), "2025-02-01", []),
    ("promise_broken", 0, [event("2025-01-20", "promise_made", due="2025-02-02")], "2025-02-01", []),
    ("promise_broken", 1, [event("2025-01-20", "promise_made", due="2025-02-01")], "2025-02-01", []),
    ("promise_broken", 2, [event("2025-01-20", "promise_made", due="2025-02-01")] * 2, "2025-02-01", []),
    ("extensions", 1, _on(("2025-01-20", "extended")), "2025-02-01", []),
    ("extensions", 2, _on(*[("2025-01-20", "extended")] * 2), "2025-02-01", []),
    ("parts", 0, [], "2025-04-08", []),
    ("parts", 2, [], "2025-04-09", []),
    ("parts", 1, [event("2025-02-01", "substantive_reply", parts_missing=1)], "2025-05-01", []),
    ("parts", 2, [event("2025-02-01", "substantive_reply", parts_missing=7)], "2025-05-01", []),
    ("parts", 0, [event("2025-02-01", "substantive_reply")], "2025-05-01", []),
    ("not_face_to_face", 0, [], "2025-04-08", []),
    ("not_face_to_face", 1, [], "2025-04-09", []),
    ("not_face_to_face", 0, [EXPLAINED], "2025-05-01", []),
    ("not_face_to_face", 0, _on(("2025-02-01", "video_reception")), "2025-05-01", []),
    ("hearing", 0, [], "2025-05-01", []),
    ("hearing", 1, _on(("2025-03-01", "visit")), "2025-05-01", []),
    ("hearing", 0, _on(("2025-03-01", "visit"), ("2025-03-05", "hearing_screened")), "2025-05-01", []),
    ("aid", 1, [], "2025-02-01", [WAGES]),
    ("aid", 0, _on(("2025-01-20", "aid_screened")), "2025-02-01", [WAGES]),
    ("lawyer", 1, [], "2025-02-01", [APPEAL]),
    ("lawyer", 0, _on(("2025-01-20", "lawyer_offered")), "2025-02-01", [APPEAL]),
    ("assigned_report", 0, [event("2025-01-20", "assigned_from_above", due="2025-02-02")], "2025-02-01", []),
    ("assigned_report", 1, [event("2025-01-20", "assigned_from_above", due="2025-02-01")], "2025-02-01", []),
    ("assigned_report", 2, [event("2025-01-20", "assigned_from_above", due="2025-02-01")] * 2, "2025-02-01", []),
    ("rated_unvisited", 2, [event("2025-01-20", "rated", solved="no")], "2025-02-01", []),
    (
        "rated_unvisited",
        0,
        [event("2025-01-20", "rated", solved="no"), event("2025-01-25", "follow_up_call")],
        "2025-02-01",
        [],
    ),
    ("error_uncorrected", 2, _on(("2025-01-20", "error_confirmed")), "2025-02-01", []),
    (
        "error_uncorrected",
        0,
        _on(("2025-01-20", "error_confirmed"), ("2025-01-22", "error_corrected")),
        "2025-02-01",
        [],
    ),
]


@pytest.mark.parametrize(
    ("code", "grade", "history", "day", "facts"),
    CASES,
    ids=[f"{case[0]}-{case[1]}-{n}" for n, case in enumerate(CASES)],
)
def test_each_factor(code: str, grade: int, history: list[dict[str, Any]], day: str, facts: list[Fact]) -> None:
    assert _sheet(history, day, *facts)[code] == grade


def test_the_sheet_has_the_nineteen_factors_of_the_domain_in_its_order() -> None:
    assert [factor.zh for factor in FACTORS] == [
        "7日程序性回复",
        "三个月答复",
        "每月后续答复",
        "距上次实质沟通天数",
        "时限过半无办理记录",
        "更换承办人",
        "退回/再分流",
        "移送未告知去向",
        "补正重复要求",
        "承诺未兑现",
        "延期次数",
        "答复要件缺项",
        "未当面或视频释法说理",
        "听证未筛查",
        "救助未筛查",
        "律师未告知",
        "交办未按期报结果",
        "评价为未解决且未回访",
        "办案差错已确认未纠正",
    ]
    assert {case[0] for case in CASES} == {factor.code for factor in FACTORS}


@pytest.mark.parametrize(
    ("points", "band"), [(0, "general"), (7, "general"), (8, "larger"), (15, "larger"), (16, "major"), (38, "major")]
)
def test_the_bands_begin_at_eight_and_sixteen(monkeypatch: pytest.MonkeyPatch, points: int, band: str) -> None:
    """`points` spread over 19 factors, two each at most, through one measure that anything can raise."""
    urged = Count(("urged",))
    factors = tuple(
        replace(factor, measure=urged, help_rule=None, from_days=0, one=max(1, 2 * n + 1), two=2 * n + 2)
        for n, factor in enumerate(FACTORS)
    )
    monkeypatch.setattr(sheet, "FACTORS", factors)
    found = _sheet(_on(*[("2025-01-12", "urged")] * points), "2025-01-12")
    assert (found["points"], found["band"]) == (points, band)


def test_the_points_are_the_sum_of_the_grades() -> None:
    found = _sheet([], "2025-07-10", WAGES, APPEAL)
    # 7-day 1, 3-month 1, follow-up 2, silence 2, half used 2, parts 2, face to face 1, aid 1, lawyer 1.
    assert (found["points"], found["band"]) == (13, "larger")
    assert sum(found[factor.code] for factor in FACTORS) == 13


def test_a_matter_that_was_answered_in_full_has_no_points() -> None:
    done = [event("2025-01-12", "procedural_reply"), ANSWERED, EXPLAINED]
    assert _sheet(done, "2025-02-28")["points"] == 0


def test_g6_a_remedy_or_a_leaders_reception_gives_no_points() -> None:
    plain = _sheet([], "2025-04-30")
    for kind in ("review_requested", "appeal_to_superior", "leader_reception", "leader_assigned"):
        assert _sheet(_on(("2025-02-01", kind)), "2025-04-30") == plain, kind


@settings(max_examples=12, deadline=None)
@given(
    desk=st.dictionaries(st.sampled_from([factor.code for factor in FACTORS]), st.integers(0, 2)),
    months=st.integers(1, 9),
    remedy=st.sampled_from(["review_requested", "appeal_to_superior", "supervision_requested"]),
)
def test_g6_a_grade_of_the_desk_only_adds_and_no_remedy_does(desk: dict[str, int], months: int, remedy: str) -> None:
    day = f"2025-{months + 2:02d}-15"

    def graded(*history: dict[str, Any], **least: int) -> dict[str, Any]:
        register = register_of({"A1": [*OPENED, *history]}, attributes=[WAGES])
        view, _ = make_view(register, snapshots(register, seen(day)))
        return point_sheet(view, {code: np.array([grade]) for code, grade in least.items()}).row(0, named=True)

    owed, ledger = graded(**desk), graded()
    assert all(owed[code] == max(ledger[code], desk.get(code, 0)) for code in (one.code for one in FACTORS))
    assert owed["points"] == sum(owed[factor.code] for factor in FACTORS)
    # A duty done away with never costs the matter its place, a remedy never raises it.
    answered = graded(ANSWERED, EXPLAINED, **desk)
    assert answered["points"] <= owed["points"]
    assert graded(ANSWERED, EXPLAINED, event("2025-02-20", remedy), **desk)["points"] <= answered["points"]
