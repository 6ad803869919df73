"""A list is hidden until its draft is issued, begun once per cutoff, scope, model and batch, and then fixed."""

from pathlib import Path

import pytest

from data.errors import NotAllowed, NotFound
from data.store import arrow, screenings
from data.store.batches import insert_batch
from data.store.engine import Store
from data.store.register import Batch
from data.store.screenings import FeatureLog, ListEntry, Screening


@pytest.fixture
def ready(store: Store) -> Store:
    batch = Batch(
        source="ledger",
        file_sha256="a",
        mapping_name="own",
        mapping_sha256="b",
        coverage="full",
        observed_until=1,
        time_zone="Asia/Shanghai",
        recorded_at=1,
        recorded_by="operator",
    )
    with store.write() as connection:
        insert_batch(connection, batch, number=1, assumed_share=0.0)
    return store


def begin(store: Store, cutoff: int = 100, scope: str = "p") -> Screening:
    return screenings.begin_screening(
        store,
        cutoff=cutoff,
        scope=scope,
        batch_id=1,
        model_version=None,
        settings={"k": 3},
        now=7,
        by="operator",
        demo=True,
    )


def entry(number: int, part: screenings.Part = "points", office: str = "c1") -> ListEntry:
    return ListEntry(
        office_id=office,
        matter_id=f"m{number}",
        part=part,
        rank=number,
        margin_nano=-(10**12) - number,
        points=12,
        band="larger",
        per_hundred_low=5,
        per_hundred_high=12,
        inclusion_probability=0.125 if part == "spot" else None,
        reasons=[{"zh": "我院逾期12天未作每月后续答复"}],
        duties=["monthly"],
        help=["hearing"],
    )


def test_nothing_is_seen_before_the_draft_is_issued(ready: Store) -> None:
    running = begin(ready)
    screenings.write_entries(ready, running.screening_id, [entry(1)])
    screenings.log_features(ready, running.screening_id, FeatureLog(path="x.parquet", sha256="a", rows=1))
    assert screenings.read_screenings(ready) == []
    assert screenings.entries_of_matter(ready, "m1") == []
    for look in (screenings.find_screening, screenings.read_entries, screenings.feature_logs):
        with pytest.raises(NotFound):
            look(ready, running.screening_id)
    issued = screenings.issue_draft(ready, running.screening_id, list_hash="h", summary={"k": 1})
    assert (issued.state, issued.list_hash, issued.summary) == ("draft", "h", {"k": 1})
    assert screenings.read_screenings(ready) == [issued]
    assert screenings.find_screening(ready, running.screening_id) == issued
    assert screenings.read_entries(ready, running.screening_id) == [entry(1)]
    assert screenings.entries_of_matter(ready, "m1") == [(issued, entry(1))]
    assert screenings.feature_logs(ready, running.screening_id) == [FeatureLog(path="x.parquet", sha256="a", rows=1)]


@pytest.mark.parametrize("in_bulk", [False, True])
def test_who_was_on_several_lists_is_read_alike_however_long_they_are(
    ready: Store, monkeypatch: pytest.MonkeyPatch, *, in_bulk: bool
) -> None:
    parts: list[screenings.Part] = ["must_act", "points", "spot"]
    made = [begin(ready, cutoff=100 * month) for month in (1, 2, 3)]
    for number, one in enumerate(made[:2], 1):
        listed = [entry(10 * number + at, part) for at, part in enumerate(parts)]
        screenings.write_entries(ready, one.screening_id, listed)
    for one in made:
        screenings.issue_draft(ready, one.screening_id, list_hash="h", summary={})
    if in_bulk:
        monkeypatch.setattr(arrow, "BULK_ROWS", 1)
    ids = [one.screening_id for one in made]
    found = screenings.read_all_listed(ready, ids)
    assert list(found) == ids
    assert found[ids[1]].rows() == [("m20", "must_act", None), ("m21", "points", None), ("m22", "spot", 0.125)]
    assert found[ids[2]].schema == found[ids[0]].schema
    assert found[ids[2]].is_empty()
    assert screenings.read_listed(ready, ids[0]).equals(found[ids[0]])


def test_a_second_run_finds_the_first_list(ready: Store) -> None:
    first = begin(ready)
    issued = screenings.issue_draft(ready, first.screening_id, list_hash="h", summary={})
    assert begin(ready) == issued
    assert begin(ready, cutoff=200).screening_id != first.screening_id
    assert begin(ready, scope="c1").screening_id != first.screening_id


def test_a_job_that_died_is_begun_again_from_nothing(ready: Store) -> None:
    dead = begin(ready)
    screenings.write_entries(ready, dead.screening_id, [entry(number) for number in range(5)])
    again = begin(ready)
    assert again.screening_id == dead.screening_id
    screenings.write_entries(ready, again.screening_id, [entry(9)])
    screenings.issue_draft(ready, again.screening_id, list_hash="h", summary={})
    assert screenings.read_entries(ready, again.screening_id) == [entry(9)]


def test_a_draft_takes_no_more_entries(ready: Store) -> None:
    issued = begin(ready)
    screenings.issue_draft(ready, issued.screening_id, list_hash="h", summary={})
    for change in (
        lambda: screenings.write_entries(ready, issued.screening_id, [entry(1)]),
        lambda: screenings.log_features(ready, issued.screening_id, FeatureLog(path="x", sha256="a", rows=1)),
        lambda: screenings.issue_draft(ready, issued.screening_id, list_hash="i", summary={}),
        lambda: screenings.drop_running(ready, issued.screening_id),
    ):
        with pytest.raises(NotAllowed):
            change()


def test_a_dropped_run_leaves_nothing(ready: Store) -> None:
    running = begin(ready)
    screenings.write_entries(ready, running.screening_id, [entry(1)])
    screenings.drop_running(ready, running.screening_id)
    assert begin(ready).screening_id != running.screening_id


def test_entries_come_by_office_part_and_rank_and_can_be_narrowed(ready: Store) -> None:
    made = begin(ready)
    entries = [entry(2), entry(1), entry(3, "spot"), entry(4, "points", "c2")]
    assert screenings.write_entries(ready, made.screening_id, entries) == 4
    screenings.issue_draft(ready, made.screening_id, list_hash="h", summary={})
    read = screenings.read_entries
    assert [found.matter_id for found in read(ready, made.screening_id)] == ["m1", "m2", "m3", "m4"]
    assert read(ready, made.screening_id, offices=["c2"]) == [entries[3]]
    assert read(ready, made.screening_id, parts=["spot"]) == [entries[2]]
    assert read(ready, made.screening_id, matter_id="m2") == [entries[0]]
    assert screenings.read_screenings(ready, scopes=["c1"]) == []
    assert len(screenings.read_screenings(ready, cutoff=100, limit=1)) == 1


def test_entries_are_written_in_chunks_a_reader_can_pass(ready: Store, tmp_path: Path) -> None:
    made = begin(ready)
    many = [entry(number) for number in range(screenings.CHUNK + 7)]
    assert screenings.write_entries(ready, made.screening_id, many) == len(many)
    screenings.issue_draft(ready, made.screening_id, list_hash="h", summary={})
    assert screenings.read_entries(ready, made.screening_id) == many
