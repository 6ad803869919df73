"""Which duties of ours have a clock: one dated table of rules, each with its article.

Sources: domain facts, "Clocks"; what a source leaves open is a setting of the table, never a constant elsewhere.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

from data.times import FAR_US


class State(IntEnum):
    """Where a clock stands at a cutoff."""

    RUNNING = 0
    MET = 1
    MET_LATE = 2
    OVERDUE = 3
    WAIVED = 4
    #: Missed, but the matter has ended since: nothing is owed any more.
    MISSED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockRule:
    """One duty with its clock.

    `starts` are kinds (each event starts a clock of its own) or empty for the receipt of the matter; after an event
    of `not_after` none starts any more.  Exactly one of `days`, `months` or neither (then the starting event carries
    its due date).  `monthly_after` names the clock from whose due date on (extensions granted aside) one follow-up a
    month is owed.  `counts` says which days count: all, working days, or working days where the setting says so.
    `pauses`: time the matter stood suspended or ended does not count.  `restarts`: the last such event begins the
    time anew.  `waived_by`: such an event before the due date ends the duty.  `kind` is `duty`; or `chance`, a time
    in which we may act and need not; or `right`, one in which the person may: both lapse.  `feature` is false for
    clocks that a remedy or help starts, and for those a site sets: shown and acted on, and read by no model.
    """

    code: str
    zh: str
    en: str
    article: str
    met_by: tuple[str, ...]
    starts: tuple[str, ...] = ()
    days: int | None = None
    months: int | None = None
    monthly_after: str | None = None
    in_turn: bool = False
    ends_with_matter: bool = True
    needs_reply_possible: bool = False
    pauses: bool = False
    counts: Literal["calendar", "working", "setting"] = "calendar"
    restarts: tuple[str, ...] = ()
    waived_by: tuple[str, ...] = ()
    not_after: tuple[str, ...] = ()
    kind: Literal["duty", "chance", "right"] = "duty"
    extension_days: int = 0
    procedure_path: str | None = None
    feature: bool = True
    valid_from: int = -FAR_US
    valid_until: int = FAR_US


CLOCKS: tuple[ClockRule, ...] = (
    ClockRule(
        code="same_day_registration",
        zh="当日登记审查",
        en="same-day registration",
        article="[S2] 收件当日登记、审查",
        met_by=("registered", "transferred_in"),
        days=0,
    ),
    ClockRule(
        code="procedural_reply",
        zh="7日程序性回复",
        en="procedural reply within 7 days",
        article="[S0][S2] 群众信访件件有回复：7日内程序性回复",
        met_by=("procedural_reply", "substantive_reply", "not_accepted", "transfer_told"),
        days=7,
        counts="setting",
        needs_reply_possible=True,
    ),
    ClockRule(
        code="substantive_reply",
        zh="三个月答复",
        en="reply within three months",
        article="[S0][S2] 群众信访件件有回复：3个月内办理过程或结果答复",
        met_by=("substantive_reply", "progress_reply"),
        months=3,
        needs_reply_possible=True,
        pauses=True,
    ),
    ClockRule(
        code="monthly_follow_up",
        zh="每月后续答复",
        en="monthly follow-up",
        article="群众信访件件有回复：三个月后仍未办结的，每月答复进展",
        met_by=("progress_reply", "substantive_reply", "explanation"),
        monthly_after="substantive_reply",
        needs_reply_possible=True,
        pauses=True,
    ),
    ClockRule(
        code="urgent",
        zh="告急当日处理",
        en="urgent, same day",
        article="信访工作条例：紧急情况即接即办",
        starts=("urgent_marked",),
        met_by=("procedural_reply", "progress_reply", "substantive_reply", "explanation", "joint_meeting"),
        days=0,
    ),
    ClockRule(
        code="transfer_told",
        zh="移送告知",
        en="told of transfer",
        article="信访工作条例：移送后告知信访人去向",
        # Passing a matter back within the house moves it nowhere the person would have to be told of.
        starts=("transferred_out",),
        met_by=("transfer_told",),
        days=15,
        ends_with_matter=False,
        needs_reply_possible=True,
    ),
    ClockRule(
        code="assigned_report",
        zh="交办报结果",
        en="assigned matter reported back",
        article="信访工作条例：交办事项按期报告结果",
        starts=("assigned_from_above",),
        met_by=("substantive_contact",),
    ),
    ClockRule(
        code="promise",
        zh="承诺兑现",
        en="promise kept",
        article="[S2] 限时办结、双向承诺",
        starts=("promise_made",),
        met_by=("promise_kept",),
        in_turn=True,
        ends_with_matter=False,
    ),
    ClockRule(
        code="petition_opinion",
        zh="信访处理意见60日",
        en="handling opinion within 60 days",
        article="信访工作条例34条（60日，可延长30日）",
        starts=("accepted",),
        met_by=("substantive_reply",),
        days=60,
        extension_days=30,
        procedure_path="petition_opinion",
    ),
    ClockRule(
        code="jurisdiction_objection",
        zh="管辖异议提出期限",
        en="time to object to jurisdiction",
        article="信访工作条例：对转送、交办有异议的，5个工作日内提出",
        starts=("transferred_in", "assigned_from_above", "forwarded_from_above"),
        met_by=("jurisdiction_objected",),
        waived_by=("accepted", "not_accepted", "substantive_reply"),
        days=5,
        counts="working",
        kind="chance",
        feature=False,
    ),
    ClockRule(
        code="hearing_decision",
        zh="听证限时办结",
        en="hearing held in time",
        article="[S2] 限时办结：听证按确定的日期举行",
        starts=("hearing_screened", "hearing_offered"),
        met_by=("hearing_held", "simple_hearing_held"),
        feature=False,
    ),
    ClockRule(
        code="aid_decision",
        zh="救助限时办结",
        en="aid decided in time",
        article="[S2] 限时办结：司法救助按确定的日期办结",
        starts=("aid_screened",),
        met_by=("aid_paid", "social_aid_referred"),
        feature=False,
    ),
    ClockRule(
        code="review_window",
        zh="申请复查期限（信访人的权利）",
        en="time to ask for a review (the person's right)",
        article="信访工作条例35条：收到处理意见之日起30日内请求复查",
        starts=("substantive_reply",),
        met_by=("review_requested",),
        not_after=("review_requested",),
        days=30,
        procedure_path="petition_opinion",
        kind="right",
        ends_with_matter=False,
        feature=False,
    ),
    ClockRule(
        code="recheck_window",
        zh="申请复核期限（信访人的权利）",
        en="time to ask for a recheck (the person's right)",
        article="信访工作条例36条：收到复查意见之日起30日内请求复核",
        starts=("remedy_answered",),
        met_by=("recheck_requested",),
        not_after=("recheck_requested",),
        days=30,
        procedure_path="petition_opinion",
        kind="right",
        ends_with_matter=False,
        feature=False,
    ),
    ClockRule(
        code="remedy_answer",
        zh="救济申请答复",
        en="answer to a remedy",
        article="信访工作条例35、36条（30日）",
        starts=("remedy_started",),
        met_by=("remedy_answered",),
        days=30,
        in_turn=True,
        ends_with_matter=False,
        feature=False,
    ),
)
BY_CODE = {rule.code: rule for rule in CLOCKS}
