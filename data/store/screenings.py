"""Which monthly lists were made: begun under a hidden id, filled in small steps, and issued as drafts in one.

Until its draft is issued a screening is `running` and no reading function shows it or its entries.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal
from uuid import uuid4
from weakref import WeakKeyDictionary

import polars as pl
import sqlalchemy as sa

from data.errors import NotAllowed, NotFound
from data.store import arrow, schema
from data.store.engine import Store, is_writing

#: `hand`: put forward by a person; kept in data.store.flags, never among the stored entries.
Part = Literal["must_act", "model", "points", "spot", "review", "hand"]
#: Rows written per transaction: some 5 ms, below the 20 ms for which others may be kept waiting.
CHUNK = 100
_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Screening:
    """A screening: its cutoff (UTC microseconds), scope (office id), pinned batch and model, and how it was made.

    `model_version` is None where rules alone made the list.  `list_hash` and `summary` are there once it is a draft.
    """

    screening_id: str
    cutoff: int
    scope: str
    batch_id: int
    model_version: int | None
    mode: Literal["model", "rules"]
    state: Literal["running", "draft"]
    settings: Mapping[str, Any]
    created_at: int
    created_by: str
    demo: bool
    list_hash: str | None = None
    summary: Mapping[str, Any] | None = None


#: What is issued never changes: by id, each read once in a process.
_ISSUED: WeakKeyDictionary[sa.Engine, dict[str, Screening]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEntry:
    """One matter in one part of a list; `margin_nano` counts 1e-9, `per_hundred_*` are whole matters of a hundred.

    `reasons`, `duties` and `help` hold plain values in the order they are shown.  `since` says how the entry stands
    to the list before: new, stayed, worse, or back (it had left an earlier list); None where none was before.
    """

    office_id: str
    matter_id: str
    part: Part
    rank: int
    margin_nano: int | None = None
    points: int | None = None
    band: str | None = None
    per_hundred_low: int | None = None
    per_hundred_high: int | None = None
    inclusion_probability: float | None = None
    reasons: Sequence[Any] = ()
    duties: Sequence[Any] = ()
    help: Sequence[Any] = field(default=())
    since: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureLog:
    """The Parquet file of the feature values a screening used: path relative to the state directory, SHA-256, rows."""

    path: str
    sha256: str
    rows: int


def begin_screening(
    store: Store,
    *,
    cutoff: int,
    scope: str,
    batch_id: int,
    model_version: int | None,
    settings: Mapping[str, Any],
    now: int,
    by: str,
    demo: bool,
) -> Screening:
    """Begin a screening, or find the one already made of the same cutoff, scope, model (or rules) and batch.

    A draft is returned as it is (look at `state`); one left running by a job that died is emptied and begun again
    under the same id (hold the lease `screen` meanwhile).
    """
    table, key = schema.screenings, _model_key(model_version)
    same = _same(cutoff=cutoff, scope=scope, batch_id=batch_id, model_version=model_version)
    with store.write() as connection:
        latest = connection.execute(sa.select(sa.func.max(table.c.created_at))).scalar_one()
        # Of several lists for a cutoff the last made counts, also where the clock was moved back in between.
        now = now if latest is None else max(now, latest + 1)
        row = connection.execute(table.select().where(same)).mappings().first()
        if row is not None and row["state"] != "running":
            return _screening(row)
        if row is None:
            values = {
                "screening_id": str(uuid4()),
                "cutoff": cutoff,
                "scope": scope,
                "batch_id": batch_id,
                "model_version": model_version,
                "model_key": key,
                "mode": "rules" if model_version is None else "model",
                "state": "running",
            }
            connection.execute(
                table.insert().values(**values, settings=dict(settings), created_at=now, created_by=by, demo=demo)
            )
        else:
            _empty(connection, row["screening_id"])
            connection.execute(
                table.update().where(same).values(settings=dict(settings), created_at=now, created_by=by, demo=demo)
            )
        return _screening(connection.execute(table.select().where(same)).mappings().one())


def find_made(store: Store, *, cutoff: int, scope: str, batch_id: int, model_version: int | None) -> Screening | None:
    """The issued screening of this cutoff, scope, batch and model (None: rules), if there is one."""
    same = _same(cutoff=cutoff, scope=scope, batch_id=batch_id, model_version=model_version)
    query = schema.screenings.select().where(same, schema.screenings.c.state != "running")
    with store.read() as connection:
        row = connection.execute(query).mappings().first()
    return None if row is None else _screening(row)


def unfinished(store: Store) -> list[str]:
    """The ids of screenings that were begun and not issued."""
    table = schema.screenings
    with store.read() as connection:
        return list(connection.execute(sa.select(table.c.screening_id).where(table.c.state == "running")).scalars())


def write_entries(store: Store, screening_id: str, entries: Iterable[ListEntry]) -> int:
    """Add entries to a running screening, CHUNK rows a transaction; returns how many. Raises NotAllowed for a draft."""
    # Not `asdict`: it copies every reason deeply, ten times the cost of writing them.
    rows = [
        {name: getattr(entry, name) for name in ListEntry.__dataclass_fields__} | {"screening_id": screening_id}
        for entry in entries
    ]
    for start in range(0, len(rows), CHUNK):
        with store.write() as connection:
            require_running(connection, screening_id)
            connection.execute(schema.entries.insert(), rows[start : start + CHUNK])
    return len(rows)


def log_features(store: Store, screening_id: str, log: FeatureLog) -> None:
    """Note a feature log of a running screening. Raises NotAllowed for a draft."""
    with store.write() as connection:
        require_running(connection, screening_id)
        connection.execute(schema.snapshots_log.insert().values(**asdict(log), screening_id=screening_id))


def issue_draft(store: Store, screening_id: str, *, list_hash: str, summary: Mapping[str, Any]) -> Screening:
    """Make a running screening a draft everybody entitled can read, in one small transaction."""
    table = schema.screenings
    with store.write() as connection:
        require_running(connection, screening_id)
        mine = table.c.screening_id == screening_id
        connection.execute(table.update().where(mine).values(state="draft", list_hash=list_hash, summary=dict(summary)))
        return _screening(connection.execute(table.select().where(mine)).mappings().one())


def drop_running(store: Store, screening_id: str) -> None:
    """Remove a screening that was never issued. Raises NotAllowed for a draft."""
    with store.write() as connection:
        require_running(connection, screening_id)
        _empty(connection, screening_id)
        connection.execute(schema.screenings.delete().where(schema.screenings.c.screening_id == screening_id))


def find_screening(store: Store, screening_id: str) -> Screening:
    """The issued screening with this id. Raises NotFound for others and for running ones."""
    with store.read() as connection:
        found = _issued(connection, [screening_id])
    if not found:
        raise NotFound("no_such_screening", "没有该排查清单，或您无权查看", "no such screening, or not visible to you")
    return found[0]


def read_screenings(
    store: Store, *, scopes: Iterable[str] | None = None, cutoff: int | None = None, limit: int | None = None
) -> list[Screening]:
    """Issued screenings, the latest cutoff first and then the latest made, of some scopes or all."""
    table = schema.screenings
    query = sa.select(table.c.screening_id).where(table.c.state != "running")
    if scopes is not None:
        query = query.where(table.c.scope.in_(list(scopes)))
    if cutoff is not None:
        query = query.where(table.c.cutoff == cutoff)
    query = query.order_by(table.c.cutoff.desc(), table.c.created_at.desc(), table.c.screening_id)
    with store.read() as connection:
        return _issued(connection, list(connection.execute(query.limit(limit)).scalars()))


def _issued(connection: sa.Connection, ids: Sequence[str]) -> list[Screening]:
    """The issued screenings with these ids, in their order; others are left out."""
    kept = _ISSUED.setdefault(connection.engine, {})
    table, unknown = schema.screenings, [one for one in ids if one not in kept]
    read: dict[str, Screening] = {}
    for start in range(0, len(unknown), _AT_ONCE):
        some = table.c.screening_id.in_(unknown[start : start + _AT_ONCE])
        rows = connection.execute(table.select().where(some, table.c.state != "running")).mappings()
        read |= {row["screening_id"]: _screening(row) for row in rows}
    if not is_writing(connection):  # what is being written may be taken back
        kept |= read
    known = {**kept, **read}
    return [known[one] for one in ids if one in known]


def read_entries(
    store: Store,
    screening_id: str,
    *,
    offices: Iterable[str] | None = None,
    parts: Iterable[Part] | None = None,
    matter_id: str | None = None,
) -> list[ListEntry]:
    """Entries of an issued screening by office, part and rank. Raises NotFound as `find_screening`."""
    find_screening(store, screening_id)
    table = schema.entries
    query = table.select().where(table.c.screening_id == screening_id)
    if offices is not None:
        query = query.where(table.c.office_id.in_(list(offices)))
    if parts is not None:
        query = query.where(table.c.part.in_(list(parts)))
    if matter_id is not None:
        query = query.where(table.c.matter_id == matter_id)
    with store.read() as connection:
        rows = connection.execute(query.order_by(table.c.office_id, table.c.part, table.c.rank)).mappings()
        return [_entry(row) for row in rows]


def offices_listed(store: Store, screening_id: str, *, offices: Iterable[str], without: Part) -> set[str]:
    """Which of some offices have entries of an issued screening outside the part `without`."""
    table, office = schema.entries, schema.offices
    any_entry = sa.exists().where(
        table.c.screening_id == screening_id, table.c.office_id == office.c.office_id, table.c.part != without
    )
    query = sa.select(office.c.office_id).where(office.c.office_id.in_(list(offices)), any_entry)
    with store.read() as connection:
        return set(connection.execute(query).scalars())


def read_listed(store: Store, screening_id: str) -> pl.DataFrame:
    """Who was on an issued list: matter_id, part, and `inclusion`, the chance of a spot check of being drawn.

    What the entries say is not read.  Raises NotFound as `find_screening`.
    """
    return read_all_listed(store, [find_screening(store, screening_id).screening_id])[screening_id]


def read_all_listed(store: Store, screening_ids: Sequence[str]) -> dict[str, pl.DataFrame]:
    """`read_listed` of several issued lists; of long ones in bulk."""
    table = schema.entries
    # A column of which the first rows are null would be taken for another type: no chance is below nought.
    inclusion = sa.func.coalesce(table.c.inclusion_probability, -1.0).label("inclusion")
    queries = [
        sa.select(table.c.matter_id, table.c.part, inclusion)
        .where(table.c.screening_id == screening_id)
        .order_by(table.c.office_id, table.c.part, table.c.rank)
        for screening_id in screening_ids
    ]
    of_all = sa.select(sa.func.count()).where(table.c.screening_id.in_(screening_ids))
    with store.read() as connection:
        entries = connection.execute(of_all).scalar_one()
    found = arrow.frames_in_turn(store, queries, entries)
    types = {"matter_id": pl.String, "part": pl.String, "inclusion": pl.Float64}
    chance = pl.when(pl.col("inclusion") >= 0).then("inclusion")
    listed = [frame.select(pl.col(name).cast(kind) for name, kind in types.items()) for frame in found]
    return {
        screening_id: frame.with_columns(inclusion=chance)
        for screening_id, frame in zip(screening_ids, listed, strict=True)
    }


def read_places(
    store: Store, screening_id: str, *, offices: Iterable[str], parts: Iterable[Part]
) -> dict[str, tuple[Part, str | None]]:
    """Part and band by matter id, without what an entry says. Raises NotFound as `find_screening`."""
    find_screening(store, screening_id)
    table = schema.entries
    query = sa.select(table.c.matter_id, table.c.part, table.c.band).where(
        table.c.screening_id == screening_id, table.c.office_id.in_(list(offices)), table.c.part.in_(list(parts))
    )
    with store.read() as connection:
        return {matter_id: (part, band) for matter_id, part, band in connection.execute(query)}


def entries_of_matter(store: Store, matter_id: str) -> list[tuple[Screening, ListEntry]]:
    """In which issued lists a matter stands or stood, the latest cutoff first."""
    table = schema.entries
    query = table.select().where(table.c.matter_id == matter_id)
    with store.read() as connection:
        rows = connection.execute(query).mappings().all()
    issued = {screening.screening_id: screening for screening in read_screenings(store)} if rows else {}
    found = [(issued[row["screening_id"]], _entry(row)) for row in rows if row["screening_id"] in issued]
    return sorted(found, key=lambda pair: (-pair[0].cutoff, -pair[0].created_at, pair[1].part))


def feature_logs(store: Store, screening_id: str) -> list[FeatureLog]:
    """The feature logs of an issued screening, by path. Raises NotFound as `find_screening`."""
    find_screening(store, screening_id)
    table = schema.snapshots_log
    query = table.select().where(table.c.screening_id == screening_id).order_by(table.c.path)
    with store.read() as connection:
        rows = connection.execute(query).mappings()
        return [FeatureLog(path=row["path"], sha256=row["sha256"], rows=row["rows"]) for row in rows]


def _model_key(model_version: int | None) -> str:
    return "rules" if model_version is None else f"model:{model_version}"


def _same(*, cutoff: int, scope: str, batch_id: int, model_version: int | None) -> sa.ColumnElement[bool]:
    table = schema.screenings
    return sa.and_(
        table.c.cutoff == cutoff,
        table.c.scope == scope,
        table.c.model_key == _model_key(model_version),
        table.c.batch_id == batch_id,
    )


def require_running(connection: sa.Connection, screening_id: str) -> None:
    """Raise NotAllowed unless the screening is being made; what is written to it is then still hidden."""
    table = schema.screenings
    state = connection.execute(
        sa.select(table.c.state).where(table.c.screening_id == screening_id).with_for_update()
    ).scalar_one_or_none()
    if state != "running":
        raise NotAllowed(
            "screening_issued",
            "排查清单已成稿或不存在，不能再写入",
            "the screening is already a draft, or does not exist; nothing can be written to it",
        )


def _empty(connection: sa.Connection, screening_id: str) -> None:
    for table in (schema.entries, schema.snapshots, schema.snapshots_log, schema.shadow_entries):
        connection.execute(table.delete().where(table.c.screening_id == screening_id))


def _screening(row: sa.RowMapping) -> Screening:
    return Screening(**{name: row[name] for name in Screening.__dataclass_fields__})


def _entry(row: sa.RowMapping) -> ListEntry:
    return ListEntry(**{name: row[name] for name in ListEntry.__dataclass_fields__})
