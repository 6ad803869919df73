"""What a register is: offices, matters, versions of events, dated attributes and the stored office context.

All times are UTC instants in int64 microseconds since 1970.  A version is visible at a cutoff when
`known_from < cutoff <= known_until` (null `known_until` = still standing): a correction at `u` closes one
version and opens the next, and exactly one of the two is seen at every cutoff.
Known flaws of the data are said at the column they concern.
"""

from dataclasses import dataclass, field
from functools import cache
from hashlib import sha1
from uuid import UUID

import dataframely as dy
import polars as pl

_NAMESPACE = UUID("5b0f6e0a-3f0e-5d0c-9d7e-0c5b7c7f5a11")
NAMESPACE_BYTES = _NAMESPACE.bytes


class Offices(dy.Schema):
    """The tree of offices: province → city → county."""

    office_id = dy.String(primary_key=True, min_length=1, max_length=40)
    name = dy.String(nullable=False, min_length=1)
    parent_id = dy.String(nullable=True)
    level = dy.Enum(["province", "city", "county"], nullable=False)


class Matters(dy.Schema):
    """One row per matter number of an office; descriptive columns are today's values, shown and never a feature."""

    matter_id = dy.String(primary_key=True)
    source = dy.String(nullable=False)
    office_id = dy.String(nullable=False)
    matter_no = dy.String(nullable=False, min_length=1, max_length=80)
    department = dy.String(nullable=True)
    handler = dy.String(nullable=True)
    category = dy.String(nullable=True)
    cause = dy.String(nullable=True)
    procedure_path = dy.String(nullable=True)
    respondent_post = dy.String(nullable=True)


class Events(dy.Schema):
    """Versions of events. An event may have several versions, at most one of them standing at any instant.

    `event_id` is stable across imports; `seq` keeps the file's order within one day.  `assumed` says that
    `known_at` is `occurred_at` plus the declared lag of the kind because the ledger has no entry time.
    """

    event_id = dy.String(nullable=False)
    matter_id = dy.String(nullable=False)
    kind = dy.String(nullable=False)
    occurred_at = dy.Int64(nullable=False)
    known_at = dy.Int64(nullable=False)
    known_from = dy.Int64(nullable=False)
    known_until = dy.Int64(nullable=True)
    recorded_at = dy.Int64(nullable=False)
    batch_id = dy.Int64(nullable=False)
    seq = dy.Int64(nullable=False)
    assumed = dy.Bool(nullable=False)
    people_band = dy.Int8(nullable=False, min=0, max=3)
    due_at = dy.Int64(nullable=True)
    amount = dy.Int64(nullable=True)
    solved = dy.String(nullable=True)
    caused_by = dy.String(nullable=True)
    document_no = dy.String(nullable=True)
    parts_missing = dy.Int8(nullable=True, min=0, max=31)
    rank = dy.String(nullable=True)
    form = dy.String(nullable=True)
    officer_level = dy.String(nullable=True)

    @dy.rule()
    def known_not_before_occurred(cls) -> pl.Expr:
        """The office cannot know what has not happened."""
        return pl.col("known_at") >= pl.col("occurred_at")

    @dy.rule()
    def known_from_not_before_known_at(cls) -> pl.Expr:
        """A version stands at the earliest when the office knew of the event."""
        return pl.col("known_from") >= pl.col("known_at")

    @dy.rule()
    def interval_not_reversed(cls) -> pl.Expr:
        """A version ends after it began."""
        return pl.col("known_until").is_null() | (pl.col("known_until") > pl.col("known_from"))


class Attributes(dy.Schema):
    """Versions of dated facts of a matter; `text` for categories, `number` (int: fen, days, 0/1) for measures.

    `usable` is true where the fact is dated, or declared fixed at registration with a reason; a fact that is
    neither is shown and reported, never a feature.
    """

    matter_id = dy.String(nullable=False)
    name = dy.String(nullable=False)
    text = dy.String(nullable=True)
    number = dy.Int64(nullable=True)
    occurred_at = dy.Int64(nullable=False)
    known_at = dy.Int64(nullable=False)
    known_from = dy.Int64(nullable=False)
    known_until = dy.Int64(nullable=True)
    recorded_at = dy.Int64(nullable=False)
    batch_id = dy.Int64(nullable=False)
    seq = dy.Int64(nullable=False)
    assumed = dy.Bool(nullable=False)
    usable = dy.Bool(nullable=False)


class Links(dy.Schema):
    """Versions of confirmed same-matter links: `alias_id` is a later number of matter `matter_id`."""

    alias_id = dy.String(nullable=False)
    matter_id = dy.String(nullable=False)
    known_from = dy.Int64(nullable=False)
    known_until = dy.Int64(nullable=True)


class OfficeContext(dy.Schema):
    """One stored row per (office, category, month), made at the month's end from what was visible then.

    `month_end` is the instant the row was made for; a snapshot reads the latest row with `month_end <= cutoff`.
    Cells with fewer than 20 matters are already shrunk to the province.
    """

    office_id = dy.String(nullable=False)
    category = dy.String(nullable=False)
    month_end = dy.Int64(nullable=False)
    open_matters = dy.Int64(nullable=False)
    overdue_permille = dy.Int64(nullable=False)
    return_permille = dy.Int64(nullable=False)


EVENT_PAYLOAD: tuple[str, ...] = (
    "people_band",
    "due_at",
    "amount",
    "solved",
    "caused_by",
    "document_no",
    "parts_missing",
    "rank",
    "form",
    "officer_level",
)


@cache
def _no_links() -> pl.DataFrame:
    return Links.create_empty()


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """What one data batch lets us see: frames by contract, how far the batches reach, and the roles of all kinds.

    `observed_until` (UTC microseconds) is the latest instant the office's batches cover: labels mature against
    it and no cutoff may lie beyond it.  `roles` maps every kind code in use, added kinds included, to its role.
    `links_checked` is the share of matter numbers whose links were checked (1.0 when numbered per matter), and
    `checked_by_office` that of each office where each contact gets a number.  `links` (contract.Links) are those
    already applied: the events of an alias stand in its matter's history since the confirmation.  `told` has, for each
    matter to which events were written after the last ledger, the instant from which all of them are seen.
    """

    offices: pl.DataFrame
    matters: pl.DataFrame
    events: pl.DataFrame
    attributes: pl.DataFrame
    observed_until: int
    time_zone: str
    roles: dict[str, str]
    links_checked: float = 1.0
    batch_id: int = 0
    checked_by_office: dict[str, float] = field(default_factory=dict[str, float])
    links: pl.DataFrame = field(default_factory=_no_links)
    told: dict[str, int] = field(default_factory=dict[str, int])

    def seen_until(self, matter_id: str) -> int:
        """How far a matter is known: as far as the ledger reaches, or to what was written of it since."""
        return max(self.observed_until, self.told.get(matter_id, 0))

    def unchecked_offices(self, least: float) -> tuple[str, ...]:
        """The offices with fewer numbers checked for links than `least`: nobody knows what came back there."""
        return tuple(sorted(office for office, share in self.checked_by_office.items() if share < least))


def matter_uuid(source: str, office_id: str, matter_no: str) -> str:
    """The opaque id of a matter, stable across re-imports."""
    return _uuid5(f"{source}\x1f{office_id}\x1f{matter_no}")


def event_uuid(source: str, matter_id: str, kind: str, key: str) -> str:
    """The identity of an event: `key` is the source's row id, else its local date and ordinal among equals."""
    return _uuid5(f"{source}\x1f{matter_id}\x1f{kind}\x1f{key}")


def _uuid5(name: str) -> str:
    """`str(uuid5(_NAMESPACE, name))`, three times faster: registers have millions of events."""
    h = sha1(NAMESPACE_BYTES + name.encode(), usedforsecurity=False).hexdigest()
    return f"{h[:8]}-{h[8:12]}-5{h[13:16]}-{'89ab'[int(h[16], 16) & 3]}{h[17:20]}-{h[20:32]}"
