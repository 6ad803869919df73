"""Where a matter falls in the year: days on which nobody works, for answers wait over holidays."""

from features.calendar_measures import RestDaysAfterReceipt, RestDaysAhead
from features.feature import Feature

_SOURCE = "国务院节假日安排（可在设置中调整）"

FEATURES: tuple[Feature, ...] = (
    Feature(
        name="rest_days_ahead_30d",
        zh="今后30天休息日数",
        en="days off in the next 30 days",
        unit="days",
        group="calendar",
        measure=RestDaysAhead(30),
        high=30,
        source=_SOURCE,
    ),
    Feature(
        name="rest_days_after_receipt",
        zh="收件后7天内休息日数",
        en="days off in the seven days after receipt",
        unit="days",
        group="calendar",
        measure=RestDaysAfterReceipt(7),
        high=7,
        source=_SOURCE,
    ),
)
