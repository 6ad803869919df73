"""What a feature set says of one matter at a time: its measures compiled once, read off a history in plain Python."""

import numpy as np

from features.alone.measures import term_of
from features.alone.seen import Asks, Seen, Term
from features.feature import FeatureSet
from features.history import History
from features.kernel import Floats
from features.kinds import KindIndex
from features.stored_context import StoredContext
from features.timing import Timing


class Compiled:
    """The terms of a feature set, in the order of its columns, with what they ask of a history."""

    def __init__(self, terms: tuple[Term, ...], asks: Asks) -> None:
        self._terms = terms
        self._asks = asks
        self._category = asks.group(("attribute:category",))
        self._groups_of_kinds = asks.groups_of_kinds()

    def values(self, history: History, local: int, cutoff: int, stored: StoredContext | None) -> Floats:
        """Every feature of a history of one matter at a cutoff: `local` by the wall clock, `cutoff` in UTC.

        Microseconds both. Shape (features,).
        """
        seen = Seen(history, local, self._asks, self._groups_of_kinds)
        if stored is not None:
            places = seen.at[self._category]
            seen.office = stored.row(int(history.code[places[-1]]) if places else -1, cutoff)
        return np.array([term(seen) for term in self._terms], dtype=np.float64)


def compiled(feature_set: FeatureSet, kinds: KindIndex, timing: Timing) -> Compiled | None:
    """The set compiled for some kinds and clocks, once each; None where a measure is of a kind that is not compiled."""

    def make() -> Compiled | None:
        asks = Asks(kinds, timing)
        terms = tuple(term_of(feature.measure, asks) for feature in feature_set)
        known = tuple(term for term in terms if term is not None)
        return Compiled(known, asks) if len(known) == len(terms) else None

    return kinds.keep(("alone", feature_set.fingerprint, timing), make)
