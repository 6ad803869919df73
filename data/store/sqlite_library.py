"""Which SQLite library this process uses."""

import importlib
import sqlite3
from types import ModuleType

from data.errors import StoreError

#: Before this release SQLite could lose committed pages when a WAL was reset (fixed upstream in 3.51.3).
_OLDEST_SQLITE = (3, 51, 3)


def sqlite_module() -> ModuleType:
    """The SQLite library of this process; there must be one only (ADR 0004). Raises StoreError for one too old."""
    try:
        module = importlib.import_module("pysqlite3.dbapi2")
    except ImportError:
        module = sqlite3
    version: tuple[int, ...] = module.sqlite_version_info
    if version < _OLDEST_SQLITE:
        found, needed = ".".join(map(str, version)), ".".join(map(str, _OLDEST_SQLITE))
        raise StoreError(
            "sqlite_too_old",
            f"SQLite 版本 {found} 低于 {needed}，存在丢失数据的缺陷；请安装 pysqlite3",
            f"SQLite {found} is older than {needed} and can lose data; install pysqlite3",
        )
    return module
