"""What was visible of one matter at one cutoff, as plain values, sorted into the groups of kinds that are asked for."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from data.times import DAY_US, FAR_US
from features.history import History
from features.kinds import KindIndex
from features.timing import Timing

T = TypeVar("T")


class Asks:
    """What compiled measures ask of a visible history: each group of kinds has a number, asked once."""

    def __init__(self, kinds: KindIndex, timing: Timing) -> None:
        self.kinds = kinds
        self.timing = timing
        self._groups: dict[tuple[str, ...], int] = {}
        self._made: dict[Any, Any] = {}
        self.contact = self.group(("contact",))
        self.registered = self.group(("registered", "transferred_in"))
        self.received_on = self.group(("attribute:received_on",))
        self.ends = self.group(("closers", "reopened"))
        self.stops = self.group(("suspended", "resumed", "closers", "reopened"))
        self.closers = frozenset(kinds.of(("closers",)))
        self.standing_still = frozenset(kinds.of(("suspended", "closers")))

    def group(self, names: Sequence[str]) -> int:
        """The number of a group of kinds."""
        return self._groups.setdefault(tuple(names), len(self._groups))

    def once(self, key: Any, make: Callable[[], T]) -> T:
        """The value under `key`, compiled once for several measures."""
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    def groups_of_kinds(self) -> tuple[tuple[int, ...], ...]:
        """For each kind the groups it stands in."""
        found: list[list[int]] = [[] for _ in self.kinds.ids]
        for names, number in self._groups.items():
            for kind in self.kinds.of(names):
                found[kind].append(number)
        return tuple(map(tuple, found))

    def __len__(self) -> int:
        return len(self._groups)


class Seen:
    """The visible versions of a history of one matter at `cutoff` (local wall-clock microseconds).

    `at[group]` are places in the history, `times[group]` when those versions occurred, both in history order.
    """

    def __init__(
        self,
        history: History,
        cutoff: int,
        asks: Asks,
        groups_of_kinds: Sequence[Sequence[int]],
    ) -> None:
        self.history = history
        self.cutoff = cutoff
        self.asks = asks
        #: The stored office context, where one is given.
        self.office: dict[str, float] | None = None
        self.occurred: list[int] = history.occurred.tolist()
        self.kind: list[int] = history.kind.tolist()
        self.at: list[list[int]] = [[] for _ in range(len(asks))]
        self.times: list[list[int]] = [[] for _ in range(len(asks))]
        self._kept: dict[Any, Any] = {}
        places, times = self.at, self.times
        opens, closes = history.opens.tolist(), history.closes.tolist()
        for place, (kind, occurred) in enumerate(zip(self.kind, self.occurred, strict=True)):
            if opens[place] < cutoff <= closes[place]:
                for group in groups_of_kinds[kind]:
                    places[group].append(place)
                    times[group].append(occurred)
        self.receipt = self._receipt()
        self.ended = self._ended()

    def keep(self, key: Any, make: "Callable[[Seen], T]") -> T:
        """The value under `key`, made once."""
        if key not in self._kept:
            self._kept[key] = make(self)
        return self._kept[key]

    def last_time(self, group: int) -> int:
        """When the last version of a group occurred, -1 without one."""
        times = self.times[group]
        return times[-1] if times else -1

    def first_time(self, group: int) -> int:
        """When the first version of a group occurred, -1 without one."""
        times = self.times[group]
        return times[0] if times else -1

    def days_before(self, instant: int, empty: float) -> float:
        """Days from an instant to the cutoff, `empty` where it is negative."""
        return (self.cutoff - instant) / _DAY if instant >= 0 else empty

    def first_from(self, group: int, day: int) -> int:
        """When the first version of a group from a day on occurred, FAR_US without one."""
        for occurred in self.times[group]:
            if occurred // DAY_US >= day:
                return occurred
        return FAR_US

    def _receipt(self) -> int:
        first = FAR_US
        if told := self.at[self.asks.received_on]:
            day = int(self.history.number[told[-1]])
            first = day * DAY_US if day >= 0 else FAR_US
        for group in (self.asks.contact, self.asks.registered):
            said = self.first_time(group)
            if said >= 0:
                first = min(first, said)
        return first if first < FAR_US else -1

    def _ended(self) -> int:
        """When the matter ended, FAR_US while it is open or was opened again."""
        places = self.at[self.asks.ends]
        if places and self.kind[places[-1]] in self.asks.closers:
            return self.occurred[places[-1]]
        return FAR_US

    def stops(self) -> list[tuple[int, int]]:
        """The stretches in which the matter stood suspended or ended: start and length, whole days up to the cutoff."""
        return self.keep("stops", _stops)

    def stretched(self, since: int, due: int) -> int:
        """`due` moved by what the matter stood still from `since` on, as long as it was not yet over."""
        if stops := self.stops():
            since = since // DAY_US * DAY_US
            for start, time in stops:
                if start < due:
                    due += max(0, min(start + time - since, time))
        return due

    def stood_since(self, since: int, until: int) -> int:
        """How long the matter stood still up to `until`, in stops that began at `since` or later."""
        return sum(max(0, min(until - start, time)) for start, time in self.stops() if start >= since)


#: A measure compiled: its value for one visible history.
Term = Callable[[Seen], float]
#: As a float, so that a division rounds as the kernel's does.
_DAY = float(DAY_US)


def _stops(seen: Seen) -> list[tuple[int, int]]:
    places = seen.at[seen.asks.stops]
    found: list[tuple[int, int]] = []
    for turn, place in enumerate(places):
        begin = seen.occurred[place] // DAY_US * DAY_US
        end = seen.occurred[places[turn + 1]] if turn + 1 < len(places) else seen.cutoff
        length = end // DAY_US * DAY_US - begin
        if length > 0 and seen.kind[place] in seen.asks.standing_still:
            found.append((begin, length))
    return found
