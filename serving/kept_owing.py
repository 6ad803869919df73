"""What histories say of one person's matters, worked out again when the register or the scope has changed."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from serving.permissions import Scope

#: For so many scopes one process keeps it: each some hundred bytes a matter.
_KEPT = 60
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told(Generic[T]):
    """The matters' rows by id and what they owe; from `steady` (UTC microseconds) on time alone changes nothing."""

    matters: Mapping[str, Mapping[str, Any]]
    owing: T | None
    steady: int


@dataclass(slots=True)
class KeptOwing(Generic[T]):
    """What one process has worked out, by scope; who looked longest ago is forgotten first."""

    _kept: OrderedDict[Scope, tuple[object, Told[T]]] = field(
        default_factory=OrderedDict[Scope, tuple[object, Told[T]]]
    )
    _gate: threading.Lock = field(default_factory=threading.Lock)

    def of(self, scope: Scope, mark: object | None, now: int, make: Callable[[], Told[T]]) -> Told[T]:
        """What is told of a scope, made unless what is kept rests on the same mark; None for a mark keeps nothing."""
        with self._gate:
            found = self._kept.get(scope)
            if found is not None and found[0] == mark and now >= found[1].steady:
                self._kept.move_to_end(scope)
                return found[1]
        made = make()
        if mark is not None and now >= made.steady:
            with self._gate:
                self._kept[scope] = (mark, made)
                self._kept.move_to_end(scope)
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
        return made
