"""A feature set made ready for the kernel: what it asks, asked together, and its measures of one kind at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.facts import facts
from features.feature import FeatureSet, Measure
from features.history import no_history
from features.kernel import Floats, View
from features.kinds import KindIndex
from features.plan import Asked, Kinds, Lines, Plan, lines, make_plan
from features.stored_context import OFFICE_COLUMNS, category_code
from features.timing import SHIPPED, Timing

_Batch = tuple[Lines | int, Callable[[View], NDArray[Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A feature set for the kinds of one register: its plan, and which columns which function fills."""

    columns: int
    plan: Plan
    #: Every group of kinds that some measure looks at: versions of no other are needed.
    groups: tuple[Kinds, ...]
    batches: tuple[_Batch, ...]

    def fill(self, view: View, out: Floats) -> None:
        """Every feature at every row of a view made with `plan`, into `out` (features, rows)."""
        for place, evaluate in self.batches:
            out[place] = evaluate(view)

    def matrix(self, view: View) -> Floats:
        """As `fill`, a new matrix of shape (features, rows)."""
        out = np.empty((self.columns, view.rows))
        self.fill(view, out)
        return out


def ready(feature_set: FeatureSet, kinds: KindIndex, *, timing: Timing = SHIPPED, with_facts: bool = False) -> Ready:
    """The feature set made ready for some kinds and clocks, and for `features.facts` on the same view; once each."""

    def make() -> Ready:
        batches = tuple(_batches([feature.measure for feature in feature_set]))
        asked = asked_by(kinds, [evaluate for _, evaluate in batches] + [category_code] + [facts] * with_facts, timing)
        return Ready(
            columns=len(feature_set),
            plan=make_plan(kinds, [question for question in asked if question[0] != "select"]),
            groups=tuple(dict.fromkeys(key[0] if what == "count" else key for what, key in asked)),
            batches=batches,
        )

    return kinds.keep(("ready", feature_set.fingerprint, timing, with_facts), make)


def asked_by(
    kinds: KindIndex, looks: Sequence[Callable[[View], object]], timing: Timing = SHIPPED
) -> tuple[Asked, ...]:
    """What functions of a view ask of it, found by letting them look at a history in which nothing happened."""
    view = View(no_history(kinds), np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int64), timing=timing)
    for name in OFFICE_COLUMNS:
        view.keep(("office", name), lambda: np.zeros(0))
    for look in looks:
        look(view)
    return tuple(view.asked)


def _batches(measures: Sequence[Measure]) -> list[_Batch]:
    """Measures of a kind that has `together` as one batch each, the others alone, in order of their first column."""
    places: dict[Any, list[int]] = {}
    for place, measure in enumerate(measures):
        places.setdefault(type(measure) if hasattr(measure, "together") else place, []).append(place)
    batches: list[_Batch] = []
    for key, mine in places.items():
        if isinstance(key, int):
            batches.append((key, measures[key].evaluate))
        else:
            batches.append((lines(mine), key.together([measures[place] for place in mine])))
    return batches
