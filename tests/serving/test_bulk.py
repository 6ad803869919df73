"""Many rows of a list are decided on at once, all or none, each on record, and can be taken back for a while."""

from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from data.store import flags
from serving.workflow import FlagState, state_of
from tests.serving.conftest import Desk, log_of, token_of
from tests.serving.test_signing import submit
from tests.serving.test_workflow import send

NUMBERS = ("A-2", "A-3", "A-6")


class Browser:
    """One session of a person, in which forms of the list page are sent."""

    def __init__(self, desk: Desk, user: str = "petition_head") -> None:
        self.desk, self.client = desk, desk.client(user)

    def page(self, query: str = "") -> str:
        return self.client.get(f"/list{query}").text

    def bulk(self, *numbers: str, **form: Any) -> Any:
        ticks = [self.desk.matter(number) for number in numbers]
        sent = {"tick": ticks, "decision": "accept", "reason": "已逐件核对台账", "once": str(uuid4()), **form}
        path = f"/lists/{self.desk.screening_id}/bulk"
        return self.client.post(path, data={"csrf": token_of(self.page()), **sent})

    def undo(self, number: str, **form: Any) -> Any:
        sent = {"csrf": token_of(self.page()), "bulk_id": number, **form}
        return self.client.post(f"/lists/{self.desk.screening_id}/undo", data=sent)


def states(desk: Desk, office: str = "C1") -> dict[str, FlagState]:
    found = flags.latest_decisions(desk.store, desk.screening_id, [office])
    return {number: state_of(found.get(desk.matter(number))) for number in NUMBERS}


def acts(desk: Desk, action: str) -> list[str | None]:
    return [one.matter_id for one in log_of(desk) if one.action == action]


def test_g9_many_rows_are_accepted_each_with_the_reason_and_a_record_of_its_own(desk: Desk) -> None:
    head = Browser(desk)
    answer = head.bulk(*NUMBERS, back="/list?part=model")
    assert (answer.status_code, answer.headers["location"]) == (303, "/list?part=model#bulk-done")
    assert set(states(desk).values()) == {FlagState.ACCEPTED}
    assert sorted(acts(desk, "decide"), key=str) == sorted(map(desk.matter, NUMBERS))
    for number in NUMBERS:
        (one,) = flags.decisions_of_matter(desk.store, desk.matter(number))
        assert (one.reason, one.decided_by) == ("已逐件核对台账", "petition_head")
    page = head.page()
    assert "已核实接受 3 件" in page
    assert "撤销（15 分钟内）" in page


def test_rows_are_assigned_and_a_second_click_is_one_assignment(desk: Desk) -> None:
    head, once = Browser(desk), str(uuid4())
    for _ in range(2):
        assert head.bulk(*NUMBERS, decision="change", owner="S7", once=once).status_code == 303
    assert len(acts(desk, "decide")) == 3
    assert {flags.decisions_of_matter(desk.store, desk.matter(number))[0].owner for number in NUMBERS} == {"S7"}
    assert "已将 3 件指定由 S7 承办" in head.page()
    other = head.bulk("A-2", once=once)
    assert (other.status_code, len(acts(desk, "decide"))) == (409, 3)


@pytest.mark.parametrize("scope", [NUMBERS, ("A-2",)])
def test_what_was_done_is_taken_back_once_and_stays_on_record(desk: Desk, scope: tuple[str, ...]) -> None:
    assert send(desk, "petition_head", "A-2", "reject").status_code == 200
    head, once = Browser(desk), str(uuid4())
    assert head.bulk(*scope, once=once).status_code == 303
    for _ in range(2):
        assert head.undo(once).status_code == 303
    assert states(desk)["A-2"] is FlagState.REJECTED  # as it was before, not as if nobody had decided
    assert {states(desk)[number] for number in scope[1:]} <= {FlagState.PENDING}
    assert sorted(acts(desk, "decision_undone"), key=str) == sorted(map(desk.matter, scope))
    assert f"已撤销 {len(scope)} 件" in head.page()
    matter = head.client.get(f"/matters/{desk.matter('A-2')}").text
    assert "2026-11-03 09:00 撤销" in matter
    assert "已逐件核对台账" in matter
    # What was taken back can be done again.
    assert head.bulk(*scope).status_code == 303
    assert states(desk)["A-2"] is FlagState.ACCEPTED


def test_one_row_that_cannot_be_done_is_named_and_nothing_is_saved(desk: Desk) -> None:
    assert send(desk, "petition_head", "A-3").status_code == 200
    before = len(acts(desk, "decide"))
    answer = Browser(desk).bulk(*NUMBERS, back=f"/list?{urlencode({'department': '民事检察部'})}")
    assert answer.status_code == 409
    assert "全部未保存" in answer.text
    assert "A-3：该事项已是此状态" in answer.text
    assert answer.text.count("checked") == 2  # are of the department looked at, and stay chosen
    assert 'value="已逐件核对台账"' in answer.text
    assert states(desk)["A-2"] is FlagState.PENDING
    assert len(acts(desk, "decide")) == before


def test_g16_a_row_that_is_not_the_caller_s_is_neither_done_nor_named(desk: Desk) -> None:
    handler = Browser(desk, "handler")
    answer = handler.bulk("A-1", "A-2", "A-5", "B-1")  # of A-1 alone the handler may say anything
    assert answer.status_code == 409
    assert "另有 3 件不在您的这份清单上" in answer.text
    for number in ("A-2", "A-5", "B-1"):
        assert number not in answer.text
    assert acts(desk, "decide") == []
    assert Browser(desk, "leader").bulk("A-2").status_code == 403


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"reason": " "}, "请写明理由"),
        ({"reason": "电话13912345678"}, "不能保存"),
        ({"decision": "change"}, "更改须写明"),
        ({"decision": "change", "owner": "张三"}, "承办人只写编号"),
        ({"tick": []}, "请先勾选"),
        ({"csrf": "none"}, "页面已过期"),
    ],
)
def test_g2_what_is_missing_or_may_not_be_kept_is_said_and_nothing_saved(
    desk: Desk, form: dict[str, Any], told: str
) -> None:
    answer = Browser(desk).bulk(*NUMBERS, **form)
    assert answer.status_code in (403, 422)
    assert told in answer.text
    assert set(states(desk).values()) == {FlagState.PENDING}


def test_it_stays_once_the_time_is_over_somebody_decided_or_the_list_went_up(desk: Desk) -> None:
    head, once = Browser(desk), str(uuid4())
    head.bulk(*NUMBERS, once=once)
    other = Browser(desk)  # a new session of the same person: what was done before it stays
    desk.clock.forward(minutes=1)
    later = Browser(desk)
    assert later.undo(once).status_code == 409
    assert "撤销（" not in later.page()
    assert other.undo(once, csrf="none").status_code == 403
    assert send(desk, "petition_head", "A-3", "reject").status_code == 200
    refused = head.undo(once)
    assert (refused.status_code, "A-3：此后已另有核实意见" in refused.text) == (409, True)
    assert states(desk)["A-2"] is FlagState.ACCEPTED
    desk.clock.forward(minutes=15)
    assert "已超过可撤销的时间" in head.undo(once).text
    assert "bulk-done" not in head.page().replace("#bulk-done", "")


def test_what_has_gone_up_is_not_taken_back(desk: Desk) -> None:
    head, once = Browser(desk), str(uuid4())
    assert head.bulk(*NUMBERS, once=once).status_code == 303
    assert send(desk, "petition_head", "A-2", "change", plan="下周当面说明").status_code == 200
    verified_rest(desk)
    assert submit(desk).status_code == 303
    once = str(uuid4())
    refused = head.bulk("A-3", "A-1", once=once)
    assert "A-3：清单已送签或已签批" in refused.text
    assert head.bulk("A-1", once=once).status_code == 303  # a must-act waits for no signature
    assert head.undo(once).status_code == 303


def verified_rest(desk: Desk) -> None:
    from tests.serving.test_signing import FLAGGED, plan

    assert send(desk, "petition_head", "A-4").status_code == 200
    for number in FLAGGED:
        assert plan(desk, "petition_head", number).status_code == 303
