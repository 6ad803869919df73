"""How the commits of a store are made to last, as on a disk that means what it says: for benches."""

import time

from sqlalchemy import event

from data.store.engine import Store


def slow_commits(store: Store, seconds: float) -> None:
    """Wait so long at every commit from now on."""

    def wait(_: object) -> None:
        time.sleep(seconds)

    event.listen(store.engine, "commit", wait)
