"""The ledger uploaded again, corrected: a list made before reads as it did, also when the import is undone."""

import csv
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from data.contract import Offices
from data.ingest.run import ingest
from data.mapping import Mapping, parse_mapping
from data.settings import Settings
from data.store import register
from data.store.audit import load_or_create_key
from data.store.batches import undo_batch
from data.store.by_part import in_one
from data.store.engine import Store
from serving.histories import Histories
from serving.office_rows import ensure_context
from serving.ranking import Asked, look_at, ranked
from serving.removal import broken_lists
from serving.screening import screen
from tests.histories import at, seen
from training.sweep_list import list_hash

MAPPING = """
name = "own"
time_zone = "Asia/Shanghai"
numbering = "per_matter"
coverage = "full"
layout = "matter_per_row"
[columns]
matter = "事项编号"
office = "办理单位"
registered = "登记日期"
[dates]
"程序性回复" = "procedural_reply"
"再次来访" = "visit"
"答复日期" = "substantive_reply"
"""
CUTOFF, NOW = seen("2026-10-31"), at("2026-11-03")
Row = list[str]


def rows() -> list[Row]:
    """Thirty matters of a year, a third of them answered, some raised again."""
    made: list[Row] = []
    for n in range(30):
        day = date(2026, 1, 5) + timedelta(days=9 * n)
        answered = (day + timedelta(days=60)).isoformat() if n % 3 == 0 else ""
        again = (day + timedelta(days=20 + n)).isoformat() if n % 4 == 0 and n < 25 else ""
        replied = (day + timedelta(days=5)).isoformat() if n % 5 else ""
        made.append([f"甲{n}", "示例院", day.isoformat(), replied, again, answered if answered < "2026-10-31" else ""])
    return made


def corrected(given: list[Row]) -> list[Row]:
    """What a month later stands in the ledger: dates mended, an answer entered, one row gone, one new."""
    made = [list(row) for row in given]
    made[7][2] = "2026-03-01"
    made[8][4] = ""
    made[1][5] = made[10][5] = "2026-08-15"
    made[4][3] = "2026-02-20"
    return [*made[:-1], ["甲99", "示例院", "2026-10-20", "", "", ""]]


def take_in(store: Store, mapping: Mapping, path: Path, given: list[Row], *, now: int) -> int:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["事项编号", "办理单位", "登记日期", "程序性回复", "再次来访", "答复日期"], *given])
    report = ingest(
        store, path, mapping, now=now, user="operator", observed_until=CUTOFF, demo=True, confirm=True, coverage="full"
    )
    assert report.changed
    assert report.rejected_rows == 0, report.as_dict()["rejects_by_rule"]
    assert report.batch_id is not None
    return report.batch_id


def hash_at(store: Store, batch_id: int) -> str:
    """The identity of the list of `CUTOFF` as this batch saw the register, made anew."""
    settings = Settings(demo=True)
    pinned = register.read_register(store, batch_id=batch_id)
    context = ensure_context(store, settings, batch_id=batch_id, histories=Histories(in_one(pinned)), keep=False)
    asked = Asked(cutoff=CUTOFF, offices=["T01"], champion=None, settings=settings)
    return list_hash(ranked(pinned, [look_at(pinned, context, asked).candidates], asked).entries)


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    office = {"office_id": "T01", "name": "示例院", "parent_id": None, "level": "county"}
    register.write_offices(sqlite_store, Offices.cast(pl.DataFrame([office])))
    return sqlite_store


def test_a_list_keeps_its_hash_through_a_corrected_upload_and_its_undoing(store: Store, tmp_path: Path) -> None:
    mapping, path, key = parse_mapping(MAPPING), tmp_path / "台账.csv", load_or_create_key(tmp_path / "audit.key")
    first = take_in(store, mapping, path, rows(), now=NOW)
    made = screen(store, Settings(demo=True), tmp_path, key, cutoff=CUTOFF, scope="T01", clock=lambda: NOW, by="x")
    assert made.screening.batch_id == first
    stands = made.screening.list_hash
    assert stands == hash_at(store, first)

    second = take_in(store, mapping, path, corrected(rows()), now=NOW + 1)
    assert hash_at(store, first) == stands  # the same cutoff and the pinned batch: not a bit has moved
    assert broken_lists(store) == []
    again = screen(store, Settings(demo=True), tmp_path, key, cutoff=CUTOFF, scope="T01", clock=lambda: NOW, by="x")
    later = again.screening.list_hash
    assert again.made
    assert later == hash_at(store, second) != stands  # the correction would have moved it

    undone = undo_batch(store, second, by="operator", at=NOW + 2, reason="错误文件")
    assert (hash_at(store, first), hash_at(store, second)) == (stands, later)
    assert hash_at(store, undone) == stands  # what is current reads as before the correction
    assert broken_lists(store) == []


def test_a_number_given_out_again_is_named_before_and_after_the_import(store: Store, tmp_path: Path) -> None:
    classed = parse_mapping(
        MAPPING.replace("[dates]", 'cause = "事由"\n[dates]')
        + '[labels.cause]\n"欠薪" = "wages"\n"人身损害" = "injury"\n'
    )
    head = ["事项编号", "办理单位", "登记日期", "事由", "程序性回复", "再次来访", "答复日期"]

    def reused(*given: tuple[str, str, str], dry_run: bool = False) -> list[str]:
        path = tmp_path / "台账.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([head, *([no, "示例院", day, cause, "", "", ""] for no, day, cause in given)])
        report = ingest(
            store, path, classed, now=NOW, user="x", observed_until=CUTOFF, demo=True, confirm=True, dry_run=dry_run
        )
        if report.reused:
            assert "另一件事项" in "\n".join(report.lines("zh"))
        return list(report.as_dict()["reused_numbers"])

    assert reused(("甲1", "2026-03-05", "欠薪"), ("甲2", "2026-03-06", "欠薪"), ("甲3", "2026-03-07", "欠薪")) == []
    # A mended date, and a mended class, are corrections; both at once, months apart, is another matter.
    again = (("甲1", "2026-09-05", "欠薪"), ("甲2", "2026-03-06", "人身损害"), ("甲3", "2026-09-07", "人身损害"))
    assert reused(*again, dry_run=True) == ["甲3"]
    assert reused(*again) == ["甲3"]
    assert reused(*again) == []
