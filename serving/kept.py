"""What was made already, for as long as what it rests on stays the same."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(slots=True, kw_only=True)
class Kept(Generic[K, V]):
    """Things of one process, each with what it rests on; the one asked for longest ago goes first.

    Together they `weigh` at most `most` (as many things, unless told otherwise), but one is kept whatever it weighs.
    """

    most: int
    weigh: Callable[[V], int] = lambda _: 1
    _kept: "OrderedDict[K, tuple[object, V]]" = field(default_factory=OrderedDict["K", "tuple[object, V]"])
    _making: "dict[K, threading.RLock]" = field(default_factory=dict["K", "threading.RLock"])
    _gate: threading.Lock = field(default_factory=threading.Lock)

    def of(
        self, key: K, rests_on: object | None, make: Callable[[], V], *, holds: Callable[[V], bool] = lambda _: True
    ) -> V:
        """What is kept under a key where it rests on the same and still `holds`, else made; None for a rest keeps none.

        Of those who ask at once for what is not there, one makes it and the others wait.  What is given back is shared:
        nobody changes it.
        """
        if rests_on is None:
            return make()
        with self._gate:
            found = self._standing(key, rests_on, holds)
            if found is not None:
                return found[1]
            turn = self._making.setdefault(key, threading.RLock())
        with turn:
            with self._gate:
                found = self._standing(key, rests_on, holds)
            return self._made(key, rests_on, make, holds) if found is None else found[1]

    def _standing(self, key: K, rests_on: object, holds: Callable[[V], bool]) -> tuple[object, V] | None:
        found = self._kept.get(key)
        if found is None or found[0] != rests_on or not holds(found[1]):
            return None
        self._kept.move_to_end(key)
        return found

    def _made(self, key: K, rests_on: object, make: Callable[[], V], holds: Callable[[V], bool]) -> V:
        try:
            made = make()
            with self._gate:
                if holds(made):
                    self._kept[key] = (rests_on, made)
                    self._kept.move_to_end(key)
                while len(self._kept) > 1 and sum(self.weigh(one) for _, one in self._kept.values()) > self.most:
                    self._kept.popitem(last=False)
            return made
        finally:
            with self._gate:
                self._making.pop(key, None)
