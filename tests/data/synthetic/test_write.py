"""What is written can be read back: the ledger by ingest, the CSV by anybody, the oracle apart."""

from pathlib import Path

import polars as pl
import pytest

from data.contract import EVENT_PAYLOAD
from data.ingest.read import read_source
from data.mapping import load_mapping
from data.synthetic import SyntheticRegister, write_csv, write_ledger, write_oracle
from data.times import DAY_US


@pytest.mark.parametrize("days_before", [0, 200])
def test_ledger_comes_back_through_ingest(province: SyntheticRegister, tmp_path: Path, days_before: int):
    register = province.register
    as_of = register.observed_until - days_before * DAY_US
    write_ledger(register, tmp_path / "ledger.xlsx", as_of=as_of)
    drafts = read_source(
        tmp_path / "ledger.xlsx",
        load_mapping("ledger"),
        now=register.observed_until,
        offices=register.offices.select("office_id", "name"),
        observed_until=as_of,
    )
    assert drafts.rejects.height == drafts.blanked.height == drafts.unknown.height == 0
    assert drafts.forbidden == drafts.absent == drafts.unread == ()
    standing = register.events.filter(
        pl.col("known_from") < as_of, pl.col("known_until").is_null() | (pl.col("known_until") >= as_of)
    ).sort("matter_id", "occurred_at", "seq", "known_from")
    # The ledger has no column for money paid.
    columns = [
        "event_id", "matter_id", "kind", "occurred_at", "known_at", "assumed",
        *(name for name in EVENT_PAYLOAD if name != "amount"),
    ]  # fmt: skip
    read = drafts.events.sort("matter_id", "occurred_at", "seq")
    assert read.select(columns).equals(standing.select(columns))
    facts = ["matter_id", "name", "text", "number", "known_at", "usable"]
    written = register.attributes.filter(pl.col("known_from") < as_of).sort("matter_id", "name").select(facts)
    assert drafts.attributes.sort("matter_id", "name").select(facts).equals(written)
    if days_before == 0:
        shown = register.matters.drop("respondent_post").sort("matter_id")
        assert drafts.matters.drop("respondent_post").sort("matter_id").equals(shown)


def test_same_register_same_workbook(province: SyntheticRegister, tmp_path: Path):
    one = province.register.observed_until - 600 * DAY_US
    write_ledger(province.register, tmp_path / "a.xlsx", as_of=one)
    write_ledger(province.register, tmp_path / "b.xlsx", as_of=one)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_csv_and_oracle_come_back(province: SyntheticRegister, tmp_path: Path):
    write_csv(province.register, tmp_path / "csv")
    for name, frame in (
        ("events", province.register.events),
        ("matters", province.register.matters),
        ("attributes", province.register.attributes),
        ("offices", province.register.offices),
    ):
        read = pl.read_csv(tmp_path / "csv" / f"{name}.csv", schema=frame.schema)
        assert read.equals(frame)
    write_oracle(province, tmp_path / "oracle.parquet")
    assert pl.read_parquet(tmp_path / "oracle.parquet").equals(province.oracle)
