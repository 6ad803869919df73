"""What a query of somebody else's database answers, as text; nothing there can be changed from here."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

import polars as pl
import psycopg
import sqlalchemy as sa
from sqlalchemy import exc

from data.errors import InputRefused, SettingsError, StoreError
from data.store.engine import sqlite_module

#: More rows than any office has: the query lacks a condition.
ROWS_LIMIT = 5_000_000
_CHUNK = 50_000
_TIMEOUT = "10min"
#: What a query may do on SQLite: select, read a column, call a function, recurse.
_ALLOWED = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE})


def read_upstream(url: str, query: str) -> pl.DataFrame:
    """The answer of one SELECT, one String column per column of it: days and times in ISO form, null where null.

    `url` is `sqlite:///path` or `postgresql://…`; it may hold a password and is in no message.  The database is
    opened read-only and the query runs in a read-only transaction, which is rolled back.  Raises SettingsError for
    an address of another kind, StoreError for a database that cannot be reached, and InputRefused for a query that
    is not one SELECT, that the database does not understand, or whose answer is no table of cells.
    """
    if not query.strip():
        _refuse("query_empty", "查询文件是空的", "the query is empty")
    try:
        parsed = sa.make_url(url.strip())
    except exc.ArgumentError:
        _bad_url()
    backend = parsed.get_backend_name()
    if backend == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return _from_sqlite(Path(str(parsed.database)), query)
    if backend == "postgresql":
        return _from_postgresql(parsed, query)
    _bad_url()


def _from_sqlite(path: Path, query: str) -> pl.DataFrame:
    if not path.is_file():
        _unreachable()
    module: Any = sqlite_module()
    try:
        with closing(module.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            connection.text_factory = _decoded
            connection.execute("PRAGMA query_only = ON")
            connection.set_authorizer(lambda action, *_: module.SQLITE_OK if action in _ALLOWED else module.SQLITE_DENY)
            with closing(connection.execute(query)) as cursor:
                return _frame(cursor.description, iter(lambda: cursor.fetchmany(_CHUNK), []))
    except (module.DatabaseError, module.Warning) as problem:
        said = str(problem).lower()
        if "not a database" in said or "unable to open" in said or "locked" in said:
            _unreachable()
        if "not authorized" in said or "one statement" in said or "readonly" in said:
            _not_one_select()
        _not_understood(str(problem) if "no such" in said or "syntax error" in said else "")


def _from_postgresql(url: sa.URL, query: str) -> pl.DataFrame:
    # psycopg itself: a cursor on the server holds one SELECT and nothing else, and hands out rows in portions.
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        connection = psycopg.connect(plain, connect_timeout=15, options=f"-c statement_timeout={_TIMEOUT}")
    except psycopg.Error:
        _unreachable()
    with closing(connection):
        try:
            connection.read_only = True
            with connection.cursor(name="upstream") as cursor:
                cursor.execute(query.strip().rstrip(";").encode())
                return _frame(cursor.description or (), iter(lambda: cursor.fetchmany(_CHUNK), []))
        except psycopg.errors.QueryCanceled:
            _refuse("query_slow", "查询超过10分钟，已停止", "the query took more than ten minutes and was stopped")
        except (psycopg.errors.ReadOnlySqlTransaction, psycopg.errors.InvalidCursorDefinition):
            _not_one_select()
        except psycopg.OperationalError:
            _unreachable()
        except psycopg.Error as problem:
            # Of class 42 (no such table, syntax) the message names what the query says, of others perhaps data.
            known = (problem.sqlstate or "").startswith("42")
            if known and "cannot insert multiple commands" in str(problem):
                _not_one_select()
            _not_understood((problem.diag.message_primary or "") if known else "")


def _frame(description: Sequence[Any] | None, portions: Iterator[Sequence[Sequence[object]]]) -> pl.DataFrame:
    names = [str(column[0]) for column in description or ()]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if not names or doubled:
        said = "、".join(doubled) or "—"
        _refuse(
            "query_columns",
            f"查询的列名缺少或重复：{said}；请用 AS 另行命名",
            f"the query's columns lack a name or share one: {said}; name them with AS",
        )
    frames = [pl.DataFrame(schema=dict.fromkeys(names, pl.String))]
    rows = 0
    for portion in portions:
        rows += len(portion)
        if rows > ROWS_LIMIT:
            _refuse(
                "query_large",
                f"查询结果超过 {ROWS_LIMIT} 行；请加上时间条件",
                f"the query gives more than {ROWS_LIMIT} rows; add a condition on time",
            )
        columns = {
            name: pl.Series([_text(row[at], name) for row in portion], dtype=pl.String) for at, name in enumerate(names)
        }
        frames.append(pl.DataFrame(columns))
    return pl.concat(frames)


def _text(value: object, column: str) -> str | None:
    match value:
        case None:
            return None
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.isoformat(" ")
        case date() | time():
            return value.isoformat()
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        case int() | Decimal():
            return str(value)
        case _:
            _refuse(
                "query_nested",
                f"查询的列“{column}”不是文字、数字或日期；请在查询中转换",
                f"column {column} of the query holds neither text, numbers nor dates; convert it in the query",
            )


def _decoded(raw: bytes) -> str:
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", errors="replace")


def _refuse(code: str, zh: str, en: str) -> NoReturn:
    raise InputRefused(code, f"{zh}（未导入任何内容）", f"{en} (nothing was written)") from None


def _not_one_select() -> NoReturn:
    _refuse(
        "query_not_select",
        "只接受一条 SELECT 查询；对上游数据库只读",
        "one SELECT only; the upstream database is read-only from here",
    )


def _not_understood(said: str) -> NoReturn:
    _refuse(
        "query_wrong",
        f"上游数据库不接受这条查询{f'：{said}' if said else '；请在数据库中先行试运行'}",
        f"the upstream database does not take this query{f': {said}' if said else '; try it there first'}",
    )


def _unreachable() -> NoReturn:
    raise StoreError(
        "upstream_unreachable",
        "上游数据库打不开；请检查地址、账号或网络",
        "the upstream database cannot be opened; check its address, account or network",
    ) from None


def _bad_url() -> NoReturn:
    raise SettingsError(
        "upstream_url",
        "上游数据库地址应为 sqlite:///路径 或 postgresql://…",
        "the address of the upstream database must be sqlite:///path or postgresql://…",
    ) from None
