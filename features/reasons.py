"""Why a matter stands where it stands, in sentences whose subject is our office."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from features.feature import Feature, FeatureSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One reason: the feature, what it adds to the margin (nano log-odds), its value and both sentences."""

    feature: str
    points_nano: int
    value: float
    zh: str
    en: str

    def as_dict(self) -> dict[str, object]:
        """The reason as plain data."""
        return {
            "feature": self.feature,
            "points_nano": self.points_nano,
            "value": self.value,
            "zh": self.zh,
            "en": self.en,
        }


def sentence(feature: Feature, value: float) -> tuple[str, str]:
    """The feature's reason in Chinese and English with its value filled in, empty where it has none."""
    shown = f"{value:.0f}"
    zh = (feature.reason_zh or "").replace("{value}", shown)
    en = (feature.reason_en or "").replace("{value}", shown)
    return zh, en


def reasons(
    feature_set: FeatureSet, contributions: Sequence[int], values: Mapping[str, float], *, top: int = 3
) -> list[Reason]:
    """The `top` features that raise the margin most and have words for it.

    `contributions` are nano log-odds in the order of `feature_set`; of one group's near-duplicates (say, contacts
    in several windows) only the strongest is told, so that a list does not say one thing three times.
    """
    ranked = sorted(
        ((points, feature) for points, feature in zip(contributions, feature_set, strict=True) if points > 0),
        key=lambda pair: (-pair[0], pair[1].name),
    )
    told: set[str] = set()
    chosen: list[Reason] = []
    for points, feature in ranked:
        value = float(values[feature.name])
        family = _family(feature)
        telling = feature.told_from <= value < feature.told_below
        if feature.reason_zh is None or family in told or not telling:
            continue
        told.add(family)
        zh, en = sentence(feature, value)
        chosen.append(Reason(feature=feature.name, points_nano=int(points), value=value, zh=zh, en=en))
        if len(chosen) == top:
            break
    return chosen


#: Features that tell the same thing under names of their own.
_FAMILIES = {"promises_broken": "promise", "rated_unsolved_unvisited": "rated_unsolved"}


def _family(feature: Feature) -> str:
    for suffix in ("_missed", "_overdue_days", "_share"):
        if feature.name.endswith(suffix):
            return feature.name.removesuffix(suffix)
    return (
        "contacts"
        if feature.contact_term and feature.group == "recurrence"
        else _FAMILIES.get(feature.name, feature.name)
    )
