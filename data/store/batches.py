"""Which imports the store holds, which of them are in effect, and how one is taken back.

Batches are numbered 1, 2, 3 …; an undo is a batch of its own that names the one it takes back.  What could be
read at batch b is therefore fixed for good: the batches up to b, less those an undo up to b takes back.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from data.errors import LeaseHeld, NotAllowed, NotFound
from data.store import schema
from data.store.engine import Store, is_writing

#: What each database's committed batches were when last looked, and the view of all of them.
_KEPT: WeakKeyDictionary[sa.Engine, tuple["StoredBatch", ...]] = WeakKeyDictionary()
_VIEWS: WeakKeyDictionary[sa.Engine, tuple[tuple["StoredBatch", ...], "View"]] = WeakKeyDictionary()
Act = Literal["import", "link", "correction", "event"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What an import declares about itself; times are UTC microseconds.

    `offices` are those the file covers (empty: every office of the store), `[covers_from, covers_to)` bounds
    `occurred_at` under full coverage (None: open).  `observed_until` is the instant up to which the file is
    complete for those offices.  `counts` is what the import report counted; it is stored, not read.  `act` says what
    made the batch: an import, a person who confirmed or took back a link or whose correction was accepted, or what was
    written between two ledgers (data.store.told).
    """

    source: str
    file_sha256: str
    mapping_name: str
    mapping_sha256: str
    coverage: Literal["full", "append"]
    observed_until: int
    time_zone: str
    recorded_at: int
    recorded_by: str
    covers_from: int | None = None
    covers_to: int | None = None
    offices: tuple[str, ...] = ()
    links_checked: float = 1.0
    bench_only: bool = False
    demo: bool = False
    counts: Mapping[str, Any] = field(default_factory=dict[str, Any])
    #: Kept beside the batch: the data-quality report, and the remembered mapping (office, version) it came in by.
    report: Mapping[str, Any] | None = None
    mapping_version: tuple[str, int] | None = None
    act: Act = "import"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredBatch:
    """A batch as stored: number, declaration, share of assumed times, and for an undo which batch it takes back."""

    batch_id: int
    batch: Batch
    assumed_share: float
    undoes: int | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchReport:
    """The data-quality report of a batch, and the remembered mapping (office, version) the file came in by."""

    body: dict[str, Any]
    mapping_version: tuple[str, int] | None


@dataclass(frozen=True, kw_only=True)
class View:
    """What a reader at batch `batch_id` sees: the batches in effect, and those up to it that are not.

    Without slots: what is asked of the same view again and again is worked out once.
    """

    batch_id: int
    effective: tuple[StoredBatch, ...]
    withdrawn: tuple[int, ...]

    @property
    def bench_only(self) -> bool:
        """Whether any batch in effect may be used in a bench only (G26)."""
        return any(stored.batch.bench_only for stored in self.effective)

    @property
    def demo(self) -> bool:
        """Whether any batch in effect is made up for a demonstration."""
        return any(stored.batch.demo for stored in self.effective)

    @cached_property
    def recorded(self) -> Mapping[int, int]:
        """When each batch in effect was stored."""
        return {one.batch_id: one.batch.recorded_at for one in self.effective}

    @cached_property
    def imports(self) -> tuple[StoredBatch, ...]:
        """The batches in effect that brought a file, oldest first."""
        return tuple(one for one in self.effective if one.undoes is None and one.batch.act == "import")

    def made_by(self, act: Act) -> tuple[int, ...]:
        """The numbers of the batches in effect of one act."""
        return self._by_act.get(act, ())

    @cached_property
    def _by_act(self) -> Mapping[Act, tuple[int, ...]]:
        found: dict[Act, list[int]] = {}
        for one in self.effective:
            if one.undoes is None:
                found.setdefault(one.batch.act, []).append(one.batch_id)
        return {act: tuple(numbers) for act, numbers in found.items()}

    def condition(self, column: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
        """The SQL condition that a row's batch is in effect."""
        within = column <= self.batch_id
        return sa.and_(within, column.not_in(self.withdrawn)) if self.withdrawn else within


def read_batches(store: Store) -> tuple[StoredBatch, ...]:
    """All batches, undos included, oldest first."""
    with store.read() as connection:
        return stored_batches(connection)


def batch_report(store: Store, batch_id: int) -> BatchReport:
    """The report kept with a batch. Raises NotFound where there is none (an undo, or a batch made otherwise)."""
    table = schema.import_reports
    with store.read() as connection:
        row = connection.execute(table.select().where(table.c.batch_id == batch_id)).mappings().first()
    if row is None:
        raise NotFound(
            "no_such_report", f"批次 {batch_id} 没有数据质量报告", f"batch {batch_id} has no data-quality report"
        )
    office, version = row["mapping_office"], row["mapping_version"]
    return BatchReport(body=row["report"], mapping_version=None if version is None else (office, version))


def latest_batch(store: Store) -> int:
    """The number of the latest batch or undo: what a new screening pins. 0 where nothing was imported."""
    with store.read() as connection:
        return highest(connection)


def some_batch(store: Store) -> int:
    """The number of the latest batch. Raises NotFound where nothing was imported."""
    number = latest_batch(store)
    if number == 0:
        raise _empty()
    return number


def _empty() -> NotFound:
    return NotFound(
        "empty_store",
        "库中还没有台账；请先运行 petition-risk ingest",
        "there is no ledger yet; run petition-risk ingest first",
    )


def batch_view(store: Store, batch_id: int | None = None) -> View:
    """Which batches are in effect at `batch_id` (None: now). Raises NotFound for a number never given."""
    with store.read() as connection:
        return view(connection, batch_id)


def undo_batch(store: Store, batch_id: int, *, by: str, at: int, reason: str) -> int:
    """Take a batch back and return the undo's own number; the rows it closed stand again, nothing is deleted.

    Raises NotFound for an unknown batch, NotAllowed where it is itself an undo, already taken back, or where a
    later batch in effect changed rows that this one opened or closed (take that one back first).
    """
    with store.write() as connection:
        lock_register(connection)
        now = view(connection, None)
        target = next((stored for stored in now.effective if stored.batch_id == batch_id), None)
        if target is None or target.undoes is not None or target.batch.act == "link":
            _refuse_undo(connection, batch_id)
        later = tuple(
            stored.batch_id for stored in now.effective if stored.batch_id > batch_id and stored.undoes is None
        )
        building = _built_upon(connection, batch_id, later)
        if building:
            numbers = "、".join(map(str, building))
            raise NotAllowed(
                "batch_built_upon",
                f"批次{numbers}在此批次的基础上作过更正，请先撤销后来的批次",
                f"later batches ({', '.join(map(str, building))}) changed rows of this one; undo them first",
            )
        assert target is not None  # noqa: S101 - _refuse_undo always raises
        number = highest(connection) + 1
        connection.execute(
            schema.batches.insert().values(
                batch_id=number,
                source=target.batch.source,
                file_sha256=target.batch.file_sha256,
                mapping_name=target.batch.mapping_name,
                mapping_sha256=target.batch.mapping_sha256,
                coverage=target.batch.coverage,
                offices=list(target.batch.offices),
                observed_until=target.batch.observed_until,
                time_zone=target.batch.time_zone,
                recorded_at=at,
                recorded_by=by,
                counts={},
                assumed_share=0.0,
                links_checked=target.batch.links_checked,
                bench_only=target.batch.bench_only,
                demo=target.batch.demo,
                undoes=batch_id,
                reason=reason,
            )
        )
    return number


def insert_batch(connection: sa.Connection, batch: Batch, *, number: int, assumed_share: float) -> None:
    """Store an import's declaration under its number (inside the caller's transaction)."""
    connection.execute(
        schema.batches.insert().values(
            batch_id=number,
            source=batch.source,
            file_sha256=batch.file_sha256,
            mapping_name=batch.mapping_name,
            mapping_sha256=batch.mapping_sha256,
            coverage=batch.coverage,
            covers_from=batch.covers_from,
            covers_to=batch.covers_to,
            offices=list(batch.offices),
            observed_until=batch.observed_until,
            time_zone=batch.time_zone,
            recorded_at=batch.recorded_at,
            recorded_by=batch.recorded_by,
            counts=dict(batch.counts),
            assumed_share=assumed_share,
            links_checked=batch.links_checked,
            bench_only=batch.bench_only,
            demo=batch.demo,
            act=batch.act,
        )
    )
    if batch.report is not None:
        office, version = batch.mapping_version or (None, None)
        connection.execute(
            schema.import_reports.insert().values(
                batch_id=number, mapping_office=office, mapping_version=version, report=dict(batch.report)
            )
        )


def insert_act(connection: sa.Connection, act: Act, *, office_id: str, at: int, by: str) -> int:
    """A batch for what a person decided on one matter, inside the caller's transaction; returns its number.

    It declares what the latest import did, so that readers of either see the same; it covers no time of its own.
    Raises NotFound where no ledger has come in yet.
    """
    lock_register(connection)
    now = view(connection, None)
    if not now.imports:
        raise _empty()
    last = now.imports[-1].batch
    number = now.batch_id + 1
    made = replace(
        last, act=act, coverage="append", covers_from=None, covers_to=None, offices=(office_id,), counts={},
        recorded_at=at, recorded_by=by, report=None, mapping_version=None,
    )  # fmt: skip
    insert_batch(connection, made, number=number, assumed_share=0.0)
    return number


def lock_register(connection: sa.Connection) -> None:
    """Let no other import in until this transaction ends (SQLite's writer lock already does)."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("LOCK TABLE batches IN SHARE ROW EXCLUSIVE MODE"))


def refuse_moved(connection: sa.Connection, seen: int) -> None:
    """Raise LeaseHeld where another import came in since `seen` was the latest batch."""
    if highest(connection) != seen:
        raise LeaseHeld(
            "register_moved",
            "另一导入刚刚完成，本次未写入；请重新导入",
            "another import finished meanwhile; nothing was written, import again",
        )


def highest(connection: sa.Connection) -> int:
    """The highest batch number given, 0 if none."""
    return connection.execute(sa.select(sa.func.coalesce(sa.func.max(schema.batches.c.batch_id), 0))).scalar_one()


def view(connection: sa.Connection, batch_id: int | None) -> View:
    """`batch_view` on an open connection."""
    everything = stored_batches(connection)
    last = everything[-1].batch_id if everything else 0
    at = last if batch_id is None else batch_id
    if not 0 <= at <= last:
        raise NotFound("no_such_batch", f"没有批次 {at}", f"there is no batch {at}")
    before = _VIEWS.get(connection.engine)
    if before is not None and before[0] is everything and before[1].batch_id == at:
        return before[1]
    reached = everything[: _place(everything, at)]
    undone = {stored.undoes for stored in reached if stored.undoes is not None}
    made = View(
        batch_id=at,
        effective=tuple(stored for stored in reached if stored.batch_id not in undone),
        withdrawn=tuple(sorted(undone)),
    )
    if at == last and not is_writing(connection):
        _VIEWS[connection.engine] = (everything, made)
    return made


def stored_batches(connection: sa.Connection) -> tuple[StoredBatch, ...]:
    """`read_batches` on an open connection.

    A batch never changes once it is committed, and every call of a machine is one: each is read once in a process.
    """
    kept = _KEPT.get(connection.engine, ())
    top, known = highest(connection), kept[-1].batch_id if kept else 0
    if top <= known:
        # A reader that began before the latest commit sees fewer.
        return kept if top == known else kept[: _place(kept, top)]
    table = schema.batches
    query = table.select().where(table.c.batch_id > known).order_by(table.c.batch_id)
    everything = (*kept, *(_stored(row) for row in connection.execute(query).mappings()))
    if not is_writing(connection):
        _KEPT[connection.engine] = everything
    return everything


def _place(everything: Sequence[StoredBatch], number: int) -> int:
    """How many of the batches, in their order, have a number up to this one."""
    return bisect_right(everything, number, key=lambda one: one.batch_id)


def _stored(row: sa.RowMapping) -> StoredBatch:
    return StoredBatch(
        batch_id=row["batch_id"],
        batch=Batch(
            source=row["source"],
            file_sha256=row["file_sha256"],
            mapping_name=row["mapping_name"],
            mapping_sha256=row["mapping_sha256"],
            coverage=row["coverage"],
            observed_until=row["observed_until"],
            time_zone=row["time_zone"],
            recorded_at=row["recorded_at"],
            recorded_by=row["recorded_by"],
            covers_from=row["covers_from"],
            covers_to=row["covers_to"],
            offices=tuple(row["offices"]),
            links_checked=row["links_checked"],
            bench_only=row["bench_only"],
            demo=row["demo"],
            counts=row["counts"],
            act=row["act"],
        ),
        assumed_share=row["assumed_share"],
        undoes=row["undoes"],
        reason=row["reason"],
    )


def _refuse_undo(connection: sa.Connection, batch_id: int) -> None:
    table = schema.batches
    known = connection.execute(sa.select(table.c.undoes, table.c.act).where(table.c.batch_id == batch_id)).first()
    if known is None:
        raise NotFound("no_such_batch", f"没有批次 {batch_id}", f"there is no batch {batch_id}")
    if known.act == "link":
        raise NotAllowed(
            "batch_is_link",
            f"批次 {batch_id} 是人工确认的关联；请在事项页面提出更正申请来解除",
            f"batch {batch_id} is a link a person confirmed; ask for a correction on the matter's page to take it back",
        )
    raise NotAllowed(
        "batch_not_in_effect",
        f"批次 {batch_id} 已撤销，或本身就是一次撤销；需要恢复时请重新导入文件",
        f"batch {batch_id} was already undone, or is itself an undo; import the file again to restore it",
    )


def _built_upon(connection: sa.Connection, batch_id: int, later: Sequence[int]) -> list[int]:
    """The later batches with a version of, or a closing on, anything this batch opened or closed."""
    found: set[int] = set()
    if not later:
        return []
    attribute_key = (schema.attributes.c.matter_id, schema.attributes.c.name, schema.attributes.c.occurred_at)
    for versions, closings, key in (
        (schema.events, schema.event_closings, (schema.events.c.event_id,)),
        (schema.attributes, schema.attribute_closings, (*attribute_key, schema.attributes.c.ordinal)),
    ):
        ids = sa.union(
            sa.select(versions.c.version_id).where(versions.c.batch_id == batch_id),
            sa.select(closings.c.version_id).where(closings.c.batch_id == batch_id),
        ).subquery()
        touched = versions.join(ids, versions.c.version_id == ids.c.version_id)
        keys = sa.select(*key).select_from(touched).distinct().subquery()
        same = sa.and_(*(versions.c[column.name] == keys.c[column.name] for column in key))
        opened = sa.select(versions.c.batch_id).select_from(versions.join(keys, same))
        closed = sa.select(closings.c.batch_id).where(closings.c.version_id.in_(sa.select(ids.c.version_id)))
        found.update(connection.execute(opened.where(versions.c.batch_id.in_(later)).distinct()).scalars())
        found.update(connection.execute(closed.where(closings.c.batch_id.in_(later)).distinct()).scalars())
    return sorted(found)
