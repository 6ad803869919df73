"""A column of ids is what the contract says row by row."""

import polars as pl

from data.contract import event_uuid, matter_uuid
from data.identity import event_ids, matter_ids


def test_ids_of_a_column_are_those_of_the_contract():
    rows = pl.DataFrame(
        {
            "office": ["C0101", "C0101", "省院"],
            "number": ["控申〔2026〕1号", "2", "\U00020000"],
            "kind": ["letter", "visit", "online"],
            "key": ["2026-03-05#0", "row:7", "x"],
        }
    )
    ids = rows.select(matter_ids("ledger", pl.col("office"), pl.col("number")).alias("id"))["id"]
    assert ids.to_list() == [matter_uuid("ledger", row["office"], row["number"]) for row in rows.iter_rows(named=True)]
    events = rows.select(event_ids("ledger", pl.lit("m"), pl.col("kind"), pl.col("key")).alias("id"))["id"]
    assert events.to_list() == [
        event_uuid("ledger", "m", kind, key) for kind, key in rows.select("kind", "key").iter_rows()
    ]
    assert rows.clear().select(matter_ids("s", pl.col("office"), pl.col("number"))).is_empty()


def test_more_rows_than_one_lot():
    rows = pl.DataFrame({"number": [str(n) for n in range(100_003)]})
    ids = rows.select(matter_ids("s", pl.lit("o"), pl.col("number")).alias("id"))["id"]
    assert ids[100_002] == matter_uuid("s", "o", "100002")
    assert ids.is_unique().all()
