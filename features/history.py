"""Which versions exist, as arrays: the one gate between a register and everything that models, times or shows it.

Nothing else in `features` or `training` reads events.  Instants become local wall-clock microseconds here, kinds
become small integers, dated attributes become versions of their own pseudo-kind, so that one kernel serves all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data import vocabulary
from data.contract import Register
from data.times import wall

Ints = NDArray[np.int64]

#: Contacts that our own act or a remedy brought about: on the timeline, in no measure.
CAUSED = "caused_contact"
#: A progress reply with a document number; without one it is no substantive contact.
DOCUMENTED = "progress_reply_documented"

_SOLVED = {"no": 1, "partly": 2, "fully": 3}
_LEVEL = {band: step for step, band in enumerate(vocabulary.BANDS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class KindIndex:
    """Which integer a kind has, and which integers a group of kinds means."""

    ids: dict[str, int]
    groups: dict[str, tuple[int, ...]]
    _flags: dict[tuple[str, ...], NDArray[np.bool_]] = field(default_factory=dict[tuple[str, ...], NDArray[np.bool_]])

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
        if key not in self._flags:
            chosen = np.zeros(len(self.ids), dtype=bool)
            chosen[list(self.of(names))] = True
            self._flags[key] = chosen
        return self._flags[key]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Versions sorted by (matter, occurred, file order); all arrays have shape (n,) except the last three.

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

    def block(self, first: int, last: int) -> "History":
        """The same for matters first..last-1 only (views, no copies); matter numbers start at 0 again."""
        low, high = int(self.starts[first]), int(self.starts[last])
        cut = {
            column.name: getattr(self, column.name)[low:high]
            for column in fields(self)
            if column.name not in ("matter", "matter_ids", "starts", "kinds", "texts", "time_zone")
        }
        return History(
            matter=self.matter[low:high] - np.int32(first),
            matter_ids=self.matter_ids[first:last],
            starts=self.starts[first : last + 1] - low,
            kinds=self.kinds,
            texts=self.texts,
            time_zone=self.time_zone,
            **cut,
        )


def kind_index(roles: dict[str, str], attributes: Sequence[str]) -> KindIndex:
    """Ids and groups for the kinds of a register (`roles`: kind → role) and its dated attributes."""
    codes = sorted({kind.code for kind in vocabulary.KINDS} | set(roles))
    names = [*codes, CAUSED, DOCUMENTED, *(f"attribute:{name}" for name in sorted(attributes))]
    ids = {name: number for number, name in enumerate(names)}
    role_of = {kind.code: kind.role.value for kind in vocabulary.KINDS} | roles
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
    groups["closers"] = tuple(ids[code] for code in vocabulary.CLOSERS)
    return KindIndex(ids=ids, groups=groups)


def make_history(register: Register) -> History:
    """The versions of a register as arrays, matters in the order of their sorted ids."""
    zone = register.time_zone
    matter_ids = register.matters["matter_id"].unique().sort()
    index = pl.DataFrame({"matter_id": matter_ids, "matter": np.arange(len(matter_ids), dtype=np.int32)})
    usable = register.attributes.filter("usable")
    names = usable["name"].unique().to_list()
    kinds = kind_index(register.roles, names)

    events = register.events.select(
        "matter_id",
        _kind_expression(register.roles, kinds),
        "occurred_at",
        "known_from",
        "known_until",
        "seq",
        "due_at",
        pl.col("amount").fill_null(0).alias("number"),
        pl.lit(None, pl.String).alias("text"),
        pl.col("people_band").cast(pl.Int8).alias("people"),
        pl.col("parts_missing").fill_null(-1).cast(pl.Int8).alias("parts"),
        pl.col("solved").replace_strict(_SOLVED, default=0, return_dtype=pl.Int8),
        pl.col("officer_level").replace_strict(_LEVEL, default=-1, return_dtype=pl.Int8).alias("level"),
        pl.int_range(pl.len(), dtype=pl.Int64).alias("row_id"),
    )
    facts = usable.select(
        "matter_id",
        ("attribute:" + pl.col("name")).replace_strict(kinds.ids, return_dtype=pl.Int16).alias("kind"),
        "occurred_at",
        "known_from",
        "known_until",
        "seq",
        pl.lit(None, pl.Int64).alias("due_at"),
        pl.col("number").fill_null(0),
        "text",
        pl.lit(0, pl.Int8).alias("people"),
        pl.lit(-1, pl.Int8).alias("parts"),
        pl.lit(0, pl.Int8).alias("solved"),
        pl.lit(-1, pl.Int8).alias("level"),
        pl.lit(-1, pl.Int64).alias("row_id"),
    )
    # The full key makes the order, and so every tie, independent of the order rows arrive in.
    order = ["matter", "occurred_at", "seq", "kind", "known_from", "known_until", "number", "text", "due_at", "people"]
    rows = (
        pl.concat([events, facts])
        .join(index, on="matter_id", how="inner")
        .drop("matter_id")
        .sort(order, nulls_last=True)
    )
    texts = tuple(rows["text"].drop_nulls().unique().sort().to_list())
    code = rows["text"].replace_strict(
        {text: number for number, text in enumerate(texts)}, default=-1, return_dtype=pl.Int32
    )
    occurred = wall(rows["occurred_at"], zone)
    opens = np.maximum(wall(rows["known_from"], zone), occurred)
    matter = rows["matter"].to_numpy()
    return History(
        matter=matter,
        kind=rows["kind"].to_numpy(),
        occurred=occurred,
        opens=opens,
        closes=wall(rows["known_until"], zone),
        due=wall(rows["due_at"], zone),
        number=rows["number"].to_numpy(),
        code=code.to_numpy(),
        people=rows["people"].to_numpy(),
        parts=rows["parts"].to_numpy(),
        solved=rows["solved"].to_numpy(),
        level=rows["level"].to_numpy(),
        row_id=rows["row_id"].to_numpy(),
        matter_ids=matter_ids,
        starts=np.searchsorted(matter, np.arange(len(matter_ids) + 1)).astype(np.int64),
        kinds=kinds,
        texts=texts,
        time_zone=zone,
    )


def _kind_expression(roles: dict[str, str], kinds: KindIndex) -> pl.Expr:
    role_of = {kind.code: kind.role.value for kind in vocabulary.KINDS} | roles
    raised = [code for code, role in role_of.items() if role in ("contact", "from_above")]
    return (
        pl.when(pl.col("kind").is_in(raised) & pl.col("caused_by").is_not_null())
        .then(pl.lit(CAUSED))
        .when((pl.col("kind") == "progress_reply") & pl.col("document_no").is_not_null())
        .then(pl.lit(DOCUMENTED))
        .otherwise(pl.col("kind"))
        .replace_strict(kinds.ids, return_dtype=pl.Int16)
        .alias("kind")
    )
