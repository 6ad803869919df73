"""Unusual looks are found and put on record once, without a matter; the outside reviewer gets a month in counts."""

from datetime import date
from typing import Any

import pytest

from data.settings import LookSettings
from data.store.looks import Look
from serving import journal
from serving.journal import audit_key
from serving.unusual import look_over, unusual_looks
from tests.histories import at
from tests.serving.conftest import Desk, log_of

_HOUR = 3_600_000_000
ZONE = "Asia/Shanghai"


def _look(day: str, hour: float, user: str = "zhang", matter: str = "m1", office: str | None = "C1") -> Look:
    return Look(at=at(day) + int(hour * _HOUR), user_id=user, office_id=office, matter_id=matter)


def _told(found: list[Any]) -> list[tuple[Any, ...]]:
    return [(one.kind, one.user_id, one.office_id, one.day.isoformat(), one.count) for one in found]


def test_one_matter_by_many_within_a_day() -> None:
    several = [_look("2026-10-05", 9 + number, f"user{number}") for number in range(9)]
    assert _told(unusual_looks(several, LookSettings(), ZONE)) == [("by_many", None, "C1", "2026-10-05", 9)]
    assert unusual_looks(several[:8], LookSettings(), ZONE) == []
    over_days = [*several[:5], *[_look("2026-10-06", 9, f"other{number}") for number in range(5)]]
    assert unusual_looks(over_days, LookSettings(), ZONE) == []


def test_looks_at_night_belong_to_the_evening_before() -> None:
    late = [_look("2026-10-05", 23, matter=f"m{number}") for number in range(6)]
    early = [_look("2026-10-06", 3, matter=f"m{number}") for number in range(5)]
    assert _told(unusual_looks([*late, *early], LookSettings(), ZONE)) == [
        ("at_night", "zhang", None, "2026-10-05", 11)
    ]
    assert unusual_looks([_look("2026-10-05", 21.9)] * 40, LookSettings(), ZONE) == []
    assert unusual_looks([_look("2026-10-06", 6)] * 40, LookSettings(), ZONE) == []


def test_very_many_different_matters_in_a_day() -> None:
    many = [_look("2026-10-05", 10, matter=f"m{number}") for number in range(61)]
    assert _told(unusual_looks(many, LookSettings(), ZONE)) == [("mass", "zhang", None, "2026-10-05", 61)]
    assert unusual_looks([_look("2026-10-05", 10)] * 500, LookSettings(), ZONE) == []


def _over(desk: Desk, settings: LookSettings) -> list[Any]:
    day = date(2026, 11, 3)
    key = audit_key(desk.state_dir)
    return look_over(desk.store, key, settings, ZONE, first=day, last=day, now=desk.clock(), by="os:test")


def test_g15_a_finding_stands_in_the_log_once_and_names_no_matter(desk: Desk) -> None:
    head = desk.client("petition_head")
    for number in ("A-1", "A-2", "A-3"):
        head.get(f"/matters/{desk.matter(number)}")
        desk.client("city_leader").get(f"/v1/matters/{desk.matter(number)}")
    strict = LookSettings(people=2, matters=10)
    assert _over(desk, strict) == []
    desk.client("leader").get(f"/v1/matters/{desk.matter('A-1')}")
    found = _over(desk, strict)
    assert _told(found) == [("by_many", None, "C1", "2026-11-03", 3)]
    entry = log_of(desk)[-1]
    assert (entry.action, entry.matter_id, entry.detail["finding"]) == ("unusual_looks", None, "unusual_looks")
    assert _over(desk, strict) == found
    assert [one.action for one in log_of(desk)].count("unusual_looks") == 1
    assert "发现异常查看" in desk.client("auditor").get("/log").text


def test_g16_the_outside_reviewer_sees_a_closed_month_and_no_matter(desk: Desk) -> None:
    head = desk.client("petition_head")
    for _ in range(12):
        head.get(f"/v1/matters/{desk.matter('A-1')}")
    head.get("/v1/screenings/" + desk.screening_id)
    desk.clock.forward(hours=24 * 30)
    reviewer = desk.client("reviewer")
    assert reviewer.get("/").headers["location"] == "/digest"
    found = reviewer.get("/v1/digest").json()
    assert (found["month"], found["totals"]["view_matter"], found["totals"]["view_list"]) == ("2026-11", 12, 1)
    assert found["by_office"] == {"C1": {"view_matter": 12}}
    assert found["head_seq"] == 13
    page = reviewer.get("/digest").text
    assert "查看事项" in page
    for hidden in (desk.matter("A-1"), "A-1", "petition_head"):
        assert hidden not in page
        assert hidden not in str(found)
    assert log_of(desk)[-1].action == journal.VIEW_DIGEST
    assert reviewer.get("/digest?month=2026-12").status_code == 404
    assert reviewer.get("/v1/digest?month=2026-13").status_code == 404
    assert "没有记录" in reviewer.get("/digest?month=2020-01").text
    for path in ("/list", "/log", "/v1/matters", "/v1/log", "/models", "/board", "/import"):
        assert reviewer.get(path).status_code == 403, path


@pytest.mark.parametrize("user", ["handler", "leader", "steward", "admin"])
def test_g16_the_digest_is_for_reviewer_and_auditor(desk: Desk, user: str) -> None:
    assert desk.client(user).get("/v1/digest").status_code == 403
    assert desk.client("auditor").get("/digest").status_code == 200
