"""Which row of which copy a line of a filled-in workbook is, and whether the desk has moved on since it was printed."""

import hashlib
import hmac
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from data.store import flags, plans
from data.store.engine import Store
from data.store.flags import Decision
from data.store.plans import Measure, Plan, Result
from serving.lists import Line

_MARK = "PR1"
_SPLIT = "|"
_STATE_SIGNS, _SEAL_SIGNS = 16, 32


@dataclass(frozen=True, slots=True, kw_only=True)
class RowKey:
    """One row of a copy: its place among the copy's rows (from 1), and how its matter stood at the desk (`state`)."""

    serial: str
    screening_id: str
    matter_id: str
    part: str
    place: int
    rows: int
    state: str
    office_id: str


def write_keys(
    lines: Sequence[Line], states: dict[str, str], *, serial: str, screening_id: str, office_id: str, key: bytes
) -> dict[tuple[str, str], str]:
    """The sealed key of every row of a copy, by (matter id, part); `states` as `desk_states`."""
    made: dict[tuple[str, str], str] = {}
    for place, line in enumerate(lines, 1):
        row = RowKey(
            serial=serial,
            screening_id=screening_id,
            matter_id=line.entry.matter_id,
            part=line.entry.part,
            place=place,
            rows=len(lines),
            state=states[line.entry.matter_id],
            office_id=office_id,
        )
        made[line.entry.matter_id, line.entry.part] = sealed(row, key)
    return made


def sealed(row: RowKey, key: bytes) -> str:
    """The row key as it stands in the sheet, with a seal only this installation can make."""
    words = _SPLIT.join(
        (
            _MARK,
            row.serial,
            row.screening_id,
            row.matter_id,
            row.part,
            str(row.place),
            str(row.rows),
            row.state,
            row.office_id,
        )
    )
    return f"{words}{_SPLIT}{_seal(words, key)}"


def read_key(text: str, key: bytes) -> RowKey | None:
    """The row a key names; None for one that was not made here, or was changed."""
    words, _, seal = text.strip().rpartition(_SPLIT)
    if not hmac.compare_digest(_seal(words, key).encode(), seal.encode()):
        return None
    _, serial, screening_id, matter_id, part, place, rows, state, office_id = words.split(_SPLIT, 8)
    return RowKey(
        serial=serial,
        screening_id=screening_id,
        matter_id=matter_id,
        part=part,
        place=int(place),
        rows=int(rows),
        state=state,
        office_id=office_id,
    )


def desk_states(store: Store, screening_id: str, office_id: str, matters: Iterable[str]) -> dict[str, str]:
    """How matters stand at the desk, as a short digest each: it changes with every decision, plan, measure, result."""
    wanted = list(dict.fromkeys(matters))
    decided = flags.latest_decisions(store, screening_id, [office_id])
    planned = plans.latest(store, Plan, wanted)
    measured = plans.latest(store, Measure, wanted)
    ended = plans.latest(store, Result, wanted)
    return {
        matter: _digest([_once(row.get(matter)) for row in (decided, planned, measured, ended)]) for matter in wanted
    }


def _once(row: Decision | Plan | Measure | Result | None) -> str:
    if row is None:
        return ""
    return f"{row.decided_by if isinstance(row, Decision) else row.by}:{row.once}"


def _digest(words: Sequence[str]) -> str:
    return hashlib.sha256(json.dumps(words).encode()).hexdigest()[:_STATE_SIGNS]


def _seal(words: str, key: bytes) -> str:
    return hmac.new(key, b"row of a copy\0" + words.encode(), hashlib.sha256).hexdigest()[:_SEAL_SIGNS]
