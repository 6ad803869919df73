"""What was made is made once: of those who ask for it at the same moment, one makes it and the others wait."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from serving.kept import Kept


def test_who_asks_at_once_waits_for_the_one_who_makes_it() -> None:
    kept: Kept[str, list[int]] = Kept(most=2)
    made: list[int] = []
    all_there = threading.Barrier(6)

    def make() -> list[int]:
        made.append(1)
        return [len(made)]

    def ask(_: int) -> list[int]:
        all_there.wait()
        return kept.of("a", 1, make)

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(ask, range(6))) == [[1]] * 6
    assert kept.of("a", 2, make) == [2]
    assert kept.of("a", None, make) == [3], "nothing to rest on keeps nothing"


def test_what_cannot_be_made_is_tried_again_by_the_next() -> None:
    kept: Kept[str, int] = Kept(most=2)

    def fails() -> int:
        raise OSError("no")

    with pytest.raises(OSError, match="no"):
        kept.of("a", 1, fails)
    assert kept.of("a", 1, lambda: 7) == 7


def test_only_what_holds_is_given_back() -> None:
    kept: Kept[str, int] = Kept(most=2)
    assert kept.of("a", 1, lambda: 3, holds=lambda found: found > 5) == 3
    assert kept.of("a", 1, lambda: 9, holds=lambda found: found > 5) == 9
    assert kept.of("a", 1, lambda: 3, holds=lambda found: found > 5) == 9
