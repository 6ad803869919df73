"""A query of the upstream database in place of a file: map proposes, ingest takes it, and the address stays secret."""

import json
import sqlite3
import sys
from pathlib import Path
from typing import Any

import pytest

from serving.cli.entry import main

SQL = 'SELECT no AS "事项编号", step AS "环节", day AS "发生日期" FROM log'


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Any:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "offices.csv").write_text("office_id,name,parent_id,level\n430212,渌口区人民检察院,,county\n")
    with sqlite3.connect("upstream-hush.db") as there:
        there.execute("CREATE TABLE log (no text, step text, day text)")
        days = [("登记", "2026-03-05"), ("来访", "2026.4.1"), ("来信", "2026年5月6日"), ("合计", None)]
        there.executemany("INSERT INTO log VALUES (?, ?, ?)", [("A〔2026〕1号", *row) for row in days[:3]])
    there.close()
    (tmp_path / "台账.sql").write_text(SQL, encoding="utf-8")

    def command(*words: str) -> tuple[int, Any, str]:
        monkeypatch.setattr(sys, "argv", ["petition-risk", "--state", "s", *words, "--json"])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfd.readouterr()
        last = out.strip().splitlines()[-1:] or ["{}"]
        return int(str(ended.value.code or 0)), json.loads(last[0]) if last[0][:1] == "{" else {}, out + err

    command("init", "--offices", "offices.csv")
    return command


def test_a_query_is_mapped_and_taken_in_and_twice_is_once(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PETITION_RISK_UPSTREAM_URL", "sqlite:///upstream-hush.db")
    code, found, printed = run("map", "--query", "台账.sql", "--out", "m.toml")
    assert (code, found["layout"]) == (0, "event_per_row")
    code, report, printed = run("ingest", "--query", "台账.sql", "--mapping", "m.toml")
    assert (code, report["events"], report["rejected_rows"]) == (0, 3, 0)
    assert "hush" not in printed
    code, report, _ = run("ingest", "--query", "台账.sql", "--mapping", "m.toml")
    assert (code, report["changed"]) == (0, False)


def test_the_address_may_stand_in_a_file(run: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "url").write_text("sqlite:///upstream-hush.db\n")
    monkeypatch.setenv("PETITION_RISK_UPSTREAM_URL_FILE", "url")
    assert run("map", "--query", "台账.sql")[0] == 0
    monkeypatch.setenv("PETITION_RISK_UPSTREAM_URL_FILE", "nowhere")
    assert run("map", "--query", "台账.sql")[0] == 10


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["ingest"], 2),
        (["ingest", "a.csv", "--query", "台账.sql"], 2),
        (["ingest", "--query", "a.csv"], 2),
        (["ingest", "--query", "台账.sql"], 10),
        (["ingest", "台账.sql"], 11),
    ],
)
def test_what_is_asked_wrongly_is_said(run: Any, words: list[str], code: int) -> None:
    found, _, printed = run(*words)
    assert found == code
    assert "Traceback" not in printed
