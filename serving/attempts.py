"""How often one address may fail to sign in before it has to wait."""

import threading
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address

#: An office's browsers may share one address: many people may each slip a few times.
LIMIT = 20
WINDOW_US = 10 * 60_000_000
#: Addresses remembered at a time; the one heard of longest ago is forgotten first.
_REMEMBERED = 10_000
_SECOND_US = 1_000_000
#: A household or a machine has a whole /64 of IPv6 addresses to itself.
_IPV6_REST = 64


@dataclass(slots=True)
class Attempts:
    """Failed attempts of the last ten minutes by address, in this process; times in UTC microseconds."""

    limit: int = LIMIT
    _failed: OrderedDict[str, deque[int]] = field(default_factory=OrderedDict[str, "deque[int]"])
    _gate: threading.Lock = field(default_factory=threading.Lock)

    def wait_s(self, address: str | None, now: int) -> int:
        """Seconds this address has to wait before its next attempt, 0 for none."""
        with self._gate:
            times = self._failed.get(_place(address))
            if times is None:
                return 0
            while times and times[0] <= now - WINDOW_US:
                times.popleft()
            if len(times) < self.limit:
                return 0
            return max(1, -(-(times[0] + WINDOW_US - now) // _SECOND_US))

    def note_failure(self, address: str | None, now: int) -> bool:
        """Count a failed attempt; True where it was the last one allowed."""
        with self._gate:
            place = _place(address)
            times = self._failed.setdefault(place, deque(maxlen=self.limit))
            times.append(now)
            self._failed.move_to_end(place)
            while len(self._failed) > _REMEMBERED:
                self._failed.popitem(last=False)
            return len(times) == self.limit


def _place(address: str | None) -> str:
    try:
        found = ip_address(address or "")
    except ValueError:
        return address or ""
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return f"{int(found) >> _IPV6_REST:x}/64"
    return str(found)
