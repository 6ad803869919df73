"""What is imported is read again, as of any batch, on both engines and over both ways of reading."""

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import dataframely
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from data.contract import Attributes, Events, Matters, OfficeContext, Register, event_uuid, matter_uuid
from data.errors import InputRefused, LeaseHeld, NotAllowed, NotFound, TooLittleData
from data.reconcile import ATTRIBUTE_DRAFT, EVENT_DRAFT
from data.store import imports, versions
from data.store.engine import Store, open_store
from data.store.register import (
    AddedKind,
    Batch,
    batch_view,
    find_matter,
    latest_batch,
    matter_events,
    matter_register,
    office_tree,
    read_batches,
    read_context,
    read_kinds,
    read_matters,
    read_offices,
    read_register,
    undo_batch,
    write_batch,
    write_context,
    write_offices,
    write_register,
)
from data.vocabulary import Role

DAY = 86_400_000_000
BATCH = Batch(
    source="ledger",
    file_sha256="a" * 64,
    mapping_name="own",
    mapping_sha256="b" * 64,
    coverage="full",
    observed_until=100 * DAY,
    time_zone="Asia/Shanghai",
    recorded_at=101 * DAY,
    recorded_by="operator",
)
NEXT = replace(BATCH, file_sha256="c" * 64, observed_until=130 * DAY, recorded_at=131 * DAY)
THIRD = replace(BATCH, file_sha256="d" * 64, observed_until=160 * DAY, recorded_at=161 * DAY)
OFFICES = pl.DataFrame(
    [("p", "省院", None, "province"), ("c1", "甲院", "p", "county"), ("c2", "乙's院", "p", "county")],
    schema={
        "office_id": pl.String,
        "name": pl.String,
        "parent_id": pl.String,
        "level": pl.Enum(["province", "city", "county"]),
    },
    orient="row",
)


def matter(number: int, office: str = "c1") -> str:
    return matter_uuid("ledger", office, f"2026-{number}")


def ledger(count: int = 30, **changes: Any) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Matters in two offices, three events and one attribute each; `changes` alter every third reply."""
    matters: list[dict[str, Any]] = []
    events: list[dict[str, Any]] = []
    attributes: list[dict[str, Any]] = []
    for number in range(count):
        office = "c1" if number % 2 else "c2"
        matter_id = matter(number, office)
        matters.append(
            {
                "matter_id": matter_id,
                "source": "ledger",
                "office_id": office,
                "matter_no": f"2026-{number}",
                "category": "report",
            }
        )
        for seq, kind in enumerate(("letter", "registered", "substantive_reply")):
            occurred = (number + 20 * seq) * DAY
            row = {
                "event_id": event_uuid("ledger", matter_id, kind, "0"),
                "matter_id": matter_id,
                "kind": kind,
                "occurred_at": occurred,
                "known_at": occurred + seq * DAY,
                "seq": 3 * number + seq,
                "assumed": False,
                "people_band": 1,
                "document_no": f'文,"{number}"\n号' if seq == 2 else None,
                "parts_missing": 3 if seq == 2 else None,
            }
            events.append(row | (changes if seq == 2 and number % 3 == 0 else {}))
        attributes.append(
            {"matter_id": matter_id, "name": "path", "text": "petition_opinion", "number": None}
            | {
                "occurred_at": number * DAY,
                "known_at": number * DAY,
                "seq": 0,
                "assumed": number % 2 == 0,
                "usable": True,
            }
        )
    return (
        pl.DataFrame(matters, schema=Matters.create_empty().schema),
        pl.DataFrame(events, schema=Events.create_empty().select(EVENT_DRAFT).schema),
        pl.DataFrame(attributes, schema=Attributes.create_empty().select(ATTRIBUTE_DRAFT).schema),
    )


@pytest.fixture
def filled(store: Store) -> Store:
    write_offices(store, OFFICES)
    write_batch(store, BATCH, *ledger())
    return store


def assert_same(left: Register, right: Register) -> None:
    for name in ("offices", "matters", "events", "attributes"):
        assert_frame_equal(getattr(left, name), getattr(right, name))
    assert left.observed_until == right.observed_until
    assert left.roles == right.roles


def test_offices_are_added_and_renamed(store: Store) -> None:
    write_offices(store, OFFICES.head(1))
    write_offices(store, OFFICES.with_columns(pl.col("name") + "新"))
    assert_frame_equal(read_offices(store), OFFICES.with_columns(pl.col("name") + "新").sort("office_id"))
    assert office_tree(store) == [("c1", "p"), ("c2", "p"), ("p", None)]


def test_what_is_imported_is_read_again(filled: Store) -> None:
    matters, events, attributes = ledger()
    register = read_register(filled)
    Matters.validate(register.matters)
    Events.validate(register.events)
    Attributes.validate(register.attributes)
    assert_frame_equal(register.matters, matters.sort("matter_id"))
    assert_frame_equal(register.events.select(EVENT_DRAFT), events, check_row_order=False)
    assert_frame_equal(register.attributes.select(ATTRIBUTE_DRAFT), attributes, check_row_order=False)
    assert register.events["known_until"].null_count() == register.events.height
    assert register.events["recorded_at"].unique().to_list() == [101 * DAY]
    assert (register.observed_until, register.time_zone, register.batch_id) == (100 * DAY, "Asia/Shanghai", 1)
    assert register.roles["visit"] == "contact"
    assert read_batches(filled)[0].batch == BATCH
    assert read_batches(filled)[0].assumed_share == 15 / 120


def test_a_bulk_read_equals_a_cursor_read(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    write_batch(filled, NEXT, *ledger(document_no="新号"))
    plain = read_register(filled)
    one_office = read_register(filled, offices=["c2"])
    monkeypatch.setattr(versions, "BULK_ROWS", 0)
    assert_same(plain, read_register(filled))
    assert_same(one_office, read_register(filled, offices=["c2"]))
    assert 0 < one_office.events.height < plain.events.height
    assert set(one_office.matters["office_id"]) == {"c2"}


def test_a_second_run_of_the_same_file_changes_nothing(filled: Store) -> None:
    before = read_register(filled)
    outcome = write_batch(filled, replace(BATCH, recorded_at=200 * DAY), *ledger())
    assert not outcome.changed
    assert (outcome.batch_id, outcome.events.unchanged, outcome.events.first) == (1, 90, 0)
    assert latest_batch(filled) == 1
    assert_same(before, read_register(filled))


def test_a_file_without_news_still_carries_the_office_further(filled: Store) -> None:
    outcome = write_batch(filled, NEXT, *ledger())
    assert outcome.changed
    register = read_register(filled)
    assert register.observed_until == 130 * DAY
    assert register.events["batch_id"].unique().to_list() == [1]


def test_reading_as_of_a_batch_gives_what_it_saw(filled: Store) -> None:
    first = read_register(filled)
    matters, events, attributes = ledger(document_no="新号")
    outcome = write_batch(
        filled, NEXT, matters.with_columns(handler=pl.lit("s7")), events.tail(88), attributes, confirm=True
    )
    assert (outcome.events.corrected, outcome.events.missing, outcome.matters_changed) == (10, 2, 30)
    now = read_register(filled)
    corrected = now.events.filter(pl.col("known_until").is_not_null())
    assert corrected["known_until"].to_list() == [130 * DAY] * 12
    assert now.matters["handler"].unique().to_list() == ["s7"]
    assert_same(first, read_register(filled, batch_id=1))
    assert_same(now, read_register(filled, batch_id=2))


def test_an_undone_batch_is_as_if_it_had_never_been_except_to_those_who_saw_it(filled: Store) -> None:
    first = read_register(filled)
    write_batch(filled, NEXT, *ledger(document_no="新号"))
    second = read_register(filled)
    number = undo_batch(filled, 2, by="operator", at=140 * DAY, reason="文件有误")
    assert number == 3
    assert_same(first, read_register(filled))
    assert read_register(filled).batch_id == 3
    assert_same(second, read_register(filled, batch_id=2))
    again = write_batch(filled, THIRD, *ledger(document_no="新号"))
    assert again.events.corrected == 10
    assert_frame_equal(
        read_register(filled).events.filter(pl.col("batch_id") == 4).select(EVENT_DRAFT).drop("assumed"),
        second.events.filter(pl.col("batch_id") == 2).select(EVENT_DRAFT).drop("assumed"),
    )
    assert_same(second, read_register(filled, batch_id=2))


def test_an_undo_that_later_batches_build_on_is_refused(filled: Store) -> None:
    write_batch(filled, NEXT, *ledger(document_no="新号"))
    write_batch(filled, THIRD, *ledger(document_no="更新号"))
    with pytest.raises(NotAllowed) as refused:
        undo_batch(filled, 2, by="operator", at=0, reason="x")
    assert "3" in refused.value.zh
    undo_batch(filled, 3, by="operator", at=0, reason="x")
    undo_batch(filled, 2, by="operator", at=0, reason="x")
    for again in (2, 4):
        with pytest.raises(NotAllowed):
            undo_batch(filled, again, by="operator", at=0, reason="x")
    with pytest.raises(NotFound):
        undo_batch(filled, 99, by="operator", at=0, reason="x")


def test_a_matter_of_its_own_equals_its_part_of_the_whole(filled: Store) -> None:
    write_batch(filled, NEXT, *ledger(document_no="新号"))
    whole = read_register(filled)
    matter_id = matter(0, "c2")
    mine = matter_register(filled, matter_id)
    for name in ("matters", "events", "attributes"):
        part: pl.DataFrame = getattr(whole, name)
        assert_frame_equal(getattr(mine, name), part.filter(pl.col("matter_id") == matter_id))
    assert (mine.observed_until, mine.roles) == (whole.observed_until, whole.roles)
    assert_frame_equal(matter_events(filled, matter_id), mine.events)
    assert matter_events(filled, matter_id).height == 4
    assert matter_events(filled, matter_id, batch_id=1).height == 3
    with pytest.raises(NotFound):
        matter_register(filled, "nobody")


def test_matters_are_found_by_number_and_office(filled: Store) -> None:
    assert find_matter(filled, matter_no="2026-1")["matter_id"].to_list() == [matter(1, "c1")]
    assert find_matter(filled, matter_no="2026-1", office_id="c2").is_empty()
    assert read_matters(filled, offices=["c1"]).height == 15


def test_an_office_whose_file_is_not_there_yet_holds_the_horizon_back(filled: Store) -> None:
    matters, events, attributes = ledger()
    mine = matters.filter(pl.col("office_id") == "c1")["matter_id"].to_list()
    some = tuple(frame.filter(pl.col("matter_id").is_in(mine)) for frame in (matters, events, attributes))
    outcome = write_batch(filled, replace(NEXT, offices=("c1",)), *some)
    assert (outcome.events.missing, outcome.events.covered) == (0, 45)
    assert read_register(filled).observed_until == 100 * DAY
    assert read_register(filled, offices=["c1"]).observed_until == 130 * DAY


def test_another_source_is_left_alone_by_a_full_import(filled: Store) -> None:
    matters, events, attributes = ledger(2)
    other_id = matter_uuid("other", "c1", "1")
    matters = matters.head(1).with_columns(matter_id=pl.lit(other_id), source=pl.lit("other"), matter_no=pl.lit("1"))
    events = events.head(1).with_columns(matter_id=pl.lit(other_id), event_id=pl.lit("other-event"))
    outcome = write_batch(filled, replace(NEXT, source="other"), matters, events, attributes.clear())
    assert (outcome.events.first, outcome.events.covered) == (1, 0)
    assert read_register(filled).events.height == 91


def test_rows_that_point_nowhere_are_refused_together(filled: Store) -> None:
    matters, events, attributes = ledger(32)
    strange = matters.with_columns(pl.col("office_id").replace("c1", "nowhere"))
    odd = events.with_columns(pl.col("kind").replace("letter", "pigeon"))
    alone = attributes.with_columns(matter_id=pl.lit("stranger"))
    with pytest.raises(InputRefused) as refused:
        write_batch(filled, NEXT, strange, odd, alone)
    assert len(refused.value.details) == 3
    assert latest_batch(filled) == 1


def test_what_the_contract_forbids_never_gets_in(filled: Store) -> None:
    matters, events, attributes = ledger()
    before = events.with_columns(known_at=pl.col("occurred_at") - 1)
    with pytest.raises(dataframely.exc.ValidationError):
        write_batch(filled, NEXT, matters, before, attributes)
    assert latest_batch(filled) == 1


def test_added_kinds_bring_their_role(filled: Store) -> None:
    pigeon = AddedKind(code="pigeon", role=Role.CONTACT, zh="信鸽", en="pigeon", owner="office", reason="test")
    matters, events, attributes = ledger()
    odd = events.with_columns(
        pl.col("kind").replace("letter", "pigeon"), event_id=pl.col("event_id").str.to_uppercase()
    )
    write_batch(filled, replace(NEXT, coverage="append"), matters, odd, attributes, kinds=[pigeon])
    assert read_register(filled).roles["pigeon"] == "contact"
    assert read_kinds(filled) == [pigeon]
    assert "pigeon" not in read_register(filled, batch_id=1).roles
    with pytest.raises(InputRefused):
        write_batch(filled, THIRD, matters, odd, attributes, kinds=[replace(pigeon, role=Role.REMEDY)])
    with pytest.raises(InputRefused):
        write_batch(filled, THIRD, matters, odd, attributes, kinds=[replace(pigeon, code="visit")])


def test_two_imports_at_once_do_not_mix(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    compare = imports.reconcile_events

    def slow(*parts: Any, **options: Any) -> Any:
        monkeypatch.setattr(imports, "reconcile_events", compare)
        write_batch(filled, NEXT, *ledger(document_no="新号"))
        return compare(*parts, **options)

    monkeypatch.setattr(imports, "reconcile_events", slow)
    with pytest.raises(LeaseHeld):
        write_batch(filled, THIRD, *ledger(document_no="另一号"))
    assert latest_batch(filled) == 2


def test_a_made_register_is_stored_as_it_is(filled: Store, sqlite_store: Store) -> None:
    write_batch(filled, NEXT, *ledger(document_no="新号"))
    register = read_register(filled)
    if filled is sqlite_store:
        with pytest.raises(InputRefused):
            write_register(filled, register, BATCH)
        return
    number = write_register(sqlite_store, register, replace(NEXT, demo=True))
    copied = read_register(sqlite_store)
    assert number == 1
    columns = [name for name in register.events.columns if name not in ("batch_id", "recorded_at")]
    assert_frame_equal(copied.events.select(columns), register.events.select(columns), check_row_order=False)
    assert batch_view(sqlite_store).demo
    assert not write_batch(sqlite_store, NEXT, *ledger(document_no="新号")).changed


def test_an_empty_store_has_no_register(store: Store) -> None:
    with pytest.raises(TooLittleData):
        read_register(store)
    assert latest_batch(store) == 0


def test_office_context_is_made_once(filled: Store) -> None:
    cell = {"office_id": "c1", "category": "report", "month_end": 31 * DAY}
    rows = pl.DataFrame(
        [cell | {"open_matters": 5, "overdue_permille": 100, "return_permille": 300}],
        schema=OfficeContext.create_empty().schema,
    )
    assert write_context(filled, rows, batch_id=1) == 1
    write_batch(filled, NEXT, *ledger())
    later = pl.concat(
        [rows.with_columns(open_matters=pl.lit(9, pl.Int64)), rows.with_columns(month_end=pl.lit(60 * DAY))]
    )
    assert write_context(filled, later, batch_id=2) == 1
    assert read_context(filled)["open_matters"].to_list() == [5, 5]
    assert read_context(filled, batch_id=1).height == 1
    undo_batch(filled, 2, by="operator", at=0, reason="x")
    assert read_context(filled).height == 1


_edit = st.tuples(
    st.integers(0, 17),
    st.sampled_from(["drop", "change", "enter"]),
    st.integers(0, 160),
)


@given(st.lists(_edit, max_size=6), st.sampled_from(["full", "append"]))
@settings(max_examples=12, deadline=None)
def test_whatever_a_later_file_corrects_the_earlier_batch_reads_as_before(
    migrated_file: Path, edits: list[tuple[int, str, int]], coverage: Literal["full", "append"]
) -> None:
    matters, events, attributes = ledger(6)
    later = events
    for row, edit, day in edits:
        here = pl.col("seq") == row
        if edit == "drop":
            later = later.filter(~here)
        elif edit == "change":
            later = later.with_columns(amount=pl.when(here).then(day).otherwise("amount"))
        else:
            entered = pl.max_horizontal(pl.lit(day * DAY), "occurred_at")
            later = later.with_columns(known_at=pl.when(here).then(entered).otherwise("known_at"))
    with tempfile.TemporaryDirectory() as directory:
        shutil.copy(migrated_file, Path(directory) / "register.db")
        store = open_store(f"sqlite:///{directory}/register.db")
        write_offices(store, OFFICES)
        write_batch(store, BATCH, matters, events, attributes)
        first = read_register(store)
        changed = write_batch(store, replace(NEXT, coverage=coverage), matters, later, attributes, confirm=True)
        assert not write_batch(store, replace(NEXT, coverage=coverage), matters, later, attributes).changed
        second = read_register(store)
        Events.validate(second.events)
        assert_same(first, read_register(store, batch_id=1))
        undo_batch(store, changed.batch_id, by="operator", at=0, reason="x")
        assert_same(first, read_register(store))
        assert_same(second, read_register(store, batch_id=changed.batch_id))
        store.close()
