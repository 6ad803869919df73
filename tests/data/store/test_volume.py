"""An office's scores of a day are counted, and refused beyond the limit (G25)."""

from datetime import date

from data.store import volume
from data.store.engine import Store

DAY = date(2026, 10, 31)


def test_g25_scores_beyond_the_limit_are_refused_and_not_counted(store: Store) -> None:
    assert volume.take(store, "c1", local_day=DAY, count=3, limit=5)
    assert not volume.take(store, "c1", local_day=DAY, count=3, limit=5)
    assert volume.taken(store, "c1", local_day=DAY) == 3
    assert volume.take(store, "c1", local_day=DAY, count=2, limit=5)
    assert volume.take(store, "c1", local_day=DAY, count=100, limit=None)
    assert volume.taken(store, "c1", local_day=DAY) == 105
    assert volume.taken(store, "c2", local_day=DAY) == 0
    assert volume.taken(store, "c1", local_day=date(2026, 11, 1)) == 0
