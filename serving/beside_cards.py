"""What was worked out from a card, for as long as that very card is kept and asked for again.

A kept card (`serving.kept_cards`) is dropped when anything it was made of changes, so what follows from the card and
the register it was made of stands exactly as long as it does.
"""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from serving.card import Card
from serving.kept import Kept

Made = TypeVar("Made")
#: Answers one process keeps, some 5 kB each.
MOST = 1_000
_KEPT: Kept[tuple[str, str], tuple[Card, Any]] = Kept(most=MOST)


def beside(card: Card, what: str, rests_on: Hashable, make: Callable[[], Made]) -> Made:
    """What `make` gives for a card, made once; `what` names it, `rests_on` is all else it comes from."""
    place = (what, card.matter["matter_id"])
    return _KEPT.of(place, (rests_on,), lambda: (card, make()), holds=lambda kept: kept[0] is card)[1]
