"""The whole product on an invented province, through the command line: ledger in, list out, model signed by two."""

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from data.mapping import Task
from data.store import models, screenings
from data.store.audit import verify
from data.store.engine import open_store
from data.store.register import matter_register, read_context
from features.build import build_features, one_matter, split_facts
from features.catalog import CATALOG
from features.history import make_history
from features.stored_context import stored_context
from serving.cli.entry import main
from serving.journal import audit_key
from training.labels import label_name
from training.registry import champion_alias, load_scorecard
from training.score import contribution_frame, score

CUTOFF = "2026-10-31"


def petition_risk(*words: str, state: Path) -> Any:
    """Run the command as a person would; the last line of its output, parsed."""
    done = subprocess.run(
        [sys.executable, "-c", "from serving.cli import main; main()", "--state", str(state), "--lang", "zh", *words],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Traceback" not in done.stderr
    return json.loads(done.stdout.strip().splitlines()[-1])


@pytest.fixture
def again(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Any:
    """Run the command once more, in this process: what a second run finds does not depend on which process asks."""

    def run(*words: str, state: Path) -> Any:
        monkeypatch.setattr(sys, "argv", ["petition-risk", "--state", str(state), "--lang", "zh", *words, "--json"])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfd.readouterr()
        assert not ended.value.code, err
        return json.loads(out.strip().splitlines()[-1])

    return run


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    state = tmp_path_factory.mktemp("demo") / "state"
    told = petition_risk("demo", "--no-serve", "--json", state=state)
    return state, told


def test_the_demonstration_goes_from_ledger_to_a_list_by_an_approved_model(province: tuple[Path, Any]) -> None:
    _, told = province
    assert told["ledger"]["matters"] > 5000
    assert told["ledger"]["rejected_rows"] == 0
    assert told["promotion"]["promoted"] is True, told["promotion"]
    assert told["screening"]["mode"] == "model"
    assert told["screening"]["made"] is True
    assert {made["role"] for made in told["accounts"]} >= {"handler", "leader", "steward", "approver", "auditor"}


def test_the_second_run_of_the_sweep_gives_the_same_list(province: tuple[Path, Any], again: Any) -> None:
    state, told = province
    second = again("screen", "--cutoff", CUTOFF, state=state)
    assert second["made"] is False
    assert second["screening_id"] == told["screening"]["screening_id"]
    assert second["list_hash"] == told["screening"]["list_hash"]
    trial = again("screen", "--cutoff", CUTOFF, "--dry-run", state=state)
    assert trial["list_hash"] == told["screening"]["list_hash"]


def test_the_second_run_of_the_demonstration_finds_what_is_there(province: tuple[Path, Any], again: Any) -> None:
    state, told = province
    second = again("demo", "--no-serve", state=state)
    assert second["screening"]["list_hash"] == told["screening"]["list_hash"]
    assert "ledger" not in second
    store = open_store(f"sqlite:///{state / 'petition-risk.db'}")
    assert len(models.read_models(store)) == 1
    store.close()


def test_list_row_equals_feature_log_equals_online_row_and_reasons_sum(province: tuple[Path, Any]) -> None:
    state, told = province
    store = open_store(f"sqlite:///{state / 'petition-risk.db'}")
    champion = models.champion(store)
    assert champion is not None
    card = load_scorecard(state, champion.scorecard_path, champion.scorecard_sha256)
    screening = screenings.find_screening(store, told["screening"]["screening_id"])
    log_entry = screenings.feature_logs(store, screening.screening_id)[0]
    content = (state / log_entry.path).read_bytes()
    assert hashlib.sha256(content).hexdigest() == log_entry.sha256
    log = pl.read_parquet(io.BytesIO(content))
    listed = [entry for entry in screenings.read_entries(store, screening.screening_id) if entry.part == "model"]
    context = read_context(store)
    for entry in listed[::7]:
        snapshot = pl.DataFrame({"matter_id": [entry.matter_id], "cutoff": [screening.cutoff]})
        own = matter_register(store, entry.matter_id)
        online = build_features(own, snapshot, CATALOG, context=context)
        stored = split_facts(log.filter(pl.col("matter_id") == entry.matter_id))[0].select(online.columns)
        assert online.equals(stored)
        # The score of one matter goes from arrays to values without a frame.
        history = make_history(own)
        values = one_matter(history, screening.cutoff, stored=stored_context(own.matters, history, context))
        assert values.tolist() == list(online.select(CATALOG.names).row(0))
        scored = score(card, online, CATALOG)
        assert scored["margin_nano"][0] == entry.margin_nano
        parts = contribution_frame(card, online, CATALOG).select(CATALOG.names).row(0)
        assert card.intercept + sum(parts) == entry.margin_nano
        assert entry.reasons
        assert all(reason["zh"].startswith("我院") for reason in entry.reasons)
    store.close()


def test_g14_every_office_has_its_spot_checks_without_band(province: tuple[Path, Any]) -> None:
    state, told = province
    store = open_store(f"sqlite:///{state / 'petition-risk.db'}")
    entries = screenings.read_entries(store, told["screening"]["screening_id"])
    offices = {entry.office_id for entry in entries}
    for office in offices:
        drawn = [entry for entry in entries if entry.office_id == office and entry.part == "spot"]
        assert len(drawn) >= 1
        assert all(entry.band is None and entry.inclusion_probability for entry in drawn)
    store.close()


def test_g15_every_act_is_on_an_unbroken_chain(province: tuple[Path, Any]) -> None:
    state, _ = province
    store = open_store(f"sqlite:///{state / 'petition-risk.db'}")
    verdict = verify(store, audit_key(state))
    assert verdict.intact
    assert verdict.entries > 5
    store.close()


def test_g17_the_workbook_a_leader_prints(province: tuple[Path, Any], tmp_path: Path, again: Any) -> None:
    state, _ = province
    made = again("screen", "--cutoff", CUTOFF, "--out", str(tmp_path), state=state)
    assert made["files"]
    book = openpyxl.load_workbook(made["files"][0])
    text = "\n".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value)
    assert "不得转送公安、综治、信访人所在单位或村(社区)" in text
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)


def test_g21_the_champion_is_what_two_people_approved(province: tuple[Path, Any]) -> None:
    state, told = province
    store = open_store(f"sqlite:///{state / 'petition-risk.db'}")
    decided = [approval for approval in models.read_approvals(store) if approval.action == "promote"]
    assert [(approval.proposer, approval.approver) for approval in decided] == [("steward", "approver")]
    assert champion_alias(state) == told["promotion"]["version"]
    store.close()


def test_the_state_directory_can_be_moved(province: tuple[Path, Any], tmp_path: Path, again: Any) -> None:
    state, told = province
    moved = tmp_path / "elsewhere"
    shutil.copytree(state, moved)
    dry = again("screen", "--cutoff", CUTOFF, "--dry-run", state=moved)
    assert dry["mode"] == "model"
    assert dry["list_hash"] == told["screening"]["list_hash"]


def test_monitors_report_on_the_matured_list(province: tuple[Path, Any]) -> None:
    state, told = province
    report = json.loads((state / "monitor" / "latest.json").read_text(encoding="utf-8"))
    assert report["as_of"] == CUTOFF
    assert "tables" in report
    assert told["monitor"]["severity"] in (None, "info", "warning", "severe")
    page = (state / "monitor" / "latest.zh.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")


def test_the_label_served_is_the_product_s_own(province: tuple[Path, Any]) -> None:
    state, _ = province
    store = open_store(f"sqlite:///{state / 'petition-risk.db'}")
    champion = models.champion(store)
    assert champion is not None
    assert champion.label == label_name(Task())
    assert champion.bench_only is False
    store.close()
