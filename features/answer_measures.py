"""The measures over what our replies held and what people said of them: each of the five parts, ratings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from features.kernel import Flags, View
from features.order import Ints


@dataclass(frozen=True, slots=True)
class PartMissing:
    """Whether no substantive reply of ours has held one of the five parts (`bit`): 1 before any reply, else 0 or 1.

    A reply whose parts nobody recorded counts as holding them all.  Any reply can only fill, so that one more never
    raises the value and one taken away never lowers it.
    """

    bit: int

    def evaluate(self, view: View) -> Ints:
        """Shape (rows,), 0/1."""
        return self.together((self,))(view)[0].astype(np.int64)

    @staticmethod
    def together(measures: "Sequence[PartMissing]") -> Callable[[View], Flags]:
        """Shape (measures, rows)."""
        bits = np.array([[one.bit] for one in measures], dtype=np.int8)

        def evaluate(view: View) -> Flags:
            row, version = view.pairs_of(("substantive_reply",))
            part, pair = ((np.maximum(view.history.parts[version], 0) & bits) == 0).nonzero()
            found = np.ones((len(bits), view.rows), dtype=bool)
            found[part, row[pair]] = False
            return found

        return evaluate


@dataclass(frozen=True, slots=True)
class UnsolvedRatings:
    """How many ratings say "not solved"."""

    def evaluate(self, view: View) -> Ints:
        """Shape (rows,), ratings."""
        row, version = view.pairs_of(("rated",))
        return np.bincount(row[view.history.solved[version] == 1], minlength=view.rows)


@dataclass(frozen=True, slots=True)
class MissingParts:
    """How many of the five parts our most complete substantive reply lacks; 5 before any, 0 where not recorded.

    The most complete one, not the last: so that no further reply can raise it and none taken away can lower it.
    """

    kinds: tuple[str, ...] = ("substantive_reply",)

    def evaluate(self, view: View) -> Ints:
        """Shape (rows,), parts 0–5."""
        row, version = view.pairs_of(self.kinds)
        missing = np.bitwise_count(np.maximum(view.history.parts[version], 0)).astype(np.int64)
        fewest = np.full(view.rows, 5, dtype=np.int64)
        np.minimum.at(fewest, row, missing)
        return fewest


@dataclass(frozen=True, slots=True)
class RatedUnsolved:
    """Whether the last rating says "not solved"; with `unvisited`, and no follow-up call has come since."""

    unvisited: bool = False

    def evaluate(self, view: View) -> Ints:
        """Shape (rows,), 0/1."""
        unsolved = view.at(view.history.solved, view.last(["rated"]), 0) == 1
        if self.unvisited:
            unsolved &= view.last_time(["follow_up_call"]) < view.last_time(["rated"])
        return unsolved.astype(np.int64)
