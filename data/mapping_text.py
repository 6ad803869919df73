"""How a mapping held as plain tables is written as TOML, and what in one must not be kept."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

from data.errors import InputRefused
from data.forbidden import forbidden_value


def write_toml(table: Mapping[str, Any]) -> str:
    """TOML of texts, whole numbers, truth values, lists of texts and tables; simple keys stand before tables."""
    return "\n".join(_lines(table, "")).strip() + "\n"


def refuse_personal(table: Mapping[str, Any]) -> None:
    """A mapping is kept: raises InputRefused where a key or text in it holds personal data (G2); none is repeated."""
    found = sum(1 for text in _texts(table) if forbidden_value(text) is not None)
    if found:
        raise InputRefused(
            "mapping_personal",
            f"映射中有 {found} 处像是个人信息，未保存；请从映射中删去",
            f"{found} texts of the mapping read as personal data; it was not kept, remove them",
        )


def _lines(table: Mapping[str, Any], path: str) -> Iterator[str]:
    inner = {key: value for key, value in table.items() if isinstance(value, dict)}
    plain = {key: value for key, value in table.items() if key not in inner}
    if path and (plain or not inner):
        yield f"[{path}]"
    for key, value in plain.items():
        yield f"{_key(key)} = {_value(value)}"
    for key, value in inner.items():
        yield ""
        yield from _lines(cast(dict[str, Any], value), f"{path}.{_key(key)}" if path else _key(key))


def _key(key: str) -> str:
    return key if key.isascii() and key.replace("_", "").replace("-", "").isalnum() else _value(key)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(_value(one) for one in cast(list[object], value)) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in cast(dict[str, object], value).items():
            yield key
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in cast(list[object], value):
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value
