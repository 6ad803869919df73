"""Whose turn it is to write, among the processes of a service on one SQLite file."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager

from data.store.engine import Store


@contextmanager
def turn(store: Store) -> Generator[None]:
    """Wait for the other processes that take turns; a killed one gives its turn up.

    SQLite lets a waiting writer look again after ever longer naps, so that one process that writes all the time starves
    another.  Here whoever waits is woken.  PostgreSQL queues its writers by itself.
    """
    path = store.path
    if path is None:
        yield
        return
    handle = os.open(path.with_name(path.name + "-turn"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
