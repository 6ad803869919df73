"""Files for every office of a screening: in one process or two the same, all on record, and refused like one."""

import pickle
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook

from data.errors import InputRefused, NotFound
from data.store import audit, screenings
from data.store.audit import load_or_create_key
from serving.export import Recipient
from serving.workbooks import Copies, entries_of, write_workbooks
from tests.serving.conftest import NOW, Desk

#: The offices on the desk's list, with their entries.
OFFICES = {"C1": 7, "C2": 2, "M1": 1}


def copies(desk: Desk, purpose: str = "信访隐患月排查") -> Copies:
    [done] = screenings.read_screenings(desk.store)
    return Copies(
        screening_id=done.screening_id,
        recipient=Recipient.PETITION_DEPARTMENT,
        purpose=purpose,
        user="batch",
        now=NOW,
        language="zh",
        time_zone="Asia/Shanghai",
    )


def cells(path: Path) -> list[list[tuple[object, ...]]]:
    book = load_workbook(BytesIO(path.read_bytes()))
    return [[tuple(row) for row in sheet.iter_rows(values_only=True)] for sheet in book]


def test_two_processes_write_the_files_that_one_writes_and_put_each_on_record(desk: Desk, tmp_path: Path) -> None:
    key = load_or_create_key(desk.state_dir / "audit.key")
    alone = write_workbooks(desk.store, key, OFFICES, tmp_path / "one", copies(desk))
    seen = audit.head_seq(desk.store)
    beside = write_workbooks(desk.store, key, OFFICES, tmp_path / "two", copies(desk), worth_two=1)
    assert [path.name for path in alone] == [path.name for path in beside] == ["C1.xlsx", "C2.xlsx", "M1.xlsx"]
    assert [cells(path) for path in alone] == [cells(path) for path in beside]
    whole = [one.entry for one in audit.read_entries(desk.store, after=seen) if one.entry.action == "export"]
    assert sorted(str(entry.office_id) for entry in whole) == list(OFFICES)
    assert audit.verify(desk.store, key).intact


@pytest.mark.parametrize("worth_two", [1, 1000])
def test_a_refusal_comes_back_whole_from_either_process(desk: Desk, tmp_path: Path, worth_two: int) -> None:
    key = load_or_create_key(desk.state_dir / "audit.key")
    with pytest.raises(InputRefused) as refused:
        write_workbooks(desk.store, key, OFFICES, tmp_path, copies(desk, purpose=" "), worth_two=worth_two)
    again = pickle.loads(pickle.dumps(refused.value))
    assert (again.code, again.zh, again.en, again.details) == (
        refused.value.code,
        refused.value.zh,
        refused.value.en,
        refused.value.details,
    )
    assert not list(tmp_path.glob("*.xlsx"))
    with pytest.raises(NotFound):
        write_workbooks(desk.store, key, {"C1": 7, "C9": 9}, tmp_path, copies(desk), worth_two=worth_two)


def test_the_entries_of_an_office_are_those_of_all_parts_of_its_list() -> None:
    counts = {"cohort": 90, "must_act": 3, "model": 0, "points": 4, "spot": 2, "review": 1}
    assert entries_of({"C1": counts, "C2": counts | {"must_act": 0}}) == {"C1": 10, "C2": 7}
