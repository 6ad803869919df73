"""Who may run a job that must run once at a time, and until when."""

from dataclasses import dataclass

import sqlalchemy as sa

from data.errors import LeaseHeld
from data.store import schema
from data.store.engine import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A name held by somebody from `since` until `expires_at` (UTC microseconds)."""

    name: str
    holder: str
    since: int
    expires_at: int


def acquire(store: Store, name: str, *, holder: str, now: int, ttl_us: int) -> Lease:
    """Take the lease, or prolong it where `holder` has it already.

    Raises LeaseHeld where another holder has it and it has not expired.
    """
    table = schema.leases
    with store.write() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("LOCK TABLE leases IN SHARE ROW EXCLUSIVE MODE"))
        row = connection.execute(table.select().where(table.c.name == name)).mappings().first()
        if row is not None and row["holder"] != holder and row["expires_at"] > now:
            raise LeaseHeld(
                "lease_held",
                f"任务正由 {row['holder']} 运行，请等其完成",
                f"the job is being run by {row['holder']}; wait until it ends",
            )
        mine = row is not None and row["holder"] == holder and row["expires_at"] > now
        lease = Lease(name=name, holder=holder, since=row["since"] if row and mine else now, expires_at=now + ttl_us)
        values = {"holder": holder, "since": lease.since, "expires_at": lease.expires_at}
        if row is None:
            connection.execute(table.insert().values(name=name, **values))
        else:
            connection.execute(table.update().where(table.c.name == name).values(**values))
    return lease


def release(store: Store, name: str, *, holder: str) -> None:
    """Give the lease back; one held by somebody else is left alone."""
    table = schema.leases
    with store.write() as connection:
        connection.execute(table.delete().where(table.c.name == name, table.c.holder == holder))


def current(store: Store, name: str, *, now: int) -> Lease | None:
    """The lease in force, if any."""
    table = schema.leases
    with store.read() as connection:
        row = (
            connection.execute(table.select().where(table.c.name == name, table.c.expires_at > now)).mappings().first()
        )
    return None if row is None else Lease(**row)
