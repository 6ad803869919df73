"""What is proposed fits our own handling, each with its rule; aid paid before is told and stands in no one's way."""

from typing import Any

import pytest

from data.vocabulary import ACTIONS, KINDS, Role
from features.aid_check import aid_paid
from features.proposals import PROPOSAL_RULES, proposals
from features.rules import help_open
from features.snapshots import make_view
from tests.drawn import Fact
from tests.features.test_rules import OPENED, SETTLED
from tests.histories import event, register_of, seen, snapshots


def _view(history: list[dict[str, Any]], last_day: str, *facts: Fact) -> Any:
    register = register_of({"A1": history}, attributes=facts)
    view, _ = make_view(register, snapshots(register, seen(last_day)))
    return view


def proposed(history: list[dict[str, Any]], last_day: str = "2025-03-01", *facts: Fact) -> dict[str, str]:
    return {one["action"]: one["rule"] for one in proposals(_view(history, last_day, *facts))[0]}


def test_a_settled_matter_asks_for_nothing() -> None:
    assert proposed(SETTLED) == {}


@pytest.mark.parametrize(
    ("more", "facts", "action", "rule"),
    [
        ([], [("A1", "cause", "injury", "2025-01-10")], "aid", "aid"),
        ([], [("A1", "category", "civil_appeal", "2025-01-10")], "lawyer", "lawyer"),
        ([event("2025-02-20", "letter")], [], "hearing", "hearing"),
        ([event("2025-02-10", "error_confirmed")], [], "correction", "error_not_corrected"),
        ([event("2025-02-10", "error_confirmed")], [], "leader_reception", "error_not_explained"),
        ([event("2025-02-10", "transferred_out")], [], "transfer_told", "transfer_told"),
        ([event("2025-02-10", "urgent_marked")], [], "reply", "urgent"),
        (
            [event("2025-02-10", "returned"), event("2025-02-12", "handler_changed")],
            [],
            "joint_meeting",
            "sent_to_and_fro",
        ),
        ([], [("A1", "case_class", "first_appeal", "2025-01-10")], "leader_assigned", "leader_must_lead"),
    ],
)
def test_each_proposal_names_its_rule(more: Any, facts: Any, action: str, rule: str) -> None:
    assert action not in proposed(SETTLED)
    assert proposed([*SETTLED, *more], "2025-03-01", *facts).get(action) == rule


def test_a_reply_owed_is_proposed_once_with_its_day_and_gone_when_given() -> None:
    found = proposals(_view(OPENED, "2025-01-12"))[0]
    assert [one["action"] for one in found] == ["reply"]
    assert found[0]["zh"] == "我院尚未完成7日程序性回复（期限2025-01-17）"


def test_a_correction_and_an_explanation_settle_an_error() -> None:
    history = [
        *SETTLED,
        event("2025-02-10", "error_confirmed"),
        event("2025-02-12", "error_corrected"),
        event("2025-02-13", "explanation"),
    ]
    assert proposed(history) == {}


def test_red_line_5_only_help_and_duties_and_never_what_needs_consent_first() -> None:
    actions = {rule.action for rule in PROPOSAL_RULES}
    assert actions <= set(ACTIONS) - {"counselling", "field_visit"}
    assert all(rule.article and rule.zh.startswith("我院") for rule in PROPOSAL_RULES)


def test_g6_how_somebody_came_changes_no_proposal() -> None:
    ways = [kind.code for kind in KINDS if kind.role is Role.CONTACT]
    found = [proposed([*SETTLED, event("2025-02-20", way)]) for way in ways]
    assert all(one == found[0] for one in found)


def test_red_line_4_aid_paid_before_is_told_and_closes_nothing() -> None:
    paid = [*SETTLED, event("2025-02-10", "aid_paid", amount=100), event("2025-02-20", "aid_paid", amount=100)]
    view = _view(paid, "2025-03-01")
    (found,) = aid_paid(view)
    assert found is not None
    assert found.times == 2
    assert aid_paid(_view(SETTLED, "2025-03-01")) == [None]
    assert aid_paid(_view(paid, "2025-02-09")) == [None]  # not known then
    # The check is no input of the rules of help: they ask as they did.
    facts = ("A1", "category", "civil_appeal", "2025-01-10")
    assert {code for code, open_ in help_open(_view(paid, "2025-03-01", facts)).items() if open_[0]} == {"lawyer"}
