"""A ledger nobody has read before: map proposes, writes a mapping, and ingest takes the file with it."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from serving.cli.entry import main


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Any:
    monkeypatch.chdir(tmp_path)

    def command(*words: str, lang: str = "zh") -> tuple[int, Any, str]:
        monkeypatch.setattr(sys, "argv", ["petition-risk", "--lang", lang, "--state", "s", *words, "--json"])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfd.readouterr()
        return int(str(ended.value.code or 0)), json.loads(out.strip().splitlines()[-1]), out + err

    return command


@pytest.fixture
def ledger(run: Any, tmp_path: Path) -> Path:
    (tmp_path / "offices.csv").write_text(
        "office_id,name,parent_id,level\n430212,渌口区人民检察院,,county\n430224,茶陵县人民检察院,,county\n",
        encoding="utf-8",
    )
    run("init", "--offices", "offices.csv")
    rows = ["信访编号,来访人,登记时间,受理时间,答复时间,回复时间"]
    rows += [f"L{i},王芳,2026-03-0{i},2026-03-0{i},2026-05-0{i},2026-03-0{i}" for i in range(1, 8)]
    (tmp_path / "台账.csv").write_bytes("\n".join(rows).encode("gb18030"))
    return tmp_path / "台账.csv"


def test_a_mapping_is_proposed_written_and_taken_by_ingest(run: Any, ledger: Path, tmp_path: Path) -> None:
    code, found, printed = run("map", ledger.name, "--office", "430212", "--out", "m.toml")
    assert code == 0
    assert found["layout"] == "matter_per_row"
    assert {one["column"]: one["field"] for one in found["columns"]} == {
        "信访编号": "matter",
        "登记时间": "registered",
        "受理时间": "dates.accepted",
        "答复时间": "dates.substantive_reply",
    }
    assert [one["header"] for one in found["unread_columns"]] == ["回复时间"]
    assert [one["header"] for one in found["forbidden_columns"]] == ["来访人"]
    assert "王芳" not in printed + (tmp_path / "m.toml").read_text(encoding="utf-8")
    assert "90%" in printed
    code, report, _ = run("ingest", ledger.name, "--mapping", "m.toml")
    assert (code, report["matters"], report["events"], report["rejected_rows"]) == (0, 7, 21, 0)
    # A mapping somebody corrected is not written over.
    assert run("map", ledger.name, "--office", "430212", "--out", "m.toml")[0] == 2


def test_without_an_office_nothing_is_written_and_the_remedy_is_named(run: Any, ledger: Path, tmp_path: Path) -> None:
    code, answer, printed = run("map", ledger.name, "--out", "m.toml")
    assert (code, answer["error"]) == (11, "mapping_open")
    assert "--office" in answer["details"][0]["en"]
    assert "信访编号 → matter" in printed
    assert not (tmp_path / "m.toml").exists()


def test_the_table_speaks_english_and_attributes_are_declared_by_two(run: Any, ledger: Path) -> None:
    _, _, printed = run("map", ledger.name, "--office", "430212", lang="en")
    assert "layout matter_per_row" in printed
    assert run("map", ledger.name, "--office", "430212", "--owner", "电话13812345678")[0] == 2
