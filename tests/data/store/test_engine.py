import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from data.errors import StoreError
from data.store import engine as engine_module
from data.store import sqlite_library
from data.store.engine import Store, is_current, migrate, open_store
from data.store.schema_work import metadata


def test_migration_makes_exactly_the_schema(store: Store) -> None:
    with store.read() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    assert differences == []


def test_migrating_again_changes_nothing(store: Store) -> None:
    migrate(store)
    assert is_current(store)


def test_empty_store_is_refused_until_migrated(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/empty.db")
    with pytest.raises(StoreError) as refused, store.read():
        pass
    assert refused.value.code == "store_older"
    assert refused.value.exit_code == 15
    migrate(store)
    with store.read() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM events")).scalar_one() == 0
    store.close()


def test_store_of_a_newer_program_is_refused(store: Store) -> None:
    def stamp(revision: str) -> None:
        with store.engine.begin() as connection:
            connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{revision}'")

    with store.read() as connection:
        current = str(connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one())
    stamp("9999")
    try:
        with pytest.raises(StoreError) as refused:
            open_store(store.url)
        assert refused.value.code == "store_newer"
        with pytest.raises(StoreError):
            migrate(store)
    finally:
        stamp(current)


def test_sqlite_is_new_enough_durable_and_strict(sqlite_store: Store) -> None:
    with sqlite_store.read() as connection:

        def pragma(name: str) -> object:
            return connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()

        version = tuple(
            int(part) for part in str(connection.exec_driver_sql("SELECT sqlite_version()").scalar()).split(".")
        )
        assert version >= (3, 51, 3)
        assert pragma("journal_mode") == "wal"
        assert pragma("synchronous") == 2
        assert pragma("foreign_keys") == 1
        assert pragma("busy_timeout") == 30_000


def test_only_the_owner_may_read_a_new_file(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/new.db")
    migrate(store)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    store.close()


def test_too_old_sqlite_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_library, "_OLDEST_SQLITE", (9, 0, 0))
    with pytest.raises(StoreError) as refused:
        open_store(f"sqlite:///{tmp_path}/x.db")
    assert refused.value.code == "sqlite_too_old"


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://x/y", "sqlite://", "sqlite:///:memory:"])
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(StoreError) as refused:
        open_store(url)
    assert refused.value.code == "store_url"


def test_unreachable_place_is_said_clearly(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as refused:
        open_store(f"sqlite:///{tmp_path}/no/such/directory/x.db")
    assert refused.value.code == "store_unreachable"


def test_reading_writes_nothing_and_a_failed_write_leaves_nothing(store: Store) -> None:
    insert = sa.text("INSERT INTO offices VALUES ('x', 'x', NULL, 'county')")
    failing = sa.text("INSERT INTO offices VALUES ('y', NULL, NULL, 'county')")
    with store.read() as connection:
        connection.execute(insert)
    with pytest.raises(sa.exc.IntegrityError), store.write() as connection:  # noqa: PT012 - one goes with the other
        connection.execute(insert)
        connection.execute(failing)
    with store.read() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM offices")).scalar_one() == 0


def test_a_reader_keeps_its_view_while_another_writes(sqlite_store: Store) -> None:
    count = sa.text("SELECT count(*) FROM offices")
    with sqlite_store.read() as reader:
        assert reader.execute(count).scalar_one() == 0
        with sqlite_store.write() as writer:
            writer.execute(sa.text("INSERT INTO offices VALUES ('x', 'x', NULL, 'county')"))
        assert reader.execute(count).scalar_one() == 0
    with sqlite_store.read() as reader:
        assert reader.execute(count).scalar_one() == 1


def test_what_is_read_in_a_view_comes_from_one_connection_and_a_write_in_it_has_its_own(sqlite_store: Store) -> None:
    with sqlite_store.view():
        with sqlite_store.read() as first, sqlite_store.read() as second:
            assert first is second
            before = first.exec_driver_sql("SELECT count(*) FROM offices").scalar_one()
        with sqlite_store.write() as writing:
            assert writing is not first
            writing.exec_driver_sql("INSERT INTO offices VALUES ('x', 'x', NULL, 'county')")
            with sqlite_store.read() as inside:
                assert inside is writing
        with sqlite_store.read() as again:
            assert again is first
            assert again.exec_driver_sql("SELECT count(*) FROM offices").scalar_one() == before
    with sqlite_store.read() as after:
        assert after.exec_driver_sql("SELECT count(*) FROM offices").scalar_one() == before + 1


def test_second_writer_waits_its_turn_and_is_told_when_it_takes_too_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "_BUSY_MS", 50)
    store = open_store(f"sqlite:///{tmp_path}/busy.db")
    migrate(store)
    refused: list[str] = []

    def other() -> None:
        try:
            with store.write():
                pass
        except StoreError as problem:
            refused.append(problem.code)

    with store.write():
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert refused == ["store_locked"]
    store.close()


def test_a_write_inside_a_write_joins_it(store: Store) -> None:
    count = sa.text("SELECT count(*) FROM offices")

    def insert(office: str) -> None:
        with store.write() as connection:
            connection.execute(sa.text(f"INSERT INTO offices VALUES ('{office}', 'x', NULL, 'county')"))

    with pytest.raises(ZeroDivisionError), store.write():  # noqa: PT012 - what is inside goes with the outer one
        insert("a")
        with store.read() as connection:
            assert connection.execute(count).scalar_one() == 1
        _ = 1 / 0
    with store.write():
        insert("b")
        with pytest.raises(sa.exc.IntegrityError):
            insert("b")
        insert("c")
    with store.read() as connection:
        assert connection.execute(count).scalar_one() == 2
