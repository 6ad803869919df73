"""The lists of a screening as files, one an office: made side by side, each export on record (G15, G17)."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from data.store.engine import Store, open_store
from data.whole_file import write_whole
from serving.export import Form, Recipient, export_list
from serving.export_text import Language
from training.sweep_list import PARTS

#: Entries that take about as long to write as a second process takes to start.
_WORTH_TWO = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """What all files of a screening have in common; `now` is UTC microseconds."""

    screening_id: str
    recipient: Recipient
    purpose: str
    user: str
    now: int
    language: Language
    time_zone: str
    department: str | None = None
    form: Form = "xlsx"


def entries_of(offices: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """How many entries stand on the list of each office, from the summary of a screening (`ranking.summary_of`)."""
    return {office: sum(counts[part] for part in PARTS) for office, counts in offices.items()}


def write_workbooks(
    store: Store, key: bytes, offices: Mapping[str, int], out: Path, copies: Copies, *, worth_two: int = _WORTH_TWO
) -> list[Path]:
    """The files written into `out`, by office; `offices` are those wanted, with the entries on the list of each.

    From `worth_two` entries on a second process makes half of them.  What is on record and on disk stays where a
    later office is refused.  Raises as `export_list`.
    """
    mine, other = _halves(offices) if sum(offices.values()) >= worth_two else (sorted(offices), list[str]())
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        beside = pool.submit(_apart, store.url, key, other, out, copies) if other else None
        _write(store, key, mine, out, copies)
        if beside is not None:
            beside.result()
    return [_path(out, office, copies) for office in sorted(offices)]


def _halves(offices: Mapping[str, int]) -> tuple[list[str], list[str]]:
    """Two lots of about as many entries each."""
    lots: tuple[list[str], list[str]] = ([], [])
    held = [0, 0]
    for office in sorted(offices, key=lambda office: (-offices[office], office)):
        lighter = held.index(min(held))
        lots[lighter].append(office)
        held[lighter] += offices[office]
    return lots


def _apart(url: str, key: bytes, offices: Sequence[str], out: Path, copies: Copies) -> None:
    store = open_store(url)
    try:
        _write(store, key, offices, out, copies)
    finally:
        store.close()


def _write(store: Store, key: bytes, offices: Sequence[str], out: Path, copies: Copies) -> None:
    for office in offices:
        content = export_list(
            store,
            key,
            copies.screening_id,
            office_id=office,
            recipient=copies.recipient,
            purpose=copies.purpose,
            user=copies.user,
            now=copies.now,
            language=copies.language,
            time_zone=copies.time_zone,
            department=copies.department,
            form=copies.form,
        )
        write_whole(_path(out, office, copies), content)


def _path(out: Path, office: str, copies: Copies) -> Path:
    return out / f"{office}.{copies.form}"
