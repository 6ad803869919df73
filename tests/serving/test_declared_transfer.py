"""A model with declared features goes from one office to another: what the other's own ledger declared lets it in."""

import hashlib
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from data.contract import Offices
from data.errors import NotAllowed
from data.ingest.remembered import declarations
from data.ingest.run import Source, ingest
from data.mapping import parse_mapping
from data.settings import Settings
from data.store import models
from data.store.engine import Store, open_store
from data.store.mappings import NewMapping, confirm_mapping, remember
from data.store.register import write_offices
from data.times import DAY_US
from serving.champion import load_champion
from serving.model_transfer import import_model
from tests.features.test_declared import OWN
from tests.serving.conftest import NOW
from tests.serving.test_model_transfer import own_feature, with_declared

OFFICE = "甲县人民检察院"
KEY = b"k" * 32


@pytest.fixture
def county(tmp_path: Path, migrated_file: Path) -> Iterator[Store]:
    """Another office's empty state, with a store of its own."""
    shutil.copy(migrated_file, tmp_path / "register.db")
    store = open_store(f"sqlite:///{tmp_path}/register.db")
    row = {"office_id": "990001", "name": OFFICE, "parent_id": None, "level": "county"}
    write_offices(store, Offices.cast(pl.DataFrame([row], schema_overrides={"parent_id": pl.String})))
    yield store
    store.close()


def own_ledger(path: Path) -> Path:
    book = openpyxl.Workbook()
    matters = book.active
    assert matters is not None
    matters.title = "信访事项"
    events = book.create_sheet("办理记录")
    matters.append(["事项编号", "办理单位", "登记日期", "诉求类型", "涉及金额"])
    events.append(["事项编号", "环节", "发生日期"])
    for number in range(1, 5):
        matters.append([f"甲检〔2026〕{number}号", OFFICE, date(2026, 3, number), "货款", 1000 * number])
        events.append([f"甲检〔2026〕{number}号", "登记", date(2026, 3, number)])
    book.save(path)
    return path


def take_own(store: Store, path: Path, toml: str, at: int) -> None:
    """The office's own ledger under its own mapping, which one person wrote and another confirmed."""
    mapping = parse_mapping(toml)
    new = NewMapping(
        office_id="990001",
        name=mapping.name,
        toml=toml,
        sha256=mapping.sha256,
        columns=(),
        declares=declarations(mapping),
    )
    kept = remember(store, new, by="anna", at=at)
    confirm_mapping(store, "990001", kept.version, by="bert", at=at)
    report = ingest(store, path, mapping, now=at, user="anna", source=Source(toml=toml), confirm=True)
    assert report.batch_id is not None
    assert not report.drafts.rejects.height


def test_g26_what_the_other_office_s_own_ledger_declared_lets_the_model_in(county: Store, tmp_path: Path) -> None:
    sent = with_declared(own_feature())

    def offered() -> Any:
        told = hashlib.sha256(sent).hexdigest()
        return import_model(county, Settings(), KEY, tmp_path, sent, sha256=told, now=NOW, by="operator")

    def refused() -> None:
        with pytest.raises(NotAllowed, match="amount") as caught:
            offered()
        assert caught.value.code == "package_declared"
        assert not models.read_models(county)

    refused()  # no ledger yet
    book = own_ledger(tmp_path / "own.xlsx")
    take_own(county, book, OWN.replace('dtype = "money"', 'dtype = "number"'), NOW - 2 * DAY_US)
    refused()  # of the same name, counted in another unit
    take_own(county, book, OWN, NOW - DAY_US)
    done = offered()
    loaded = load_champion(tmp_path, models.find_model(county, done.version))
    assert loaded.feature_set.names[-1] == loaded.scorecard.steps[-1].name == "amount"
    assert offered().made is False
