"""What the matter was registered as: fixed at registration, never a reason.

Category, cause and procedure path decide which clocks and which help apply; they do not rank (ADR 0005).  What
they say about the past reaches the model through the stored office context alone.
"""

from features.attribute_measures import AttributeNumber
from features.feature import Feature

_SOURCE = "登记信息（登记时固定）"

FEATURES: tuple[Feature, ...] = (
    Feature(
        name="first_time",
        zh="首次反映",
        en="first-time matter",
        unit="yes/no",
        group="attributes",
        measure=AttributeNumber("first_time", empty=1.0),
        empty=1.0,
        high=1,
        source=_SOURCE,
    ),
    Feature(
        name="reply_possible",
        zh="可否答复",
        en="reply possible",
        unit="yes/no",
        group="attributes",
        measure=AttributeNumber("reply_possible", empty=1.0),
        empty=1.0,
        high=1,
        source=_SOURCE,
    ),
)
