"""Writes the corpus to a folder: python -m tests.data.ingest.corpus FOLDER."""

import sys
from pathlib import Path

from tests.data.ingest.corpus.every import CASES

if __name__ == "__main__":
    for number, case in enumerate(CASES):
        folder = Path(sys.argv[1]) / f"{number:03} {case.name}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / case.file).write_bytes(case.make())
