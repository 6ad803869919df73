"""The peak a bench prints is the process's own, not that of whoever started it."""

import subprocess
import sys

import numpy as np

from serving.bench.memory import peak_mib


def test_a_small_process_of_a_large_one_prints_a_small_peak() -> None:
    held = np.ones(40_000_000)
    assert peak_mib() > 300
    code = "from serving.bench.memory import peak_mib; print(peak_mib())"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert float(printed) < 150
    assert held[0] == 1
