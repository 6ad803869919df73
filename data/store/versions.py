"""How the rows of the register are selected for a view: the SQL under `register` and `imports`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import Any

import polars as pl
import sqlalchemy as sa

from data.contract import EVENT_PAYLOAD, Attributes, Events, Matters, OfficeContext
from data.store import schema
from data.store.arrow import BULK_ROWS, Query, bulk_frames, frame
from data.store.batches import View
from data.store.engine import Store
from data.vocabulary import Role

#: A condition on a column of matter ids.
Selected = Callable[[sa.ColumnElement[str]], sa.ColumnElement[bool]]
_IN_LIST = 400
_MATTER_TYPES = Matters.create_empty().schema
_EVENT_TYPES = pl.Schema({"version_id": pl.Int64(), **Events.create_empty().schema})
_ATTRIBUTE_TYPES = pl.Schema({"version_id": pl.Int64(), "ordinal": pl.Int64(), **Attributes.create_empty().schema})
_CONTEXT_TYPES = OfficeContext.create_empty().schema
#: Payload that most events do not have, of our own codes and integers, is read as one text: reading costs by the cell.
_SPARSE = tuple(name for name in EVENT_PAYLOAD if name not in ("people_band", "document_no"))
_BETWEEN = "\x1f"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedKind:
    """A kind of event a mapping adds: code, role and labels; owner and reason say who answers for it."""

    code: str
    role: Role
    zh: str
    en: str
    owner: str | None = None
    reason: str | None = None


def everything(
    store: Store, seen: View, *, offices: Sequence[str] | None = None
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Matters, events and attributes a view shows, of some offices or all (see `standing_matters`, `in_effect`)."""
    chosen = None
    if offices is not None:
        chosen = sa.select(schema.matters.c.matter_id).where(schema.matters.c.office_id.in_(offices))
    *found, matters = _fetch(store, [*_version_queries(seen, chosen), _matter_query(seen, offices)])
    events, attributes = _assembled(found, seen)
    return _latest_matters(matters), events, attributes


def some_queries(seen: View, chosen: Selected) -> list[Query]:
    """The matters a condition on their ids selects, their events and their attributes, to be read by `put_together`."""
    events, _, attributes, _ = _version_queries(seen, None)
    return [
        _matter_query(seen).where(chosen(schema.matters.c.matter_id)),
        events.where(chosen(schema.events.c.matter_id)),
        attributes.where(chosen(schema.attributes.c.matter_id)),
    ]


def end_queries(seen: View) -> list[Query]:
    """When versions of events and of attributes ended, of the whole register."""
    _, events, _, attributes = _version_queries(seen, None)
    return [events, attributes]


def put_together(
    seen: View, found: Sequence[Sequence[pl.DataFrame]], ends: Sequence[pl.DataFrame]
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Matters, events and attributes from what `some_queries`, once or more, and `end_queries` gave."""
    matters, events, attributes = (_stacked(same) for same in zip(*found, strict=True))
    event_ends, attribute_ends = ends
    return (_latest_matters(matters), *_assembled([events, event_ends, attributes, attribute_ends], seen))


def standing_matters(store: Store, seen: View, *, offices: Sequence[str] | None = None) -> pl.DataFrame:
    """Matters as a view shows them (contract.Matters): the latest row in effect of each, ordered by id."""
    return _latest_matters(_fetch(store, [_matter_query(seen, offices)])[0])


def offices_of_matters(store: Store, seen: View) -> pl.DataFrame:
    """The office of each matter a view shows (`matter_id`, `office_id`), ordered by id."""
    table = schema.matters
    query = sa.select(table.c.matter_id, table.c.office_id).where(seen.condition(table.c.batch_id))
    found = _fetch(store, [query])[0]
    if found.is_empty():
        return _MATTER_TYPES.to_frame().select("matter_id", "office_id")
    # A matter's office is part of its id: whichever row of it says so.
    return found.unique("matter_id").sort("matter_id")


def matters_of(connection: sa.Connection, seen: View, wanted: sa.ColumnElement[bool]) -> pl.DataFrame:
    """The matters a condition selects, as a view shows them, over an open connection."""
    return _latest_matters(frame(connection, _matter_query(seen).where(wanted)))


def matters_by_id(connection: sa.Connection, seen: View, matter_ids: Sequence[str]) -> pl.DataFrame:
    """`matters_of` for matters given by id, over an open connection."""
    parts = [
        matters_of(connection, seen, schema.matters.c.matter_id.in_(matter_ids[start : start + _IN_LIST]))
        for start in range(0, len(matter_ids), _IN_LIST)
    ]
    return pl.concat(parts).sort("matter_id") if parts else _MATTER_TYPES.to_frame()


def in_effect(
    store: Store, seen: View, *, source: str, matters: pl.Series | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """All versions of events and attributes in effect, with `version_id` (attributes also `ordinal`) and `known_until`.

    Of one source, or of some of its matters; ordered by `version_id`.
    """
    if not seen.effective:
        return _EVENT_TYPES.to_frame(), _ATTRIBUTE_TYPES.to_frame()
    if matters is not None and matters.len() <= 20 * _IN_LIST:
        with store.read() as connection:
            return of_matters(connection, seen, matters.to_list())
    chosen = None
    if {stored.batch.source for stored in seen.effective} != {source}:
        chosen = sa.select(schema.matters.c.matter_id).where(schema.matters.c.source == source)
    return _assembled(_fetch(store, _version_queries(seen, chosen)), seen)


def of_matters(connection: sa.Connection, seen: View, matter_ids: Sequence[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`in_effect` for a few matters, over an open connection."""
    queries = _few_queries(seen.batch_id, seen.withdrawn)
    parts = [
        [frame(connection, query, {"few": matter_ids[start : start + _IN_LIST]}) for query in queries]
        for start in range(0, len(matter_ids), _IN_LIST)
    ]
    if not parts:
        return _EVENT_TYPES.to_frame(), _ATTRIBUTE_TYPES.to_frame()
    joined = parts[0] if len(parts) == 1 else [_stacked(same) for same in zip(*parts, strict=True)]
    return _assembled(joined, seen)


def context(connection: sa.Connection, seen: View, *, offices: Sequence[str] | None = None) -> pl.DataFrame:
    """The office context a view shows, of some offices or all: of several rows of one cell the first in effect."""
    table = schema.office_context
    query = table.select().where(seen.condition(table.c.batch_id))
    if offices is not None:
        query = query.where(table.c.office_id.in_(offices))
    found = frame(connection, query.order_by(table.c.batch_id))
    cell = ["office_id", "category", "month_end"]
    if found.is_empty():
        return _CONTEXT_TYPES.to_frame()
    first = found.unique(subset=cell, keep="first", maintain_order=True)
    return first.select(_CONTEXT_TYPED).sort(cell)


def kinds(connection: sa.Connection, seen: View) -> list[AddedKind]:
    """The added kinds in effect, the latest definition of each, in order of their codes."""
    table = schema.kinds
    rows = connection.execute(table.select().where(seen.condition(table.c.batch_id)).order_by(table.c.batch_id))
    latest = {
        row.code: AddedKind(
            code=row.code, role=Role(row.role), zh=row.zh, en=row.en, owner=row.owner, reason=row.reason
        )
        for row in rows
    }
    return [latest[code] for code in sorted(latest)]


def _fetch(store: Store, queries: Sequence[Query]) -> list[pl.DataFrame]:
    """The rows of the queries, by the way that is faster for what the store holds; events are the first where there
    are several, and are read by halves at once."""
    with store.read() as connection:
        highest = sa.select(sa.func.coalesce(sa.func.max(schema.events.c.version_id), 0))
        last = connection.execute(highest).scalar_one()
        if last < BULK_ROWS:
            return [frame(connection, query) for query in queries]
    if len(queries) == 1:
        return bulk_frames(store, queries)
    events, *others = queries
    older = schema.events.c.version_id <= last // 2
    low, high, *rest = bulk_frames(store, [events.where(older), events.where(~older), *others])
    return [_stacked([low, high]), *rest]


def _matter_query(seen: View, offices: Sequence[str] | None = None) -> Query:
    table = schema.matters
    query: Query = sa.select(table.c.batch_id, *_MATTER_COLUMNS).where(seen.condition(table.c.batch_id))
    # A matter's office is part of its id: no row of it stands elsewhere.
    return query if offices is None else query.where(table.c.office_id.in_(offices))


def _version_queries(seen: View, chosen: Query | sa.BindParameter[Any] | None) -> list[Query]:
    """Four queries: events, their ends; attributes, their ends."""
    events, attributes = schema.events, schema.attributes

    def narrowed(query: Query, table: sa.Table, batch: sa.ColumnElement[int]) -> Query:
        query = query.where(seen.condition(batch))
        return query if chosen is None else query.where(table.c.matter_id.in_(chosen))

    def ends(table: sa.Table, closings: sa.Table) -> Query:
        query: Query = sa.select(closings.c.version_id, closings.c.known_until)
        if chosen is not None:
            query = query.join_from(closings, table, table.c.version_id == closings.c.version_id)
        return narrowed(query, table, closings.c.batch_id)

    return [
        narrowed(_EVENT_ALL, events, events.c.batch_id),
        ends(events, schema.event_closings),
        narrowed(_ATTRIBUTE_ALL, attributes, attributes.c.batch_id),
        ends(attributes, schema.attribute_closings),
    ]


@lru_cache(maxsize=8)
def _few_queries(batch_id: int, withdrawn: tuple[int, ...]) -> list[Query]:
    """The same for matters named when they are run; kept, because the online score asks them again and again."""
    seen = View(batch_id=batch_id, effective=(), withdrawn=withdrawn)
    return _version_queries(seen, sa.bindparam("few", expanding=True))


def _text_filled(table: sa.Table, names: Iterable[str]) -> list[sa.ColumnElement[Any]]:
    """The columns, with null text as '': ADBC types a SQLite column by its first rows, and all-null ones as numbers."""
    return [
        sa.func.coalesce(table.c[name], "").label(name)
        if isinstance(table.c[name].type, sa.String) and table.c[name].nullable
        else table.c[name]
        for name in names
    ]


_MATTER_COLUMNS = _text_filled(schema.matters, Matters.column_names())


def _packed(table: sa.Table, names: Sequence[str]) -> sa.ColumnElement[str]:
    """The columns as one text with _BETWEEN between them, '' where all are null."""
    texts = [sa.func.coalesce(sa.cast(table.c[name], sa.Text), "") for name in names]
    joined = reduce(lambda left, right: left.concat(_BETWEEN).concat(right), texts)
    return sa.case((sa.and_(*(table.c[name].is_(None) for name in names)), ""), else_=joined)


_EVENT_ALL: Query = sa.select(
    *_text_filled(schema.events, [name for name in schema.events.columns.keys() if name not in _SPARSE]),  # noqa: SIM118
    _packed(schema.events, _SPARSE).label("sparse"),
)
_ATTRIBUTE_ALL: Query = sa.select(*_text_filled(schema.attributes, schema.attributes.columns.keys()))


def _latest_matters(found: pl.DataFrame) -> pl.DataFrame:
    if found.is_empty():
        return _MATTER_TYPES.to_frame()
    latest = found.sort("batch_id").unique(subset="matter_id", keep="last").sort("matter_id")
    return latest.select(_MATTER_TYPED)


def _assembled(found: Sequence[pl.DataFrame], seen: View) -> tuple[pl.DataFrame, pl.DataFrame]:
    events, event_ends, attributes, attribute_ends = found
    return (
        _with_ends(events, event_ends, seen.recorded, _EVENT_TYPES, _EVENT_TYPED),
        _with_ends(attributes, attribute_ends, seen.recorded, _ATTRIBUTE_TYPES, _ATTRIBUTE_TYPED),
    )


def _with_ends(
    found: pl.DataFrame,
    ends: pl.DataFrame,
    recorded: Mapping[int, int],
    types: pl.Schema,
    typed_columns: list[pl.Expr],
) -> pl.DataFrame:
    """Versions with their payload, ends and recording times, by `types`, ordered by version id."""
    if found.is_empty():
        return types.to_frame()
    # Every call of a machine is a batch: of all there are, those of these rows.
    few = {number: recorded[number] for number in found["batch_id"].unique().cast(pl.Int64).to_list()}
    joined = found.with_columns(
        pl.col("batch_id").cast(pl.Int64).replace_strict(few, return_dtype=pl.Int64).alias("recorded_at")
    )
    if "sparse" in joined.columns:
        stated = joined.filter(pl.col("sparse") != "").select("version_id", "sparse")
        joined = joined.drop("sparse")
        if stated.height:
            fields = pl.col("sparse").str.split_exact(_BETWEEN, len(_SPARSE) - 1).struct.rename_fields(_SPARSE)
            parts = stated.select("version_id", fields.alias("parts")).unnest("parts")
            joined = joined.join(
                parts.with_columns(pl.when(pl.col(name) != "").then(name).alias(name) for name in _SPARSE),
                on="version_id",
                how="left",
            )
    if ends.height:
        first_end = ends.group_by("version_id").agg(pl.col("known_until").min())
        joined = joined.join(first_end, on="version_id", how="left")
    absent = [name for name in types if name not in joined.columns]
    joined = joined.with_columns(pl.lit(None, types[name]).alias(name) for name in absent)
    typed = joined.select(typed_columns)
    return typed if typed["version_id"].is_sorted() else typed.sort("version_id")


def _typed(types: pl.Schema) -> list[pl.Expr]:
    """Each column by its type; the '' that stands for absent text becomes null again."""
    return [
        pl.when(pl.col(name) != "").then(pl.col(name)).alias(name) if kind == pl.String else pl.col(name).cast(kind)
        for name, kind in types.items()
    ]


_MATTER_TYPED = _typed(_MATTER_TYPES)
_EVENT_TYPED = _typed(_EVENT_TYPES)
_ATTRIBUTE_TYPED = _typed(_ATTRIBUTE_TYPES)
_CONTEXT_TYPED = _typed(_CONTEXT_TYPES)


def _stacked(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    filled = [part for part in parts if part.height]
    return pl.concat(filled, how="vertical_relaxed") if filled else pl.DataFrame()
