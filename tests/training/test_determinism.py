"""Same data, same seed: the same bytes, in another process and whatever the number of threads."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

_CODE = """
import hashlib, sys
import numpy as np
from tests.training.test_scorecard import PAIRS, made
from training import scorecard

paired, plain = made(n=5000, pairs=PAIRS)[1], made(n=5000)[1]
assert paired.pairs and not plain.pairs
sys.stdout.write(scorecard.sha256(paired) + " " + scorecard.sha256(plain))
"""
_RUN = """
import sys
from data.settings import LearningSettings, Settings
from tests.training.conftest import make_dataset
from training import run, scorecard

made = make_dataset(seed=4, matters=500)
done = run.train(made, Settings(demo=True, learning=LearningSettings(bootstrap=50)), seed=2)
sys.stdout.write(scorecard.sha256(done.scorecard) + " " + done.facts.data + " " + str(done.gate.as_dict()))
"""


def output(code: str, threads: int, hash_seed: str) -> str:
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "PYTHONHASHSEED": hash_seed}
    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**environment, "PYTHONPATH": root},
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.mark.parametrize("code", [pytest.param(_CODE, marks=pytest.mark.slow), _RUN], ids=["fit", "whole run"])
def test_two_processes_with_one_and_two_threads_give_the_same_bytes(code: str) -> None:
    first, second = output(code, 1, "1"), output(code, 2, "2")
    assert first == second
    assert len(first.split()[0]) == 64
