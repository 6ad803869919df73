"""How a job keeps its lease while it works: taken for two minutes, prolonged every half minute, given back."""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress

from data.errors import LeaseHeld, StoreError
from data.store import lease
from data.store.engine import Store

#: The lease of the monthly job, which removing takes too.
LEASE = "screen"
#: After a kill the next run waits at most so long.
TTL_US = 2 * 60 * 1_000_000
_RENEW_S = 30.0


@contextmanager
def held(store: Store, name: str, *, holder: str, clock: Callable[[], int]) -> Generator[None]:
    """Hold a lease while the body runs. Raises LeaseHeld where another run has it.

    A run that lost it meanwhile (suspended for minutes, say) is stopped by its next `lease.fenced` write.
    """
    lease.acquire(store, name, holder=holder, now=clock(), ttl_us=TTL_US)
    done = threading.Event()

    def renew() -> None:
        while not done.wait(_RENEW_S):
            try:
                lease.prolong(store, name, holder=holder, now=clock(), ttl_us=TTL_US)
            except LeaseHeld:
                return
            except StoreError:
                continue  # a writer busy for long, or a disk full for now: try again before the lease runs out

    keeper = threading.Thread(target=renew, name=f"lease-{name}", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        done.set()
        keeper.join()
        with suppress(StoreError):  # it runs out by itself
            lease.release(store, name, holder=holder)
