"""How independent pieces of a training run go side by side without changing a value."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from training.estimators import load, one_thread

S = TypeVar("S")
T = TypeVar("T")
#: Each piece under way holds its own binned copy of the rows it learns from.
_MOST = 4


def side_by_side(pieces: Iterable[Callable[[], T]]) -> list[T]:
    """The results in the order of `pieces`, as many at a time as there are cores (at most 4).

    Every fit inside runs on one thread, so each sum keeps its order and the bytes do not depend on the machine's
    cores.  The first error is raised after the pieces under way are done.
    """
    load()
    # Some limits of numeric libraries hold for the whole process: set here, no piece finds or leaves another one.
    with one_thread(), ThreadPoolExecutor(min(_MOST, os.cpu_count() or 1)) as pool:
        return [one.result() for one in [pool.submit(_alone, piece) for piece in pieces]]


def _alone(piece: Callable[[], S]) -> S:
    with one_thread():  # others hold for each thread
        return piece()
