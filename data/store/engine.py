"""How the database is opened, checked, brought up to date, and written to by one writer at a time."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal
from weakref import WeakSet

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event, exc

from data.errors import StoreError
from data.store.sqlite_library import sqlite_module
from data.store.staging import ATTACHED

_BUSY_MS = 30_000
#: Engines whose schema was found to be the code's, so that the check costs one query per process.
_current: WeakSet[sa.Engine] = WeakSet()
#: The write transaction open in this thread or task, for those inside it to join; and the view, for reads inside it.
_writing: ContextVar[sa.Connection | None] = ContextVar("writing", default=None)
_viewing: ContextVar[sa.Connection | None] = ContextVar("viewing", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """An open database: `dialect` is the SQL it speaks, `url` where it is (it may hold a password: never log it)."""

    engine: sa.Engine
    url: str
    dialect: Literal["sqlite", "postgresql"]

    @property
    def path(self) -> Path | None:
        """The database file of SQLite, None on PostgreSQL."""
        return Path(str(self.engine.url.database)) if self.dialect == "sqlite" else None

    @contextmanager
    def read(self) -> Generator[sa.Connection]:
        """A connection with one consistent view, changes rolled back; inside `write` or `view` it is that one's."""
        for opened in (_writing.get(), _viewing.get()):
            if opened is not None and opened.engine is self.engine:
                yield opened
                return
        with clear_errors(), self.engine.connect() as connection:
            _require_current(self, connection)
            try:
                yield connection
            finally:
                connection.rollback()

    @contextmanager
    def view(self) -> Generator[None]:
        """One connection, as `read` gives it, for everything read inside; what is written meanwhile need not be seen.

        For many short questions at once: a connection for each costs more than most of the answers.
        """
        with self.read() as connection:
            joined = _viewing.set(connection)
            try:
                yield
            finally:
                _viewing.reset(joined)

    @contextmanager
    def write(self) -> Generator[sa.Connection]:
        """A transaction that holds the writer's lock from its first statement and commits at the end.

        One inside another joins it (as a savepoint), so that a change and its audit entry can commit together:
        `with store.write(): models.promote(store, …); audit.append_many(store, key, […])`.
        """
        open_write = _writing.get()
        if open_write is not None and open_write.engine is self.engine:
            with open_write.begin_nested():
                yield open_write
            return
        with clear_errors(), self.engine.connect() as connection:
            _require_current(self, connection)
            connection.rollback()
            connection = connection.execution_options(immediate=True)
            with connection.begin():
                joined = _writing.set(connection)
                try:
                    yield connection
                finally:
                    _writing.reset(joined)

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def open_store(url: str) -> Store:
    """The store at `url` (`sqlite:///path` or `postgresql://…`); it may be empty, `migrate` makes its tables.

    Raises StoreError where the SQLite library is too old, the URL is not one of the two kinds, the place cannot
    be opened, or the store was written by a newer version of this program.
    """
    try:
        parsed = sa.make_url(url)
    except exc.ArgumentError:
        raise _bad_url() from None
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        if parsed.database is None or parsed.database in ("", ":memory:"):
            raise _bad_url()
        engine = sqlite_engine(parsed)
        if Path(parsed.database).parent.is_dir():
            # A register is for its owner's eyes; SQLite gives its side files the mode of the main one.
            Path(parsed.database).touch(mode=0o600)
        dialect: Literal["sqlite", "postgresql"] = "sqlite"
    elif backend == "postgresql":
        engine = sa.create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
        dialect = "postgresql"
    else:
        raise _bad_url()
    store = Store(engine=engine, url=url, dialect=dialect)
    try:
        with clear_errors(), engine.connect() as connection:
            _refuse_newer(connection)
    except StoreError:
        engine.dispose()
        raise
    return store


def migrate(store: Store) -> None:
    """Create the tables, or bring older ones up to date, in one transaction; a current store is left alone."""
    with clear_errors(), store.engine.connect() as plain:
        connection = plain.execution_options(immediate=True)
        with connection.begin():
            _refuse_newer(connection)
            config = _alembic()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    _current.add(store.engine)


def is_writing(connection: sa.Connection) -> bool:
    """Whether what this connection sees may still be taken back: it is the write transaction open here."""
    return _writing.get() is connection


def is_current(store: Store) -> bool:
    """Whether the store's tables are those this code expects (readiness asks)."""
    with clear_errors(), store.engine.connect() as connection:
        return _revision(connection) == _scripts().get_current_head()


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    return config


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_alembic())


def _revision(connection: sa.Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _refuse_newer(connection: sa.Connection) -> None:
    revision = _revision(connection)
    known = {script.revision for script in _scripts().walk_revisions()}
    if revision is not None and revision not in known:
        raise StoreError(
            "store_newer",
            f"数据库由更新版本的程序写成（{revision}）；请升级程序后再用，数据未作改动",
            f"the store was written by a newer version of this program ({revision}); upgrade it first",
        )


def _require_current(store: Store, connection: sa.Connection) -> None:
    if store.engine in _current:
        return
    _refuse_newer(connection)
    revision = _revision(connection)
    if revision != _scripts().get_current_head():
        raise StoreError(
            "store_older",
            "数据库尚未建立或版本较旧；请先运行 petition-risk init",
            "the store has no tables yet, or older ones; run petition-risk init first",
        )
    _current.add(store.engine)


def sqlite_engine(url: sa.URL, *, secure_delete: bool = False) -> sa.Engine:
    """An engine on an SQLite file; with `secure_delete` what is deleted is overwritten at once."""
    engine = sa.create_engine(
        url.set(drivername="sqlite+pysqlite"),
        module=sqlite_module(),
        connect_args={"timeout": _BUSY_MS / 1000},
        pool_size=8,
        max_overflow=24,
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:  # pyright: ignore[reportUnusedFunction]
        # The driver must not open transactions of its own: ours begin as readers or, at once, as the writer.
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={_BUSY_MS}"):
            connection.execute(f"PRAGMA {pragma}").fetchall()
        if secure_delete:
            connection.execute("PRAGMA secure_delete=ON").fetchall()

    @event.listens_for(engine, "checkin")
    def _let_go(connection: Any, record: Any) -> None:  # pyright: ignore[reportUnusedFunction]
        # A file cannot be detached before the transaction that read it has ended; a broken connection is not kept.
        for name in record.info.pop(ATTACHED, []) if connection else []:
            connection.execute(f"DETACH {name}")

    @event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:  # pyright: ignore[reportUnusedFunction]
        immediate = connection.get_execution_options().get("immediate", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def compact_sqlite(engine: sa.Engine) -> None:
    """Rewrite an SQLite file, so that neither its free pages nor its write-ahead log hold what was deleted."""
    with engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None  # noqa: S101 - a live connection has a driver's one
        for statement in ("PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
            raw.execute(statement).fetchall()


def _bad_url() -> StoreError:
    return StoreError(
        "store_url",
        "数据库地址应为 sqlite:///路径 或 postgresql://…",
        "the database URL must be sqlite:///path or postgresql://…",
    )


def _said(problem: BaseException) -> str:
    """What the driver said, and said before: a full disk ends the transaction, and then no savepoint is found."""
    told: list[str] = []
    at: BaseException | None = problem
    while at is not None:
        told.append(str(at.orig if isinstance(at, exc.DBAPIError) else at).lower())
        at = at.__context__
    return " ".join(told)


@contextmanager
def clear_errors() -> Generator[None]:
    """Say in words what the driver says in codes; integrity errors stay what they are."""
    try:
        yield
    except (exc.OperationalError, exc.TimeoutError) as problem:
        said = _said(problem)
        if "locked" in said or "busy" in said:
            raise StoreError(
                "store_locked", "数据库正被占用，请稍后再试", "the store is locked by another writer; try again"
            ) from problem
        if "full" in said or "no space" in said:
            raise StoreError("store_full", "磁盘已满，未写入", "the disk is full; nothing was written") from problem
        if "disk i/o error" in said:
            raise StoreError(
                "store_io",
                "数据库写入失败（磁盘满、超出配额或故障），未写入",
                "the store could not be written (disk full, over quota or broken); nothing was written",
            ) from problem
        raise StoreError(
            "store_unreachable",
            "数据库打不开；请检查路径、权限或数据库服务",
            "the store cannot be opened; check its path, permissions or server",
        ) from problem
