"""How the catalog is told to people: its groups, and each feature's facts as plain data."""

from typing import Any

from features.feature import Feature

#: Groups in reading order.
GROUPS: dict[str, tuple[str, str]] = {
    "recurrence": ("再次反映", "raised again"),
    "joint": ("多人反映", "joint submissions"),
    "stage": ("办理阶段", "stage of handling"),
    "reply": ("答复与时限", "replies and clocks"),
    "promise": ("承诺、差错与评价", "promises, errors and ratings"),
    "office": ("办理单位背景", "office context"),
    "attributes": ("事项", "the matter"),
    "calendar": ("日历", "calendar"),
}
_SIGNS = {1: "+", -1: "−", 0: "±"}


def sign_words(feature: Feature) -> str:
    """The declared direction as one sign."""
    return _SIGNS[feature.sign]


def entry(feature: Feature) -> dict[str, Any]:
    """One feature's facts as plain data, for JSON and pages."""
    return {
        "name": feature.name,
        "zh": feature.zh,
        "en": feature.en,
        "group": feature.group,
        "unit": feature.unit,
        "empty": feature.empty,
        "sign": feature.sign,
        "low": feature.low,
        "high": feature.high,
        "owner": feature.owner,
        "source": feature.source,
        "reason_zh": feature.reason_zh,
        "reason_en": feature.reason_en,
        "contact_term": feature.contact_term,
        "levels": list(feature.levels),
    }
