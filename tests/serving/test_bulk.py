"""Rows of a list are decided on, one or many at once, each on record, and can be taken back for a while."""

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

    def one(self, number: str, decision: str = "accept", **form: Any) -> Any:
        """Decide on one matter by the form of its page."""
        sent = {"csrf": token_of(self.page()), "decision": decision, "reason": "已核实", "once": str(uuid4()), **form}
        path = f"/matters/{self.desk.matter(number)}/decision"
        return self.client.post(path, data={"screening": self.desk.screening_id, **sent})

    def matter(self, number: str) -> str:
        return self.client.get(f"/matters/{self.desk.matter(number)}").text

    def undo_one(self, number: str, once: str, **form: Any) -> Any:
        sent = {"csrf": token_of(self.page()), "screening": self.desk.screening_id, "number": once, **form}
        return self.client.post(f"/matters/{self.desk.matter(number)}/decision/undo", data=sent)

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
    assert ("已撤销 3 件" if len(scope) > 1 else "事项 A-2：已撤销") in head.page()
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


@pytest.mark.parametrize("decision", ["accept", "change", "reject"])
def test_g9_one_decision_is_taken_back_by_an_act_of_its_own(desk: Desk, decision: str) -> None:
    head, once = Browser(desk), str(uuid4())
    assert head.one("A-2", once=once, plan="约定领导接访", decision=decision).status_code == 303
    assert "撤销（15 分钟内）" in head.matter("A-2")
    told = {"accept": "已接受", "change": "已更改", "reject": "未采纳"}[decision]
    assert f"事项 A-2：{told}" in head.page()
    for _ in range(2):  # the double click, and the second tab that still shows the button
        answer = head.undo_one("A-2", once)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/matters/{desk.matter('A-2')}#decision")
    assert states(desk)["A-2"] is FlagState.PENDING
    assert (acts(desk, "decide"), acts(desk, "decision_undone")) == ([desk.matter("A-2")],) * 2
    page = head.matter("A-2")
    assert "2026-11-03 09:00 撤销" in page
    assert "撤销（" not in page
    assert "事项 A-2：已撤销" in head.page()
    assert head.one("A-2").status_code == 303  # what was taken back can be done again


def test_one_decision_stays_for_others_after_a_new_sign_in_and_after_its_time(desk: Desk) -> None:
    handler, once = Browser(desk, "handler"), str(uuid4())
    assert handler.one("A-1", once=once).status_code == 303
    head = Browser(desk)
    assert "撤销（" not in head.matter("A-1")
    assert head.undo_one("A-1", once).status_code == 409
    desk.clock.forward(minutes=1)
    again = Browser(desk, "handler")
    assert "撤销（" not in again.matter("A-1")
    assert "已超过可撤销的时间" in again.undo_one("A-1", once).text
    assert handler.undo_one("A-1", once, csrf="none").status_code == 403
    assert "撤销（14 分钟内）" in handler.matter("A-1")
    assert head.one("A-1", "reject").status_code == 303  # the head decides after: the handler's no longer counts
    assert "撤销（" not in handler.matter("A-1")
    assert "A-1：此后已另有核实意见" in handler.undo_one("A-1", once).text
    desk.clock.forward(minutes=15)
    assert handler.undo_one("A-1", once).status_code == 409
    assert acts(desk, "decision_undone") == []


def test_a_row_of_many_is_taken_back_with_them_and_not_alone(desk: Desk) -> None:
    head, once = Browser(desk), str(uuid4())
    assert head.bulk(*NUMBERS, once=once).status_code == 303
    assert "撤销（" not in head.matter("A-2")
    (made,) = flags.decisions_of_matter(desk.store, desk.matter("A-2"))
    assert head.undo_one("A-2", made.once).status_code == 409


def test_one_decision_on_what_has_gone_up_is_not_taken_back(desk: Desk) -> None:
    head, once, urgent = Browser(desk), str(uuid4()), str(uuid4())
    assert head.bulk("A-3", "A-6").status_code == 303
    assert head.one("A-2", "change", plan="下周当面说明", once=once).status_code == 303
    assert head.one("A-1", once=urgent).status_code == 303
    verified_rest(desk)
    assert submit(desk).status_code == 303
    assert "撤销（" not in head.matter("A-2")
    assert "A-2：清单已送签或已签批" in head.undo_one("A-2", once).text
    assert states(desk)["A-2"] is FlagState.CHANGED
    assert "撤销（" in head.matter("A-1")  # a must-act waits for no signature
    assert head.undo_one("A-1", urgent).status_code == 303
