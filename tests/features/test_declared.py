"""What a mapping's own kinds and attributes become: usable ones only, levels from the past only, no remedy ever."""

import pytest

from data.mapping import Mapping, load_mapping, parse_mapping
from data.times import DAY_US
from features.build import build_features
from features.catalog import CATALOG
from features.declared import feature_set
from features.feature import FeatureSet
from tests.drawn import Fact
from tests.histories import at, event, register_of, seen, snapshots

HEAD = """
name = "invented"
time_zone = "Asia/Shanghai"
numbering = "per_matter"
coverage = "full"
layout = "event_per_row"
bench_only = true
[office]
id = "T01"
name = "试验台"
level = "county"
[columns]
matter = "m"
occurred = "t"
kind = "k"
[lag]
default_days = 0
[kinds]
"begin" = "registered"
"sent" = { added = "sent", role = "intake" }
"told" = { added = "told", role = "reply" }
"appeal" = { added = "appealed", role = "remedy" }
"aid" = { added = "aided", role = "help" }
"end" = "closed"
"""
FIXED = 'fixed_at = "registration"'
DATED = "dated = true"


def _attribute(name: str, dtype: str, when: str) -> str:
    return f"""
[attributes.{name}]
column = "{name}"
dtype = "{dtype}"
{when}
owner = "bench"
reason = "written down at registration"
source = "register"
"""


def _mapping(*attributes: str, task: str = '[task]\nlabel = ["appealed"]\n') -> Mapping:
    return parse_mapping(HEAD + "".join(attributes) + task)


def _set(*attributes: str, facts: tuple[Fact, ...] = (), before: str = "2025-02-01") -> FeatureSet:
    register = register_of({"A1": [event("2025-01-10", "registered")], "A2": []}, attributes=facts)
    return feature_set(_mapping(*attributes), register, at(before))


def test_the_own_ledger_is_measured_by_the_catalog_alone() -> None:
    register = register_of({"A1": [event("2025-01-10", "registered")]})
    assert feature_set(load_mapping("ledger"), register, at("2025-02-01")).fingerprint == CATALOG.fingerprint


def test_an_attribute_that_is_not_usable_never_becomes_a_feature() -> None:
    """Neither dated nor fixed at registration with a reason: nobody knows since when it was so."""
    shown = _attribute("worth", "money", "")
    used = _attribute("worth", "money", FIXED)
    assert "worth" not in _set(shown).names
    assert "worth" in _set(used).names


def test_a_day_is_no_feature_for_it_only_tells_how_late_in_the_register_a_matter_stands() -> None:
    assert not [name for name in _set(_attribute("signed_on", "day", FIXED)).names if "signed_on" in name]


def test_a_dated_number_is_kept_as_its_last_and_its_largest() -> None:
    found = _set(_attribute("worth", "money", DATED))
    assert {"worth", "worth_max"} <= set(found.names)
    assert "worth_max" not in _set(_attribute("worth", "money", FIXED)).names


def test_levels_are_read_off_facts_known_before() -> None:
    facts: tuple[Fact, ...] = (
        ("A1", "article", "157", "2025-01-10"),
        ("A2", "article", "157", "2025-01-11"),
        ("A2", "article", "142", "2025-01-31"),
        ("A1", "article", "7", "2025-02-01"),
    )
    article = _attribute("article", "category", FIXED)
    assert _set(article, facts=facts).get("article").levels == ("157", "142")
    assert _set(article, facts=facts, before="2025-02-02").get("article").levels == ("157", "142", "7")
    assert _set(article, facts=facts, before="2025-01-31").get("article").levels == ("157",)


def test_a_category_nobody_had_yet_is_no_feature() -> None:
    assert "article" not in _set(_attribute("article", "category", FIXED)).names


@pytest.mark.parametrize("code", ["appealed", "aided", "closed"])
def test_g26_remedies_help_and_ends_are_never_counted(code: str) -> None:
    assert not [name for name in _set().names if code in name]


def test_other_kinds_are_counted_and_timed() -> None:
    names = set(_set().names)
    for code in ("sent", "told", "registered"):
        assert {f"{code}_ever", f"{code}_30d", f"{code}_90d", f"{code}_365d", f"days_since_{code}"} <= names
    assert "age_days" in names


def test_the_values_of_declared_features() -> None:
    """Sent on 20 January; worth 30.00, from 1 February 45.00, then 20.00."""
    facts: list[Fact] = [
        ("A1", "worth", 3000, "2025-01-10"),
        ("A1", "worth", 4500, "2025-02-01"),
        ("A1", "worth", 2000, "2025-02-10"),
        ("A1", "article", "142", "2025-01-10"),
    ]
    history = [event("2025-01-10", "registered"), event("2025-01-20", "sent")]
    register = register_of({"A1": history}, attributes=facts, roles={"sent": "intake", "told": "reply"})
    mapping = _mapping(_attribute("worth", "money", DATED), _attribute("article", "category", FIXED))
    found = feature_set(mapping, register, register.observed_until)
    frame = build_features(register, snapshots(register, seen("2025-02-28"), seen("2025-01-09")), found)
    before, after = (frame.row(number, named=True) for number in (0, 1))
    assert (after["worth"], after["worth_max"], after["article"]) == (20.0, 45.0, 1.0)
    assert (before["worth"], before["worth_max"], before["article"]) == (-1.0, -1.0, 0.0)
    assert (after["sent_ever"], after["sent_30d"], after["sent_90d"], after["days_since_sent"]) == (1, 0, 1, 40)
    assert (after["told_ever"], after["days_since_told"]) == (0, 3650)
    assert (after["age_days"], before["age_days"]) == (50, 0)
    for feature in found:
        if feature.name not in ("age_days",):
            assert before[feature.name] == feature.empty, feature.name


def test_levels_do_not_change_with_what_is_learned_later() -> None:
    """The fingerprint of a set is that of its past: facts known at or after the edge alter nothing."""
    article = _mapping(_attribute("article", "category", FIXED))
    past: list[Fact] = [("A1", "article", "157", "2025-01-10")]
    edge = at("2025-02-01")
    one = register_of({"A1": [], "A2": []}, attributes=past)
    two = register_of({"A1": [], "A2": []}, attributes=[*past, ("A2", "article", "142", "2025-02-01")])
    assert feature_set(article, one, edge).fingerprint == feature_set(article, two, edge).fingerprint
    assert feature_set(article, two, edge + DAY_US).fingerprint != feature_set(article, two, edge).fingerprint
