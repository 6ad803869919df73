"""One holder at a time, until it expires or is given back."""

import pytest

from data.errors import LeaseHeld
from data.store import lease
from data.store.engine import Store


def test_a_lease_is_held_by_one(store: Store) -> None:
    first = lease.acquire(store, "screen", holder="a", now=0, ttl_us=100)
    with pytest.raises(LeaseHeld) as refused:
        lease.acquire(store, "screen", holder="b", now=99, ttl_us=100)
    assert refused.value.exit_code == 14
    assert lease.current(store, "screen", now=99) == first
    assert lease.acquire(store, "other", holder="b", now=99, ttl_us=100).holder == "b"


def test_the_holder_prolongs_it_and_keeps_its_beginning(store: Store) -> None:
    lease.acquire(store, "screen", holder="a", now=0, ttl_us=100)
    longer = lease.acquire(store, "screen", holder="a", now=50, ttl_us=100)
    assert (longer.since, longer.expires_at) == (0, 150)


def test_an_expired_or_released_lease_is_free(store: Store) -> None:
    lease.acquire(store, "screen", holder="a", now=0, ttl_us=100)
    taken = lease.acquire(store, "screen", holder="b", now=100, ttl_us=100)
    assert (taken.holder, taken.since) == ("b", 100)
    lease.release(store, "screen", holder="a")
    assert lease.current(store, "screen", now=101) == taken
    lease.release(store, "screen", holder="b")
    assert lease.current(store, "screen", now=101) is None
