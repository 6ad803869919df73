"""Cards that were made already, for as long as nothing they were made of has changed.

Between two batches of the register a matter's card is a pure function of the store and the model in use: asked again,
it is told again.  Whether the caller may see it, how much was asked for today and the record of the view are not kept.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from data.store.mark import Mark
from serving.card import Card

#: Cards kept at a time, some 20 kB each; the one asked for longest ago goes first.
MOST = 2_000


@dataclass(slots=True)
class Kept:
    """A card with what it was made of, its office's open matters, and its answers by language once written."""

    card: Card
    open_matters: int
    mark: Mark
    version: int | None
    answers: dict[str, bytes] = field(default_factory=dict[str, bytes])

    def answer(self, language: str, write: Callable[[Card], bytes]) -> bytes:
        """The answer in a language, written once."""
        found = self.answers.get(language)
        if found is None:
            found = self.answers[language] = write(self.card)
        return found


@dataclass(slots=True)
class KeptCards:
    """The kept cards of one process, by matter id."""

    _cards: OrderedDict[str, Kept] = field(default_factory=OrderedDict[str, Kept])
    _gate: threading.Lock = field(default_factory=threading.Lock)

    def holds(self, matter_id: str) -> bool:
        """Whether there is a card of the matter, be it still right or not."""
        return matter_id in self._cards

    def find(self, matter_id: str, version: int | None, now: int, *, marked: Callable[[str], Mark]) -> Kept | None:
        """The card of a matter as it still is at `now`, by the model version in use; None where it has to be made.

        `marked` says how the store stands now for the matters of an office.
        """
        with self._gate:
            found = self._cards.get(matter_id)
        if found is None or found.version != version or found.card.as_of > now:
            return None
        if marked(found.card.matter["office_id"]) != found.mark:
            return None
        with self._gate:
            if matter_id in self._cards:
                self._cards.move_to_end(matter_id)
        return found

    def keep(self, card: Card, mark: Mark, version: int | None, *, open_matters: int, now: int) -> None:
        """Keep a card made at `now` from a store with this mark, unless the clock alone would change it."""
        if card.as_of >= now:
            return
        with self._gate:
            self._cards[card.matter["matter_id"]] = Kept(
                card=card, open_matters=open_matters, mark=mark, version=version
            )
            self._cards.move_to_end(card.matter["matter_id"])
            while len(self._cards) > MOST:
                self._cards.popitem(last=False)
