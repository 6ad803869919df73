"""Which duties of ours have a clock: one dated table of rules, each with its article.

Sources: domain facts, "Clocks"; what a source leaves open is a setting of the table, never a constant elsewhere.
"""

from dataclasses import dataclass
from enum import IntEnum

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

    `starts` are kinds (each event starts a clock of its own) or empty for the receipt of the matter.  Exactly one
    of `days`, `months` or neither (then the starting event carries its due date).  `monthly_after` names the clock
    from whose due date on (extensions granted aside) one follow-up a month is owed.  `pauses`: time the matter stood
    suspended or ended does not count.  `working_days`: days are working days where the setting says so.  `feature`
    is false for clocks that a remedy starts.
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
    working_days: bool = False
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
        working_days=True,
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
