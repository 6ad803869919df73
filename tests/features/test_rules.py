"""Must-act, unmet duties and open help: from the history alone, each by its own rule."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from data.times import DAY_US
from features import rules
from features.kernel import View
from features.snapshots import make_view
from tests.drawn import Fact, many
from tests.histories import at, event, register_of, seen, snapshots

OPENED = [event("2025-01-10", "letter"), event("2025-01-10", "registered")]
#: Answered in full and explained: nothing is owed.
SETTLED = [
    *OPENED,
    event("2025-01-12", "procedural_reply"),
    event("2025-02-01", "substantive_reply", parts_missing=0),
    event("2025-02-03", "explanation"),
]


def _view(history: list[dict[str, Any]], last_day: str, *facts: Fact) -> View:
    register = register_of({"A1": history}, attributes=facts)
    view, _ = make_view(register, snapshots(register, seen(last_day)))
    return view


def _is(rule: Callable[[View], Any], history: list[dict[str, Any]], last_day: str, *facts: Fact) -> bool:
    return bool(rule(_view(history, last_day, *facts))[0])


def test_g7_an_overdue_duty_must_be_acted_on_without_any_model() -> None:
    assert not _is(rules.must_act, OPENED, "2025-01-16")
    assert _is(rules.must_act, OPENED, "2025-01-17")
    assert not _is(rules.must_act, SETTLED, "2025-12-31")


@pytest.mark.parametrize(
    "history",
    [
        [event("2025-03-01", "urgent_marked")],
        [event("2025-02-10", "promise_made", due="2025-03-01")],
        [event("2025-02-10", "transferred_out")],
        [event("2025-02-10", "assigned_from_above", due="2025-03-01")],
        [event("2025-01-20", "review_requested")],
    ],
    ids=["urgent", "promise", "transfer", "assigned", "remedy"],
)
def test_g7_each_of_these_must_be_acted_on_on_1_march(history: list[dict[str, Any]]) -> None:
    assert _is(rules.must_act, [*SETTLED, *history], "2025-03-01")


def test_g7_an_urgent_matter_must_be_acted_on_while_its_day_still_runs() -> None:
    """At noon of the day the duty is not late yet; it is must-act until we answered."""
    noon = at("2025-03-01") + DAY_US // 2
    urgent = event("2025-03-01", "urgent_marked")
    for history, expected in (
        ([*SETTLED, urgent], True),
        ([*SETTLED, urgent, event("2025-03-01", "explanation")], False),
    ):
        register = register_of({"A1": history})
        view, _ = make_view(register, snapshots(register, noon))
        assert rules.must_act(view).tolist() == [expected]
        assert rules.overdue(view).tolist() == [False]


def test_a_settled_matter_has_no_unmet_duty() -> None:
    assert not _is(rules.unmet_duty, SETTLED, "2025-12-31")


def test_a_duty_due_within_seven_days_is_unmet() -> None:
    """Due at the end of 20 March: within seven days from the list that sees all of 13 March on."""
    soon = [*SETTLED, event("2025-02-10", "promise_made", due="2025-03-20")]
    assert not _is(rules.unmet_duty, soon, "2025-03-12")
    assert _is(rules.unmet_duty, soon, "2025-03-13")


def test_a_reply_that_lacks_parts_or_explanation_is_an_unmet_duty() -> None:
    lacking = [*OPENED, event("2025-02-01", "substantive_reply", parts_missing=4), event("2025-02-03", "explanation")]
    unexplained = [*OPENED, event("2025-02-01", "substantive_reply", parts_missing=0)]
    for history, code in ((lacking, "reply_parts"), (unexplained, "explanation")):
        assert _is(rules.unmet_duty, history, "2025-12-31"), code
        assert [row["code"] for row in rules.duties(_view(history, "2025-12-31")).to_dicts()] == [code]


def test_duties_come_most_pressing_first() -> None:
    history = [*OPENED, event("2025-03-20", "promise_made", due="2025-04-15"), event("2025-03-25", "urgent_marked")]
    found = rules.duties(_view(history, "2025-04-09"))
    # Late: the procedural reply since 18 January, the urgent one since 26 March; then 10 April, then 15 April.
    assert found["code"].to_list() == ["procedural_reply", "urgent", "substantive_reply", "promise"]
    assert found["missed"].to_list() == [True, True, False, False]
    assert found["days_left"].to_list() == [-82, -15, 1, 6]


@pytest.mark.parametrize("cause", ["injury", "traffic", "wages", "maintenance"])
def test_aid_is_asked_for_in_the_causes_its_rule_names(cause: str) -> None:
    known = ("A1", "cause", cause, "2025-01-10")
    assert rules.help_open(_view(OPENED, "2025-03-01", known))["aid"].tolist() == [True]
    for settled in ("aid_screened", "aid_paid"):
        view = _view([*OPENED, event("2025-02-01", settled)], "2025-03-01", known)
        assert rules.help_open(view)["aid"].tolist() == [False]
    assert rules.help_open(_view(OPENED, "2025-01-09", known))["aid"].tolist() == [False]
    other = ("A1", "cause", "contract", "2025-01-10")
    assert rules.help_open(_view(OPENED, "2025-03-01", other))["aid"].tolist() == [False]


def test_a_hearing_is_to_be_screened_once_the_matter_came_back() -> None:
    again = [*OPENED, event("2025-02-01", "visit")]
    assert rules.help_open(_view(OPENED, "2025-03-01"))["hearing"].tolist() == [False]
    assert rules.help_open(_view(again, "2025-03-01"))["hearing"].tolist() == [True]
    for settled in ("hearing_screened", "hearing_offered", "hearing_held", "simple_hearing_held"):
        view = _view([*again, event("2025-02-10", settled)], "2025-03-01")
        assert rules.help_open(view)["hearing"].tolist() == [False], settled


def test_a_lawyer_is_to_be_told_of_in_appeals_and_supervision() -> None:
    appeal = ("A1", "category", "criminal_appeal", "2025-01-10")
    assert rules.help_open(_view(OPENED, "2025-03-01", appeal))["lawyer"].tolist() == [True]
    told = _view([*OPENED, event("2025-02-01", "lawyer_offered")], "2025-03-01", appeal)
    assert rules.help_open(told)["lawyer"].tolist() == [False]
    assert rules.help_open(_view(OPENED, "2025-03-01"))["lawyer"].tolist() == [False]


def test_what_orders_a_list_without_a_model() -> None:
    history = [*OPENED, event("2025-01-20", "promise_made", due="2025-02-10")]
    order = rules.missed_days(_view(history, "2025-03-01"))
    # The reply was due on 17 January, 44 days before 2 March; the promise on 10 February, 20 days before.
    assert order["duty_missed_days"].tolist() == [44]
    assert order["promise_overdue_days"].tolist() == [20]
    # Late by 43 days to the exclusive due instant.
    assert order["due_in_days"].tolist() == [-43]


def test_nothing_owed_has_no_nearest_day() -> None:
    ended = [*SETTLED, event("2025-02-10", "closed")]
    assert np.isinf(rules.missed_days(_view(ended, "2025-03-01"))["due_in_days"]).tolist() == [True]
    assert rules.ever_missed(_view(ended, "2025-03-01")).tolist() == [False]


def test_an_overdue_duty_is_unmet_and_was_missed_everywhere() -> None:
    _, histories, facts = many(7, 400)
    register = register_of(histories, attributes=facts)
    view, _ = make_view(register, snapshots(register, seen("2025-09-30"), seen("2026-01-31")))
    late = rules.overdue(view)
    assert late.any()
    assert not late.all()
    for rule in (rules.must_act, rules.unmet_duty, rules.ever_missed):
        assert np.all(rule(view)[late]), rule.__name__


def test_a_class_that_a_leader_must_lead_is_must_act_until_one_does_or_it_ends() -> None:
    known = ("A1", "case_class", "complex", "2025-01-10")
    assert not _is(rules.must_act, SETTLED, "2025-03-01")
    assert _is(rules.must_act, SETTLED, "2025-03-01", known)
    assert not _is(rules.must_act, SETTLED, "2025-03-01", ("A1", "case_class", "ordinary", "2025-01-10"))
    for step in ("leader_assigned", "closed"):
        assert not _is(rules.must_act, [*SETTLED, event("2025-02-20", step)], "2025-03-01", known), step
    assert rules.duties(_view(SETTLED, "2025-03-01", known))["code"].to_list() == ["leader_must_lead"]


def test_an_objection_that_came_late_is_must_act_until_we_take_the_matter_up() -> None:
    """Five working days from Monday 3 March end on the 10th."""
    given = [*SETTLED, event("2025-03-03", "forwarded_from_above")]
    late = [*given, event("2025-03-11", "jurisdiction_objected")]
    assert not _is(rules.must_act, [*given, event("2025-03-10", "jurisdiction_objected")], "2025-03-31")
    assert _is(rules.must_act, late, "2025-03-31")
    assert rules.must_act_rules(_view(late, "2025-03-31"))["late_objection"].tolist() == [True]
    for step in ("accepted", "explanation", "closed"):
        assert not _is(rules.must_act, [*late, event("2025-03-15", step)], "2025-03-31"), step


def test_times_to_act_in_are_no_duties() -> None:
    history = [*SETTLED, event("2025-03-03", "assigned_from_above")]
    assert not _is(rules.unmet_duty, history, "2025-03-05")
    assert rules.duties(_view(history, "2025-03-05")).is_empty()
    assert np.isinf(rules.missed_days(_view(history, "2025-03-05"))["due_in_days"]).tolist() == [True]


def test_every_must_act_rule_names_its_article() -> None:
    for rule in rules.MUST_ACT:
        assert rule.article, rule.code
        assert rule.zh, rule.code
        assert rule.en, rule.code
        assert rule.valid_from < rule.valid_until, rule.code
