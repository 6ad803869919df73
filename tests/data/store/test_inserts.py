"""A batch written at once through a file of its own is the batch written row by row, and leaves nothing behind."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from data.contract import Attributes, Events, Matters, Offices, event_uuid, matter_uuid
from data.errors import StoreError
from data.reconcile import ATTRIBUTE_DRAFT, EVENT_DRAFT
from data.store import inserts, staging
from data.store.engine import Store, migrate, open_store
from data.store.register import latest_batch, read_register, write_batch, write_offices
from tests.data.store.test_register import BATCH, DAY


def drafts(answer: str) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Matters in reverse order of their numbers, an event each with and without payload, one attribute each."""
    ids = [matter_uuid("ledger", "c1", f"控申〔2026〕{n}号") for n in reversed(range(40))]
    matters = [
        {"matter_id": one, "source": "ledger", "office_id": "c1", "matter_no": f"控申〔2026〕{n}号", "cause": None}
        for n, one in zip(reversed(range(40)), ids, strict=True)
    ]
    events: list[dict[str, Any]] = []
    for n, one in enumerate(ids):
        times = {"occurred_at": n * DAY, "known_at": n * DAY + 7, "seq": 0, "assumed": n % 2 == 0, "people_band": 0}
        events.append(
            {"event_id": event_uuid("ledger", one, "letter", "0"), "matter_id": one, "kind": "letter"} | times
        )
        said = {"kind": answer, "document_no": f'文,"{n}"\n号\'', "parts_missing": 3, "amount": -(2**40)}
        events.append({"event_id": event_uuid("ledger", one, "reply", "0"), "matter_id": one} | times | said)
    attributes = [
        {"matter_id": one, "name": "path", "text": None, "number": n, "occurred_at": DAY, "known_at": DAY, "seq": 0}
        | {"assumed": True, "usable": True}
        for n, one in enumerate(ids)
    ]
    return (
        pl.DataFrame(matters, schema=Matters.create_empty().schema),
        pl.DataFrame(events, schema=Events.create_empty().select(EVENT_DRAFT).schema),
        pl.DataFrame(attributes, schema=Attributes.create_empty().select(ATTRIBUTE_DRAFT).schema),
    )


def another(tmp_path: Path, name: str) -> Store:
    store = open_store(f"sqlite:///{tmp_path / name}")
    migrate(store)
    office = pl.DataFrame([{"office_id": "c1", "name": "甲院", "parent_id": None, "level": "county"}])
    write_offices(store, Offices.cast(office))
    return store


def test_rows_written_at_once_are_those_written_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    second = replace(BATCH, file_sha256="c" * 64, observed_until=130 * DAY, recorded_at=131 * DAY)
    stores = [another(tmp_path, "one.db"), another(tmp_path, "two.db")]
    for store, limit in zip(stores, (10_000, 1), strict=True):
        monkeypatch.setattr(inserts, "BULK_ROWS", limit)
        write_batch(store, BATCH, *drafts("progress_reply"))
        write_batch(store, second, *drafts("substantive_reply"))
    by_rows, at_once = ([read_register(one, batch_id=number) for number in (1, 2)] for one in stores)
    for left, right in zip(by_rows, at_once, strict=True):
        for name in ("matters", "events", "attributes"):
            assert_frame_equal(getattr(left, name), getattr(right, name))
    with stores[0].read() as left, stores[1].read() as right:
        for table in ("events", "event_closings", "attributes", "matters"):
            query = f"SELECT * FROM {table} ORDER BY 1, 2"
            rows = left.exec_driver_sql(query).fetchall()
            assert rows == right.exec_driver_sql(query).fetchall()
        assert {row[1] for row in right.exec_driver_sql("PRAGMA database_list")} <= {"main", "temp"}
        assert right.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
    assert not list(tmp_path.glob("*staged*"))
    for store in stores:
        store.close()


def test_a_failed_bulk_write_leaves_the_register_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = another(tmp_path, "one.db")
    monkeypatch.setattr(inserts, "BULK_ROWS", 1)
    left_by_a_dead_import = tmp_path / "one.db-staged-x"
    left_by_a_dead_import.mkdir()
    (left_by_a_dead_import / "rows.db").write_bytes(b"rows")
    with monkeypatch.context() as broken:
        broken.setattr(staging, "_TABLE", "sqlite_rows")
        with pytest.raises(StoreError) as refused:
            write_batch(store, BATCH, *drafts("progress_reply"))
    assert refused.value.code == "store_bulk_write"
    assert latest_batch(store) == 0
    assert not list(tmp_path.glob("*staged*"))
    write_batch(store, BATCH, *drafts("progress_reply"))
    assert read_register(store).events.height == 80
    store.close()
