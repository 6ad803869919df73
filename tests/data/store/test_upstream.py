"""A query of an upstream database is a table like any other, and can change nothing there."""

import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
import pytest

from data.errors import InputRefused, PetitionRiskError, SettingsError, StoreError
from data.ingest.propose import propose
from data.ingest.read import read_source
from data.store import upstream
from data.store.upstream import read_upstream
from data.times import to_us
from tests.data.ingest.corpus.case import long_mapping

ROWS = [
    ("A〔2026〕1号", "登记", date(2026, 3, 5), None),
    ("A〔2026〕1号", "来访", date(2026, 4, 1), 3),
    ("A〔2026〕2号", "登记", date(2026, 3, 9), None),
]
SQL = 'SELECT no AS "事项编号", step AS "环节", day AS "发生日期", people AS "涉及人数" FROM log ORDER BY no, day;\n'
Run = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture(params=["sqlite", "postgresql"])
def other(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Run]]:
    """Somebody else's database with a table `log`: its URL, and a way to look into it."""
    make = "CREATE TABLE log (no text, step text, day date, people integer)"
    if request.param == "sqlite":
        path = tmp_path / "upstream.db"
        with sqlite3.connect(path) as there:
            there.execute(make)
            there.executemany("INSERT INTO log VALUES (?, ?, ?, ?)", [(a, b, str(c), d) for a, b, c, d in ROWS])
        there.close()

        def look(query: str) -> list[tuple[Any, ...]]:
            seen = sqlite3.connect(path)
            rows = seen.execute(query).fetchall()
            seen.close()
            return rows

        yield f"sqlite:///{path}", look
        return
    url = request.getfixturevalue("postgresql_url")
    with psycopg.connect(url, autocommit=True) as there:
        there.execute("CREATE SCHEMA upstream")
        there.execute(make.replace("log", "upstream.log"))
        with there.cursor() as cursor:
            cursor.executemany("INSERT INTO upstream.log VALUES (%s, %s, %s, %s)", ROWS)
        there.execute("ALTER ROLE CURRENT_USER SET search_path = upstream, public")

        def look(query: str) -> list[tuple[Any, ...]]:
            return there.execute(query.replace("log", "upstream.log").encode()).fetchall()

        yield url, look
        there.execute("ALTER ROLE CURRENT_USER RESET search_path")
        there.execute("DROP SCHEMA upstream CASCADE")


def test_a_query_goes_through_the_same_door(other: tuple[str, Run], tmp_path: Path) -> None:
    url, _ = other
    (tmp_path / "台账.sql").write_text(SQL, encoding="utf-8")
    fetch = partial(read_upstream, url)
    now = to_us(datetime(2026, 11, 20, tzinfo=UTC))
    drafts = read_source(tmp_path / "台账.sql", long_mapping(), now=now, fetch=fetch)
    assert drafts.rejects.is_empty()
    assert drafts.events["kind"].to_list() == ["registered", "visit", "registered"]
    assert drafts.events["people_band"].to_list() == [0, 2, 0]
    again = read_source(tmp_path / "台账.sql", long_mapping(), now=now, fetch=fetch)
    assert again.file_sha256 == drafts.file_sha256
    offices = pl.DataFrame({"office_id": ["430212"], "name": ["渌口区人民检察院"], "level": ["county"]})
    proposed = propose(tmp_path / "台账.sql", offices=offices, fetch=fetch)
    assert proposed.problems == ()


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM log",
        "UPDATE log SET step = 'x'",
        "CREATE TABLE more (a int)",
        "SELECT 1; DELETE FROM log",
        "COMMIT; DELETE FROM log",
        "WITH gone AS (DELETE FROM log RETURNING *) SELECT * FROM gone",
        "PRAGMA query_only = OFF",
        "ATTACH DATABASE 'more.db' AS more",
        "SET default_transaction_read_only = off",
        "VACUUM",
    ],
)
def test_nothing_upstream_can_be_changed(other: tuple[str, Run], query: str) -> None:
    url, look = other
    with pytest.raises(InputRefused) as caught:
        read_upstream(url, query)
    assert caught.value.code in ("query_not_select", "query_wrong")
    assert look("SELECT count(*) FROM log") == [(3,)]


def test_a_wrong_query_is_told_what_the_database_says(other: tuple[str, Run]) -> None:
    url, _ = other
    with pytest.raises(InputRefused) as caught:
        read_upstream(url, "SELECT nothing_here FROM log")
    assert caught.value.code == "query_wrong"
    assert "nothing_here" in caught.value.zh


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("  \n", "query_empty"),
        ("SELECT no, no FROM log", "query_columns"),
        ("SELECT step AS a, day AS a FROM log", "query_columns"),
    ],
)
def test_what_is_no_table_is_refused(other: tuple[str, Run], query: str, code: str) -> None:
    with pytest.raises(InputRefused) as caught:
        read_upstream(other[0], query)
    assert caught.value.code == code


def test_an_answer_without_rows_is_an_empty_table(other: tuple[str, Run]) -> None:
    found = read_upstream(other[0], "SELECT no, step FROM log WHERE 1 = 0")
    assert (found.columns, found.height) == (["no", "step"], 0)


def test_too_many_rows_are_refused_while_they_come(other: tuple[str, Run], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upstream, "ROWS_LIMIT", 2)
    with pytest.raises(InputRefused) as caught:
        read_upstream(other[0], "SELECT * FROM log")
    assert caught.value.code == "query_large"


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("mysql://somebody:hush@nowhere.invalid/x", SettingsError),
        ("sqlite:///:memory:", SettingsError),
        ("no url", SettingsError),
        ("sqlite:////nowhere/at/all.db", StoreError),
        ("postgresql://somebody:hush@127.0.0.1:1/x", StoreError),
    ],
)
def test_no_message_holds_the_address(url: str, kind: type[PetitionRiskError]) -> None:
    with pytest.raises(kind) as caught:
        read_upstream(url, "SELECT 1")
    assert "hush" not in caught.value.text("zh") + caught.value.text("en")
    assert caught.value.__cause__ is None


def test_a_file_that_is_no_database_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"nothing of the kind" * 100)
    with pytest.raises(StoreError):
        read_upstream(f"sqlite:///{tmp_path / 'x.db'}", "SELECT 1")


def test_values_of_every_type_become_text(tmp_path: Path, postgresql_url: str) -> None:
    found = read_upstream(
        postgresql_url,
        "SELECT 1.50::numeric AS a, true AS b, 7::float8 AS c, timestamptz '2026-03-05 09:30+08' AS d, NULL AS e,"
        " '多' AS f, time '09:30' AS g",
    )
    row = found.row(0, named=True)
    assert (row["a"], row["b"], row["c"], row["e"], row["f"], row["g"]) == ("1.50", "true", "7", None, "多", "09:30:00")
    assert datetime.fromisoformat(row["d"]) == datetime(2026, 3, 5, 1, 30, tzinfo=UTC)
    with pytest.raises(InputRefused) as caught:
        read_upstream(postgresql_url, "SELECT ARRAY[1, 2] AS many")
    assert caught.value.code == "query_nested"


def test_text_an_old_program_stored_as_gbk_is_read(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with sqlite3.connect(path) as there:
        there.execute("CREATE TABLE t (a text)")
        there.execute("INSERT INTO t VALUES (CAST(? AS text))", ("来访".encode("gb18030"),))
    there.close()
    assert read_upstream(f"sqlite:///{path}", "SELECT a FROM t")["a"].to_list() == ["来访"]
