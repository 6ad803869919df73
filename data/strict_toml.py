"""How typed values are taken out of a TOML table, with everything that is wrong gathered and said at once."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

Table = dict[str, Any]
Problems = list[tuple[str, str]]
T = TypeVar("T", str, int, bool, dict[Any, Any], list[Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Takes typed values out of TOML tables and gathers what is wrong, so that all of it is said at once."""

    problems: Problems

    def wrong(self, where: str, zh: str, en: str) -> None:
        """Note one problem at a dotted key, in both languages."""
        self.problems.append((f"{where}：{zh}", f"{where}: {en}"))

    def known(self, table: Table, where: str, keys: Iterable[str]) -> None:
        """Note every key that is not one of `keys`, with the nearest."""
        keys = tuple(keys)
        for key in table:
            if key not in keys:
                near = difflib.get_close_matches(key, keys, n=1, cutoff=0.5)
                self.wrong(
                    f"{where}.{key}" if where else key,
                    "没有这个键" + (f"；是否指 {near[0]}？" if near else ""),
                    "no such key" + (f"; did you mean {near[0]}?" if near else ""),
                )

    def take(self, table: Table, where: str, key: str, kind: type[T], default: T | None = None) -> T:
        """The value of a key as `kind`; a problem, and an empty value, where it is missing or something else."""
        value = table.get(key, default)
        if isinstance(value, kind) and not (kind is int and isinstance(value, bool)) and value != "":
            return value
        words = {str: "text", int: "a whole number", bool: "true or false", dict: "a table", list: "a list"}[kind]
        zh = {str: "文字", int: "整数", bool: "true 或 false", dict: "表", list: "列表"}[kind]
        at = f"{where}.{key}" if where else key
        self.wrong(at, f"必须填写{zh}", f"must be given as {words}")
        return kind()

    def optional(self, table: Table, where: str, key: str) -> str | None:
        """The text of a key, None where it is not there."""
        return self.take(table, where, key, str) if key in table else None

    def chosen(self, table: Table, where: str, key: str, choices: Iterable[str], default: str | None = None) -> str:
        """The text of a key, one of `choices`."""
        value = self.take(table, where, key, str, default)
        choices = tuple(choices)
        if value and value not in choices:
            self.wrong(
                f"{where}.{key}" if where else key, f"只能是 {'、'.join(choices)}", f"one of {', '.join(choices)}"
            )
        return value

    def texts(self, table: Table, where: str, key: str) -> tuple[str, ...]:
        """A list of texts, not empty."""
        values = cast(list[object], self.take(table, where, key, list))
        if not values or not all(isinstance(value, str) and value for value in values):
            self.wrong(f"{where}.{key}", "须为非空的文字列表", "must be a list of texts, not empty")
            return ()
        return tuple(str(value) for value in values)
