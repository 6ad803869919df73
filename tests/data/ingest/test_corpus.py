"""Every malformed file gives a correct load or a clear refusal, quickly, in little memory, and without a traceback."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.data.ingest.corpus.case import Case
from tests.data.ingest.corpus.every import CASES

ROOT = Path(__file__).parents[3]
SECONDS, MEGABYTES = 30.0, 1000.0


class Worker:
    """The process that reads; started again where a file took it down."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[str] | None = None

    def read(self, case: Case, path: Path) -> dict[str, Any]:
        if self.process is None or self.process.poll() is not None:
            self.process = subprocess.Popen(
                [sys.executable, "-W", "error", "-m", "tests.data.ingest.corpus.worker"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
            )  # fmt: skip
            self._line()
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"case": case.name, "path": str(path)}) + "\n")
        self.process.stdin.flush()
        return self._line()

    def _line(self) -> dict[str, Any]:
        assert self.process is not None
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            _, errors = self.process.communicate()
            return {"died": self.process.returncode, "errors": errors[-2000:]}
        return dict(json.loads(line))

    def close(self) -> None:
        if self.process is not None:
            self.process.communicate()


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    one = Worker()
    yield one
    one.close()


def test_the_corpus_is_large_and_no_file_is_in_it_twice() -> None:
    assert len(CASES) >= 150
    assert len({case.name for case in CASES}) == len(CASES)
    assert sum(not case.heavy for case in CASES) >= 150


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=case.name, marks=[pytest.mark.slow] if case.heavy else []) for case in CASES]
)
def test_a_malformed_file_is_read_or_refused(case: Case, worker: Worker, tmp_path: Path) -> None:
    path = tmp_path / case.file
    path.write_bytes(case.make())
    found = worker.read(case, path)
    assert "traceback" not in found, found["traceback"]
    assert "died" not in found, found["errors"]
    assert found["seconds"] < SECONDS
    assert found["peak_mb"] < MEGABYTES
    assert found.get("refused") == case.refused
    if case.refused is not None:
        assert case.file in found["zh"]
        assert case.file in found["en"]
        assert any("\u4e00" <= sign <= "\u9fff" for sign in found["zh"])
    for name, wanted in case.finds.items():
        assert (tuple(found[name]) if isinstance(wanted, tuple) else found[name]) == wanted
