"""What was worked out from a card, for as long as that very card is kept and asked for again.

A kept card (`serving.kept_cards`) is dropped when anything it was made of changes, so what follows from the card and
the register it was made of stands exactly as long as it does.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar, cast

from serving.card import Card

Made = TypeVar("Made")
#: Answers one process keeps, some 5 kB each; the one asked for longest ago goes first.
MOST = 1_000
_KEPT: OrderedDict[tuple[str, str], tuple[Card, Hashable, object]] = OrderedDict()
_GATE = threading.Lock()


def beside(card: Card, what: str, rests_on: Hashable, make: Callable[[], Made]) -> Made:
    """What `make` gives for a card, made once; `what` names it, `rests_on` is all else it comes from."""
    place = (what, card.matter["matter_id"])
    with _GATE:
        found = _KEPT.get(place)
        if found is not None and found[0] is card and found[1] == rests_on:
            _KEPT.move_to_end(place)
            return cast("Made", found[2])
    made = make()
    with _GATE:
        _KEPT[place] = (card, rests_on, made)
        _KEPT.move_to_end(place)
        while len(_KEPT) > MOST:
            _KEPT.popitem(last=False)
    return made
