"""Which yearly reports are kept in the state directory, and what the newest one has to say."""

import json
import re
from pathlib import Path
from typing import Any

FOLDER = "sunset"
_NAME = re.compile(r"(20\d\d)\.json")


def years_kept(state: Path) -> list[int]:
    """The years of which a report is kept, the latest first."""
    found = [_NAME.fullmatch(path.name) for path in (state / FOLDER).glob("*.json")]
    return sorted((int(name[1]) for name in found if name), reverse=True)


def read_sunset(state: Path, year: int) -> dict[str, Any] | None:
    """The report of a year as it was written; None where there is none."""
    path = state / FOLDER / f"{year}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def sunset_finding(state: Path) -> dict[str, Any] | None:
    """What the newest report has people decide, as a finding; None for nothing."""
    kept = years_kept(state)
    report = read_sunset(state, kept[0]) if kept else None
    return None if report is None else report["finding"]
