"""Which clocks of ours run, were met or missed, and what our answers lacked."""

from data.vocabulary import REPLY_PARTS
from features.answer_measures import MissingParts, PartMissing
from features.clock_measures import ClockMissed, ClockOverdueDays, ClockShare, ClocksOverdue, NearestDue
from features.clock_rules import BY_CODE
from features.feature import Feature
from features.measures import Count, DaysSince, Lacks

_PARTS = "答复要件：诉求、事实、理由、意见、依据"


def _missed(code: str) -> Feature:
    rule = BY_CODE[code]
    return Feature(
        name=f"{code}_missed",
        zh=f"{rule.zh}超期次数",
        en=f"{rule.en}: times missed",
        unit="times",
        group="reply",
        measure=ClockMissed(code),
        sign=1,
        high=200,
        source=rule.article,
        reason_zh=f"我院“{rule.zh}”超期或未办{{value}}次",
        reason_en=f"our office missed \u201c{rule.en}\u201d {{value}} times",
    )


def _overdue(code: str) -> Feature:
    rule = BY_CODE[code]
    return Feature(
        name=f"{code}_overdue_days",
        zh=f"{rule.zh}已逾期天数",
        en=f"{rule.en}: days overdue",
        unit="days",
        group="reply",
        measure=ClockOverdueDays(code),
        sign=1,
        high=730,
        source=rule.article,
        reason_zh=f"我院逾期{{value}}天未办“{rule.zh}”",
        reason_en=f"our office is {{value}} days late with \u201c{rule.en}\u201d",
    )


def _share(code: str) -> Feature:
    rule = BY_CODE[code]
    return Feature(
        name=f"{code}_share",
        zh=f"{rule.zh}时限已用比例",
        en=f"{rule.en}: share of time used",
        unit="share",
        group="reply",
        measure=ClockShare(code),
        sign=1,
        high=3,
        source=rule.article,
    )


def _days_left(code: str) -> Feature:
    rule = BY_CODE[code]
    return Feature(
        name=f"{code}_days_left",
        zh=f"{rule.zh}剩余天数",
        en=f"{rule.en}: days left",
        unit="days",
        group="reply",
        measure=NearestDue(code),
        empty=400.0,
        sign=-1,
        low=-400,
        high=400,
        source=rule.article,
    )


def _part_missing(code: str) -> Feature:
    bit, zh, en = REPLY_PARTS[code]
    return Feature(
        name=f"reply_lacks_{code}",
        zh=f"答复未载明{zh}",
        en=f"no reply states the {en}",
        unit="yes/no",
        group="reply",
        measure=PartMissing(bit),
        empty=1.0,
        sign=1,
        high=1,
        source=_PARTS,
        reason_zh=f"我院尚无载明“{zh}”的答复",
        reason_en=f"our office has given no reply that states the {en}",
    )


FEATURES: tuple[Feature, ...] = (
    _missed("same_day_registration"),
    _missed("procedural_reply"),
    _missed("substantive_reply"),
    _missed("monthly_follow_up"),
    _missed("urgent"),
    _missed("transfer_told"),
    _missed("assigned_report"),
    _missed("petition_opinion"),
    _overdue("procedural_reply"),
    _overdue("substantive_reply"),
    _overdue("monthly_follow_up"),
    _overdue("transfer_told"),
    _overdue("assigned_report"),
    _share("procedural_reply"),
    _share("substantive_reply"),
    _share("monthly_follow_up"),
    _share("transfer_told"),
    _share("assigned_report"),
    _share("petition_opinion"),
    _days_left("procedural_reply"),
    _days_left("substantive_reply"),
    _days_left("monthly_follow_up"),
    Feature(
        name="duties_overdue",
        zh="当前逾期义务项数",
        en="duties overdue now",
        unit="duties",
        group="reply",
        measure=ClocksOverdue(),
        sign=1,
        high=60,
        source="[S0][S2] 两个百分百",
        reason_zh="我院当前有{value}项义务逾期未办",
        reason_en="our office has {value} duties overdue",
    ),
    Feature(
        name="clocks_missed",
        zh="各项时限超期总次数",
        en="duties missed in all",
        unit="times",
        group="reply",
        measure=ClockMissed(),
        sign=1,
        high=400,
        source="[S0][S2] 两个百分百",
        reason_zh="我院各项办理时限累计超期{value}次",
        reason_en="our office has missed {value} duties in all",
    ),
    Feature(
        name="nearest_due_days",
        zh="最近一项义务到期天数",
        en="days until the nearest duty is due",
        unit="days",
        group="reply",
        measure=NearestDue(),
        empty=400.0,
        sign=-1,
        low=-400,
        high=400,
        source="[S0][S2] 两个百分百",
    ),
    Feature(
        name="days_since_substantive_contact",
        zh="距上次实质沟通天数",
        en="days since our last substantive contact",
        unit="days",
        group="reply",
        measure=DaysSince(("substantive_contact",), or_receipt=True, cap=1095.0),
        sign=1,
        high=1095,
        source="[S0] 答复后回访、释法说理",
        reason_zh="我院已{value}天没有实质沟通",
        reason_en="our office has had no substantive contact for {value} days",
        told_from=45,
    ),
    Feature(
        name="days_since_any_reply",
        zh="距上次任何答复天数",
        en="days since our last reply of any kind",
        unit="days",
        group="reply",
        measure=DaysSince(("reply",), or_receipt=True, cap=1095.0),
        sign=1,
        high=1095,
        source="[S0] 群众信访件件有回复",
        reason_zh="我院已{value}天没有任何答复",
        reason_en="our office has given no reply of any kind for {value} days",
        told_from=45,
    ),
    Feature(
        name="substantive_replies",
        zh="实质答复次数",
        en="substantive replies given",
        unit="times",
        group="reply",
        measure=Count(("substantive_reply",)),
        sign=-1,
        high=50,
        source="[S0][S2] 三个月答复",
    ),
    Feature(
        name="explanation_missing",
        zh="尚未释法说理",
        en="no explanation yet",
        unit="yes/no",
        group="reply",
        measure=Lacks(("explanation",)),
        empty=1.0,
        sign=1,
        high=1,
        source="[S0] 释法说理",
    ),
    Feature(
        name="reply_parts_missing",
        zh="答复要件缺项数",
        en="parts missing in our fullest reply",
        unit="parts",
        group="reply",
        measure=MissingParts(),
        empty=5.0,
        sign=1,
        high=5,
        source=_PARTS,
        reason_zh="我院尚无要件齐全的答复，尚缺{value}项（诉求、事实、理由、意见、依据）",
        reason_en="our office has given no complete reply yet: {value} of its five parts are lacking",
        told_below=5,
    ),
    *(_part_missing(code) for code in REPLY_PARTS),
)
