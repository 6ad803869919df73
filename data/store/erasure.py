"""How a matter leaves the store: every row of it, a digest in place of each entry, and pages that no longer hold it.

Audit entries stay (they name an opaque id, never a number), and so does the id itself, that no later ledger brings the
matter back.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from data.link_proposals import EARLIER
from data.store import schema, schema_work
from data.store.engine import Store, compact_sqlite

#: Tables that keep an id of the matter for good, each for a reason of its own.
_KEPT = {"audit", "erased", "entries", "signed_entries"}
_CLOSED = (
    (schema.events, schema.event_closings, "version_id"),
    (schema.attributes, schema.attribute_closings, "version_id"),
    (schema.links, schema.link_closings, "link_id"),
    (schema.disputes, schema.dispute_answers, "dispute_id"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grave:
    """An entry to be removed: its list, matter, office and part, and the digest that stays."""

    screening_id: str
    matter_id: str
    office_id: str
    part: str
    digest: str


def bury(connection: sa.Connection, graves: Sequence[Grave], *, why: str, at: int) -> int:
    """Replace entries by their digests, inside the caller's transaction; returns how many."""
    table = schema.entries
    for one in graves:
        connection.execute(
            schema.entry_tombstones.insert().values(
                screening_id=one.screening_id, digest=one.digest, office_id=one.office_id, part=one.part, why=why, at=at
            )
        )
        connection.execute(
            table.delete().where(
                table.c.screening_id == one.screening_id,
                table.c.matter_id == one.matter_id,
                table.c.part == one.part,
            )
        )
    return len(graves)


def digests_left(store: Store, screening_id: str) -> list[str]:
    """The digests that removed entries of a list left."""
    table = schema.entry_tombstones
    with store.read() as connection:
        rows = connection.execute(sa.select(table.c.digest).where(table.c.screening_id == screening_id))
        return sorted(rows.scalars())


def typed_texts(store: Store, matter_ids: Sequence[str]) -> list[str]:
    """Everything people typed about the matters: what must not be found anywhere afterwards."""
    columns = (
        (schema.flag_decisions, "reason"),
        (schema.flag_decisions, "plan"),
        (schema.put_forward, "reason"),
        (schema.disputes, "text"),
        (schema_work.major_reports, "handled"),
        (schema_work.desk_grades, "reason"),
    )
    found: list[str] = []
    with store.read() as connection:
        for table, name in columns:
            query = sa.select(table.c[name]).where(table.c.matter_id.in_(matter_ids), table.c[name].is_not(None))
            found += connection.execute(query).scalars()
        answered = sa.select(schema.dispute_answers.c.text).join(
            schema.disputes, schema.disputes.c.dispute_id == schema.dispute_answers.c.dispute_id
        )
        found += connection.execute(answered.where(schema.disputes.c.matter_id.in_(matter_ids))).scalars()
        plans = schema_work.plans
        for lines in connection.execute(sa.select(plans.c.lines).where(plans.c.matter_id.in_(matter_ids))).scalars():
            found += [value for line in lines for value in dict(line).values() if isinstance(value, str)]
    return sorted({text for text in found if text})


def remove_rows(store: Store, matter_ids: Sequence[str], numbers: Sequence[str], *, office_id: str) -> dict[str, int]:
    """Delete every row of the matters but their entries, and where other rows name their numbers; counts by table."""
    counts: dict[str, int] = {}

    def gone(table: sa.Table, wanted: sa.ColumnElement[bool]) -> None:
        with store.write() as connection:
            removed = connection.execute(table.delete().where(wanted)).rowcount
        if removed:
            counts[table.name] = counts.get(table.name, 0) + removed

    with store.write() as connection:
        for table, closings, key in _CLOSED:
            mine = table.c.matter_id.in_(matter_ids)
            if "alias_id" in table.c:
                mine = sa.or_(mine, table.c.alias_id.in_(matter_ids))
            gone(closings, closings.c[key].in_(sa.select(table.c[key]).where(mine)))
        counts |= _blank_signed(connection, matter_ids)
        for table in (*schema_work.TABLES, *reversed(schema.metadata.sorted_tables)):
            if table.name in _KEPT or "matter_id" not in table.c:
                continue
            mine = table.c.matter_id.in_(matter_ids)
            if "alias_id" in table.c:
                mine = sa.or_(mine, table.c.alias_id.in_(matter_ids))
            gone(table, mine)
        named = [schema.saved_views.c.name.contains(number, autoescape=True) for number in numbers]
        gone(schema.saved_views, sa.or_(sa.false(), *named))
        table = schema.attributes
        office = sa.select(schema.matters.c.matter_id).where(schema.matters.c.office_id == office_id)
        named = sa.and_(table.c.name == EARLIER, table.c.text.in_(numbers), table.c.matter_id.in_(office))
        closings = schema.attribute_closings
        gone(closings, closings.c.version_id.in_(sa.select(table.c.version_id).where(named)))
        gone(table, named)
    return counts


def remember_erased(
    connection: sa.Connection, matter_ids: Iterable[str], *, office_id: str, at: int, proof_sha256: str
) -> None:
    """Note that these matters were erased, so that no import brings them back."""
    table = schema.erased
    known = set(connection.execute(sa.select(table.c.matter_id)).scalars())
    for one in sorted(set(matter_ids) - known):
        connection.execute(
            table.insert().values(matter_id=one, office_id=office_id, erased_at=at, proof_sha256=proof_sha256)
        )


def erasures(store: Store) -> int:
    """How many matters were ever erased: what was computed from the register before holds one that is gone."""
    with store.read() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(schema.erased)).scalar_one()


def replace_log(connection: sa.Connection, screening_id: str, path: str, *, sha256: str, rows: int) -> None:
    """Note the new digest and length of a feature log from which rows were removed."""
    table = schema.snapshots_log
    mine = table.c.screening_id == screening_id, table.c.path == path
    connection.execute(table.update().where(*mine).values(sha256=sha256, rows=rows))


def compact(store: Store) -> None:
    """Rewrite the store so that freed pages and the write-ahead log hold nothing of what was deleted."""
    if store.dialect == "sqlite":
        compact_sqlite(store.engine)
        return
    names = [table.name for table in (*schema.metadata.sorted_tables,)]
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for name in names:
            connection.execute(sa.text(f"VACUUM (FULL, ANALYZE) {name}"))


def _blank_signed(connection: sa.Connection, matter_ids: Sequence[str]) -> Mapping[str, int]:
    """Signed entries keep their digest, by which the signed version verifies, and nothing else."""
    table = schema_work.signed_entries
    rows = connection.execute(table.select().where(table.c.matter_id.in_(matter_ids))).mappings().all()
    for row in rows:
        mine = table.c.step_id == row["step_id"], table.c.place == row["place"]
        connection.execute(table.delete().where(*mine))
        blank = dict(row) | {"matter_id": "", "band": None, "content": {}}
        connection.execute(table.insert().values(blank))
    return {table.name: len(rows)} if rows else {}
