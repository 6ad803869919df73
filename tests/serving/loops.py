"""An event loop of a test's own, whatever else runs in its thread: a browser of another test leaves one there."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from anyio.from_thread import start_blocking_portal

T = TypeVar("T")


def in_own_loop(work: Callable[[], Awaitable[T]]) -> T:
    """What `work` gives, awaited in a loop that runs in a thread of its own."""
    with start_blocking_portal("asyncio") as portal:
        return portal.call(work)
