"""Which versions exist, as arrays: the one gate between a register and everything that models, times or shows it.

Nothing else in `features` or `training` reads events.  Instants become local wall-clock microseconds here, kinds
become small integers, dated attributes become versions of their own pseudo-kind, so that one kernel serves all.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
import polars as pl
from numpy.typing import DTypeLike, NDArray

from data import vocabulary
from data.contract import Register
from data.times import FAR_US, wall
from features.numbering import Numbering, numbering_of

Ints = NDArray[np.int64]
T = TypeVar("T")

#: Contacts that our own act or a remedy brought about: on the timeline, in no measure.
CAUSED = "caused_contact"
#: A progress reply with a document number; without one it is no substantive contact.
DOCUMENTED = "progress_reply_documented"

Columns = dict[str, NDArray[Any]]
#: What a version holds, besides its place in the file.
_DTYPES: dict[str, DTypeLike] = {
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
#: What a history holds besides its versions.
_OF_THE_WHOLE = ("matter_ids", "starts", "kinds", "texts", "time_zone", "only", "numbering")
_SHARED = ("matter_id", "occurred_at", "known_from", "known_until", "seq")
_FACT_COLUMNS = (*_SHARED, "name", "number", "text")
_EVENT_COLUMNS = (
    *(*_SHARED, "kind", "caused_by", "document_no", "due_at", "amount"),
    *("people_band", "parts_missing", "solved", "officer_level"),
)
#: What decides between versions of the same matter, time and place in the file, in this order.
_TIES = ("kind", "opens", "closes", "number", "code", "due", "people", "parts", "solved", "level")
_SOLVED = {"no": 1, "partly": 2, "fully": 3}
_LEVEL = {band: step for step, band in enumerate(vocabulary.BANDS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class KindIndex:
    """Which integer a kind has, and which integers a group of kinds means."""

    ids: dict[str, int]
    groups: dict[str, tuple[int, ...]]
    _kept: dict[Any, Any] = field(default_factory=dict[Any, Any])

    def keep(self, key: Any, make: Callable[[], T]) -> T:
        """The value under `key`, made once for these kinds: tables that many views share."""
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]

    def of(self, names: Sequence[str]) -> tuple[int, ...]:
        """The sorted ids of kinds, groups (role names, `substantive_contact`) and `attribute:NAME`s; unknown: none."""
        found: set[int] = set()
        for name in names:
            if name in self.groups:
                found.update(self.groups[name])
            elif name in self.ids:
                found.add(self.ids[name])
        return tuple(sorted(found))

    def flags(self, names: Sequence[str]) -> NDArray[np.bool_]:
        """For each kind id whether it is one of `names`; made once a set of names. Shape (kinds,)."""
        key = tuple(names)

        def make() -> NDArray[np.bool_]:
            chosen = np.zeros(len(self.ids), dtype=bool)
            chosen[list(self.of(names))] = True
            return chosen

        return self.keep(key, make)

    def table(self, groups: tuple[tuple[str, ...], ...]) -> NDArray[np.bool_]:
        """The flags of several groups of names. Shape (groups, kinds)."""
        return self.keep(("table", groups), lambda: np.array([self.flags(names) for names in groups]))


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Versions sorted by (matter, occurred, file order); all arrays up to `row_id` have shape (n,).

    `opens`/`closes`: a version is visible at cutoff c iff opens < c <= closes.  `number` is an amount (fen), an
    attribute's number or 0; `code` an attribute's text as an index into `texts`, -1 for none.
    """

    matter: NDArray[np.int32]
    kind: NDArray[np.int16]
    occurred: Ints
    opens: Ints
    closes: Ints
    due: Ints
    number: Ints
    code: NDArray[np.int32]
    people: NDArray[np.int8]
    parts: NDArray[np.int8]
    solved: NDArray[np.int8]
    level: NDArray[np.int8]
    row_id: NDArray[np.int64]
    matter_ids: pl.Series
    starts: Ints
    kinds: KindIndex
    texts: tuple[str, ...]
    time_zone: str
    #: Which kinds were taken in, where not all were. Shape (kinds,).
    only: NDArray[np.bool_] | None = None
    #: How the matters of the whole register are numbered; None for a part of it.
    numbering: Numbering | None = None

    def block(self, first: int, last: int) -> "History":
        """The same for matters first..last-1 only (views, no copies); matter numbers start at 0 again."""
        low, high = int(self.starts[first]), int(self.starts[last])
        cut = {
            column.name: getattr(self, column.name)[low:high]
            for column in fields(self)
            if column.name not in ("matter", *_OF_THE_WHOLE)
        }
        return History(
            matter=self.matter[low:high] - np.int32(first),
            matter_ids=self.matter_ids[first:last],
            starts=self.starts[first : last + 1] - low,
            kinds=self.kinds,
            texts=self.texts,
            time_zone=self.time_zone,
            only=self.only,
            **cut,
        )


def register_kinds(register: Register) -> KindIndex:
    """The kinds of a register and its dated attributes; the same object for registers that have the same."""
    names = register.attributes.lazy().filter("usable").select(pl.col("name").unique().sort()).collect()
    return kind_index(tuple(sorted(register.roles.items())), tuple(names["name"]))


@lru_cache(maxsize=64)
def kind_index(role_items: tuple[tuple[str, str], ...], attributes: tuple[str, ...]) -> KindIndex:
    """Ids and groups for some kinds (pairs of kind and role) and dated attributes, made once."""
    roles = dict(role_items)
    codes = sorted(_role_of(roles))
    names = [*codes, CAUSED, DOCUMENTED, *(f"attribute:{name}" for name in attributes)]
    ids = {name: number for number, name in enumerate(names)}
    role_of = _role_of(roles)
    groups: dict[str, tuple[int, ...]] = {
        role.value: tuple(ids[code] for code in codes if role_of[code] == role.value) for role in vocabulary.Role
    }
    # A documented progress reply is a reply like any other; a caused contact is no contact.
    groups["reply"] = (*groups["reply"], ids[DOCUMENTED])
    groups["progress_reply"] = (ids["progress_reply"], ids[DOCUMENTED])
    groups["substantive_contact"] = (*(ids[code] for code in vocabulary.SUBSTANTIVE), ids[DOCUMENTED])
    groups["raised_again"] = (*groups["contact"], *groups["from_above"])
    # Being urged is no step of the one who is urged.
    groups["own_step"] = (*(one for one in groups["intake"] if one != ids["urged"]), *groups["reply"])
    groups["remedy_started"] = tuple(one for one in groups["remedy"] if one != ids["remedy_answered"])
    groups["closers"] = tuple(ids[code] for code in vocabulary.CLOSERS)
    return KindIndex(ids=ids, groups=groups)


def no_history(kinds: KindIndex) -> History:
    """The history of no matter, for some kinds."""
    nothing: Columns = {name: np.zeros(0, dtype=dtype) for name, dtype in _DTYPES.items()}
    return _history(nothing, kinds, numbering_of(pl.Series("matter_id", [], dtype=pl.String)), (), "UTC")


def make_history(register: Register, groups: Sequence[Sequence[str]] | None = None) -> History:
    """The versions of a register as arrays, matters in the order of their sorted ids.

    With `groups` only versions of those kinds and groups of kinds: what a plan asks of nothing else needs.
    """
    zone = register.time_zone
    numbering = numbering_of(register.matters["matter_id"])
    kinds = register_kinds(register)
    events, usable = register.events.lazy(), register.attributes.lazy().filter("usable")
    only = None if groups is None else np.any([kinds.flags(names) for names in groups], axis=0)
    if only is not None:
        wanted = {name for name, held in zip(kinds.ids, np.atleast_1d(only), strict=True) if held}
        if DOCUMENTED in wanted:
            wanted.add("progress_reply")
        if CAUSED in wanted:
            wanted.update(_raised(register.roles))
        events = events.filter(pl.col("kind").is_in(list(wanted)))
        names = [name.removeprefix("attribute:") for name in wanted if name.startswith("attribute:")]
        usable = usable.filter(pl.col("name").is_in(names))
    # Columns nobody reads here, texts among them, are left where they are.
    events, usable = events.select(_EVENT_COLUMNS).collect(), usable.select(_FACT_COLUMNS).collect()
    texts = tuple(usable["text"].drop_nulls().unique().sort().to_list())
    parts = [_events(events, register.roles, kinds, numbering, zone), _facts(usable, kinds, texts, numbering, zone)]
    rows = {name: np.concatenate([part[name] for part in parts]) for name in _DTYPES}
    return _history(rows, kinds, numbering, texts, zone, only)


def _history(
    rows: Columns,
    kinds: KindIndex,
    numbering: Numbering,
    texts: tuple[str, ...],
    time_zone: str,
    only: NDArray[np.bool_] | None = None,
) -> History:
    order = _order(rows)
    if order is not None:
        rows = {name: column[order] for name, column in rows.items()}
    matter = rows["matter"]
    return History(
        starts=matter.searchsorted(np.arange(len(numbering.ids) + 1)).astype(np.int64),
        matter_ids=numbering.ids,
        numbering=numbering,
        kinds=kinds,
        texts=texts,
        time_zone=time_zone,
        only=only,
        **{name: rows[name] for name in _DTYPES if name != "seq"},
    )


def _order(rows: Columns) -> Ints | None:
    """What sorts rows by (matter, occurred, file order), then by all they hold: whatever order they arrive in.

    None where they are sorted so already.
    """
    key = _key(rows)
    if key is None:
        order = np.lexsort((rows["seq"], rows["occurred"], rows["matter"]))
        follows = [rows[name][order] for name in ("matter", "occurred", "seq")]
        tied = np.all([column[1:] == column[:-1] for column in follows], axis=0)
    else:
        if np.all(key[1:] > key[:-1]):
            return None
        order = np.argsort(key)
        follows = key[order]
        tied = follows[1:] == follows[:-1]
    if tied.any():
        # Only what shares matter, time and place in the file, as the versions of one event do, needs the whole key.
        place = np.flatnonzero(np.append(tied, False) | np.append(False, tied))
        these = order[place]
        whole = [rows[name][these] for name in reversed(_TIES)]
        order[place] = these[np.lexsort((*whole, rows["seq"][these], rows["occurred"][these], rows["matter"][these]))]
    return order


def _key(rows: Columns) -> Ints | None:
    """One integer that sorts by (matter, occurred, file order), and by kind where there is room for it.

    None where 63 bits cannot hold it.
    """
    if not len(rows["matter"]):
        return np.zeros(0, dtype=np.int64)
    occurred, seq = rows["occurred"], rows["seq"]
    first, least = int(occurred.min()), int(seq.min())
    # Most ledgers know days only: then a day is the unit.
    unit = int(np.gcd.reduce(occurred - first)) or 1
    times, places = (int(occurred.max()) - first) // unit + 1, int(seq.max()) - least + 1
    if (int(rows["matter"].max()) + 1) * times * places >= 1 << 62:
        return None
    key = (rows["matter"] * np.int64(times) + (occurred - first) // unit) * places + (seq - least)
    # Facts and events are numbered apart in their files: their kinds, the first of the ties, tell most of them apart.
    kinds = int(rows["kind"].max()) + 1
    return key * kinds + rows["kind"] if (int(key.max()) + 1) * kinds < 1 << 62 else key


def _codes(column: pl.Series, codes: Mapping[str, int], dtype: DTypeLike, empty: int = -1) -> NDArray[Any]:
    """A text column as small integers, `empty` for null. Shape (n,)."""
    place = column.cast(pl.Enum(list(codes))).to_physical().cast(pl.Int64).fill_null(len(codes)).to_numpy()
    return np.array([*codes.values(), empty], dtype=dtype)[place]


def _raised(roles: Mapping[str, str]) -> list[str]:
    return [code for code, role in _role_of(roles).items() if role in ("contact", "from_above")]


def _role_of(roles: Mapping[str, str]) -> dict[str, str]:
    return {kind.code: kind.role.value for kind in vocabulary.KINDS} | dict(roles)


def _events(
    events: pl.DataFrame, roles: Mapping[str, str], kinds: KindIndex, numbering: Numbering, zone: str
) -> Columns:
    matter = numbering.of(events["matter_id"])
    kind = _codes(events["kind"], kinds.ids, np.int16)
    raised = np.append(np.isin(list(kinds.ids.values()), [kinds.ids[code] for code in _raised(roles)]), False)[kind]
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
