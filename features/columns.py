"""What the rows of a register are as arrays: instants by the wall clock, kinds and texts as small integers."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import DTypeLike, NDArray

from data import vocabulary
from data.contract import Register
from data.times import FAR_US, wall
from features.kinds import CAUSED, DOCUMENTED, KindIndex, raised_kinds
from features.numbering import Numbering
from features.order import Columns

#: What a version holds; `seq` is its place in the file.
DTYPES: dict[str, DTypeLike] = {
    "matter": np.int32,
    "kind": np.int16,
    "occurred": np.int64,
    "opens": np.int64,
    "closes": np.int64,
    "due": np.int64,
    "number": np.int64,
    "code": np.int32,
    "people": np.int8,
    "parts": np.int8,
    "solved": np.int8,
    "level": np.int8,
    "row_id": np.int64,
    "seq": np.int64,
}
_SHARED = ("matter_id", "occurred_at", "known_from", "known_until", "seq")
_FACT_COLUMNS = (*_SHARED, "name", "number", "text")
_EVENT_COLUMNS = (
    *(*_SHARED, "kind", "caused_by", "document_no", "due_at", "amount"),
    *("people_band", "parts_missing", "solved", "officer_level"),
)
_SOLVED = {"no": 1, "partly": 2, "fully": 3}
_LEVEL = {band: step for step, band in enumerate(vocabulary.BANDS)}


def columns_of(
    register: Register, kinds: KindIndex, numbering: Numbering, only: NDArray[np.bool_] | None
) -> tuple[Columns, tuple[str, ...]]:
    """The versions of a register, of all kinds or of `only` some (flags by kind), in the order they lie: events, then
    usable attributes.  The texts those hold come with them, `code` counts into them."""
    zone = register.time_zone
    events, usable = register.events.lazy(), register.attributes.lazy().filter("usable")
    if only is not None:
        wanted = {name for name, held in zip(kinds.ids, np.atleast_1d(only), strict=True) if held}
        if DOCUMENTED in wanted:
            wanted.add("progress_reply")
        if CAUSED in wanted:
            wanted.update(raised_kinds(register.roles))
        events = events.filter(pl.col("kind").is_in(list(wanted)))
        names = [name.removeprefix("attribute:") for name in wanted if name.startswith("attribute:")]
        usable = usable.filter(pl.col("name").is_in(names))
    # Columns nobody reads here, texts among them, are left where they are.
    found, facts = pl.collect_all([events.select(_EVENT_COLUMNS), usable.select(_FACT_COLUMNS)])
    texts = tuple(facts["text"].drop_nulls().unique().sort().to_list())
    parts = [_events(found, register.roles, kinds, numbering, zone), _facts(facts, kinds, texts, numbering, zone)]
    return {name: np.concatenate([part[name] for part in parts]) for name in DTYPES}, texts


def _codes(column: pl.Series, codes: Mapping[str, int], dtype: DTypeLike, empty: int = -1) -> NDArray[Any]:
    """A text column as small integers, `empty` for null. Shape (n,)."""
    place = column.cast(pl.Enum(list(codes))).to_physical().cast(pl.Int64).fill_null(len(codes)).to_numpy()
    return np.array([*codes.values(), empty], dtype=dtype)[place]


def _events(
    events: pl.DataFrame, roles: Mapping[str, str], kinds: KindIndex, numbering: Numbering, zone: str
) -> Columns:
    matter = numbering.of(events["matter_id"])
    kind = _codes(events["kind"], kinds.ids, np.int16)
    raised = np.append(np.isin(list(kinds.ids.values()), [kinds.ids[code] for code in raised_kinds(roles)]), False)[
        kind
    ]
    kind[raised & events["caused_by"].is_not_null().to_numpy()] = kinds.ids[CAUSED]
    documented = (kind == kinds.ids["progress_reply"]) & events["document_no"].is_not_null().to_numpy()
    kind[documented] = kinds.ids[DOCUMENTED]
    rows: Columns = {
        "kind": kind,
        "due": wall(events["due_at"], zone),
        "number": events["amount"].fill_null(0).to_numpy(),
        "code": np.full(len(events), -1, dtype=np.int32),
        "people": events["people_band"].cast(pl.Int8).to_numpy(),
        "parts": events["parts_missing"].fill_null(-1).cast(pl.Int8).to_numpy(),
        "solved": _codes(events["solved"], _SOLVED, np.int8, 0),
        "level": _codes(events["officer_level"], _LEVEL, np.int8),
        "row_id": np.arange(len(events), dtype=np.int64),
    }
    return _placed(rows, events, matter, zone)


def _facts(facts: pl.DataFrame, kinds: KindIndex, texts: tuple[str, ...], numbering: Numbering, zone: str) -> Columns:
    named = {name.removeprefix("attribute:"): number for name, number in kinds.ids.items() if ":" in name}
    size = len(facts)
    rows: Columns = {
        "kind": _codes(facts["name"], named, np.int16),
        "due": np.full(size, FAR_US),
        "number": facts["number"].fill_null(0).to_numpy(),
        "code": _codes(facts["text"], {text: number for number, text in enumerate(texts)}, np.int32),
        "people": np.zeros(size, dtype=np.int8),
        "parts": np.full(size, -1, dtype=np.int8),
        "solved": np.zeros(size, dtype=np.int8),
        "level": np.full(size, -1, dtype=np.int8),
        "row_id": np.full(size, -1, dtype=np.int64),
    }
    return _placed(rows, facts, numbering.of(facts["matter_id"]), zone)


def _placed(rows: Columns, frame: pl.DataFrame, matter: NDArray[np.int64], zone: str) -> Columns:
    """The rows with what events and facts share; those of a matter that is not in the register left out."""
    occurred = wall(frame["occurred_at"], zone)
    rows |= {
        "matter": matter.astype(np.int32),
        "occurred": occurred,
        "opens": np.maximum(wall(frame["known_from"], zone), occurred),
        "closes": wall(frame["known_until"], zone),
        "seq": frame["seq"].to_numpy(),
    }
    inside = matter >= 0
    return rows if inside.all() else {name: column[inside] for name, column in rows.items()}
