"""Messy ledgers are written as offices keep them, and the proposer maps them without a wrong silent guess."""

import json
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from data.contract import Register
from data.ingest.propose import propose
from data.ingest.sources import all_sources
from data.mapping import parse_mapping
from data.synthetic import make_register, small_plan
from data.synthetic.messy import MessyLedger, write_messy
from data.synthetic.messy_files import Page, write_pages
from data.synthetic.messy_styles import STYLES
from serving.bench.mapped import score_ledger


@pytest.fixture(scope="module")
def register() -> Register:
    return make_register(replace(small_plan(4), oracle_draws=0)).register


@pytest.fixture(scope="module")
def ledgers(register: Register, tmp_path_factory: pytest.TempPathFactory) -> list[MessyLedger]:
    return write_messy(register, tmp_path_factory.mktemp("messy"), seed=4)


def test_nine_styles_and_three_held_out_in_every_format(ledgers: list[MessyLedger]):
    assert [ledger.style for ledger in ledgers] == [style.name for style in STYLES]
    assert sum(not ledger.held_out for ledger in ledgers) >= 8
    assert {ledger.path.suffix for ledger in ledgers} >= {".xlsx", ".xls", ".ods", ".csv"}


def test_the_truth_names_every_column_of_the_file(ledgers: list[MessyLedger]):
    for ledger in ledgers:
        told = json.loads((ledger.path.parent / "truth" / f"{ledger.style}.json").read_text(encoding="utf-8"))
        assert told["file"] == ledger.path.name
        cells = {cell for source in all_sources(ledger.path) for row in source.head for cell in row}
        assert {header for _, header, _ in ledger.columns} <= cells, ledger.style
        assert sum(ledger.rows.values()) > 50


def test_the_same_seed_writes_the_same_cells(register: Register, ledgers: list[MessyLedger], tmp_path: Path):
    again = write_messy(register, tmp_path, seed=4)
    for one, two in zip(ledgers, again, strict=True):
        heads = [[source.head for source in all_sources(ledger.path)] for ledger in (one, two)]
        assert heads[0] == heads[1]


def test_most_is_mapped_without_a_person_and_nothing_wrongly(register: Register, ledgers: list[MessyLedger]):
    right, of = 0, 0
    for ledger in ledgers:
        found = propose(ledger.path, offices=register.offices, office_id=ledger.office_id)
        score = score_ledger(ledger, found)
        assert score.wrong == (), ledger.style
        assert score.kept_out == score.to_keep_out, ledger.style
        if not ledger.held_out:
            assert not found.problems, ledger.style
            parse_mapping(found.toml())
            right, of = right + score.right, of + score.of
    assert right / of >= 0.9


def test_g2_a_proposal_repeats_nothing_of_a_person(register: Register, ledgers: list[MessyLedger]):
    for ledger in ledgers:
        found = propose(ledger.path, offices=register.offices, office_id=ledger.office_id)
        told = json.dumps(found.as_dict(), ensure_ascii=False) + "\n".join(found.lines("zh"))
        told += "" if found.problems else found.toml()
        for canary in ("119999", "1990000", "赵甲", "钱乙", "孙丙", "某某村", "某某村干部"):
            assert canary not in told, (ledger.style, canary)


def test_words_only_a_person_can_explain_are_listed(register: Register, ledgers: list[MessyLedger]):
    ledger = next(one for one in ledgers if "ask" in one.codes.values())
    found = propose(ledger.path, offices=register.offices, office_id=ledger.office_id)
    asked = [word for word, code in ledger.codes.items() if code == "ask"]
    assert not set(asked) & set(found.kinds)
    assert found.unknown.filter(pl.col("rows") > 0).height >= len(asked)


def test_an_old_workbook_without_its_writer_becomes_a_new_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(__import__("sys").modules, "xlwt", None)
    path = write_pages(tmp_path / "old.xls", [Page(name="一", rows=[["编号"], ["7"]])])
    assert path.suffix == ".xlsx"
    assert all_sources(path)[0].head[0] == ("编号",)
