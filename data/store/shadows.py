"""Which models came from elsewhere, until when each runs in the shadow, and which lists it would have made."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from data.store import schema
from data.store.engine import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A version that another office trained and approved: `origin_approvals` are its decisions there, plain rows.

    Until `shadow_until` (UTC microseconds) it ranks beside the office's point sheet and is shown on no list.
    """

    version: int
    package_sha256: str
    origin_version: int
    origin_approvals: Sequence[dict[str, Any]]
    imported_at: int
    imported_by: str
    shadow_until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowEntry:
    """One matter a model in the shadow would have listed; never shown to anybody who works on matters."""

    matter_id: str
    office_id: str
    rank: int
    margin_nano: int


def note_import(store: Store, imported: Imported) -> None:
    """Keep where a version came from."""
    with store.write() as connection:
        connection.execute(schema.imported_models.insert().values(**asdict(imported)))


def find_import(store: Store, version: int) -> Imported | None:
    """Where a version came from; None for one trained here."""
    table = schema.imported_models
    with store.read() as connection:
        row = connection.execute(table.select().where(table.c.version == version)).mappings().first()
    return None if row is None else Imported(**row)


def find_package(store: Store, package_sha256: str) -> Imported | None:
    """The version a package became when it was imported before."""
    table = schema.imported_models
    with store.read() as connection:
        row = connection.execute(table.select().where(table.c.package_sha256 == package_sha256)).mappings().first()
    return None if row is None else Imported(**row)


def in_shadow(store: Store) -> list[int]:
    """The versions from elsewhere that are neither in use, retired nor refused, the oldest first."""
    models, imported = schema.model_versions, schema.imported_models
    query = (
        sa.select(imported.c.version)
        .join(models, models.c.version == imported.c.version)
        .where(models.c.state.in_(["challenger", "proposed"]))
        .order_by(imported.c.version)
    )
    with store.read() as connection:
        return list(connection.execute(query).scalars())


def write_shadow(store: Store, screening_id: str, version: int, entries: Sequence[ShadowEntry]) -> None:
    """Keep what a model would have listed at a screening; a second run replaces the first."""
    table = schema.shadow_entries
    rows = [asdict(entry) | {"screening_id": screening_id, "version": version} for entry in entries]
    with store.write() as connection:
        connection.execute(table.delete().where(table.c.screening_id == screening_id, table.c.version == version))
        if rows:
            connection.execute(table.insert(), rows)


def read_shadow(store: Store, version: int) -> dict[str, list[ShadowEntry]]:
    """What a version would have listed, by screening id, each by office and rank."""
    table = schema.shadow_entries
    query = table.select().where(table.c.version == version).order_by(table.c.office_id, table.c.rank)
    found: dict[str, list[ShadowEntry]] = {}
    with store.read() as connection:
        for row in connection.execute(query).mappings():
            entry = ShadowEntry(**{name: row[name] for name in ShadowEntry.__dataclass_fields__})
            found.setdefault(row["screening_id"], []).append(entry)
    return found
