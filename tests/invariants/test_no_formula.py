"""No text of a ledger becomes a formula or a link in any workbook we write."""

import ast
import csv
import io
import random
import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest

from data.ingest.report import IngestReport
from data.ingest.run import ingest
from data.store.engine import Store
from data.times import to_us
from serving.export_sheets import Mark, NoteSheet, write_workbook
from tests.data.ingest.corpus.case import HEAD, long_mapping

ROOT = Path(__file__).parents[2]
ROOMS = ("data", "features", "training", "monitoring", "serving")
STARTS = (
    "=", "+", "-", "@", "\t=", "\r=", " =", "＝", "'=", '"=', "=+", "{=", "0=", "http://", "https://", "mailto:", "ftp://",
    "internal:", "external:", "file:///", "\\\\nowhere\\", "_xlfn.", "%",
)  # fmt: skip
RESTS = (
    "1+1",
    "cmd|' /C calc'!A0",
    'HYPERLINK("http://nowhere.invalid","x")',
    "SUM(A1:A9)}",
    "nowhere.invalid",
    "DDE()",
)
NOW = to_us(datetime(2026, 11, 20, tzinfo=UTC))


def nasty(seed: int) -> list[str]:
    """Thirty texts that programs like to take for formulas, commands or links."""
    drawn = random.Random(seed)
    signs = "=+-@|'\"!(){}[]<>&;:,.#%\\/ \t9aZ来访\u202e\ufeff"
    made = [drawn.choice(STARTS) + drawn.choice(RESTS) for _ in range(20)]
    return made + ["".join(drawn.choices(signs, k=drawn.randint(1, 60))) for _ in range(10)]


def check(content: bytes) -> None:
    """No cell of the workbook is a formula, and nothing in it leads anywhere."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            text = archive.read(name).decode("utf-8", errors="replace")
            if name.startswith("xl/worksheets/"):
                assert not re.search(r"<f[ >/]|<hyperlink|<oleObject|ddeLink", text), name
            assert 'TargetMode="External"' not in text, name
            assert not name.startswith(("xl/externalLinks", "xl/vba"))
    for sheet in openpyxl.load_workbook(io.BytesIO(content)):
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def refused(store: Store, folder: Path, texts: list[str]) -> IngestReport:
    """What comes back of a ledger with these texts as headers, numbers, kinds, days and people."""
    path = folder / f"{texts[0][:1] if texts[0][:1].isalnum() else 'x'}.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        lines = csv.writer(stream, quoting=csv.QUOTE_ALL)
        lines.writerow([*HEAD, *texts])
        lines.writerow(["A〔2026〕1号", "登记", "2026-03-05", ""])
        for at, text in enumerate(texts):
            row = [f"A〔2026〕{at}号", "来访", "2026-04-01", ""]
            row[at % 4] = text
            lines.writerow([*row, *texts])
    return ingest(store, path, long_mapping(), now=NOW, user="=cmd|' /C calc'!A0")


@pytest.mark.parametrize("seed", range(6))
def test_what_comes_back_can_be_no_formula(sqlite_store: Store, tmp_path: Path, seed: int) -> None:
    report = refused(sqlite_store, tmp_path, nasty(seed))
    assert report.rejected_rows
    check(report.reject_workbook())


@pytest.mark.parametrize("seed", range(6))
def test_what_is_exported_can_be_no_formula(seed: int) -> None:
    texts = nasty(seed)
    mark = Mark(
        serial=texts[0], recipient=texts[1], user=texts[2], moment=texts[3], cutoff=texts[4], basis=texts[5], demo=True
    )
    lines = [(texts[at], texts[-at]) for at in range(6, 30)]
    notes = NoteSheet(name="说明", title=texts[6], lines=lines)
    content = write_workbook([notes], mark, title=texts[7], made=datetime(2026, 1, 1, tzinfo=UTC), language="zh")
    check(content)
    cells = [cell for row in openpyxl.load_workbook(io.BytesIO(content))["说明"].iter_rows() for cell in row]
    written = {cell.value for cell in cells}
    assert {text for text in texts[8:20] if text.isprintable()} <= written


def test_every_workbook_of_ours_is_opened_with_formulas_and_links_off() -> None:
    opened = 0
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            if "xlsxwriter" not in text and "openpyxl" not in text:
                continue
            assert not re.search(r"write_(?:array_|dynamic_array_)?formula|write_url", text)
            for call in (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)):
                name = ast.unparse(call.func)
                if name == "xlsxwriter.Workbook":
                    opened += 1
                    assert "strings_to_formulas" in text, path
                    assert re.search(r'"strings_to_formulas": False', text), path
                    assert re.search(r'"strings_to_urls": False', text), path
                if name in ("openpyxl.Workbook", "openpyxl.load_workbook", "Workbook", "load_workbook"):
                    # openpyxl takes every text that begins with = for a formula unless the cell is told otherwise.
                    opened += 1
                    assert re.search(r"data_type\s*=\s*\"(?:s|inlineStr)\"|read_only=True", text), path
    assert opened >= 3
