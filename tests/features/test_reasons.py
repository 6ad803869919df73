"""Reasons: our office the subject, no kind of contact told, one of a family, the strongest first."""

import re

import pytest

from data import vocabulary
from features.catalog import CATALOG
from features.feature import Feature
from features.reasons import parts_of, reasons, sentence

SPOKEN = [feature for feature in CATALOG if feature.reason_zh is not None]
CONTACT_KINDS = [
    kind for kind in vocabulary.KINDS if kind.role in (vocabulary.Role.CONTACT, vocabulary.Role.FROM_ABOVE)
]
#: A value at which each feature is told.
VALUES = {feature.name: max(2.0, feature.told_from) for feature in CATALOG}


def _told(points: dict[str, int], values: dict[str, float] | None = None, top: int = 3) -> list[str]:
    contributions = [points.get(name, 0) for name in CATALOG.names]
    return [reason.feature for reason in reasons(parts_of(CATALOG), contributions, values or VALUES, top=top)]


@pytest.mark.parametrize("feature", SPOKEN, ids=lambda feature: feature.name)
def test_g8_our_office_is_the_subject(feature: Feature) -> None:
    zh, en = sentence(feature, 12.0)
    assert zh.startswith("我院")
    assert re.match(r"our (office|handling|result)\b", en)
    assert "{" not in zh + en


@pytest.mark.parametrize("feature", SPOKEN, ids=lambda feature: feature.name)
def test_no_reason_tells_how_a_matter_came_back(feature: Feature) -> None:
    zh, en = sentence(feature, 12.0)
    words = {word for kind in CONTACT_KINDS for word in (kind.zh, kind.en)} | {"来信", "来访", "网上", "visit"}
    words |= {"多人", "joint", "人数", "交办", "转送", "above", "letter"}
    # Reporting an assigned matter back is a duty of ours, not a way in which it came.
    if not feature.name.startswith("assigned_report"):
        assert not [word for word in words if word in zh or word in en]


def test_joint_and_upward_terms_are_never_told() -> None:
    for feature in CATALOG:
        if feature.group == "joint" or feature.name == "from_above_ever":
            assert feature.reason_zh is None, feature.name


def test_what_the_matter_is_and_what_its_office_carries_is_never_told() -> None:
    assert all(feature.reason_zh is None for feature in CATALOG if feature.group in ("attributes", "office"))


def test_the_strongest_come_first_and_only_what_raises() -> None:
    assert _told({"extended_times": 5, "urged_times": 9, "handler_changes": -3, "returned_times": 7}) == [
        "urged_times",
        "returned_times",
        "extended_times",
    ]
    assert _told({"extended_times": 0, "urged_times": -1}) == []


@pytest.mark.parametrize(
    "family",
    [
        (
            "raised_again_ever",
            "raised_again_30d",
            "raised_again_90d",
            "raised_again_180d",
            "raised_again_365d",
            "raised_since_substantive",
        ),
        ("monthly_follow_up_missed", "monthly_follow_up_overdue_days"),
        ("substantive_reply_missed", "substantive_reply_overdue_days"),
        ("transfer_told_missed", "transfer_told_overdue_days"),
        ("assigned_report_missed", "assigned_report_overdue_days"),
        ("promises_broken", "promise_overdue_days"),
        ("rated_unsolved", "rated_unsolved_unvisited"),
    ],
)
def test_of_one_family_only_the_strongest_is_told(family: tuple[str, ...]) -> None:
    for strongest in family:
        points = dict.fromkeys(family, 5) | {strongest: 6}
        assert _told(points, top=9) == [strongest]


def test_a_value_that_would_read_as_zero_is_not_told() -> None:
    assert _told({"urged_times": 5}, VALUES | {"urged_times": 0.0}) == []
    assert _told({"stage_days": 5}, VALUES | {"stage_days": 0.4}) == []
    # Below what anybody would act on, a number of days is no reason either.
    assert _told({"idle_days": 5}, VALUES | {"idle_days": 29.0}) == []
    assert _told({"idle_days": 5}, VALUES | {"idle_days": 30.0}) == ["idle_days"]
    assert _told({"reply_parts_missing": 5}, VALUES | {"reply_parts_missing": 5.0}) == []


def test_a_reason_carries_its_points_and_both_sentences() -> None:
    [reason] = reasons(parts_of(CATALOG), [7 if name == "urged_times" else 0 for name in CATALOG.names], VALUES)
    assert reason.as_dict() == {
        "feature": "urged_times",
        "points_nano": 7,
        "value": 2.0,
        "zh": "我院承办环节被催办2次",
        "en": "our handling had to be urged 2 times",
    }


def test_equal_points_are_told_in_one_order() -> None:
    names = [feature.name for feature in SPOKEN if feature.group == "stage"]
    assert _told(dict.fromkeys(names, 5), top=3) == sorted(names)[:3]


def test_contributions_must_be_those_of_the_set() -> None:
    with pytest.raises(ValueError, match="zip"):
        reasons(parts_of(CATALOG), [1], VALUES)


def test_a_pair_is_told_as_one_reason_in_the_sentences_of_both() -> None:
    first, second = CATALOG.get("monthly_follow_up_missed"), CATALOG.get("days_since_substantive_contact")
    pair = (first.name, second.name)
    contributions = [1 if name == first.name else 0 for name in CATALOG.names] + [5]
    (told,) = reasons(parts_of(CATALOG, [pair]), contributions, VALUES)
    assert told.feature == " × ".join(pair)
    assert told.points_nano == 5
    sentences = [sentence(feature, VALUES[feature.name]) for feature in (first, second)]
    assert told.zh == "；".join(zh for zh, _ in sentences)
    assert told.en == "; ".join(en for _, en in sentences)
    assert all(part.startswith("我院") for part in told.zh.split("；"))


def test_of_a_pair_only_what_says_something_and_is_not_told_yet_is_said() -> None:
    first, second = CATALOG.get("monthly_follow_up_missed"), CATALOG.get("days_since_substantive_contact")
    pair = (first.name, second.name)
    quiet = {**VALUES, second.name: second.told_from - 1}
    (told,) = reasons(parts_of(CATALOG, [pair]), [0] * len(CATALOG) + [5], quiet)
    assert told.zh == sentence(first, VALUES[first.name])[0]
    contributions = [9 if name == first.name else 0 for name in CATALOG.names] + [5]
    alone, again = reasons(parts_of(CATALOG, [pair]), contributions, VALUES)
    assert (alone.feature, again.feature) == (first.name, " × ".join(pair))
    assert again.zh == sentence(second, VALUES[second.name])[0]
