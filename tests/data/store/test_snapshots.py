"""What a screening looked at is kept with its draft, who was helped once, and earlier lists are filled in."""

import polars as pl
import pytest
import sqlalchemy as sa

from data.errors import NotAllowed
from data.store import screenings, snapshots
from data.store.engine import Store, migrate
from tests.data.store.test_screenings import begin, entry, ready

#: What revision 0012 and those after it created; a new revision adds its tables here.
LATER = (
    "snapshots",
    "machine_tokens",
    "caller_volume",
    "told_answers",
    "bulk_decisions",
    "undone_decisions",
    "finding_mute_ends",
    "finding_mutes",
    "saved_views",
    "notices_read",
    "tours",
)
#: What it and those after it created on tables of before.
LATER_INDEXES = (
    "ix_entries_screening_id_office_id",
    "ix_plans_office_id",
    "ix_measures_office_id",
    "ix_results_office_id",
    "ix_entry_tombstones_office_id",
    "ix_attributes_earlier",
)

__all__ = ["ready"]


def rows(store: Store) -> list[tuple[object, ...]]:
    return snapshots.read_snapshots(store).sort("cutoff", "matter_id").rows()


def write(store: Store, screening_id: str, listed: dict[str, bool]) -> None:
    frame = pl.DataFrame({"matter_id": list(listed), "listed": list(listed.values())})
    for lot in snapshots.chunks(frame):
        snapshots.write_snapshots(store, screening_id, lot)


def helped(**said: bool) -> pl.DataFrame:
    return pl.DataFrame({"matter_id": list(said), "helped_after": list(said.values())})


def test_snapshots_are_hidden_until_the_draft_is_issued_and_then_fixed(ready: Store) -> None:
    made = begin(ready).screening_id
    write(ready, made, {"m2": False, "m1": True})
    assert rows(ready) == []
    assert snapshots.waiting_for_help(ready) == []
    screenings.issue_draft(ready, made, list_hash="a", summary={})
    assert rows(ready) == [("m1", 100, True, None), ("m2", 100, False, None)]
    with pytest.raises(NotAllowed):
        write(ready, made, {"m3": True})


def test_a_run_that_died_leaves_no_snapshots(ready: Store) -> None:
    made = begin(ready).screening_id
    write(ready, made, {"m1": True})
    assert begin(ready).screening_id == made  # emptied and begun again
    write(ready, made, {"m1": False})
    screenings.drop_running(ready, made)
    with ready.read() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM snapshots")).scalar_one() == 0


def test_who_was_helped_is_kept_once_and_stays(ready: Store) -> None:
    made = begin(ready).screening_id
    write(ready, made, {"m1": True, "m2": False})
    screenings.issue_draft(ready, made, list_hash="a", summary={})
    assert snapshots.waiting_for_help(ready) == [(made, 100)]
    assert snapshots.unhelped_yet(ready, made) == ["m1", "m2"]
    snapshots.keep_helped(ready, made, helped(m1=True))
    assert snapshots.unhelped_yet(ready, made) == ["m2"]
    snapshots.keep_helped(ready, made, helped(m1=False, m2=False))
    assert rows(ready) == [("m1", 100, True, True), ("m2", 100, False, False)]
    assert snapshots.waiting_for_help(ready) == []


def test_lists_of_one_cutoff_are_one_snapshot_a_matter(ready: Store) -> None:
    for scope, listed in (("p", False), ("c1", True)):
        made = begin(ready, scope=scope).screening_id
        write(ready, made, {"m1": listed, "m2": False})
        screenings.issue_draft(ready, made, list_hash="a", summary={})
    snapshots.keep_helped(ready, snapshots.waiting_for_help(ready)[0][0], helped(m2=True))
    assert rows(ready) == [("m1", 100, True, None), ("m2", 100, False, True)]


def test_a_screening_larger_than_one_step_is_kept_whole(ready: Store) -> None:
    made = begin(ready).screening_id
    write(ready, made, {f"m{n:05d}": n % 20 == 0 for n in range(2 * snapshots.CHUNK + 1)})
    screenings.issue_draft(ready, made, list_hash="a", summary={})
    kept = snapshots.read_snapshots(ready)
    assert (kept.height, kept["listed"].sum()) == (2 * snapshots.CHUNK + 1, snapshots.CHUNK // 10 + 1)


def test_earlier_lists_say_who_was_listed_once_the_store_is_brought_up_to_date(ready: Store) -> None:
    made = begin(ready).screening_id
    parts = [entry(1), entry(2, "must_act"), entry(3, "spot"), entry(4, "model")]
    screenings.write_entries(ready, made, parts)
    screenings.issue_draft(ready, made, list_hash="a", summary={})
    with ready.engine.begin() as connection:
        for later in LATER:
            connection.exec_driver_sql(f"DROP TABLE {later}")
        for later in LATER_INDEXES:
            connection.exec_driver_sql(f"DROP INDEX {later}")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0011'")
    migrate(ready)
    assert rows(ready) == [("m1", 100, True, None), ("m4", 100, True, None)]
