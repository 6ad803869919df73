"""What the identity vault keeps: a keyed hash of a number for a while, and who looked one up; never what was hashed."""

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import sqlalchemy as sa

from data.errors import NotAllowed, StoreError
from data.store.engine import clear_errors, compact_sqlite, sqlite_engine
from data.store.schema_vault import VERSION, lookups, tokens, vault_metadata
from data.times import DAY_US
from data.vault import TOKEN, key_mark

FILE = "vault.db"
#: So long what a look-up found stands on the page of whoever asked.
SHOWN_US = DAY_US
#: So many matters one look-up tells of, whatever there are.
MOST = 3
_LOT = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Vault:
    """An open vault: `keys` by office, in memory alone; a hash expires `keep_days` after its matter's registration."""

    engine: sa.Engine
    keys: Mapping[str, bytes] = field(repr=False)
    keep_days: int

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUp:
    """A person's question whether one number's matter came in before, under an earlier number of the office."""

    office_id: str
    matter_id: str
    user_id: str
    purpose: str
    at: int
    once: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """An earlier number with the same hash, and when it was registered."""

    matter_id: str
    registered_at: int


class VaultLimited(NotAllowed):
    """The person has looked up as often as one may in a day."""

    status = 429

    def __init__(self, limit: int) -> None:
        super().__init__(
            "vault_limited",
            f"24小时内最多查重 {limit} 次，请明天再试",
            f"at most {limit} look-ups in 24 hours; try again tomorrow",
        )


def open_vault(path: Path, keys: Mapping[str, bytes], *, keep_days: int) -> Vault:
    """The vault in `path`, made where there is none.

    Raises StoreError for a file of another version of this program.
    """
    path.touch(mode=0o600)
    engine = sqlite_engine(sa.make_url(f"sqlite:///{path}"), secure_delete=True)
    with clear_errors(), engine.connect() as connection:
        found = int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())
        if found == 0:
            vault_metadata.create_all(connection)
            connection.exec_driver_sql(f"PRAGMA user_version = {VERSION}")
            connection.commit()
        elif found != VERSION:
            engine.dispose()
            raise StoreError(
                "vault_version",
                "查重库由其他版本的程序写成；可运行 petition-risk vault clear 清空后重新导入",
                "the vault was written by another version of this program; petition-risk vault clear empties it",
            )
    return Vault(engine=engine, keys=keys, keep_days=keep_days)


def empty(path: Path) -> int:
    """Remove every row of the vault in `path`, of whatever version; returns how many. A running service goes on."""
    engine = sqlite_engine(sa.make_url(f"sqlite:///{path}"), secure_delete=True)
    found = sa.MetaData()
    with clear_errors(), engine.connect() as connection:
        found.reflect(connection)
        gone = sum(connection.execute(table.delete()).rowcount for table in found.sorted_tables)
        if connection.exec_driver_sql("PRAGMA user_version").scalar_one() != VERSION:
            found.drop_all(connection)
            connection.exec_driver_sql("PRAGMA user_version = 0")
        connection.commit()
    compact_sqlite(engine)
    engine.dispose()
    return gone


def keep(vault: Vault, hashed: pl.DataFrame, *, gone: Iterable[str], by: str, at: int) -> int:
    """Take in the hashes of an import and forget those it no longer bears out; returns how many numbers have one.

    `hashed`: Drafts.hashed.  `gone`: numbers a full import no longer holds.  A number stored with the same hash keeps
    who brought it; hashes already expired are not taken in.
    """
    mine = (
        hashed.filter(pl.col(TOKEN).is_not_null() & (pl.col(TOKEN) != ""))
        .with_columns((pl.col("registered_at") + vault.keep_days * DAY_US).alias("expires_at"))
        .filter(pl.col("expires_at") > at)
        .rename({TOKEN: "token"})
    )
    marks = {office: key_mark(key) for office, key in vault.keys.items()}
    rows = [row | {"key_mark": marks[row["office_id"]], "brought_by": by} for row in mine.to_dicts()]
    drop = sorted({*hashed["matter_id"].to_list(), *gone} - set(mine["matter_id"].to_list()))
    with clear_errors(), _writing(vault) as connection:
        known = {row.matter_id: (row.token, row.brought_by) for row in connection.execute(tokens.select())}
        for row in rows:
            before = known.get(row["matter_id"])
            if before is not None and before[0] == row["token"]:
                row["brought_by"] = before[1]
        _delete(connection, tokens, [*drop, *(row["matter_id"] for row in rows)])
        connection.execute(tokens.delete().where(tokens.c.expires_at <= at))
        if rows:
            connection.execute(tokens.insert(), rows)
    return len(rows)


def brought_by(vault: Vault, office_id: str, matter_id: str, *, now: int) -> str | None:
    """Who imported the hash of a number; None where it has none that can still be compared."""
    with clear_errors(), vault.engine.connect() as connection:
        row = connection.execute(_usable(vault, office_id, now).where(tokens.c.matter_id == matter_id)).first()
    return None if row is None else str(row.brought_by)


def same(vault: Vault, office_id: str, matter_id: str, *, now: int) -> list[Earlier]:
    """The numbers of the office with the same hash registered no later, the nearest first.

    For the look-up of one number alone (serving.lookups): what is shown of it is narrowed and counted there.
    """
    with clear_errors(), vault.engine.connect() as connection:
        own = connection.execute(_usable(vault, office_id, now).where(tokens.c.matter_id == matter_id)).first()
        if own is None:
            return []
        rows = connection.execute(
            _usable(vault, office_id, now)
            .where(
                tokens.c.token == own.token,
                tokens.c.matter_id != matter_id,
                tokens.c.registered_at <= own.registered_at,
            )
            .order_by(tokens.c.registered_at.desc(), tokens.c.matter_id)
        ).all()
    return [Earlier(matter_id=row.matter_id, registered_at=row.registered_at) for row in rows]


def note(vault: Vault, asked: LookUp, found: Sequence[Earlier], *, limit: int) -> None:
    """Put a look-up down with what it may show; a form sent twice counts once.

    Raises VaultLimited where the person has made `limit` of them in the last 24 hours; then nothing is put down.
    """
    if len(found) > MOST:
        raise ValueError(f"a look-up shows {MOST} matters at most")
    with clear_errors(), _writing(vault) as connection:
        mine = lookups.c.user_id == asked.user_id
        if connection.execute(sa.select(lookups.c.lookup_id).where(mine, lookups.c.once == asked.once)).first():
            return
        recent = sa.select(sa.func.count()).where(mine, lookups.c.at > asked.at - DAY_US)
        if connection.execute(recent).scalar_one() >= limit:
            raise VaultLimited(limit)
        connection.execute(
            lookups.insert().values(
                office_id=asked.office_id,
                matter_id=asked.matter_id,
                user_id=asked.user_id,
                purpose=asked.purpose,
                at=asked.at,
                found=[[one.matter_id, one.registered_at] for one in found],
                once=asked.once,
            )
        )


def answer(vault: Vault, user_id: str, matter_id: str, *, now: int) -> list[Earlier] | None:
    """What this person's last look-up of a number found, while it stands; None where there was none."""
    query = (
        sa.select(lookups.c.found)
        .where(lookups.c.user_id == user_id, lookups.c.matter_id == matter_id, lookups.c.at > now - SHOWN_US)
        .order_by(lookups.c.lookup_id.desc())
    )
    with clear_errors(), vault.engine.connect() as connection:
        row = connection.execute(query).first()
    return None if row is None else [Earlier(matter_id=one[0], registered_at=one[1]) for one in row.found]


def made_today(vault: Vault, user_id: str, *, now: int) -> int:
    """How many look-ups a person made in the last 24 hours."""
    query = sa.select(sa.func.count()).where(lookups.c.user_id == user_id, lookups.c.at > now - DAY_US)
    with clear_errors(), vault.engine.connect() as connection:
        return int(connection.execute(query).scalar_one())


def settle(vault: Vault, matter_id: str) -> None:
    """Forget what look-ups of a number found: a person has decided."""
    with clear_errors(), _writing(vault) as connection:
        connection.execute(lookups.update().where(lookups.c.matter_id == matter_id).values(found=[]))


def forget(vault: Vault, matter_ids: Iterable[str]) -> int:
    """Remove the hashes of some numbers, and everything that names them; returns how many hashes went."""
    ids = sorted(set(matter_ids))
    with clear_errors(), _writing(vault) as connection:
        gone = _delete(connection, tokens, ids)
        _delete(connection, lookups, ids)
        wanted = set(ids)
        for row in connection.execute(sa.select(lookups.c.lookup_id, lookups.c.found)).all():
            left = [one for one in row.found if one[0] not in wanted]
            if len(left) < len(row.found):
                connection.execute(lookups.update().where(lookups.c.lookup_id == row.lookup_id).values(found=left))
    return gone


def stale(vault: Vault, known: Iterable[str], *, now: int) -> list[str]:
    """The numbers whose hash has expired, or that the register does not know (any more): `known` are those it does."""
    with clear_errors(), vault.engine.connect() as connection:
        rows = connection.execute(sa.select(tokens.c.matter_id, tokens.c.expires_at)).all()
    there = set(known)
    return sorted(row.matter_id for row in rows if row.expires_at <= now or row.matter_id not in there)


def forget_lookups(vault: Vault, *, now: int) -> int:
    """Remove look-ups that no longer count or show anything; the audit keeps that they were made."""
    with clear_errors(), _writing(vault) as connection:
        return connection.execute(lookups.delete().where(lookups.c.at <= now - max(DAY_US, SHOWN_US))).rowcount


def counts(vault: Vault) -> dict[str, int]:
    """How many hashes are kept of each office."""
    query = sa.select(tokens.c.office_id, sa.func.count()).group_by(tokens.c.office_id).order_by(tokens.c.office_id)
    with clear_errors(), vault.engine.connect() as connection:
        return {office: int(count) for office, count in connection.execute(query)}


def compact(vault: Vault) -> None:
    """Rewrite the file so that freed pages and the write-ahead log hold nothing of what was removed."""
    compact_sqlite(vault.engine)


def _usable(vault: Vault, office_id: str, now: int) -> sa.Select[tuple[str, str, str, str, int, int, str]]:
    """Hashes of an office made with its present key and not yet expired."""
    key = vault.keys.get(office_id)
    mark = "" if key is None else key_mark(key)
    return sa.select(tokens).where(
        tokens.c.office_id == office_id, tokens.c.key_mark == mark, tokens.c.expires_at > now
    )


@contextmanager
def _writing(vault: Vault) -> Generator[sa.Connection]:
    """A transaction that holds the writer's lock from its first statement."""
    with vault.engine.connect() as plain:
        connection = plain.execution_options(immediate=True)
        with connection.begin():
            yield connection


def _delete(connection: sa.Connection, table: sa.Table, ids: Sequence[str]) -> int:
    gone = 0
    for start in range(0, len(ids), _LOT):
        mine = table.c.matter_id.in_(ids[start : start + _LOT])
        gone += connection.execute(table.delete().where(mine)).rowcount
    return gone
