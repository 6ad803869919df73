"""The point sheet is filled at the desk: only upwards, by name and reason, for the next sweep, and never a feature."""

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from data.store import desk_grades, erasure, schema_work, screenings
from data.times import DAY_US
from features.build import split_facts
from serving.reproduce import reproduce
from serving.screening import Sweep, screen
from tests.serving.conftest import CUTOFF, Desk, body_of, log_of, make_scorecard
from tests.serving.test_reproduce import KEY, SETTINGS
from tests.serving.test_signing import post
from training.scorecard import Scorecard

WORDS = "笔录未入台账，本院两次退回材料"
#: A-1's ledger gives ten points: these three lift it from 较大 to 重大.
RAISED = ("returned", "extensions", "error_uncorrected")


def grade(desk: Desk, user: str, number: str, factor: str = "returned", given: str = "2", **form: Any) -> Any:
    sent = {"factor": factor, "grade": given, "reason": WORDS, **form}
    return post(desk, user, f"/matters/{desk.matter(number)}/sheet", "/password", **sent)


def swept(desk: Desk, *, dry_run: bool = False) -> Sweep:
    return screen(
        desk.store, SETTINGS, desk.state_dir, KEY, cutoff=CUTOFF, scope="M1", clock=desk.clock, by="operator",
        dry_run=dry_run,
    )  # fmt: skip


def points_of(desk: Desk, sweep: Sweep, number: str) -> tuple[int | None, str | None]:
    entries = screenings.read_entries(desk.store, sweep.screening.screening_id)
    return next((one.points, one.band) for one in entries if one.matter_id == desk.matter(number))


def before_the_cutoff(desk: Desk) -> None:
    desk.clock.now = CUTOFF - DAY_US


def test_a_grade_shows_at_once_and_says_who_and_why(desk: Desk) -> None:
    path = f"/matters/{desk.matter('A-1')}"
    assert "办理情况记分表" in desk.client("handler").get(path).text
    assert grade(desk, "handler", "A-1").status_code == 303
    page = desk.client("leader").get(path).text
    for told in ("退回/再分流：记 2 分", WORDS, "测试handler（承办人） 2026-11-03 09:00"):
        assert told in page
    assert 'action="/matters/' + desk.matter("A-1") + "/sheet" not in page  # leaders read
    assert [(one.action, one.detail) for one in log_of(desk) if one.action == "desk_graded"] == [
        ("desk_graded", {"factor": "returned", "grade": 2})
    ]
    english = desk.client("handler").get(f"{path}?lang=en").text
    assert "returned or passed on: graded 2" in english


def test_grades_raise_points_and_band_of_the_next_sweep_by_rules(desk: Desk) -> None:
    before_the_cutoff(desk)
    plain = points_of(desk, swept(desk), "A-1")
    with desk.store.write() as connection:  # another batch's sweep
        connection.execute(sa.text("UPDATE screenings SET cutoff = cutoff - 1 WHERE state = 'draft'"))
    for factor in RAISED:
        assert grade(desk, "handler", "A-1", factor).status_code == 303
    raised = points_of(desk, swept(desk), "A-1")
    assert plain[0] is not None
    assert raised[0] == plain[0] + 6
    assert (plain[1], raised[1]) == ("larger", "major")
    api = desk.client("handler").post("/v1/score", json={"matter_id": desk.matter("A-1")})
    assert body_of(api)["band"]["code"] == "major"


def test_a_list_comes_out_again_whatever_was_graded_since_and_wherever_the_clock_stood(desk: Desk) -> None:
    before_the_cutoff(desk)
    grade(desk, "handler", "A-1", "returned")
    done = swept(desk)
    desk.clock.now -= DAY_US  # the clock is moved back: what is graded now is still later
    for factor in RAISED[1:]:
        assert grade(desk, "handler", "A-1", factor).status_code == 303
    again = reproduce(desk.store, SETTINGS, desk.state_dir, done.screening.screening_id)
    assert again.same
    assert swept(desk).made is False
    assert swept(desk, dry_run=True).screening.list_hash != done.screening.list_hash


def test_what_is_graded_after_the_cutoff_waits_for_the_next_sweep(desk: Desk) -> None:
    plain = swept(desk, dry_run=True).screening.list_hash
    for factor in RAISED:
        grade(desk, "handler", "A-1", factor)
    assert swept(desk, dry_run=True).screening.list_hash == plain


def test_a_grade_is_no_feature_and_moves_no_score(desk: Desk, approve: Callable[[Scorecard], int]) -> None:
    before_the_cutoff(desk)
    approve(make_scorecard())
    plain = swept(desk, dry_run=True).screening.list_hash
    asked = {"matter_id": desk.matter("A-2")}
    scored = body_of(desk.client("department_head").post("/v1/score", json=asked))
    for factor in RAISED:
        assert grade(desk, "department_head", "A-2", factor).status_code == 303
    done = swept(desk)
    assert done.screening.list_hash == plain
    assert body_of(desk.client("department_head").post("/v1/score", json=asked)) == scored
    log = screenings.feature_logs(desk.store, done.screening.screening_id)[0]
    facts = split_facts(pl.read_parquet(desk.state_dir / log.path))[1]
    by_ledger = facts.row(by_predicate=pl.col("matter_id") == desk.matter("A-2"), named=True)["points"]
    assert points_of(desk, done, "A-2")[0] == by_ledger + 6
    assert "由模型排序" in desk.client("department_head").get(f"/matters/{desk.matter('A-2')}").text


@pytest.mark.parametrize(
    ("form", "status", "told"),
    [
        ({"factor": "temper"}, 422, "请选择记分项"),
        ({"given": "3"}, 422, "请选择0、1或2分"),
        ({"given": "0"}, 422, "没有人工记分可撤回"),
        ({"factor": "monthly_follow_up", "given": "1"}, 422, "只能更高"),
        ({"reason": " "}, 422, "请写明理由"),
        ({"reason": "电话13912345678"}, 422, "不能保存"),
    ],
)
def test_g2_a_grade_is_closed_only_upwards_and_its_reason_passes_the_gate(
    desk: Desk, form: dict[str, str], status: int, told: str
) -> None:
    answer = grade(desk, "handler", "A-1", **form)
    assert answer.status_code == status
    assert told in answer.text
    assert desk_grades.last_grade(desk.store) == 0


def test_a_grade_is_taken_back_by_who_may_and_a_double_click_grades_once(desk: Desk) -> None:
    once = "11111111-1111-1111-1111-111111111111"
    for _ in range(2):
        assert grade(desk, "handler", "A-1", once=once).status_code == 303
    assert len(desk_grades.grades_of_matter(desk.store, desk.matter("A-1"))) == 1
    assert grade(desk, "handler", "A-1", "extensions", once=once).status_code == 409
    assert grade(desk, "petition_head", "A-1", given="1").status_code == 303
    assert "已由负责人记分" in grade(desk, "handler", "A-1", given="0").text
    assert grade(desk, "petition_head", "A-1", given="0").status_code == 303
    found = desk_grades.grades_of_matter(desk.store, desk.matter("A-1"))
    assert [one.grade for one in found] == [0, 1, 2]
    assert desk_grades.standing(found) == {}
    assert "撤回人工记分" in desk.client("handler").get(f"/matters/{desk.matter('A-1')}").text
    with pytest.raises(DBAPIError), desk.store.write() as connection:
        connection.execute(schema_work.desk_grades.update().values(grade=0))


def test_g14_a_spot_check_shows_no_sheet_and_takes_no_grade(desk: Desk) -> None:
    assert "办理情况记分表" not in desk.client("petition_head").get(f"/matters/{desk.matter('A-7')}").text
    assert grade(desk, "petition_head", "A-7").status_code == 409


def test_g16_who_reads_or_is_recused_grades_nothing(desk: Desk) -> None:
    for user, number, status in (
        ("leader", "A-1", 403),
        ("auditor", "A-1", 403),
        ("city_leader", "A-1", 403),
        ("leader", "A-4", 403),
        ("handler", "A-5", 404),
        ("handler", "A-2", 404),
        ("other_head", "A-1", 404),
    ):
        assert grade(desk, user, number).status_code == status, (user, number)


def test_g19_what_was_typed_goes_with_the_matter(desk: Desk) -> None:
    grade(desk, "handler", "A-1")
    matter = desk.matter("A-1")
    assert WORDS in erasure.typed_texts(desk.store, [matter])
    assert erasure.remove_rows(desk.store, [matter], ["A-1"], office_id="C1")["desk_grades"] == 1
