"""A province with a name, an identity number and a telephone in every row: training keeps nothing of them."""

import json
from pathlib import Path

import polars as pl
import pytest

from tests.canaries import CANARIES, holding
from tests.journeys.test_month_end import petition_risk

pytestmark = pytest.mark.slow


def test_g2_no_identity_is_in_the_model_store_the_lists_or_the_reports(tmp_path: Path) -> None:
    state, made, given = tmp_path / "state", tmp_path / "made", tmp_path / "given"
    petition_risk("synth", "--out", str(made), "--json", state=state)
    given.mkdir()
    for sheet in ("信访事项", "办理记录"):
        table = pl.read_excel(made / "ledger.xlsx", sheet_name=sheet, infer_schema_length=0)
        people = (
            pl.lit(CANARIES[0]).alias("姓名"),
            pl.lit(CANARIES[2]).alias("身份证号"),
            pl.lit(CANARIES[3]).alias("手机"),
        )
        table.with_columns(people).write_csv(given / f"{sheet}.csv")
    petition_risk("init", "--offices", str(made / "offices.csv"), "--json", state=state)
    told = petition_risk("ingest", str(given), "--demo", "--json", state=state)
    assert told["matters"] > 1000
    assert len({column["header"] for column in told["forbidden_columns"]}) == 3
    petition_risk("train", "--json", state=state)
    # The settings say nothing of a demonstration, the ledger does (G20).
    assert json.loads((state / "models" / "1" / "report.json").read_text(encoding="utf-8"))["demo"] is True
    petition_risk("screen", "--cutoff", "2026-10-30", "--json", state=state)
    files = [path for path in state.rglob("*") if path.is_file()]
    assert {"petition-risk.db", "mlflow.db"} <= {path.name for path in files}
    assert any(path.suffix == ".parquet" for path in files)
    assert holding(files) == []
