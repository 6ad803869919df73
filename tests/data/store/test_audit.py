"""The chain shows every edit, removal and reordering, and says up to where truncation is excluded (G15)."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from data.errors import SettingsError
from data.store import audit
from data.store.audit import Entry
from data.store.engine import Store

KEY = bytes(range(32))


def entry(number: int) -> Entry:
    return Entry(
        at=number,
        user_id="handler",
        action="view",
        office_id="c1",
        matter_id=f"m{number}",
        purpose="办理",
        detail={"页": number, "b": [1, 2]},
        request_id=f"r{number}",
    )


def tamper(store: Store, *statements: str) -> None:
    """What somebody with the database in hand can do: first switch the triggers off."""
    with store.write() as connection:
        if store.dialect == "sqlite":
            connection.execute(sa.text("DROP TRIGGER IF EXISTS audit_no_update"))
            connection.execute(sa.text("DROP TRIGGER IF EXISTS audit_no_delete"))
        else:
            connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            connection.execute(sa.text(statement))


def test_g15_entries_are_chained_and_read_again(store: Store) -> None:
    assert audit.append_many(store, KEY, [entry(1), entry(2)]) == [1, 2]
    with store.write() as connection:
        assert audit.append(connection, KEY, entry(3)) == 3
    found = audit.read_entries(store)
    assert [stored.entry for stored in found] == [entry(1), entry(2), entry(3)]
    assert found[0].prev_hash == audit.GENESIS
    assert [stored.prev_hash for stored in found[1:]] == [stored.hash for stored in found[:-1]]
    verdict = audit.verify(store, KEY)
    assert (verdict.intact, verdict.entries, verdict.proven_until) == (True, 3, 0)
    assert [stored.seq for stored in audit.read_entries(store, matter_id="m2")] == [2]
    assert [stored.seq for stored in audit.read_entries(store, after=1, limit=1)] == [2]


def test_a_change_and_its_entry_go_together(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.write() as connection:  # noqa: PT012 - that is the point
        audit.append(connection, KEY, entry(1))
        _ = 1 / 0
    assert audit.read_entries(store) == []
    assert audit.append_many(store, KEY, [entry(2)]) == [1]
    assert audit.append_many(store, KEY, []) == []


@pytest.mark.parametrize("statement", ["UPDATE audit SET purpose = 'x' WHERE seq = 1", "DELETE FROM audit"])
def test_g15_the_database_itself_refuses_changes(store: Store, statement: str) -> None:
    audit.append_many(store, KEY, [entry(1)])
    with pytest.raises(sa.exc.DatabaseError, match="never changed"), store.write() as connection:
        connection.execute(sa.text(statement))
    assert audit.verify(store, KEY).intact


def test_g15_a_forged_or_unkeyed_entry_is_found(store: Store) -> None:
    audit.append_many(store, KEY, [entry(number) for number in range(1, 6)])
    assert not audit.verify(store, b"another key" * 4).intact
    tamper(store, "UPDATE audit SET purpose = '其他' WHERE seq = 3")
    assert [(found.seq, found.code) for found in audit.verify(store, KEY).breaks] == [(3, "edited")]


def test_g15_a_removed_entry_is_found(store: Store) -> None:
    audit.append_many(store, KEY, [entry(number) for number in range(1, 6)])
    tamper(store, "DELETE FROM audit WHERE seq = 3")
    assert [(found.seq, found.code) for found in audit.verify(store, KEY).breaks] == [(4, "gap")]


def test_g15_two_exchanged_entries_are_found(store: Store) -> None:
    audit.append_many(store, KEY, [entry(number) for number in range(1, 6)])
    tamper(
        store,
        "UPDATE audit SET seq = 99 WHERE seq = 2",
        "UPDATE audit SET seq = 2 WHERE seq = 3",
        "UPDATE audit SET seq = 3 WHERE seq = 99",
    )
    found = audit.verify(store, KEY)
    assert {"gap", "edited"} <= {problem.code for problem in found.breaks}


def test_g15_truncation_before_a_signed_checkpoint_is_found_and_after_it_is_said_to_be_open(
    store: Store, tmp_path: Path
) -> None:
    path = tmp_path / "checkpoints.jsonl"
    audit.append_many(store, KEY, [entry(number) for number in range(1, 4)])
    kept = audit.read_entries(store)
    audit.write_checkpoint(store, KEY, path, at=10)
    audit.append_many(store, KEY, [entry(number) for number in range(4, 6)])
    checkpoints = audit.read_checkpoints(path)
    assert audit.verify(store, KEY, checkpoints).proven_until == 3
    tamper(
        store,
        "DELETE FROM audit WHERE seq > 3",
        f"UPDATE audit_head SET seq = 3, hash = '{kept[2].hash}'",
    )
    after = audit.verify(store, KEY, checkpoints)
    assert (after.intact, after.proven_until) == (True, 3)
    tamper(store, "DELETE FROM audit WHERE seq > 1")
    codes = {found.code for found in audit.verify(store, KEY, checkpoints).breaks}
    assert codes == {"cut", "head"}


def test_g15_a_checkpoint_somebody_else_made_is_found(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "checkpoints.jsonl"
    audit.append_many(store, KEY, [entry(1)])
    audit.write_checkpoint(store, b"x" * 32, path, at=10)
    assert [found.code for found in audit.verify(store, KEY, audit.read_checkpoints(path)).breaks] == ["checkpoint"]
    assert audit.read_checkpoints(tmp_path / "none") == []


def test_appending_at_once_from_several_threads_keeps_one_chain(store: Store) -> None:
    def work(start: int) -> None:
        for number in range(start, start + 5):
            audit.append_many(store, KEY, [entry(number)])

    threads = [threading.Thread(target=work, args=(100 * place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    verdict = audit.verify(store, KEY)
    assert (verdict.intact, verdict.entries) == (True, 20)


def test_of_several_who_make_the_key_at_once_all_have_the_same(tmp_path: Path) -> None:
    for number in range(20):
        path, start = tmp_path / f"{number}.key", threading.Barrier(4)

        def ask(path: Path = path, start: threading.Barrier = start) -> bytes:
            start.wait()
            return audit.load_or_create_key(path)

        with ThreadPoolExecutor(4) as threads:
            keys = {asked.result() for asked in [threads.submit(ask) for _ in range(4)]}
        assert len(keys) == 1
    assert {one.suffix for one in tmp_path.iterdir()} == {".key"}


def test_the_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "audit.key"
    key = audit.load_or_create_key(path)
    assert len(key) == 32
    assert audit.load_or_create_key(path) == key
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    with pytest.raises(SettingsError):
        audit.load_or_create_key(path)
    path.chmod(0o600)
    for text in ("not hex", "abcd"):
        path.write_text(text)
        with pytest.raises(SettingsError):
            audit.load_or_create_key(path)
    with pytest.raises(SettingsError):
        audit.load_or_create_key(tmp_path / "no" / "such" / "directory")
