"""Imports can be listed and taken back at the command line, with a reason that passes the gate and an audit entry."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from data.forbidden import CONTROL_WORDS
from data.store.audit import read_entries
from data.store.engine import open_store
from data.synthetic import make_register, small_plan, write_ledger
from serving.cli.entry import main


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Any:
    monkeypatch.chdir(tmp_path)

    def command(*words: str) -> tuple[int, Any, str]:
        monkeypatch.setattr(sys, "argv", ["petition-risk", "--lang", "zh", "--state", "s", *words, "--json"])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfd.readouterr()
        return int(str(ended.value.code or 0)), json.loads(out.strip().splitlines()[-1]), out + err

    return command


def test_g2_an_import_is_listed_and_taken_back_once_and_the_reason_passes_the_gate(run: Any, tmp_path: Path) -> None:
    made = make_register(small_plan(3)).register
    write_ledger(made, tmp_path / "ledger.xlsx")
    made.offices.write_csv(tmp_path / "offices.csv")
    run("init", "--offices", "offices.csv")
    assert run("batches")[1] == {"batches": []}
    run("ingest", "ledger.xlsx", "--demo")
    (listed,) = run("batches")[1]["batches"]
    assert listed["in_effect"] is True
    assert listed["counts"]["matters"] == made.matters.height

    for text in ("", "联系电话13812345678", f"原表含{next(iter(CONTROL_WORDS))}措施"):
        code, answer, printed = run("undo", "1", "--reason", text)
        assert (code, answer["exit_code"]) == (2, 2)
        assert "13812345678" not in printed
    assert len(run("batches")[1]["batches"]) == 1

    assert run("undo", "1", "--reason", "交来的是去年的台账")[1] == {"batch": 2, "undoes": 1}
    first, second = run("batches")[1]["batches"]
    assert (first["in_effect"], second["in_effect"], second["undoes"]) == (False, False, 1)
    assert second["reason"] == "交来的是去年的台账"
    store = open_store(f"sqlite:///{tmp_path / 's' / 'petition-risk.db'}")
    undone = [stored.entry for stored in read_entries(store) if stored.entry.action == "undo"]
    assert [entry.detail for entry in undone] == [{"batch": 2, "undoes": 1}]
    store.engine.dispose()

    assert run("undo", "1", "--reason", "再试一次")[0] == 13
    assert run("undo", "9", "--reason", "再试一次")[0] == 2
    # The same file again stands where it stood before.
    assert run("ingest", "ledger.xlsx", "--demo")[1]["changed"] is True
