"""The notices of the people who look at pages, made again when anything they rest on has changed."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

#: Whose notices one process keeps.
_KEPT = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing that waits: `key` names it for good, `kind` is duty, plan or signature, `text` (zh, en) says what.

    `state` is late or soon; `due` the ISO day, empty where there is none; `number` and `matter_id` None for a list.
    """

    key: str
    kind: str
    text: tuple[str, str]
    href: str
    state: str
    due: str = ""
    number: str | None = None
    matter_id: str | None = None


@dataclass(slots=True)
class KeptNotices:
    """What one process has made, each with what it rests on; who looked longest ago is forgotten first."""

    _kept: OrderedDict[str, tuple[object, list[Notice]]] = field(
        default_factory=OrderedDict[str, tuple[object, list[Notice]]]
    )
    _gate: threading.Lock = field(default_factory=threading.Lock)

    def of(self, user_id: str, rests_on: object, make: Callable[[], list[Notice]]) -> list[Notice]:
        """The notices of a person, made unless those kept rest on the same."""
        with self._gate:
            found = self._kept.get(user_id)
            if found is not None and found[0] == rests_on:
                self._kept.move_to_end(user_id)
                return found[1]
        made = make()
        with self._gate:
            self._kept[user_id] = (rests_on, made)
            self._kept.move_to_end(user_id)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return made
