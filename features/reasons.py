"""Why a matter stands where it stands, in sentences whose subject is our office."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from features.feature import Feature, FeatureSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One reason: the feature, what it adds to the margin (nano log-odds), its value and both sentences.

    For a table of two features `feature` is "first × second" and `value` that of the one whose sentence comes first.
    """

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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """A part of the margin: the names of its features, what to call it, and those that have words, by family."""

    names: tuple[str, ...]
    label: str
    telling: tuple[tuple[str, Feature], ...]


def parts_of(feature_set: FeatureSet, pairs: Sequence[tuple[str, str]] = ()) -> tuple[Part, ...]:
    """The parts of a margin: one a feature, then one for each of `pairs` (names of two features whose table adds to
    it). The same for every matter of a list."""
    groups: list[tuple[Feature, ...]] = [(feature,) for feature in feature_set]
    groups += [(feature_set.get(first), feature_set.get(second)) for first, second in pairs]
    return tuple(
        Part(
            names=(names := tuple(feature.name for feature in group)),
            label=" × ".join(names),
            telling=tuple((_family(feature), feature) for feature in group if feature.reason_zh is not None),
        )
        for group in groups
    )


def reasons(
    parts: Sequence[Part], contributions: Sequence[int], values: Mapping[str, float], *, top: int = 3
) -> list[Reason]:
    """The `top` parts of the margin that raise it most and have words for it.

    `contributions` are nano log-odds in the order of `parts`; a pair is told as one reason, in the sentences of its
    features that say something.  Of one group's near-duplicates (say, contacts in several windows) only the strongest
    is told, so that a list does not say one thing three times.
    """
    # Compared are points, then names: no two parts have the same.
    ranked = sorted(
        (-points, part.names, part) for points, part in zip(contributions, parts, strict=True) if points > 0
    )
    told: set[str] = set()
    chosen: list[Reason] = []
    for lowered, _, part in ranked:
        telling = {
            family: feature
            for family, feature in reversed(part.telling)
            if family not in told and feature.told_from <= float(values[feature.name]) < feature.told_below
        }
        if not telling:
            continue
        told |= telling.keys()
        saying = [feature for family, feature in part.telling if telling.get(family) is feature]
        sentences = [sentence(feature, float(values[feature.name])) for feature in saying]
        chosen.append(
            Reason(
                feature=part.label,
                points_nano=-int(lowered),
                value=float(values[saying[0].name]),
                zh="；".join(zh for zh, _ in sentences),
                en="; ".join(en for _, en in sentences),
            )
        )
        if len(chosen) == top:
            break
    return chosen


#: Features that tell the same thing under names of their own.
_FAMILIES = {
    "promises_broken": "promise",
    "rated_unsolved_unvisited": "rated_unsolved",
    "rated_unsolved_times": "rated_unsolved",
    "duties_overdue": "clocks_missed",
    "days_since_any_reply": "days_since_substantive_contact",
    "reply_parts_missing": "reply_parts",
}


def _family(feature: Feature) -> str:
    for suffix in ("_missed", "_overdue_days", "_share"):
        if feature.name.endswith(suffix):
            return feature.name.removesuffix(suffix)
    if feature.name.startswith("reply_lacks_"):
        return "reply_parts"
    return (
        "contacts"
        if feature.contact_term and feature.group == "recurrence"
        else _FAMILIES.get(feature.name, feature.name)
    )
