"""Wrong inputs at the command line: a clear message in both languages, the documented exit code, nothing written."""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from data.synthetic import make_register, small_plan, write_ledger
from data.times import from_us
from serving.cli.entry import main


class Ran:
    """What a run of the command printed and how it ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code = code
        self.out = out
        self.err = err

    @property
    def json(self) -> Any:
        """The last line of output."""
        return json.loads(self.out.strip().splitlines()[-1])


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Any:
    monkeypatch.chdir(tmp_path)
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "en_US.UTF-8")

    def command(*words: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["petition-risk", *words])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfd.readouterr()
        return Ran(int(str(ended.value.code or 0)), out, err)

    return command


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ledger")
    made = make_register(small_plan(3)).register
    write_ledger(made, folder / "ledger.xlsx")
    made.offices.write_csv(folder / "offices.csv")
    last = from_us(made.observed_until - 1).date()
    (folder / "until").write_text(last.isoformat())
    return folder


def both(ran: Ran, zh: str, en: str) -> None:
    assert zh in ran.err
    assert en in ran.err
    assert "Traceback" not in ran.err + ran.out


def state_of(folder: Path) -> Sequence[str]:
    return sorted(path.name for path in folder.rglob("*"))


def test_a_pdf_named_xlsx_is_refused_and_nothing_is_written(run: Any, tmp_path: Path, small: Path) -> None:
    run("--state", "s", "init", "--offices", str(small / "offices.csv"))
    (tmp_path / "ledger.xlsx").write_bytes(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n")
    before = state_of(tmp_path)
    ran = run("--state", "s", "ingest", "ledger.xlsx", "--json")
    assert ran.code == 11
    both(ran, "PDF", "PDF")
    assert ran.json["exit_code"] == 11
    assert state_of(tmp_path) == before


def test_a_ledger_without_the_date_column_is_refused(run: Any, tmp_path: Path, small: Path) -> None:
    import openpyxl

    book = openpyxl.load_workbook(small / "ledger.xlsx")
    sheet = book["办理记录"]
    for cell in sheet[1]:
        if cell.value == "发生日期":
            cell.value = "备考"
    book.save(tmp_path / "bad.xlsx")
    run("--state", "s", "init", "--offices", str(small / "offices.csv"))
    ran = run("--state", "s", "ingest", "bad.xlsx")
    assert ran.code == 11
    both(ran, "发生日期", "发生日期")


def test_a_cutoff_in_the_future_is_refused(run: Any, small: Path) -> None:
    run("--state", "s", "init", "--offices", str(small / "offices.csv"))
    assert run("--state", "s", "ingest", str(small / "ledger.xlsx"), "--demo").code == 0
    ran = run("--state", "s", "screen", "--cutoff", "2031-01-31", "--json")
    assert ran.code == 11
    both(ran, "晚于台账数据覆盖到的日期", "later than the ledger's data reach")
    assert ran.json["error"] == "cutoff_in_future"


def test_g10_training_on_thirty_matters_is_refused_and_the_sweep_goes_on_by_rules(
    run: Any, tmp_path: Path, small: Path
) -> None:
    import openpyxl

    book = openpyxl.load_workbook(small / "ledger.xlsx")
    matters = book["信访事项"]
    kept = {row[0].value for row in matters.iter_rows(min_row=2, max_row=31)}
    matters.delete_rows(32, matters.max_row)
    events = book["办理记录"]
    rows = [[cell.value for cell in row] for row in events.iter_rows(min_row=2) if row[0].value in kept]
    events.delete_rows(2, events.max_row)
    for row in rows:
        events.append(row)
    book.save(tmp_path / "thirty.xlsx")
    until = (small / "until").read_text()
    run("--state", "s", "init", "--offices", str(small / "offices.csv"))
    assert run("--state", "s", "ingest", "thirty.xlsx", "--demo", "--observed-until", until).code == 0
    ran = run("--state", "s", "train", "--json")
    assert ran.code == 12
    both(ran, "按规则运行", "by rules" if "by rules" in ran.err else "rules-only")
    listed = run("--state", "s", "screen", "--cutoff", until, "--json")
    assert listed.code == 0
    assert listed.json["mode"] == "rules"
    assert listed.json["monitor"]["findings"] >= 0  # every sweep is looked at afterwards
    again = run("--state", "s", "screen", "--cutoff", until, "--json")
    assert again.json["list_hash"] == listed.json["list_hash"]
    assert again.json["made"] is False
    assert "monitor" not in again.json  # nothing new to look at


def test_an_unknown_setting_is_refused_with_the_nearest_one(run: Any, tmp_path: Path) -> None:
    (tmp_path / "petition-risk.toml").write_text("[sweep]\nshaer = 0.1\n")
    ran = run("--state", "s", "init")
    assert ran.code == 10
    both(ran, "是否指 sweep.share", "did you mean sweep.share")
    assert not (tmp_path / "s").exists()


def test_the_second_run_of_a_file_changes_nothing(run: Any, small: Path) -> None:
    run("--state", "s", "init", "--offices", str(small / "offices.csv"))
    assert run("--state", "s", "ingest", str(small / "ledger.xlsx"), "--demo", "--json").json["changed"] is True
    assert run("--state", "s", "ingest", str(small / "ledger.xlsx"), "--demo", "--json").json["changed"] is False


def test_g20_a_real_screening_needs_an_impact_assessment(run: Any, tmp_path: Path, small: Path) -> None:
    until = (small / "until").read_text()
    run("--state", "s", "init", "--offices", str(small / "offices.csv"))
    assert run("--state", "s", "ingest", str(small / "ledger.xlsx"), "--observed-until", until).code == 0
    ran = run("--state", "s", "screen", "--cutoff", until)
    assert ran.code == 13
    both(ran, "影响评估", "impact")
    (tmp_path / "petition-risk.toml").write_text('[impact]\nassessment_id = "PIA-1"\napprover = "P01"\n')
    assert run("--state", "s", "screen", "--cutoff", until).code == 0


def test_g26_a_log_whose_label_is_a_remedy_is_never_screened(run: Any, tmp_path: Path) -> None:
    shipped = Path(__file__).parents[3] / "data" / "mappings"
    name = next(path.stem for path in shipped.glob("*.toml") if "bench_only = true" in path.read_text(encoding="utf-8"))
    header = "case_id,timestamp,activity,article,notificationtype,points,vehicleclass,total_payment_eur,payment_eur"
    rows = ["C1,2006-01-01,Create Fine,157,,0,A,0.0,,30.0,", "C1,2006-02-01,Send Fine,,,,,,,,10.0"]
    (tmp_path / "log.csv").write_text("\n".join([f"{header},amount_eur,expense_eur", *rows]) + "\n", encoding="utf-8")
    ran = run("--state", "s", "ingest", "log.csv", "--mapping", name, "--json")
    assert ran.code == 0, ran.err
    refused = run("--state", "s", "screen", "--cutoff", "2006-01-31", "--json")
    assert refused.code == 13
    both(refused, "只限评测", "bench only")
    assert refused.json["error"] == "bench_only"


def test_an_unknown_office_or_verb_is_a_usage_error(run: Any, small: Path) -> None:
    run("--state", "s", "init", "--offices", str(small / "offices.csv"))
    assert run("--state", "s", "frobnicate").code == 2
    run("--state", "s", "ingest", str(small / "ledger.xlsx"), "--demo")
    ran = run("--state", "s", "screen", "--cutoff", "2026-10-31", "--scope", "ZZ")
    assert ran.code == 2
    both(ran, "没有办理单位", "no office")


def test_screening_an_empty_store_says_what_to_do(run: Any, small: Path) -> None:
    run("--state", "s", "init", "--offices", str(small / "offices.csv"))
    ran = run("--state", "s", "screen", "--cutoff", "2026-10-31")
    assert ran.code == 2
    both(ran, "petition-risk ingest", "petition-risk ingest")


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_need_no_heavy_library(option: str) -> None:
    """Half a second is a goal, measured by people; that nothing heavy is imported is what holds it."""
    code = (
        f"import sys; sys.argv = ['petition-risk', '{option}']\n"
        "from serving.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'mlflow', 'sklearn', 'polars', 'fastapi', 'sqlalchemy', 'pandas', 'numpy'} & set(sys.modules)\n"
        "sys.exit(','.join(sorted(heavy)) or 0)"
    )
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - began < 60


def test_the_version_is_told_with_those_of_the_libraries(run: Any) -> None:
    ran = run("--state", "s", "--version")
    assert ran.code == 0
    assert f"petition-risk {version('petition-risk')}\n" in ran.out
    assert f"polars {version('polars')}" in ran.out
    assert "SQLite 3." in ran.out
    assert not Path("s").exists()


def test_a_ledger_of_another_form_is_told_the_next_command(run: Any, tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("编号,收到日期,处理情况\n1,2026-03-05,已答复\n", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    refused = run("--state", "s", "ingest", "own.csv", "--json")
    assert (refused.code, refused.json["error"]) == (11, "mapping_needed")
    assert "petition-risk map own.csv --out" in refused.json["zh"]
    # A mapping that was named is held to its word.
    assert run("--state", "s", "ingest", "own.csv", "--mapping", "ledger", "--json").json["error"] == "sheets_needed"
    assert run("--state", "s", "map", "folder", "--json").json["error"] == "no_cells"
    (tmp_path / "minutes.csv").write_text("会议纪要\n今天开会\n", encoding="utf-8")
    found = run("--state", "s", "map", "minutes.csv", "--json").json
    assert found["error"] == "no_header"
    assert "事项编号" in found["zh"]
