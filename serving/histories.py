"""The parts of a register one after the other, each with its history; histories that fit are made and held once."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from data.contract import Register
from data.store.by_part import Parts
from features.history import History, make_history

#: Versions held at most, about 75 bytes each; of a larger register the parts are read anew each time.
HELD = 12_000_000


def _bare(part: Register) -> Register:
    """What a history does not say: the matters, and which attributes there are."""
    names = part.attributes.unique(subset=["name", "usable"], maintain_order=True)
    return replace(part, events=part.events.clear(), attributes=names)


def _nothing(part: Register) -> None:
    """What most who go through a register do with its events: look at the histories only."""


class Histories:
    """To be gone through as often as needed; what is given has no events beside its history, and of the attributes
    one row a name.

    `at_first` is shown each part, events included, the first time it is read.
    """

    def __init__(self, parts: Parts, at_first: Callable[[Register], None] = _nothing, held: int = HELD) -> None:
        self.parts = parts
        self._at_first = at_first
        self._most = held
        self._held: list[tuple[Register, History]] | None = None
        self._gone_through = False

    @property
    def head(self) -> Register:
        """What the register says besides matters and their rows."""
        return self.parts.head

    def hold(self) -> None:
        """Read a register of one part and make its history, where that is not done yet."""
        if self.parts.count == 1:
            for _ in self:
                pass

    def __iter__(self) -> Iterator[tuple[Register, History]]:
        if self._held is not None:
            yield from self._held
            return
        kept: list[tuple[Register, History]] = []
        versions = 0
        for part in self.parts.read():
            if not self._gone_through:
                self._at_first(part)
            found = _bare(part), make_history(part)
            versions += len(found[1].kind)
            if versions <= self._most:
                kept.append(found)
            else:
                kept.clear()
            yield found
        self._gone_through = True
        if versions <= self._most:
            self._held = kept
