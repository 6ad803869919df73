"""The bench of the service says what it lacks, counts a family of processes, and leaves the state it copies alone."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from data.errors import UsageError
from serving.bench.load import cpu_seconds, largest_mib, wrk
from serving.bench.serve import run_serve


def test_a_missing_load_generator_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError) as refused:
        wrk()
    assert refused.value.code == "wrk_missing"
    assert "apt-get install wrk" in refused.value.en


def test_a_state_without_a_store_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        run_serve(tmp_path / "nothing", seed=1, seconds=1, matters=0)
    assert refused.value.code == "bench_no_model"


def test_a_process_costs_what_it_and_its_children_cost() -> None:
    assert cpu_seconds(os.getpid()) > 0
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(30)"])
    try:
        assert largest_mib(os.getpid()) >= largest_mib(child.pid) > 0
    finally:
        child.kill()
        child.wait()
