"""What proves each feature: none is added to the catalog without an oracle of its own and a future to be blind to."""

from typing import Any

import numpy as np

from data import vocabulary
from features.answer_measures import MissingParts, PartMissing, RatedUnsolved, UnsolvedRatings
from features.attribute_measures import AttributeNumber, Office
from features.build import build_features
from features.calendar_measures import RestDaysAfterReceipt, RestDaysAhead
from features.catalog import CATALOG
from features.clock_measures import ClockMissed, ClockOverdueDays, ClockShare, ClocksOverdue, IsEnded, NearestDue
from tests.drawn import SPAN, Fact, day, facts_of, many, one_event
from tests.features.test_alone import EVERY
from tests.features.test_oracle import MEASURES
from tests.histories import register_of, seen, snapshots
from tests.invariants.test_features import CONTEXT

#: Kinds of measures that are no window and no recency, with what stands beside them besides the plain-Python terms of
#: tests/features/test_alone.py, which hold all of them: `dates` a naive reference in dates and loops
#: (tests/features/test_clocks.py), `spec` readable histories (tests/spec).
ELSEWHERE: dict[type, str] = {
    ClockMissed: "dates",
    ClockOverdueDays: "dates",
    ClockShare: "dates",
    ClocksOverdue: "dates",
    NearestDue: "dates",
    IsEnded: "dates",
    PartMissing: "spec",
    MissingParts: "spec",
    RatedUnsolved: "spec",
    UnsolvedRatings: "spec",
    AttributeNumber: "spec",
    Office: "spec",
    RestDaysAhead: "spec",
    RestDaysAfterReceipt: "spec",
}
#: Read off the cutoff alone: no event can move it, known or not.
OF_THE_CUTOFF = {"rest_days_ahead_30d"}


def test_every_window_and_recency_of_the_catalog_has_its_sql() -> None:
    in_sql = {type(measure) for measure, _ in MEASURES}
    assert not in_sql & set(ELSEWHERE)
    unproved = [one.name for one in CATALOG if type(one.measure) not in in_sql | set(ELSEWHERE)]
    assert unproved == [], "give its kind of measure a line of SQL in tests/features/test_oracle.py"
    assert [one.name for one in CATALOG if one.name not in EVERY.names] == []


def test_every_feature_would_be_caught_looking_into_the_future() -> None:
    """In the histories of the future-blind test each feature would be another, were the gate open.

    So for none of them does that test pass only because nothing happens.
    """
    cut = 260
    chance, histories, facts = many(77, 900)
    kinds = [kind.code for kind in vocabulary.KINDS]
    for history in histories.values():
        history += [_late(one_event(chance, kinds), cut) for _ in range(6)]
    late: list[Fact] = [
        (number, name, value, day(cut + 1))
        for name_of in histories
        for number, name, value, _ in facts_of(chance, name_of)
    ]
    told = {number: [row | {"known": row["day"]} for row in history] for number, history in histories.items()}
    early = [(number, name, value, day(0)) for number, name, value, _ in late]
    values: list[Any] = []
    for rows, known in ((histories, late), (told, early)):
        register = register_of(rows, attributes=[*facts, *known])
        values.append(build_features(register, snapshots(register, seen(day(cut))), context=CONTEXT))
    assert cut < SPAN
    same = {name for name in CATALOG.names if np.array_equal(values[0][name].to_numpy(), values[1][name].to_numpy())}
    assert same == OF_THE_CUTOFF


def _late(row: dict[str, Any], cut: int) -> dict[str, Any]:
    """The event known only after the cutoff, whenever it happened."""
    return row | {"known": max(row["known"], day(cut + 1)), "until": None}
