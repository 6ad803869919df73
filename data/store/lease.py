"""Who may run a job that must run once at a time, and until when."""

from collections.abc import Generator
from contextlib import contextmanager
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

    Raises LeaseHeld where another holder has it and it has not expired.  One that expires later than any taken now
    could was written under a clock since moved back, and is taken over: who held it may write nothing more (`fenced`).
    """
    table = schema.leases
    with store.write() as connection:
        _lock(connection)
        row = connection.execute(table.select().where(table.c.name == name)).mappings().first()
        in_force = row is not None and now < row["expires_at"] <= now + ttl_us
        if row is not None and row["holder"] != holder and in_force:
            left = -(-(row["expires_at"] - now) // 1_000_000)
            raise LeaseHeld(
                "lease_held",
                f"任务正由 {row['holder']} 运行，请等其完成；若该进程已不在，{left} 秒后可重新运行",
                f"the job is being run by {row['holder']}; wait until it ends, or {left} s if that process is gone",
            )
        mine = row is not None and row["holder"] == holder and in_force
        lease = Lease(name=name, holder=holder, since=row["since"] if row and mine else now, expires_at=now + ttl_us)
        values = {"holder": holder, "since": lease.since, "expires_at": lease.expires_at}
        if row is None:
            connection.execute(table.insert().values(name=name, **values))
        else:
            connection.execute(table.update().where(table.c.name == name).values(**values))
    return lease


def prolong(store: Store, name: str, *, holder: str, now: int, ttl_us: int) -> None:
    """Hold the lease for longer. Raises LeaseHeld where somebody else has taken it over."""
    table = schema.leases
    with store.write() as connection:
        _lock(connection)
        mine = sa.and_(table.c.name == name, table.c.holder == holder)
        if not connection.execute(table.update().where(mine).values(expires_at=now + ttl_us)).rowcount:
            raise _lost()


@contextmanager
def fenced(store: Store, name: str, *, holder: str) -> Generator[sa.Connection]:
    """A write transaction that only the holder of the lease may make: a run that was taken for dead changes nothing.

    Raises LeaseHeld where somebody else has the lease.
    """
    table = schema.leases
    with store.write() as connection:
        held = sa.select(table.c.holder).where(table.c.name == name).with_for_update()
        if connection.execute(held).scalar_one_or_none() != holder:
            raise _lost()
        yield connection


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


def _lock(connection: sa.Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("LOCK TABLE leases IN SHARE ROW EXCLUSIVE MODE"))


def _lost() -> LeaseHeld:
    return LeaseHeld(
        "lease_lost",
        "租约已由另一任务接管（本任务停顿过久，或系统时钟被拨动），本次运行未写入清单",
        "another run has taken the job over (this one stood still too long, or the clock was moved); it issued nothing",
    )
