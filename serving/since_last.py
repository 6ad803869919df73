"""How an entry stands to the lists before: new, stayed, worse, or back after it had left; and what has left."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from data.store.engine import Store
from data.store.screenings import Screening, read_entries, read_screenings
from data.vocabulary import BANDS
from training.sweep_list import MODEL, MUST_ACT, POINTS

Since = Literal["new", "stayed", "worse", "back"]
#: Spot checks and reviews are no flags: standing among them says nothing of a matter.
LISTED: frozenset[str] = frozenset({MUST_ACT, MODEL, POINTS})
#: A list as matter id → (part, band) of what was flagged.
Flagged = Mapping[str, tuple[str, str | None]]
#: Lists looked back on for a matter that has come back.
_LOOK_BACK = 12


def lists_before(
    store: Store, office_ids: Iterable[str], cutoff: int, tree: Mapping[str, str | None]
) -> list[Screening]:
    """The issued lists with an earlier cutoff that hold some of these offices, the latest cutoff first."""
    offices = set(office_ids)
    found: dict[int, Screening] = {}
    for one in read_screenings(store):
        if one.cutoff < cutoff and any(one.scope in _above(office, tree) for office in offices):
            found.setdefault(one.cutoff, one)
    return list(found.values())[:_LOOK_BACK]


def since(entries: Sequence[Mapping[str, Any]], before: Sequence[Flagged]) -> list[str | None]:
    """How each entry (office_id, matter_id, part, band) stands to the lists before, the latest first.

    `before` holds, for each earlier list, matter id → (part, band).  None for a part that is no flag, and where no
    list was before.
    """
    return [_since(entry, before) if entry["part"] in LISTED and before else None for entry in entries]


def flagged(store: Store, screening: Screening, offices: Iterable[str]) -> dict[str, tuple[str, str | None]]:
    """The flagged matters of a list with their part and band."""
    entries = read_entries(store, screening.screening_id, offices=offices, parts=(MUST_ACT, MODEL, POINTS))
    return {entry.matter_id: (entry.part, entry.band) for entry in entries}


def _since(entry: Mapping[str, Any], before: Sequence[Flagged]) -> Since:
    last = before[0].get(entry["matter_id"])
    if last is None:
        return "back" if any(entry["matter_id"] in older for older in before[1:]) else "new"
    part, band = last
    risen = _rank(entry["band"]) > _rank(band)
    return "worse" if risen or (entry["part"] == MUST_ACT and part != MUST_ACT) else "stayed"


def _rank(band: str | None) -> int:
    return BANDS.index(band) if band in BANDS else -1


def _above(office: str, tree: Mapping[str, str | None]) -> set[str]:
    found: set[str] = set()
    at: str | None = office
    while at is not None and at not in found:
        found.add(at)
        at = tree.get(at)
    return found
