"""How foreign JSON is read strictly: one object of known keys, finite numbers, nothing twice, nothing huge."""

import json
from typing import Any

import numpy as np

#: No artefact of ours comes near it; what is larger is not even parsed.
LARGEST_BYTES = 16 * 1024 * 1024


def read(content: bytes) -> Any:
    """The tree of UTF-8 JSON bytes.

    Raises ValueError, RecursionError or OverflowError on anything else: more than LARGEST_BYTES, a key that occurs
    twice, NaN or an infinity, deep nesting.
    """
    if len(content) > LARGEST_BYTES:
        raise ValueError(f"more than {LARGEST_BYTES} bytes")
    return json.loads(content.decode("utf-8"), parse_constant=_refuse_constant, object_pairs_hook=_unique_keys)


def canonical(tree: Any) -> bytes:
    """The one way these facts are written: sorted keys, no spaces, UTF-8, shortest floats."""
    text = json.dumps(tree, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8")


def keys(tree: Any, names: list[str], where: str) -> dict[str, Any]:
    """The object `tree`, which must have exactly these keys. Raises ValueError saying `where`."""
    if not isinstance(tree, dict):
        raise ValueError(f"{where}: not an object")
    item: dict[str, Any] = tree
    odd = sorted(set(item) ^ set(names))
    if odd:
        raise ValueError(f"{where}: unknown or missing {', '.join(odd)}")
    return item


def items(value: Any) -> list[Any]:
    """The list. Raises ValueError."""
    if not isinstance(value, list):
        raise ValueError("a list is needed")
    return value


def integer(value: Any) -> int:
    """The whole number below 2⁵⁰, which sums of hundreds stay exact with. Raises ValueError."""
    if type(value) is not int or abs(value) >= 2**50:
        raise ValueError("a whole number is needed")
    return value


def number(value: Any) -> float:
    """The finite number. Raises ValueError."""
    if type(value) not in (int, float) or not np.isfinite(value):
        raise ValueError("a finite number is needed")
    return float(value)


def text(value: Any) -> str:
    """The text. Raises ValueError."""
    if type(value) is not str:
        raise ValueError("a text is needed")
    return value


def flag(value: Any) -> bool:
    """The truth value. Raises ValueError."""
    if type(value) is not bool:
        raise ValueError("true or false is needed")
    return value


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a finite number")


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    item = dict(pairs)
    if len(item) != len(pairs):
        raise ValueError("a key occurs twice")
    return item
