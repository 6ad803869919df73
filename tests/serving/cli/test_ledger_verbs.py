"""A ledger from the command line: tried without writing, for one office, its mapping remembered, batches told apart."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from data.store.batches import insert_act
from data.store.engine import open_store
from serving.cli.entry import main

HEADER = "信访编号,登记日期,受理日期,答复日期,姓名"
OFFICES = "office_id,name,parent_id,level\nP1,示例省院,,province\nC1,示例甲县院,P1,county\nC2,示例乙县院,P1,county\n"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Any:
    """The command in an empty folder with three offices and a ledger of twelve matters."""
    monkeypatch.chdir(tmp_path)

    def command(*words: str, lang: str = "zh") -> tuple[int, Any, str]:
        monkeypatch.setattr(sys, "argv", ["petition-risk", "--lang", lang, "--state", "s", *words, "--json"])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfd.readouterr()
        return int(str(ended.value.code or 0)), json.loads(out.strip().splitlines()[-1]), out + err

    (tmp_path / "offices.csv").write_text(OFFICES, encoding="utf-8")
    month = [f"甲{n},2026-0{n % 8 + 1}-05,2026-0{n % 8 + 1}-06,2026-0{n % 8 + 1}-20,金丝雀" for n in range(12)]
    (tmp_path / "ledger.csv").write_text("\n".join([HEADER, *month]), encoding="gb18030")
    assert command("init", "--offices", "offices.csv")[0] == 0
    return command


def test_a_ledger_is_mapped_tried_imported_and_remembered_for_its_office(run: Any, tmp_path: Path) -> None:
    assert run("map", "ledger.csv", "--office", "C1", "--out", "own.toml")[0] == 0
    dry = run("ingest", "ledger.csv", "--mapping", "own.toml", "--office", "C1", "--dry-run")
    assert dry[0] == 0
    assert (dry[1]["dry_run"], dry[1]["batch_id"], dry[1]["matters"]) == (True, None, 12)
    assert "试运行：未写入任何内容" in dry[2]
    assert "数据质量" in dry[2]
    assert "金丝雀" not in dry[2]
    assert run("batches")[1] == {"batches": []}
    assert run("mappings")[1]["mappings"] == []

    assert run("ingest", "ledger.csv", "--mapping", "own.toml", "--office", "C1")[1]["changed"] is True
    [kept] = run("mappings")[1]["mappings"]
    assert (kept["office"], kept["version"]) == ("C1", 1)
    # Next month nothing is typed but the file.
    again = run("ingest", "ledger.csv", lang="en")
    assert (again[0], again[1]["changed"], again[1]["mapping_version"]) == (0, False, ["C1", 1])
    assert "by version 1 of C1's mapping" in again[2]

    shown = run("batches", "--show", "1", lang="en")
    assert shown[1]["mapping_version"] == ["C1", 1]
    assert "12 matters" in shown[2]
    assert run("batches", "--show", "1", "--out", "report.html")[0] == 0
    assert "<html" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert run("batches", "--show", "1", "--out", "report.html")[0] == 2  # never written over
    assert run("batches", "--show", "9")[0] == 2


def test_an_office_nobody_registered_is_refused_and_another_offices_mapping_is_not_taken(run: Any) -> None:
    code, answer, _ = run("ingest", "ledger.csv", "--office", "C9")
    assert (code, answer["error"]) == (2, "no_such_office")
    assert run("map", "ledger.csv", "--office", "C1", "--out", "own.toml")[0] == 0
    assert run("ingest", "ledger.csv", "--mapping", "own.toml", "--office", "C1")[0] == 0
    code, answer, _ = run("ingest", "ledger.csv", "--office", "C2")
    assert code == 11
    assert run("batches")[1]["batches"][0]["offices"] == ["C1"]
    assert len(run("batches")[1]["batches"]) == 1


def test_links_and_corrections_are_called_what_they_are(run: Any, tmp_path: Path) -> None:
    assert run("map", "ledger.csv", "--office", "C1", "--out", "own.toml")[0] == 0
    assert run("ingest", "ledger.csv", "--mapping", "own.toml", "--office", "C1")[0] == 0
    store = open_store(f"sqlite:///{tmp_path / 's' / 'petition-risk.db'}")
    with store.write() as connection:
        for act in ("link", "correction"):
            insert_act(connection, act, office_id="C1", at=1_793_000_000_000_000, by="head")
    store.close()
    _, body, printed = run("batches")
    assert [one["act"] for one in body["batches"]] == ["import", "link", "correction"]
    assert "人工确认的编号关联（C1）" in printed
    assert "人工更正（C1）" in printed
    assert "a link a person confirmed (C1)" in run("batches", lang="en")[2]


def test_the_vault_says_how_many_and_is_emptied(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("vault", "status")[1] == {"enabled": False, "keys": [], "hashes": {}}
    assert run("vault", "clear")[0] == 2
    assert run("vault", "clear", "--confirm")[1] == {"rows": 0}
    monkeypatch.setenv("PETITION_RISK_VAULT__ENABLED", "true")
    code, answer, _ = run("vault", "status")
    assert (code, answer["error"]) == (10, "vault_keys_missing")
    monkeypatch.setenv("PETITION_RISK_VAULT_KEYS", f'C1 = "{"ab" * 32}"')
    header = HEADER.replace("姓名", "身份证号")
    (tmp_path / "own.csv").write_text(f"{header}\n甲1,2026-03-05,,,990000190001010016", encoding="utf-8")
    assert run("map", "ledger.csv", "--office", "C1", "--out", "own.toml")[0] == 0
    mapping = tmp_path / "own.toml"
    mapping.write_text(mapping.read_text(encoding="utf-8") + '\n[vault]\ncolumn = "身份证号"\n', encoding="utf-8")
    report = run("ingest", "own.csv", "--mapping", "own.toml", "--office", "C1", "--demo")
    assert report[1]["vault"] == {"hashed": 1, "unread": 0}, report[2]
    assert "990000190001010016" not in report[2]
    assert run("vault", "status")[1]["hashes"] == {"C1": 1}
    assert run("vault", "clear", "--confirm")[1] == {"rows": 1}
    assert run("vault", "status")[1]["hashes"] == {}
