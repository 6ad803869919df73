"""Where a verb's rows come from: a file, or a query of the office's upstream database."""

import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from data.errors import SettingsError, UsageError

if TYPE_CHECKING:
    import polars as pl

Query = Annotated[
    Path | None,
    typer.Option(help="改为查询上游数据库（只读）/ query the upstream database instead (read-only): FILE.sql"),
]


def given(file: Path | None, query: Path | None) -> "tuple[Path, Callable[[str], pl.DataFrame] | None]":
    """The file, or the query with what answers it. Raises UsageError where neither or both are given."""
    if file is not None and query is None:
        return file, None
    if file is not None or query is None:
        raise UsageError(
            "file_or_query",
            "请给出一个文件，或用 --query 给出一个 .sql 文件",
            "give one file, or --query with a .sql file",
        )
    if not query.is_dir() and query.suffix.lower() != ".sql":
        raise UsageError("query_file", f"{query.name} 不是 .sql 文件", f"{query.name} is no .sql file")
    from data.store.upstream import read_upstream

    return query, partial(read_upstream, upstream_url(os.environ))


def upstream_url(environment: Mapping[str, str]) -> str:
    """The address of the upstream database: `PETITION_RISK_UPSTREAM_URL`, or the file `…_URL_FILE` names.

    Never an argument: a command line is seen by every user of the machine, and the address holds a password.
    """
    url = environment.get("PETITION_RISK_UPSTREAM_URL")
    named = environment.get("PETITION_RISK_UPSTREAM_URL_FILE")
    if url is None and named is not None:
        try:
            url = Path(named).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise SettingsError(
                "upstream_url_file",
                "读不到 PETITION_RISK_UPSTREAM_URL_FILE 所指的文件",
                "the file named by PETITION_RISK_UPSTREAM_URL_FILE cannot be read",
            ) from None
    if url is None or not url.strip():
        raise SettingsError(
            "upstream_url_missing",
            "请用环境变量 PETITION_RISK_UPSTREAM_URL（或 …_URL_FILE 指向的文件）给出上游数据库地址",
            "give the upstream database's address in PETITION_RISK_UPSTREAM_URL (or in the file …_URL_FILE names)",
        )
    return url.strip()
