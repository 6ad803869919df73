"""What the matter was registered as: fixed at registration, never a reason."""

from data import vocabulary
from features.feature import Feature
from features.measures import AttributeCode, AttributeNumber

_SOURCE = "登记信息（登记时固定）"


def _code(name: str, zh: str, en: str, levels: tuple[str, ...]) -> Feature:
    return Feature(
        name=name,
        zh=zh,
        en=en,
        unit="class",
        group="attributes",
        measure=AttributeCode(name, levels),
        high=float(len(levels)),
        source=_SOURCE,
        categorical=True,
        levels=levels,
    )


FEATURES: tuple[Feature, ...] = (
    _code("category", "案件类别", "category", tuple(vocabulary.CATEGORIES)),
    _code("cause", "诉求事由", "cause", tuple(vocabulary.CAUSES)),
    _code("procedure_path", "程序类别", "procedure path", tuple(vocabulary.PROCEDURES)),
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
