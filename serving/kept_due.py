"""How matters stood when they were last looked at, by part of an office, while nothing they rest on has changed."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field

#: Parts of offices one process keeps; the one asked for longest ago goes first.
_KEPT = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Stood:
    """One matter: its nearest open duty (late, week, later, or none) and the month of its registration, YYYY-MM."""

    due: str
    month: str


@dataclass(slots=True)
class KeptDue:
    """The states made by one process, by matter id, each with what they rest on."""

    _kept: OrderedDict[Hashable, tuple[object, Mapping[str, Stood]]] = field(
        default_factory=OrderedDict[Hashable, tuple[object, Mapping[str, Stood]]]
    )
    _gate: threading.Lock = field(default_factory=threading.Lock)

    def of(self, part: Hashable, rests_on: object, make: Callable[[], Mapping[str, Stood]]) -> Mapping[str, Stood]:
        """The states of a part of an office, made unless those kept rest on the same."""
        with self._gate:
            found = self._kept.get(part)
            if found is not None and found[0] == rests_on:
                self._kept.move_to_end(part)
                return found[1]
        made = make()
        with self._gate:
            self._kept[part] = (rests_on, made)
            self._kept.move_to_end(part)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return made
