"""How an entry stands to the lists before: new, stayed, worse, or back after it had left; and what has left."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from data.store.engine import Store
from data.store.screenings import Part, Screening, read_places, read_screenings
from data.vocabulary import BANDS
from training.sweep_list import MUST_ACT

Since = Literal["new", "stayed", "worse", "back"]
#: Spot checks and reviews are no flags: standing among them says nothing of a matter.
LISTED: frozenset[Part] = frozenset({"must_act", "model", "points"})
#: A list as matter id → (part, band) of what was flagged.
Flagged = Mapping[str, tuple[str, str | None]]
#: Lists looked back on for a matter that has come back.
_LOOK_BACK = 12


def flagged_before(store: Store, offices: Iterable[str], cutoff: int, tree: Mapping[str, str | None]) -> list[Flagged]:
    """What was flagged for these offices at each earlier cutoff, the latest first; an office's last list counts."""
    wanted = frozenset(offices)
    found: dict[int, dict[str, tuple[str, str | None]]] = {}
    settled: dict[int, set[str]] = {}
    for one in read_screenings(store):
        if one.cutoff >= cutoff or (one.cutoff not in found and len(found) == _LOOK_BACK):
            continue
        held = {office for office in wanted if one.scope in _above(office, tree)}
        fresh = held - settled.setdefault(one.cutoff, set())
        if fresh:
            settled[one.cutoff] |= fresh
            found.setdefault(one.cutoff, {}).update(flagged(store, one, fresh))
    return list(found.values())


def since(entries: Sequence[Mapping[str, Any]], before: Sequence[Flagged]) -> list[str | None]:
    """How each entry (office_id, matter_id, part, band) stands to the lists before, the latest first.

    `before` holds, for each earlier list, matter id → (part, band).  None for a part that is no flag, and where no
    list was before.
    """
    return [_since(entry, before) if entry["part"] in LISTED and before else None for entry in entries]


def flagged(store: Store, screening: Screening, offices: Iterable[str]) -> Flagged:
    """The flagged matters of a list with their part and band."""
    return read_places(store, screening.screening_id, offices=offices, parts=LISTED)


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
