"""What a mapping's own kinds and attributes become: usable ones only, levels from the past only, no remedy ever."""

import json
from dataclasses import replace
from typing import Any

import pytest

from data.contract import Register
from data.errors import NotAllowed, SettingsError
from data.mapping import Mapping, load_mapping, parse_mapping
from data.times import DAY_US
from features.build import build_features
from features.catalog import CATALOG
from features.declared import feature_set, joined_set
from features.declared_plain import known_set, to_plain
from features.feature import FeatureSet
from tests.drawn import Fact
from tests.histories import at, event, register_of, seen, snapshots
from tests.measured import NO_CONTEXT

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


# ---- a register of one's own: the catalog, and what the site declares ----------------------------------------------

OWN = """
name = "own_ledger"
time_zone = "Asia/Shanghai"
numbering = "per_matter"
coverage = "full"
layout = "sheets"
[sheets.matters]
name = "信访事项"
[sheets.matters.columns]
matter = "事项编号"
office = "办理单位"
registered = "登记日期"
[sheets.events]
name = "办理记录"
[sheets.events.columns]
matter = "事项编号"
kind = "环节"
occurred = "发生日期"
[kinds]
"登记" = "registered"
"来信" = "letter"
"电话核实" = { added = "phone_check", role = "intake", zh = "电话核实", en = "checked by phone", owner = "控申部门", reason = "办理环节", source = "办理规程", confirmed_by = "案管部门" }
"口头答复" = { added = "told_orally", role = "reply", zh = "口头答复", en = "told orally", owner = "控申部门", reason = "办理环节", source = "办理规程", confirmed_by = "案管部门" }
"复查申请" = { added = "review_form", role = "remedy", zh = "复查申请", en = "review form", owner = "控申部门", reason = "办理环节", source = "办理规程", confirmed_by = "案管部门" }
[labels.claim_kind]
"货款" = "goods"
"工程款" = "works"
[attributes.claim]
column = "诉求类型"
dtype = "category"
labels = "claim_kind"
fixed_at = "registration"
describes = "matter"
owner = "控申部门"
reason = "登记时填写"
source = "登记办法"
confirmed_by = "案管部门"
[attributes.amount]
column = "涉及金额"
dtype = "money"
fixed_at = "registration"
describes = "matter"
owner = "控申部门"
reason = "登记时填写"
source = "登记办法"
confirmed_by = "案管部门"
[attributes.also_category]
column = "案件类别"
dtype = "category"
labels = "category"
fixed_at = "registration"
describes = "matter"
owner = "控申部门"
reason = "登记时填写"
source = "登记办法"
confirmed_by = "案管部门"
[task]
"""  # noqa: E501
DECLARED = ("amount", "claim", "phone_check_ever", "phone_check_365d", "days_since_phone_check")
HELD: tuple[Fact, ...] = (
    ("A1", "claim", "works", "2025-01-10"),
    ("A2", "claim", "goods", "2025-01-10"),
    ("A3", "claim", "works", "2025-01-11"),
    ("A1", "amount", 250_000, "2025-01-10"),
    ("A1", "also_category", "minors", "2025-01-10"),
)


def _own_register(*more: Fact) -> Register:
    opened = [event("2025-01-10", "letter"), event("2025-01-10", "registered")]
    histories = {"A1": [*opened, event("2025-02-01", "phone_check")], "A2": opened, "A3": opened}
    roles = {"phone_check": "intake", "told_orally": "reply", "review_form": "remedy"}
    return register_of(histories, attributes=[*HELD, *more], roles=roles)


def test_g26_what_a_site_declares_joins_the_catalog_and_what_a_matter_is_about_does_not() -> None:
    found = feature_set(parse_mapping(OWN), _own_register(), at("2025-06-01"))
    assert found.names[: len(CATALOG)] == CATALOG.names
    assert set(found.names[len(CATALOG) :]) == set(DECLARED)
    assert found.get("claim").levels == ("works", "goods")
    assert found.get("claim").zh == "诉求类型"


def test_g26_a_declared_feature_is_unconstrained_lifts_nothing_and_is_no_reason() -> None:
    found = feature_set(parse_mapping(OWN), _own_register(), at("2025-06-01"))
    for name in DECLARED:
        feature = found.get(name)
        assert (feature.sign, feature.contact_term, feature.reason_zh, feature.says_how) == (0, True, None, False), name
        assert (feature.owner, bool(feature.source)) == ("控申部门", True), name
        assert feature.describes == ("matter" if name in ("claim", "amount") else "handling"), name


def test_levels_are_the_same_a_year_later_and_what_is_new_is_unlisted() -> None:
    """Trained in June; a year later another word is held by more: the stored set reads as it did."""
    mapping = parse_mapping(OWN)
    trained = feature_set(mapping, _own_register(), at("2025-06-01"))
    later = _own_register(("A2", "claim", "goods", "2026-05-01"), ("A3", "claim", "land", "2026-05-01"))
    kept = known_set(json.loads(json.dumps(to_plain(trained))))
    assert kept.fingerprint == trained.fingerprint
    snaps = snapshots(later, seen("2026-05-31"))
    values = build_features(later, snaps, kept, context=NO_CONTEXT).join(
        later.matters.select("matter_id", "matter_no"), on="matter_id"
    )
    read = dict(values.select("matter_no", "claim").iter_rows())
    assert read == {"A1": 1.0, "A2": 2.0, "A3": 0.0}
    assert values.filter(matter_no="A1")["amount"].to_list() == [2500.0]
    assert values.filter(matter_no="A2")["amount"].to_list() == [-1.0]
    assert values.filter(matter_no="A1")["phone_check_ever"].to_list() == [1.0]


def test_g1_one_matter_online_reads_a_declared_feature_as_all_together_do() -> None:
    register = _own_register()
    found = feature_set(parse_mapping(OWN), register, at("2025-06-01"))
    snaps = snapshots(register, seen("2025-05-31"))
    together = build_features(register, snaps, found, context=NO_CONTEXT)
    for matter in register.matters["matter_id"]:
        alone = replace(
            register,
            matters=register.matters.filter(matter_id=matter),
            events=register.events.filter(matter_id=matter),
            attributes=register.attributes.filter(matter_id=matter),
        )
        own = build_features(alone, snaps.filter(matter_id=matter), found, context=NO_CONTEXT)
        assert own.equals(together.filter(matter_id=matter))


@pytest.mark.parametrize(
    "spoilt",
    [
        [{}],
        [{"measure": {"kind": "Counting"}}],
        [{"measure": {"kind": "Count", "kinds": ["letter"], "days": 3, "more": 1}, "name": "x"}],
        [{"measure": {"kind": "Count", "kinds": ["letter"]}, "name": "x"}],
        [{"measure": {"kind": "Count", "kinds": ["letter"], "days": 3}, "name": "x", "describes": "person"}],
    ],
)
def test_what_is_no_declared_feature_is_refused(spoilt: list[dict[str, Any]]) -> None:
    with pytest.raises(NotAllowed) as refused:
        known_set(spoilt)
    assert refused.value.code == "declared_refused"


def test_the_vocabulary_of_a_site_is_used_or_refused() -> None:
    unused = OWN.replace('labels = "claim_kind"', 'labels = "cause"')
    with pytest.raises(SettingsError) as refused:
        parse_mapping(unused)
    assert "claim_kind" in refused.value.text("zh")
    with pytest.raises(SettingsError) as wrong:
        parse_mapping(OWN.replace('"goods"', '"货"'))
    assert "labels.claim_kind.货款" in wrong.value.text("zh")


#: Another office's mapping: one attribute like the first one's, one of its own, and a step of its own.
OTHER = (
    OWN.replace('name = "own_ledger"', 'name = "other_ledger"').replace("phone_check", "home_visit")
    + """
[attributes.parties]
column = "当事人数"
dtype = "number"
fixed_at = "registration"
describes = "matter"
owner = "控申部门"
reason = "登记时填写"
source = "登记办法"
confirmed_by = "案管部门"
"""
)


def test_g26_what_several_offices_declare_is_learned_from_together() -> None:
    register = _own_register()
    own, other = parse_mapping(OWN), parse_mapping(OTHER)
    found = joined_set((other, own), register, at("2025-06-01"))
    assert found.names[: len(CATALOG)] == CATALOG.names
    alone = [feature_set(one, register, at("2025-06-01")).names for one in (own, other)]
    assert set(found.names) == {*alone[0], *alone[1]}
    assert {"parties", "phone_check_ever", "home_visit_ever", "claim"} <= set(found.names)
    assert (
        joined_set((own,), register, at("2025-06-01")).fingerprint
        == feature_set(own, register, at("2025-06-01")).fingerprint
    )


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (('dtype = "money"', 'dtype = "number"'), "amount"),
        (('"review_form", role = "remedy"', '"review_form", role = "intake"'), "review_form"),
        (
            (
                'dtype = "money"\nfixed_at = "registration"\ndescribes = "matter"',
                'dtype = "money"\nfixed_at = "registration"\ndescribes = "handling"',
            ),
            "amount",
        ),
    ],
)
def test_g26_offices_that_mean_different_things_by_one_name_are_refused(change: tuple[str, str], name: str) -> None:
    other = parse_mapping(OTHER.replace(*change))
    with pytest.raises(SettingsError, match=name) as refused:
        joined_set((parse_mapping(OWN), other), _own_register(), at("2025-06-01"))
    assert refused.value.code == "declared_unlike"
    assert "own_ledger" in str(refused.value)
