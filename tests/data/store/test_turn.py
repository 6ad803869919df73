"""Processes that write take turns: one waits for the other, and for nobody who was killed."""

import subprocess
import sys
import time

from data.store.engine import Store
from data.store.turn import turn

_HOLD = """
import sys, time
from data.store.engine import open_store
from data.store.turn import turn
with turn(open_store(sys.argv[1])):
    print("mine", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def _held(store: Store, seconds: float) -> subprocess.Popen[str]:
    held = subprocess.Popen(
        [sys.executable, "-c", _HOLD, store.url, str(seconds)], stdout=subprocess.PIPE, text=True, cwd="."
    )
    assert held.stdout is not None
    assert held.stdout.readline() == "mine\n"
    return held


def test_a_process_waits_until_the_other_has_written(sqlite_store: Store) -> None:
    with _held(sqlite_store, 0.3) as other:
        with turn(sqlite_store):
            # The other lets go when it is done, not before.
            began = time.monotonic()
            other.wait(20)
        assert time.monotonic() - began < 20
        assert other.returncode == 0


def test_a_killed_process_holds_nobody_up(sqlite_store: Store) -> None:
    with _held(sqlite_store, 600) as other:
        other.kill()
        with turn(sqlite_store):
            pass
        other.wait()
