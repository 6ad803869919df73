"""The one door to the matrix: its shape and order, its fingerprint, facts apart, context asked for, working days."""

from dataclasses import replace

import polars as pl
import pytest

from data.errors import SettingsError
from features.build import build_features, split_facts
from features.catalog import CATALOG
from features.clock_measures import ClockMissed
from features.facts import COLUMNS
from features.feature import FeatureSet
from features.measures import Count
from features.timing import Timing
from tests.drawn import many
from tests.histories import event, register_of, seen, snapshots
from tests.measured import NO_CONTEXT

OPENED = [event("2025-01-10", "letter"), event("2025-01-10", "registered")]
OWN = FeatureSet(features=tuple(feature for feature in CATALOG if feature.group != "office"))


def test_rows_are_sorted_once_each_and_of_known_matters_only() -> None:
    register = register_of({"A1": OPENED, "A2": OPENED})
    asked = snapshots(register, seen("2025-03-31"), seen("2025-01-31"))
    stranger = pl.DataFrame({"matter_id": ["nobody"], "cutoff": [seen("2025-01-31")]})
    frame = build_features(register, pl.concat([asked, asked, stranger]), OWN)
    assert frame.columns == ["matter_id", "cutoff", *OWN.names]
    assert frame.select("matter_id", "cutoff").equals(asked.sort("matter_id", "cutoff"))
    assert set(frame.select(OWN.names).dtypes) == {pl.Float64}


def test_no_snapshots_no_rows_but_every_column() -> None:
    register = register_of({"A1": OPENED})
    frame = build_features(register, snapshots(register).clear(), CATALOG, context=NO_CONTEXT, with_facts=True)
    assert frame.is_empty()
    assert frame.columns == ["matter_id", "cutoff", *CATALOG.names, *(f"fact:{name}" for name in COLUMNS)]


def test_facts_come_apart_under_their_own_names() -> None:
    register = register_of({"A1": OPENED})
    frame = build_features(register, snapshots(register, seen("2025-01-31")), OWN, with_facts=True)
    matrix, facts = split_facts(frame)
    assert matrix.columns == ["matter_id", "cutoff", *OWN.names]
    assert facts.columns == ["matter_id", "cutoff", *COLUMNS]
    assert facts["age_days"].to_list() == [22.0]


def test_office_features_without_their_stored_rows_are_refused() -> None:
    register = register_of({"A1": OPENED})
    with pytest.raises(SettingsError) as refused:
        build_features(register, snapshots(register, seen("2025-01-31")), CATALOG)
    assert refused.value.code == "office_context_missing"


def test_the_fingerprint_tells_every_change_that_moves_a_value() -> None:
    first, *rest = CATALOG.features
    changes = {
        "measure": replace(first, measure=Count(("contact",), 29)),
        "kind of measure": replace(first, measure=ClockMissed()),
        "name": replace(first, name="contacts_in_all"),
        "empty": replace(first, empty=1.0),
        "sign": replace(first, sign=0),
        "contact term": replace(first, contact_term=False),
        "levels": replace(first, levels=("a",)),
    }
    prints = {what: FeatureSet(features=(one, *rest)).fingerprint for what, one in changes.items()}
    assert CATALOG.fingerprint not in prints.values()
    assert len(set(prints.values())) == len(prints)
    assert FeatureSet(features=(*rest, first)).fingerprint != CATALOG.fingerprint


def test_the_fingerprint_does_not_change_with_words() -> None:
    first, *rest = CATALOG.features
    reworded = replace(first, zh="换个说法", reason_zh="我院换个说法", owner="someone else")
    assert FeatureSet(features=(reworded, *rest)).fingerprint == CATALOG.fingerprint
    assert FeatureSet(features=tuple(CATALOG)).fingerprint == CATALOG.fingerprint


def test_a_feature_declared_twice_is_refused() -> None:
    with pytest.raises(SettingsError, match="raised_again_ever"):
        CATALOG + FeatureSet(features=(CATALOG.get("raised_again_ever"),))


def test_working_days_reach_features_and_facts() -> None:
    """Received on 28 September 2025: seven days end on 5 October, seven working days on 14 October."""
    register = register_of({"A1": [event("2025-09-28", "letter"), event("2025-09-28", "registered")]})
    snaps = snapshots(register, seen("2025-10-10"))
    for working, missed in ((False, 1.0), (True, 0.0)):
        timing = Timing(working_days=working)
        row = build_features(register, snaps, OWN, with_facts=True, timing=timing).row(0, named=True)
        assert row["procedural_reply_missed"] == missed
        assert row["fact:must_act"] == bool(missed)


def test_a_context_row_can_be_replaced_without_moving_anything_else() -> None:
    _, histories, facts = many(3, 40)
    register = register_of(histories, attributes=facts)
    snaps = snapshots(register, seen("2025-09-30"))
    with_context = build_features(register, snaps, CATALOG, context=NO_CONTEXT)
    assert with_context.select(OWN.names).equals(build_features(register, snaps, OWN).select(OWN.names))
