"""One matter alone, in plain Python, against the kernel: the same bits for every feature, clock setting and zone."""

import importlib
import pkgutil
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import features
from data import vocabulary
from data.clock_settings import ClockSettings, PathClock
from data.contract import OfficeContext, Register
from data.errors import SettingsError
from data.times import DAY_US
from features.alone.compiled import compiled
from features.alone.measures import TERMS
from features.attribute_measures import AttributeCode, AttributeMax, AttributeNumber
from features.build import build_features, one_matter
from features.catalog import CATALOG
from features.clock_measures import ClockMissed, ClockShare
from features.feature import Feature, FeatureSet, Measure
from features.history import make_history
from features.kernel import Floats, View
from features.measures import Count, DaysSince, Gap, Occurred, Waiting
from features.step_measures import DaysBetween
from features.stored_context import stored_context
from features.timing import SHIPPED, Timing, timing_of
from tests.drawn import SPAN, day, many, one_event
from tests.histories import OFFICE, event, register_of, seen

PATH = PathClock(
    code="own_path",
    zh="本院路径时限",
    en="a clock of the office's own",
    article="invented",
    procedure_path="petition_opinion",
    starts=("accepted",),
    met_by=("substantive_reply",),
    days=15,
)
TIMINGS = (
    SHIPPED,
    timing_of(ClockSettings(calendar="working", reply_from="acceptance", paths=(PATH,))),
    timing_of(ClockSettings(calendar="working", rest_days=(date(2025, 3, 11),), work_days=(date(2025, 3, 15),))),
)
ZONES = ("Asia/Shanghai", "Europe/Rome", "America/Sao_Paulo", "Australia/Lord_Howe")
#: Kinds of measures, and settings of them, that the catalog does not use today.
MORE: tuple[Measure, ...] = (
    AttributeMax("first_time", empty=-1.0, scale=0.01),
    AttributeNumber("first_time", empty=-1.0, scale=0.01),
    AttributeCode("cause", ("demolition", "wages")),
    AttributeCode("category", tuple(vocabulary.CATEGORIES)[::-1]),
    Occurred(("contact",), 30),
    Count(("phone_check",), 365),
    DaysSince(("contact", "from_above"), empty=3650.0),
    DaysBetween(("contact",), ("reply",), cap=40.0),
    Gap(("raised_again",), empty=7.0),
    Waiting(("letter",), ("reply",), cap=30.0),
    ClockMissed("promise"),
    ClockShare("procedural_reply", steps=("own_step",)),
    ClockShare("substantive_reply", cap=99.0),
)


def _feature(name: str, measure: Measure) -> Feature:
    return Feature(name=name, zh=name, en=name, unit="", group="more", measure=measure, high=1e9, source="invented")


EVERY = CATALOG + FeatureSet(features=tuple(_feature(f"more_{place}", one) for place, one in enumerate(MORE)))
CONTEXT = OfficeContext.validate(
    pl.DataFrame(
        [
            {
                "office_id": OFFICE,
                "category": category,
                "month_end": seen(day(end)),
                "open_matters": 40 + number + end,
                "overdue_permille": 100,
                "return_permille": 250,
            }
            for number, category in enumerate(tuple(vocabulary.CATEGORIES)[:6])
            for end in (100, 250)
        ]
    )
)


def compare(seed: int, cuts: list[int], timing: Timing, zone: str, count: int) -> None:
    """Every feature of every matter, with hours and minutes in it, at midnights and at instants of its own versions."""
    chance, histories, facts = many(seed, count)
    for history in histories.values():
        history += [one_event(chance, ("extended", "suspended", "resumed", "promise_made", "promise_kept", "accepted"))]
    register = register_of(histories, attributes=facts, zone=zone, roles={"phone_check": "intake"})
    hours = pl.Series([chance.choice([0, 0, 9_000, 86_399]) * 1_000_000 for _ in range(len(register.events))])
    events = register.events.with_columns(
        *(pl.col(name) + hours for name in ("occurred_at", "known_at", "known_from", "known_until"))
    )
    register = replace(register, events=events)
    edge = int(events["known_from"][chance.randrange(len(events))])
    for cutoff in (*(seen(day(cut), zone) for cut in cuts), edge, edge + 1):
        equal(register, cutoff, EVERY, timing)


def equal(register: Register, cutoff: int, chosen: FeatureSet, timing: Timing) -> None:
    """Each matter alone has the row it has among the others."""
    snapshots = register.matters.select("matter_id", cutoff=pl.lit(cutoff))
    rows = build_features(register, snapshots, chosen, context=CONTEXT, timing=timing)
    matrix = rows.select(chosen.names).to_numpy()
    history = make_history(register)
    for place, matter in enumerate(rows["matter_id"]):
        alone = history.block(place, place + 1)
        stored = stored_context(register.matters.filter(matter_id=matter), alone, CONTEXT)
        values = one_matter(alone, cutoff, chosen, stored=stored, timing=timing)
        differ = np.flatnonzero(values.view(np.int64) != matrix[place].view(np.int64))
        assert not len(differ), (chosen.names[differ[0]], values[differ[0]], matrix[place][differ[0]], matter, cutoff)


@settings(max_examples=4, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(
    st.integers(0, 2**31),
    st.lists(st.integers(60, SPAN + 200), min_size=2, max_size=2, unique=True),
    st.sampled_from(TIMINGS),
    st.sampled_from(ZONES),
)
def test_a_matter_alone_has_the_bits_it_has_among_the_others(
    seed: int, cuts: list[int], timing: Timing, zone: str
) -> None:
    compare(seed, cuts, timing, zone, 40)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(25))
def test_a_matter_alone_has_the_bits_it_has_among_the_others_on_10000_histories(number: int) -> None:
    compare(3_000 + number, [90 + number * 19], TIMINGS[number % 3], ZONES[number % 4], 400)


def test_every_kind_of_measure_in_the_house_is_compiled() -> None:
    """A kind that is not compiled still works, ten times slower; none of ours should."""
    declared = {
        found
        for module in pkgutil.iter_modules(features.__path__, "features.")
        for found in vars(importlib.import_module(module.name)).values()
        if isinstance(found, type) and found.__module__ == module.name and hasattr(found, "evaluate")
    } - {Measure}
    assert declared == set(TERMS) == {type(feature.measure) for feature in EVERY}


@dataclass(frozen=True, slots=True)
class Homemade:
    """How many versions are visible at all, by a measure only the kernel knows."""

    def evaluate(self, view: View) -> Floats:
        """Shape (rows,)."""
        return np.asarray(view.count(("contact",)), dtype=np.float64) * 3.0


def test_a_hand_made_measure_goes_through_the_kernel() -> None:
    chosen = FeatureSet(features=(_feature("own", Homemade()), *CATALOG))
    register = register_of({"A1": [event("2025-01-10", "letter"), event("2025-01-10", "registered")]})
    assert compiled(chosen, make_history(register).kinds, SHIPPED) is None
    equal(register, seen("2025-03-01"), chosen, SHIPPED)


def test_a_register_without_any_event_has_its_empty_values() -> None:
    equal(register_of({"A1": [], "A2": []}), seen("2025-03-01"), EVERY, SHIPPED)


def test_office_features_without_their_stored_rows_are_refused_alone_too() -> None:
    history = make_history(register_of({"A1": [event("2025-01-10", "letter")]}))
    with pytest.raises(SettingsError) as refused:
        one_matter(history, seen("2025-03-01"))
    assert refused.value.code == "office_context_missing"


def test_a_wrong_term_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(one: Any, asks: Any) -> Any:
        group = asks.group(one.kinds)
        return lambda held: len([time for time in held.times[group] if held.cutoff - time < 30 * DAY_US])

    monkeypatch.setitem(TERMS, Occurred, wrong)
    chosen = FeatureSet(features=(_feature("own", Occurred(("contact",), 30)),))
    register = register_of({"A1": [event("2025-03-01", "letter"), event("2025-03-02", "letter")]})
    with pytest.raises(AssertionError, match="own"):
        equal(register, seen("2025-03-31"), chosen, SHIPPED)
