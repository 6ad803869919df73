"""How an import changes the register: reconciled with what stands, then stored in one transaction."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

import polars as pl
import sqlalchemy as sa

from data.contract import Attributes, Events, Matters, Offices, Register, matter_uuid
from data.errors import InputRefused
from data.link_proposals import EARLIER
from data.reconcile import BatchFacts, Changes, reconcile_attributes, reconcile_events
from data.store import inserts, mappings, schema, versions
from data.store.batches import Batch, View, batch_view, insert_batch, lock_register, refuse_moved
from data.store.engine import Store
from data.store.mappings import NewMapping
from data.store.versions import AddedKind
from data.vocabulary import KIND

#: What of a matter's row a person may correct.
_CORRECTED = ("category", "cause")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many rows an import opened first, corrected, brought back, left alone, and missed of those it covers."""

    first: int
    corrected: int
    returned: int
    unchanged: int
    missing: int
    covered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOutcome:
    """What an import did; `changed` is false where the store already said all of it, and then no batch was made."""

    batch_id: int
    changed: bool
    matters_new: int
    matters_changed: int
    events: Tally
    attributes: Tally
    assumed_share: float

    def as_dict(self) -> dict[str, Any]:
        """The outcome as plain values, for reports."""
        return asdict(self)


def write_offices(store: Store, offices: pl.DataFrame) -> None:
    """Add offices (contract.Offices) or bring their names, parents and levels up to date; none is removed."""
    checked = Offices.validate(offices.select(Offices.column_names()))
    with store.write() as connection:
        known = set(connection.execute(sa.select(schema.offices.c.office_id)).scalars())
        for row in checked.iter_rows(named=True):
            if row["office_id"] in known:
                change = schema.offices.update().where(schema.offices.c.office_id == row["office_id"])
                connection.execute(change.values({name: row[name] for name in ("name", "parent_id", "level")}))
            else:
                connection.execute(schema.offices.insert().values(row))


def write_batch(
    store: Store,
    batch: Batch,
    matters: pl.DataFrame,
    events: pl.DataFrame,
    attributes: pl.DataFrame,
    *,
    kinds: Iterable[AddedKind] = (),
    confirm: bool = False,
    office: pl.DataFrame | None = None,
    remember: NewMapping | None = None,
    dry_run: bool = False,
) -> BatchOutcome:
    """Reconcile an import with what stands and store the difference in one transaction.

    `office` (contract.Offices) is added with the import where it is not registered yet, and `remember` is
    kept as the office's mapping and named by the batch.  A dry run says what would
    become of the register and writes nothing.

    `matters`: contract.Matters; `events`: data.reconcile.EVENT_DRAFT; `attributes`: ATTRIBUTE_DRAFT.  The reading
    and comparing happen before the writer's lock is taken; LeaseHeld is raised where another import came between.
    Raises InputRefused (nothing written) for unknown offices or matters, kinds without a role, rows with one
    identity, or where a full import misses more than 5 % of what it covers and `confirm` is false.
    """
    seen = batch_view(store)
    added = tuple(kinds)
    matters, events, attributes = _without_erased(store, matters, events, attributes)
    standing = versions.standing_matters(store, seen)
    checked = _keeping_corrections(store, seen, Matters.validate(matters.select(Matters.column_names())), standing)
    _refuse_strangers(store, seen, checked, standing, events, attributes, added, new_office=office)
    number = seen.batch_id + 1
    facts = BatchFacts(
        batch_id=number,
        coverage=batch.coverage,
        covers_from=batch.covers_from,
        covers_to=batch.covers_to,
        observed_until=batch.observed_until,
        recorded_at=batch.recorded_at,
    )
    mine = standing.filter(pl.col("source") == batch.source)
    covered = mine.filter(pl.col("office_id").is_in(batch.offices)) if batch.offices else mine
    concerned = None
    if batch.coverage == "append":
        concerned = pl.concat([checked["matter_id"], events["matter_id"], attributes["matter_id"]]).unique()
    stored_events, stored_attributes = versions.in_effect(store, seen, source=batch.source, matters=concerned)
    mark = (
        # What was written between two ledgers ends only by a correction: no ledger is complete for it.
        (
            pl.col("matter_id").is_in(covered["matter_id"].implode())
            & ~pl.col("batch_id").is_in(list(seen.made_by("event")))
        ).alias("covered"),
        pl.col("batch_id").is_in(list(seen.made_by("correction"))).alias("by_hand"),
    )
    event_changes = reconcile_events(stored_events.with_columns(*mark), events, facts, confirm=confirm)
    attribute_changes = reconcile_attributes(stored_attributes.with_columns(*mark), attributes, facts, confirm=confirm)
    # What the contract forbids is a fault of the reader that made the drafts, and never gets in.
    Events.validate(event_changes.opened.with_columns(known_until=pl.lit(None, pl.Int64)))
    Attributes.validate(attribute_changes.opened.drop("ordinal").with_columns(known_until=pl.lit(None, pl.Int64)))
    changed_matters = checked.join(standing, on=Matters.column_names(), how="anti", nulls_equal=True)
    new = changed_matters.join(standing, on="matter_id", how="anti").height
    fresh_kinds = _fresh_kinds(store, seen, added)
    times = pl.concat([events["assumed"], attributes["assumed"]])
    share = float(times.sum()) / times.len() if times.len() else 0.0
    changed = bool(
        event_changes.opened.height
        or event_changes.closed.height
        or attribute_changes.opened.height
        or attribute_changes.closed.height
        or changed_matters.height
        or fresh_kinds
        or not _says_nothing_new(seen, batch)
    )
    outcome = BatchOutcome(
        batch_id=number if changed else seen.batch_id,
        changed=changed,
        matters_new=new,
        matters_changed=changed_matters.height - new,
        events=_tally(event_changes),
        attributes=_tally(attribute_changes),
        assumed_share=share,
    )
    if changed and not dry_run:
        with store.write() as connection:
            lock_register(connection)
            refuse_moved(connection, seen.batch_id)
            if office is not None:
                write_offices(store, office)
            if remember is not None:
                kept = mappings.remember(store, remember, by=batch.recorded_by, at=batch.recorded_at)
                batch = replace(batch, mapping_version=(remember.office_id, kept.version))
            insert_batch(connection, batch, number=number, assumed_share=share)
            _insert_kinds(connection, fresh_kinds, number)
            inserts.insert(connection, schema.matters, changed_matters.with_columns(batch_id=pl.lit(number)))
            for table, closings, changes in (
                (schema.events, schema.event_closings, event_changes),
                (schema.attributes, schema.attribute_closings, attribute_changes),
            ):
                inserts.insert_versions(connection, table, changes.opened)
                inserts.insert(connection, closings, changes.closed.with_columns(batch_id=pl.lit(number)))
    return outcome


def write_register(store: Store, register: Register, batch: Batch, *, kinds: Iterable[AddedKind] = ()) -> int:
    """Store a ready-made register, versions and all, as one batch, and return its number.

    For registers that were made, not imported (demonstrations, benches): `known_from` and `known_until` are kept
    as they are, `recorded_at` becomes the batch's.  Offices are written too.  Raises InputRefused where the store
    already holds one of its matters.
    """
    write_offices(store, register.offices)
    seen = batch_view(store)
    added = tuple(kinds)
    standing = versions.standing_matters(store, seen)
    if register.matters.join(standing, on="matter_id", how="semi").height:
        raise InputRefused(
            "register_twice",
            "库中已有该登记簿的事项；整库写入只用于空库",
            "the store already holds matters of this register; whole registers go into a store without them",
        )
    _refuse_strangers(store, seen, register.matters, standing, register.events, register.attributes, added)
    checked_events = Events.validate(register.events)
    checked_attributes = Attributes.validate(register.attributes)
    times = pl.concat([checked_events["assumed"], checked_attributes["assumed"]])
    share = float(times.sum()) / times.len() if times.len() else 0.0
    number = seen.batch_id + 1
    stamp = (pl.lit(number, pl.Int64).alias("batch_id"),)
    with store.write() as connection:
        lock_register(connection)
        refuse_moved(connection, seen.batch_id)
        insert_batch(connection, batch, number=number, assumed_share=share)
        _insert_kinds(connection, added, number)
        inserts.insert(connection, schema.matters, register.matters.with_columns(*stamp))
        numbered = checked_attributes.with_columns(
            pl.int_range(pl.len())
            .over("matter_id", "name", "occurred_at", order_by=["known_from", "seq"])
            .alias("ordinal")
        )
        inserts.insert_with_ends(connection, schema.events, schema.event_closings, checked_events.with_columns(*stamp))
        inserts.insert_with_ends(
            connection, schema.attributes, schema.attribute_closings, numbered.with_columns(*stamp)
        )
    return number


def _without_erased(
    store: Store, matters: pl.DataFrame, events: pl.DataFrame, attributes: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """The import without matters that were erased, and without other rows that name their numbers (G19)."""
    with store.read() as connection:
        gone = set(connection.execute(sa.select(schema.erased.c.matter_id)).scalars())
    if not gone:
        return matters, events, attributes
    naming = attributes.filter(pl.col("name") == EARLIER).join(
        matters.select("matter_id", "source", "office_id"), on="matter_id", how="inner"
    )
    named = [
        row["matter_id"]
        for row in naming.iter_rows(named=True)
        if matter_uuid(row["source"], row["office_id"], row["text"]) in gone
    ]
    kept = ~pl.col("matter_id").is_in(list(gone))
    mentions = (pl.col("name") == EARLIER) & pl.col("matter_id").is_in(named)
    return matters.filter(kept), events.filter(kept), attributes.filter(kept & ~mentions)


def _keeping_corrections(store: Store, seen: View, checked: pl.DataFrame, standing: pl.DataFrame) -> pl.DataFrame:
    """The matters as the file has them, but for classes a person corrected that the file still says as before."""
    by_hand = seen.made_by("correction")
    if not by_hand:
        return checked
    said = versions.standing_matters(store, replace(seen, withdrawn=tuple(sorted({*seen.withdrawn, *by_hand}))))
    joined = checked.join(
        said.select("matter_id", *(pl.col(name).alias(f"said_{name}") for name in _CORRECTED)),
        on="matter_id",
        how="left",
        maintain_order="left",
    ).join(
        standing.select("matter_id", *(pl.col(name).alias(f"now_{name}") for name in _CORRECTED)),
        on="matter_id",
        how="left",
        maintain_order="left",
    )
    known = pl.col("matter_id").is_in(standing["matter_id"].implode())
    return joined.with_columns(
        pl.when(known & pl.col(name).eq_missing(pl.col(f"said_{name}"))).then(f"now_{name}").otherwise(name).alias(name)
        for name in _CORRECTED
    ).select(checked.columns)


def _tally(changes: Changes) -> Tally:
    return Tally(
        first=changes.first,
        corrected=changes.corrected,
        returned=changes.returned,
        unchanged=changes.unchanged,
        missing=changes.missing,
        covered=changes.covered,
    )


def _says_nothing_new(seen: View, batch: Batch) -> bool:
    """Whether what the import declares is already known: rows apart, readers use only these facts of a batch."""
    return any(
        stored.undoes is None
        and stored.batch.source == batch.source
        and stored.batch.observed_until >= batch.observed_until
        and stored.batch.time_zone == batch.time_zone
        and stored.batch.links_checked == batch.links_checked
        and (not stored.batch.offices or (batch.offices and set(batch.offices) <= set(stored.batch.offices)))
        for stored in seen.effective
    )


def _refuse_strangers(
    store: Store,
    seen: View,
    matters: pl.DataFrame,
    standing: pl.DataFrame,
    events: pl.DataFrame,
    attributes: pl.DataFrame,
    added: tuple[AddedKind, ...],
    new_office: pl.DataFrame | None = None,
) -> None:
    """Everything a row points to must exist; all that does not is said at once."""
    findings: list[tuple[str, str]] = []
    with store.read() as connection:
        offices = set(connection.execute(sa.select(schema.offices.c.office_id)).scalars())
        offices |= set() if new_office is None else set(new_office["office_id"].to_list())
        roles = {kind.code: kind.role for kind in versions.kinds(connection, seen)}
    strange_offices = sorted(set(matters["office_id"].unique().to_list()) - offices)
    findings += [(f"没有单位 {office}", f"there is no office {office}") for office in strange_offices]
    findings += [
        (f"环节 {kind.code} 已有定义，不能改作他用", f"kind {kind.code} is already defined and keeps its role")
        for kind in added
        if kind.code in KIND or roles.get(kind.code, kind.role) != kind.role
    ]
    known = {*KIND, *roles, *(kind.code for kind in added)}
    strange_codes = sorted(set(events["kind"].unique().to_list()) - known)
    findings += [(f"环节 {code} 未声明类别", f"kind {code} has no role") for code in strange_codes]
    ids = pl.concat([matters["matter_id"], standing["matter_id"]]).unique()
    for frame in (events, attributes):
        strangers = frame.filter(~pl.col("matter_id").is_in(ids.implode()))["matter_id"].n_unique()
        if strangers:
            findings.append(
                (f"{strangers} 个事项只有记录、没有登记", f"{strangers} matters have rows but are not registered")
            )
    if findings:
        raise InputRefused(
            "import_strangers", "导入内容指向不存在的对象", "the import points to things that do not exist", findings
        )


def _fresh_kinds(store: Store, seen: View, added: tuple[AddedKind, ...]) -> tuple[AddedKind, ...]:
    with store.read() as connection:
        known = {kind.code: kind for kind in versions.kinds(connection, seen)}
    return tuple(kind for kind in added if known.get(kind.code) != kind)


def _insert_kinds(connection: sa.Connection, kinds: Iterable[AddedKind], number: int) -> None:
    for kind in kinds:
        connection.execute(schema.kinds.insert().values(**asdict(kind) | {"batch_id": number, "role": str(kind.role)}))
