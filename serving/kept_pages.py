"""Pages that were written already, for as long as nothing they say has changed.

A page is kept for one person, one language and one address.  What must differ from answer to answer (the number of the
request, the token of the form's session, the number by which an act is done once) is left open and filled in each time.
"""

import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

#: Bytes of pages one process keeps; the one asked for longest ago goes first.
MOST_BYTES = 24_000_000
#: Nobody outside this process can write these, so no text on a page is taken for them.
_SECRET = secrets.token_hex(16)
REQUEST_ID, FORM_TOKEN = f"r{_SECRET}", f"f{_SECRET}"
#: The numbers of acts, as templates write them: in a quoted attribute, which no typed text can hold unescaped.
_OPEN = re.compile(rf'({REQUEST_ID}|{FORM_TOKEN}|(?<= name="once" value=")[0-9a-f-]{{36}}(?="))')


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPage:
    """A page in pieces, every second one open; what it rests on, and the instant from which time changes it.

    `again` says what it would rest on for a caller now, `told` gives the record of that caller's view of it.
    """

    rests_on: object
    until: int
    again: Callable[[Any], object]
    told: Callable[[Any], Any]
    pieces: tuple[bytes, ...]

    def written(self, request_id: str, form_token: str) -> bytes:
        """The page for one request."""
        given = {REQUEST_ID.encode(): request_id.encode(), FORM_TOKEN.encode(): form_token.encode()}
        return b"".join(
            piece if not at % 2 else given.get(piece) or str(uuid4()).encode() for at, piece in enumerate(self.pieces)
        )


@dataclass(slots=True)
class KeptPages:
    """The kept pages of one process, by person, language and address."""

    _pages: OrderedDict[tuple[str, ...], KeptPage] = field(default_factory=OrderedDict[tuple[str, ...], KeptPage])
    _gate: threading.Lock = field(default_factory=threading.Lock)

    def find(self, key: tuple[str, ...], now: int) -> KeptPage | None:
        """The page kept under a key, unless time has changed it; who asks sees whether it rests on the same."""
        with self._gate:
            found = self._pages.get(key)
            if found is None or now >= found.until:
                return None
            self._pages.move_to_end(key)
            return found

    def keep(self, key: tuple[str, ...], made: KeptPage) -> None:
        """Keep a page."""
        with self._gate:
            self._pages[key] = made
            self._pages.move_to_end(key)
            while len(self._pages) > 1 and sum(map(_size, self._pages.values())) > MOST_BYTES:
                self._pages.popitem(last=False)


def pieces(text: str) -> tuple[bytes, ...]:
    """The pieces of a page that was made with REQUEST_ID and FORM_TOKEN in the places of theirs."""
    return tuple(one.encode() for one in _OPEN.split(text))


def _size(page: KeptPage) -> int:
    return sum(map(len, page.pieces))
