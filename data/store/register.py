"""What the register holds: offices, matters, versions of events and attributes, and the stored office context."""

from collections.abc import Iterable
from dataclasses import replace

import polars as pl
import sqlalchemy as sa

from data.contract import Attributes, Events, Matters, OfficeContext, Offices, Register
from data.errors import NotAllowed, NotFound, TooLittleData
from data.links import apply_links, as_known_now
from data.store import inserts, schema, versions
from data.store import links as link_store
from data.store.batches import Batch, StoredBatch, View, batch_view, latest_batch, read_batches, undo_batch, view
from data.store.engine import Store
from data.store.imports import BatchOutcome, Tally, write_batch, write_offices, write_register
from data.store.versions import AddedKind
from data.vocabulary import KINDS

__all__ = [
    "AddedKind",
    "AliasNumber",
    "Batch",
    "BatchOutcome",
    "StoredBatch",
    "Tally",
    "View",
    "batch_view",
    "find_matter",
    "latest_batch",
    "matter_events",
    "matter_register",
    "read_batches",
    "read_context",
    "read_kinds",
    "read_matters",
    "read_offices",
    "read_register",
    "undo_batch",
    "write_batch",
    "write_context",
    "write_offices",
    "write_register",
]


class AliasNumber(NotAllowed):
    """The number is a later one of another matter, `matter_id`: that one has the history, the clocks and the score."""

    status = 409

    def __init__(self, matter_id: str) -> None:
        super().__init__(
            "alias_number",
            "该编号已确认并入较早的事项，请查看该事项",
            "this number was confirmed as a later one of another matter; look at that one",
        )
        self.matter_id = matter_id


_OFFICE_TYPES = Offices.create_empty().schema
#: Made once: each is asked for with every matter a person opens.
_NO_MATTERS, _NO_EVENTS, _NO_ATTRIBUTES = Matters.create_empty(), Events.create_empty(), Attributes.create_empty()


def read_offices(store: Store) -> pl.DataFrame:
    """All offices by contract.Offices, ordered by id."""
    with store.read() as connection:
        return _offices(connection)


def office_tree(store: Store) -> list[tuple[str, str | None]]:
    """Every office with the one above it, None for none; ordered by id."""
    return [(office, parent) for office, parent, _ in office_names(store)]


def office_names(store: Store) -> list[tuple[str, str | None, str]]:
    """Every office with the one above it (None for none) and its name; ordered by id."""
    table = schema.offices
    query = sa.select(table.c.office_id, table.c.parent_id, table.c.name).order_by(table.c.office_id)
    with store.read() as connection:
        return [(office, parent, name) for office, parent, name in connection.execute(query)]


def read_register(
    store: Store, *, batch_id: int | None = None, offices: Iterable[str] | None = None, time_zone: str | None = None
) -> Register:
    """The register as batch `batch_id` saw it (None: now), of some offices (None: all).

    `observed_until` is the earliest, over the offices with matters, of the latest instant their batches cover: no
    label may mature on an office whose file is not there yet.  `time_zone` overrides that of the latest batch.
    Same-matter links confirmed before that instant are applied (data.links).
    1.7 M events take about a second.  Raises TooLittleData where nothing is stored, NotFound for a batch never given.
    """
    seen = batch_view(store, batch_id)
    scope = None if offices is None else tuple(offices)
    matters, events, attributes = versions.everything(store, seen, offices=scope)
    with store.read() as connection:
        register = _register(connection, seen, matters, events, attributes, time_zone)
        return apply_links(register, link_store.links_of_view(connection, seen, before=register.observed_until))


def matter_register(
    store: Store, matter_id: str, *, batch_id: int | None = None, time_zone: str | None = None
) -> Register:
    """The register of one matter, through the pool: what the online score reads.

    What people linked or corrected is taken as known at once, also where the ledger does not reach that day; what was
    written since is in `told`.  Raises
    NotFound for no such matter, AliasNumber for a later number of another matter.
    """
    with store.read() as connection:
        seen = view(connection, batch_id)
        linked = link_store.links_of_view(connection, seen, numbers=[matter_id])
        for row in linked.filter((pl.col("alias_id") == matter_id) & pl.col("known_until").is_null()).to_dicts():
            raise AliasNumber(row["matter_id"])
        found = _few(connection, seen, [matter_id], linked, time_zone)
        if found is None:
            raise NotFound("no_such_matter", "没有该事项，或您无权查看", "no such matter, or not visible to you")
        return found


def staff_register(
    store: Store, office_id: str, *, handler: str | None = None, department: str | None = None
) -> Register | None:
    """The matters that stand with a handler or a department of an office, read as `matter_register` reads one.

    Later numbers of another matter are part of that matter.  None where nothing stands with them.
    """
    table = schema.matters
    wanted = table.c.office_id == office_id
    if handler is not None:
        wanted &= table.c.handler == handler
    if department is not None:
        wanted &= table.c.department == department
    with store.read() as connection:
        seen = view(connection, None)
        ids = versions.matters_of(connection, seen, wanted)["matter_id"].unique().sort().to_list()
        now = versions.matters_by_id(connection, seen, ids)
        if handler is not None:
            now = now.filter(pl.col("handler") == handler)
        if department is not None:
            now = now.filter(pl.col("department") == department)
        linked = link_store.links_of_view(connection, seen, numbers=now["matter_id"].to_list())
        later = linked.filter(pl.col("known_until").is_null())["alias_id"].to_list()
        mine = now.filter(~pl.col("matter_id").is_in(later))["matter_id"].to_list()
        return _few(connection, seen, mine, linked.filter(pl.col("matter_id").is_in(mine)), None)


def _few(
    connection: sa.Connection, seen: View, matter_ids: list[str], linked: pl.DataFrame, time_zone: str | None
) -> Register | None:
    """The register of some matters with the numbers linked to them; None where none of them is there."""
    group = [*matter_ids, *linked["alias_id"].unique().sort().to_list()]
    matters = versions.matters_by_id(connection, seen, list(dict.fromkeys(group)))
    mine = matters.filter(pl.col("matter_id").is_in(matter_ids))
    if mine.is_empty():
        return None
    events, attributes = versions.of_matters(connection, seen, matters["matter_id"].to_list())
    register = _register(connection, seen, mine, events, attributes, time_zone)
    reach, by_hand = register.observed_until, seen.made_by("correction")
    if by_hand:
        register = replace(
            register,
            events=as_known_now(register.events, by_hand, reach),
            attributes=as_known_now(register.attributes, by_hand, reach),
        )
    if seen.made_by("event"):
        register = replace(register, told=_told(register, seen.made_by("event")))
    if linked.is_empty():
        return register
    known = linked.with_columns(
        pl.min_horizontal("known_from", pl.lit(reach - 1)).alias("known_from"),
        pl.when(pl.col("known_until").is_not_null())
        .then(pl.min_horizontal("known_until", pl.lit(reach - 1)))
        .alias("known_until"),
    ).filter(pl.col("known_until").is_null() | (pl.col("known_until") > pl.col("known_from")))
    whole = apply_links(register, known)
    own = pl.col("matter_id").is_in(matter_ids)
    return replace(whole, events=whole.events.filter(own), attributes=whole.attributes.filter(own))


def _told(register: Register, batches: tuple[int, ...]) -> dict[str, int]:
    """From when all that was written of each matter beyond the ledger's reach is seen (a cutoff sees what is known
    before it)."""
    late = register.events.filter(
        pl.col("batch_id").is_in(list(batches)) & (pl.col("known_from") >= register.observed_until)
    )
    return {
        matter_id: int(known) + 1
        for matter_id, known in late.group_by("matter_id").agg(pl.col("known_from").max()).iter_rows()
    }


def matter_events(store: Store, matter_id: str, *, batch_id: int | None = None) -> pl.DataFrame:
    """All versions of one matter's events in effect (contract.Events), ended ones included; empty if there are none."""
    return some_events(store, [matter_id], batch_id=batch_id)


def some_events(store: Store, matter_ids: Iterable[str], *, batch_id: int | None = None) -> pl.DataFrame:
    """`matter_events` of several matters, read at once."""
    with store.read() as connection:
        events, _ = versions.of_matters(connection, view(connection, batch_id), sorted(set(matter_ids)))
    return events.select(Events.column_names())


def read_matters(store: Store, *, offices: Iterable[str] | None = None) -> pl.DataFrame:
    """The matters as they stand now (contract.Matters), of some offices or all."""
    scope = None if offices is None else tuple(offices)
    return versions.standing_matters(store, batch_view(store), offices=scope)


def matters_of_office(store: Store, office_id: str) -> pl.DataFrame:
    """The matters of one office as they stand now (contract.Matters); through the pool, for pages."""
    with store.read() as connection:
        return versions.matters_of(connection, view(connection, None), schema.matters.c.office_id == office_id)


def some_matters(store: Store, matter_ids: Iterable[str]) -> pl.DataFrame:
    """The matters with these ids as they stand now (contract.Matters), by id; through the pool, for pages."""
    with store.read() as connection:
        return versions.matters_by_id(connection, view(connection, None), sorted(set(matter_ids)))


def find_matter(store: Store, *, matter_no: str, office_id: str | None = None) -> pl.DataFrame:
    """The matters with this number (contract.Matters), of one office or all; several sources may share a number."""
    wanted = schema.matters.c.matter_no == matter_no
    if office_id is not None:
        wanted &= schema.matters.c.office_id == office_id
    with store.read() as connection:
        return versions.matters_of(connection, view(connection, None), wanted)


def write_context(store: Store, context: pl.DataFrame, *, batch_id: int) -> int:
    """Store rows of contract.OfficeContext made from `batch_id`; a cell that is there already is left as it is.

    Returns how many rows were new.  The first row of a (office, category, month) stays for good, so that training,
    batch and online read the same one.
    """
    checked = OfficeContext.validate(context.select(OfficeContext.column_names()))
    with store.write() as connection:
        there = versions.context(connection, view(connection, batch_id))
        new = checked.join(there, on=["office_id", "category", "month_end"], how="anti")
        inserts.insert(connection, schema.office_context, new.with_columns(batch_id=pl.lit(batch_id, pl.Int64)))
    return new.height


def read_context(store: Store, *, batch_id: int | None = None, offices: Iterable[str] | None = None) -> pl.DataFrame:
    """The stored office context (contract.OfficeContext) readable at `batch_id` (None: now), of some offices or all."""
    scope = None if offices is None else tuple(offices)
    with store.read() as connection:
        return versions.context(connection, view(connection, batch_id), offices=scope)


def read_kinds(store: Store) -> list[AddedKind]:
    """The kinds that mappings added, in order of their codes."""
    with store.read() as connection:
        return versions.kinds(connection, view(connection, None))


def _offices(connection: sa.Connection) -> pl.DataFrame:
    rows = connection.execute(schema.offices.select().order_by(schema.offices.c.office_id)).fetchall()
    return pl.DataFrame([tuple(row) for row in rows], schema=_OFFICE_TYPES, orient="row")


def _register(
    connection: sa.Connection,
    seen: View,
    matters: pl.DataFrame,
    events: pl.DataFrame,
    attributes: pl.DataFrame,
    time_zone: str | None,
) -> Register:
    whole = head(connection, seen, matters["office_id"].unique().sort().to_list(), time_zone)
    return replace(
        whole,
        matters=matters,
        events=events.select(Events.column_names()),
        attributes=attributes.select(Attributes.column_names()),
    )


def head(connection: sa.Connection, seen: View, here: list[str], time_zone: str | None) -> Register:
    """What a register of the offices `here` says besides its matters, events and attributes, which are empty.

    Raises TooLittleData where nothing is stored.
    """
    imports = seen.imports
    if not imports:
        raise TooLittleData(
            "register_empty",
            "尚未导入任何台账；请先运行 petition-risk ingest",
            "no ledger has been imported yet; run petition-risk ingest first",
        )
    reach = [
        max((s.batch.observed_until for s in imports if not s.batch.offices or office in s.batch.offices), default=None)
        for office in here
    ]
    known_reach = [instant for instant in reach if instant is not None]
    by_office, checked = link_store.checked_by_office(connection, seen, here)
    roles = {kind.code: str(kind.role) for kind in KINDS}
    roles.update({kind.code: str(kind.role) for kind in versions.kinds(connection, seen)})
    return Register(
        offices=_offices(connection),
        matters=_NO_MATTERS,
        events=_NO_EVENTS,
        attributes=_NO_ATTRIBUTES,
        observed_until=min(known_reach, default=max(stored.batch.observed_until for stored in imports)),
        time_zone=time_zone or imports[-1].batch.time_zone,
        roles=roles,
        links_checked=checked,
        checked_by_office=by_office,
        batch_id=seen.batch_id,
    )
