"""How often the matter was raised again, and how that stands to our last substantive contact."""

from features.feature import Feature
from features.measures import AgeDays, Count, CountSince, DaysSinceRenewed, Gap, Renewed, Waiting

_RAISED = ("raised_again",)
_SOURCE = "[S0][S2] 信访隐患排查：重复反映情况"


def _again(days: int | None, high: float) -> Feature:
    zh = "累计" if days is None else f"近{days}天"
    en = "so far" if days is None else f"in the last {days} days"
    return Feature(
        name="raised_again_ever" if days is None else f"raised_again_{days}d",
        zh=f"{zh}再次反映次数",
        en=f"times raised again {en}",
        unit="times",
        group="recurrence",
        measure=Renewed(("contact",), days),
        sign=1,
        high=high,
        source=_SOURCE,
        reason_zh=f"我院尚未化解，{zh}再次反映{{value}}次",
        reason_en=f"our office has not resolved it; raised again {{value}} times {en}",
        contact_term=True,
    )


def _by_channel(kind: str, name: str, zh: str, en: str, days: int) -> Feature:
    # Told to nobody and no filter, column or sort key anywhere (red line 7): reasons say 再次反映 only.
    return Feature(
        name=f"{name}_{days}d",
        zh=f"近{days}天再次{zh}次数",
        en=f"{en} after the first in the last {days} days",
        unit="times",
        group="recurrence",
        measure=Renewed((kind,), days),
        sign=1,
        high=120,
        source=_SOURCE,
        contact_term=True,
    )


FEATURES: tuple[Feature, ...] = (
    _again(None, 200),
    _again(30, 60),
    _again(90, 120),
    _again(180, 160),
    _again(365, 200),
    Feature(
        name="from_above_ever",
        zh="上级交办转送次数",
        en="times assigned or forwarded from above",
        unit="times",
        group="recurrence",
        measure=Count(("from_above",)),
        sign=1,
        high=60,
        source=_SOURCE,
        contact_term=True,
    ),
    Feature(
        name="from_above_365d",
        zh="近365天上级交办转送次数",
        en="times assigned or forwarded from above in the last 365 days",
        unit="times",
        group="recurrence",
        measure=Count(("from_above",), 365),
        sign=1,
        high=60,
        source=_SOURCE,
        contact_term=True,
    ),
    *(
        _by_channel(kind, name, zh, en, days)
        for kind, name, zh, en in (
            ("letter", "letters", "来信", "letters"),
            ("visit", "visits", "来访", "visits"),
            ("online", "online", "网上反映", "online filings"),
            ("call", "calls", "来电", "calls"),
        )
        for days in (90, 365)
    ),
    Feature(
        name="raised_since_any_reply",
        zh="上次任何答复后再次反映次数",
        en="times raised again since our last reply of any kind",
        unit="times",
        group="recurrence",
        measure=CountSince(_RAISED, ("substantive_contact", "procedural_reply", "progress_reply"), or_receipt=True),
        sign=1,
        high=200,
        source=_SOURCE,
        reason_zh="我院自上次答复（无答复的自收件）以来未再回应，其间再次反映{value}次",
        reason_en="our office has not replied since its last reply, or since receipt; raised again {value} times",
        contact_term=True,
    ),
    Feature(
        name="raised_since_substantive",
        zh="上次实质沟通后再次反映次数",
        en="times raised again since our last substantive contact",
        unit="times",
        group="recurrence",
        measure=CountSince(_RAISED, ("substantive_contact",), or_receipt=True),
        sign=1,
        high=200,
        source=_SOURCE,
        reason_zh="我院上次实质沟通后未再说明，其间再次反映{value}次",
        reason_en="our office has not explained further since its last substantive contact; raised again {value} times",
        contact_term=True,
    ),
    Feature(
        name="waiting_for_answer_days",
        zh="再次反映后未获答复天数",
        en="days a renewed contact has waited for our answer",
        unit="days",
        group="recurrence",
        measure=Waiting(_RAISED, ("substantive_contact",)),
        sign=1,
        high=730,
        source=_SOURCE,
        reason_zh="我院收到反映后已{value}天未作实质答复",
        reason_en="our office has left a contact without a substantive answer for {value} days",
        told_from=15,
    ),
    Feature(
        name="days_since_raised_again",
        zh="距上次再次反映天数",
        en="days since last raised again",
        unit="days",
        group="recurrence",
        measure=DaysSinceRenewed(_RAISED, empty=3650.0),
        empty=3650.0,
        high=3650,
        source=_SOURCE,
        contact_term=True,
    ),
    Feature(
        name="contact_gap_last_days",
        zh="最近两次反映间隔天数",
        en="days between the last two contacts",
        unit="days",
        group="recurrence",
        measure=Gap(("contact",), empty=3650.0),
        empty=3650.0,
        high=3650,
        source=_SOURCE,
        contact_term=True,
    ),
    Feature(
        name="contact_gap_mean_days",
        zh="反映平均间隔天数",
        en="mean days between contacts",
        unit="days",
        group="recurrence",
        measure=Gap(("contact",), empty=3650.0, mean=True),
        empty=3650.0,
        high=3650,
        source=_SOURCE,
        contact_term=True,
    ),
    Feature(
        name="age_days",
        zh="收件至今天数",
        en="days since receipt",
        unit="days",
        group="recurrence",
        measure=AgeDays(),
        high=3650,
        source=_SOURCE,
    ),
)
