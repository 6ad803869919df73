"""The measures over what our replies held and what people said of them: each of the five parts, ratings."""

from dataclasses import dataclass

import numpy as np

from features.history import Ints
from features.kernel import View


@dataclass(frozen=True, slots=True)
class PartMissing:
    """Whether no substantive reply of ours has held one of the five parts (`bit`): 1 before any reply, else 0 or 1.

    A reply whose parts nobody recorded counts as holding them all.  Any reply can only fill, so that one more never
    raises the value and one taken away never lowers it.
    """

    bit: int

    def evaluate(self, view: View) -> Ints:
        """Shape (rows,), 0/1."""
        versions = view.select(["substantive_reply"])
        held = (np.maximum(view.history.parts[versions], 0) & self.bit) == 0
        return (view.count_of(versions[held]) == 0).astype(np.int64)


@dataclass(frozen=True, slots=True)
class UnsolvedRatings:
    """How many ratings say "not solved"."""

    def evaluate(self, view: View) -> Ints:
        """Shape (rows,), ratings."""
        versions = view.select(["rated"])
        return view.count_of(versions[view.history.solved[versions] == 1])
