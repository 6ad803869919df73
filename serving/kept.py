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
    """At most `most` things of one process, each with what it rests on; the one asked for longest ago goes first."""

    most: int
    _kept: "OrderedDict[K, tuple[object, V]]" = field(default_factory=OrderedDict["K", "tuple[object, V]"])
    _gate: threading.Lock = field(default_factory=threading.Lock)

    def of(
        self, key: K, rests_on: object | None, make: Callable[[], V], *, holds: Callable[[V], bool] = lambda _: True
    ) -> V:
        """What is kept under a key where it rests on the same and still `holds`, else made; None for a rest keeps none.

        What is given back is shared: nobody changes it.
        """
        with self._gate:
            found = self._kept.get(key)
            if found is not None and found[0] == rests_on and holds(found[1]):
                self._kept.move_to_end(key)
                return found[1]
        made = make()
        if rests_on is not None and holds(made):
            with self._gate:
                self._kept[key] = (rests_on, made)
                self._kept.move_to_end(key)
                while len(self._kept) > self.most:
                    self._kept.popitem(last=False)
        return made
