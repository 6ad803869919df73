"""Which help and duties of ours would fit a matter now, each by its own dated rule; a person decides on all of them.

Pure functions of the visible history.  No rule proposes counselling or a visit (a person does, by agreement), and
none reads how, or how often, somebody raised the matter beyond what the rules of help already ask.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from data.times import DAY_US, FAR_US, from_us
from features import clocks
from features.kernel import View
from features.rules import HELP_RULES, DatedRule, Flags, duties, help_open

#: Duties owed → the measure of a plan that does them; a promise is kept, not planned, and an objection is no measure.
_OF_DUTY: dict[str, str] = {
    "procedural_reply": "reply",
    "substantive_reply": "reply",
    "petition_opinion": "reply",
    "urgent": "reply",
    "reply_parts": "reply",
    "monthly_follow_up": "monthly_follow_up",
    "explanation": "explanation",
    "transfer_told": "transfer_told",
    "hearing_decision": "hearing",
    "aid_decision": "aid",
    "remedy_answer": "review",
    "leader_must_lead": "leader_assigned",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalRule(DatedRule):
    """A measure of a plan (`action`) that answers what our own handling asks for beyond duties and help."""

    action: str


def error_not_corrected(view: View) -> Flags:
    """Whether we confirmed an error of ours and have not corrected it since. Shape (rows,)."""
    confirmed = view.last_time(["error_confirmed"])
    return (view.last(["error_confirmed"]) >= 0) & (view.last_time(["error_corrected"]) < confirmed)


def sent_to_and_fro(view: View) -> Flags:
    """Whether an open matter was returned or its handler changed twice or more. Shape (rows,)."""
    return (view.count(["returned", "handler_changed"]) >= 2) & (clocks.ended_at(view) >= FAR_US)


def error_met_nobody(view: View) -> Flags:
    """Whether our confirmed error was followed by no explanation to the person. Shape (rows,)."""
    confirmed = view.last_time(["error_confirmed"])
    told = np.maximum(view.last_time(["explanation"]), view.last_time(["leader_reception"]))
    return (view.last(["error_confirmed"]) >= 0) & (told < confirmed)


PROPOSAL_RULES: tuple[ProposalRule, ...] = (
    ProposalRule(
        code="error_not_corrected",
        action="correction",
        zh="我院已确认办案差错，尚未纠正",
        en="our office confirmed an error and has not corrected it",
        article="[S2] 办案差错应纠正",
        holds=error_not_corrected,
    ),
    ProposalRule(
        code="error_not_explained",
        action="leader_reception",
        zh="我院已确认办案差错，尚未向信访人当面说明",
        en="our office confirmed an error and has not explained it to the person",
        article="[S3] 领导接访、约访、办信",
        holds=error_met_nobody,
    ),
    ProposalRule(
        code="sent_to_and_fro",
        action="joint_meeting",
        zh="我院办理中已退回或更换承办人2次以上",
        en="in our handling it was returned, or changed hands, twice or more",
        article="[S3] 联席会商",
        holds=sent_to_and_fro,
    ),
)


def proposals(view: View) -> list[list[dict[str, Any]]]:
    """For each row its proposals, the most pressing first, each measure once.

    Each has rule, action (`data.vocabulary.ACTIONS`), zh, en (why, our office as subject), article, and due (wall µs,
    exclusive, or None).
    """
    found: list[list[dict[str, Any]]] = [[] for _ in range(view.rows)]
    for duty in duties(view).iter_rows(named=True):
        action = _OF_DUTY.get(duty["code"])
        if action is not None:
            _add(found[duty["row"]], _proposal(duty, action))
    for rule in PROPOSAL_RULES:
        for row in np.flatnonzero(rule.held(view)):
            made = {"rule": rule.code, "action": rule.action, "zh": rule.zh, "en": rule.en}
            _add(found[int(row)], made | {"article": rule.article, "due": None})
    open_ = help_open(view)
    for rule in HELP_RULES:
        for row in np.flatnonzero(open_[rule.code]):
            made = {"rule": rule.code, "action": rule.code, "zh": f"我院尚未筛查或告知：{rule.zh}"}
            made |= {"en": f"our office has not screened or told: {rule.en}", "article": rule.article, "due": None}
            _add(found[int(row)], made)
    return found


def _proposal(duty: dict[str, Any], action: str) -> dict[str, Any]:
    zh, en, due = f"我院尚未完成{duty['zh']}", f"our office has not yet done: {duty['en']}", duty["due"]
    if due is not None:
        day = from_us(int(due) - DAY_US).date().isoformat()
        zh += f"（{'已逾期，' if duty['missed'] else ''}期限{day}）"
        en += f" ({'overdue, ' if duty['missed'] else ''}due {day})"
    return {"rule": duty["code"], "action": action, "zh": zh, "en": en, "article": duty["article"], "due": due}


def _add(found: list[dict[str, Any]], made: dict[str, Any]) -> None:
    if all(one["action"] != made["action"] for one in found):
        found.append(made)
