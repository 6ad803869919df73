"""Reads files of the corpus in a process of its own, one line of JSON in and one out: none can take others down.

In: {"case": name, "folder": path}.  Out: what came of it: the refusal's code and words, or what was read, with the
seconds it took and the most memory the process has held so far.
"""

import json
import resource
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import polars as pl

from data.errors import InputRefused
from data.ingest.propose import propose
from data.ingest.read import read_source
from serving.bench.memory import peak_mib
from tests.data.ingest.corpus.case import Case, long_mapping, wide_mapping
from tests.data.ingest.corpus.every import CASES

NOW = 1_795_140_000_000_000
#: More than any file may take; beyond it the process is stopped rather than the machine.
ADDRESS_SPACE = 6 << 30
OFFICES = pl.DataFrame({"office_id": ["430212"], "name": ["渌口区人民检察院"], "level": ["county"]})


def outcome(case: Case, path: Path) -> dict[str, Any]:
    """What reading the file under its mapping, and proposing one for it, gives."""
    mapping = wide_mapping(case.sheet) if case.wide else long_mapping(case.sheet)
    found: dict[str, Any] = {}
    try:
        drafts = read_source(path, mapping, now=NOW)
        found |= {
            "events": drafts.events.height,
            "rejects": sorted(set(drafts.rejects["rule"])),
            "noted": sorted(set(drafts.blanked["rule"])),
            "totals": sum(one.totals for one in drafts.reading.sheets),
            "hidden_rows": sum(one.hidden_rows for one in drafts.reading.sheets),
            "macros": drafts.reading.macros,
        }
    except InputRefused as refused:
        found |= {"refused": refused.code, "zh": refused.text("zh"), "en": refused.text("en")}
    try:
        propose(path, offices=OFFICES)
    except InputRefused as refused:
        found |= {"map": refused.code}
    return found


def _say(found: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Answer until the input ends."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    cases = {case.name: case for case in CASES}
    _say({"ready": True})
    for line in sys.stdin:
        asked = json.loads(line)
        path = Path(asked["path"])
        start = time.perf_counter()
        try:
            found = outcome(cases[asked["case"]], path)
        except BaseException:
            found = {"traceback": traceback.format_exc()}
        found["seconds"] = time.perf_counter() - start
        found["peak_mb"] = peak_mib()
        _say(found)


if __name__ == "__main__":
    main()
