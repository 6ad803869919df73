"""What each declared measure over what our replies held and what people said of them is for one matter alone."""

from collections.abc import Callable
from typing import Any

from features.alone.seen import Asks, Seen, Term
from features.answer_measures import MissingParts, PartMissing, RatedUnsolved, UnsolvedRatings


def _missing_parts(one: MissingParts, asks: Asks) -> Term:
    group = asks.group(one.kinds)
    return lambda seen: min([5, *(max(int(seen.history.parts[place]), 0).bit_count() for place in seen.at[group])])


def _part_missing(one: PartMissing, asks: Asks) -> Term:
    group, bit = asks.group(("substantive_reply",)), one.bit
    return lambda seen: all(max(int(seen.history.parts[place]), 0) & bit for place in seen.at[group])


def _rated_unsolved(one: RatedUnsolved, asks: Asks) -> Term:
    rated, called = asks.group(("rated",)), asks.group(("follow_up_call",))

    def unsolved(seen: Seen) -> float:
        places = seen.at[rated]
        if not places or int(seen.history.solved[places[-1]]) != 1:
            return 0
        return not one.unvisited or seen.last_time(called) < seen.last_time(rated)

    return unsolved


def _unsolved_ratings(one: UnsolvedRatings, asks: Asks) -> Term:
    rated = asks.group(("rated",))
    return lambda seen: sum(int(seen.history.solved[place]) == 1 for place in seen.at[rated])


#: How each of these measures is compiled.
TERMS: dict[type, Callable[[Any, Asks], Term]] = {
    MissingParts: _missing_parts,
    PartMissing: _part_missing,
    RatedUnsolved: _rated_unsolved,
    UnsolvedRatings: _unsolved_ratings,
}
