"""Which mapping each office's ledger came in by: every version kept, and who proposed and confirmed it (G26)."""

from dataclasses import dataclass

import sqlalchemy as sa

from data.errors import NotAllowed, NotFound
from data.store import schema
from data.store.engine import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMapping:
    """A mapping to remember for an office; `columns` are the headers of the file it read.

    `declares` names what a second person has to confirm before it is used: attributes and kinds the office adds.
    """

    office_id: str
    name: str
    toml: str
    sha256: str
    columns: tuple[str, ...]
    declares: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMapping:
    """A remembered version; times are UTC microseconds."""

    mapping: NewMapping
    version: int
    proposed_by: str
    proposed_at: int
    confirmed_by: str | None
    confirmed_at: int | None

    @property
    def usable(self) -> bool:
        """Whether it may be used in the open: nothing is declared, or a second person has confirmed it."""
        return not self.mapping.declares or self.confirmed_by is not None


def remember(store: Store, mapping: NewMapping, *, by: str, at: int) -> StoredMapping:
    """Keep a mapping as the office's next version; the same as its latest is that version, with nothing written."""
    table = schema.mappings
    with store.write() as connection:
        stored = _of_office(connection, mapping.office_id)
        if stored and stored[-1].mapping.sha256 == mapping.sha256 and stored[-1].mapping.columns == mapping.columns:
            return stored[-1]
        version = stored[-1].version + 1 if stored else 1
        # The same mapping for a file with other columns is no new declaration: its confirmation stays.
        same = next((one for one in reversed(stored) if one.mapping.sha256 == mapping.sha256), None)
        connection.execute(
            table.insert().values(
                office_id=mapping.office_id,
                version=version,
                name=mapping.name,
                toml=mapping.toml,
                sha256=mapping.sha256,
                columns=list(mapping.columns),
                declares=list(mapping.declares),
                proposed_by=by if same is None else same.proposed_by,
                proposed_at=at if same is None else same.proposed_at,
                confirmed_by=None if same is None else same.confirmed_by,
                confirmed_at=None if same is None else same.confirmed_at,
            )
        )
        return _of_office(connection, mapping.office_id)[-1]


def confirm_mapping(store: Store, office_id: str, version: int, *, by: str, at: int) -> StoredMapping:
    """A second person confirms what a version declares.

    Raises NotFound for no such version, NotAllowed by whoever proposed it, and where there is nothing to confirm.
    """
    table = schema.mappings
    with store.write() as connection:
        found = next((one for one in _of_office(connection, office_id) if one.version == version), None)
        if found is None:
            raise NotFound("no_such_mapping", "没有这一版映射", "there is no such version of a mapping")
        if found.usable:
            raise NotAllowed(
                "mapping_settled", "这一版映射无须确认，或已经确认", "this version needs no confirmation, or has it"
            )
        if found.proposed_by == by:
            raise NotAllowed(
                "mapping_same_person",
                "提出人不能自己确认，须由另一人确认",
                "who proposed it cannot confirm it; a second person has to",
            )
        here = (table.c.office_id == office_id) & (table.c.version == version)
        connection.execute(table.update().where(here).values(confirmed_by=by, confirmed_at=at))
        return next(one for one in _of_office(connection, office_id) if one.version == version)


def read_mappings(store: Store, *, office_id: str | None = None) -> list[StoredMapping]:
    """All remembered versions of an office (None: of all), by office and version."""
    with store.read() as connection:
        return _of_office(connection, office_id)


def _of_office(connection: sa.Connection, office_id: str | None) -> list[StoredMapping]:
    table = schema.mappings
    query = table.select().order_by(table.c.office_id, table.c.version)
    if office_id is not None:
        query = query.where(table.c.office_id == office_id)
    return [_stored(row) for row in connection.execute(query).mappings()]


def _stored(row: sa.RowMapping) -> StoredMapping:
    return StoredMapping(
        mapping=NewMapping(
            office_id=row["office_id"],
            name=row["name"],
            toml=row["toml"],
            sha256=row["sha256"],
            columns=tuple(row["columns"]),
            declares=tuple(row["declares"]),
        ),
        version=row["version"],
        proposed_by=row["proposed_by"],
        proposed_at=row["proposed_at"],
        confirmed_by=row["confirmed_by"],
        confirmed_at=row["confirmed_at"],
    )
