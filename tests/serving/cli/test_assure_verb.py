"""The verb `assure`: the sample it writes holds, what differs ends with 20, nothing is overwritten."""

import json
from pathlib import Path

import openpyxl
import pytest
import typer
from typer.testing import CliRunner

from data.errors import UsageError
from serving.assure_template import EXAMPLE
from serving.cli import assure, entry

FOLDER = Path(__file__).parents[3] / "docs" / "examples" / "assure"


def _run(*words: str) -> tuple[int, str]:
    app = typer.Typer()
    app.callback()(entry.options)
    assure.add_to(app)
    result = CliRunner().invoke(app, ["--lang", "zh", "assure", *words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def test_the_sample_is_written_once_holds_and_lists_what_can_be_written(tmp_path: Path) -> None:
    sample = tmp_path / "用例.xlsx"
    assert _run("--template", str(sample))[0] == 0
    code, output = _run(str(sample))
    assert (code, "13 项相符，0 项不符" in output) == (0, True)
    book = openpyxl.load_workbook(sample)
    assert book.sheetnames == ["历史", "期望", "可以写什么"]
    with pytest.raises(UsageError, match="已存在"):
        _run("--template", str(sample))


def test_the_folder_of_the_documents_is_the_sample() -> None:
    for name, rows in EXAMPLE.items():
        lines = (FOLDER / f"{name}.csv").read_text(encoding="utf-8-sig").splitlines()
        assert lines == [",".join(row) for row in rows]


def test_what_differs_is_printed_and_ends_with_20(tmp_path: Path) -> None:
    for path in FOLDER.glob("*.csv"):
        text = path.read_text(encoding="utf-8-sig").replace("累计再次反映次数,2", "累计再次反映次数,3")
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    code, output = _run(str(tmp_path), "--json")
    assert code == 20
    assert "期望 3，得到 2，因为以下事件：2025-03-01（2025-03-20录入） 来访（没有它则为 1）" in output
    [differing] = json.loads(output.splitlines()[-1])["differing"]
    assert (differing["expected"], differing["got"]) == ("3", "2")


def test_either_a_file_or_a_template() -> None:
    with pytest.raises(UsageError):
        _run()
    with pytest.raises(UsageError):
        _run("--template", "sample.csv")
