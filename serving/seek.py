"""Whether a matter is what somebody typed: part of its number, or a word of its cause or category."""

from collections.abc import Mapping
from typing import Any

from data.vocabulary import CATEGORIES, CAUSES

#: Stands between words; nothing of a register holds it.
_BETWEEN = "\x1f"


def sought(matter: Mapping[str, Any], typed: str) -> bool:
    """Whether a matter's row (contract.Matters) answers to what was typed; nothing typed is answered by all.

    Looked at are the number, the cause and the category alone: nothing of a person, nothing of how a matter came.
    """
    return wanted(typed) in searched(matter)


def searched(matter: Mapping[str, Any]) -> str:
    """The words of a matter's row that a search looks at, as `wanted` is looked for in them."""
    words = [str(matter["matter_no"]).casefold()]
    for table, code in ((CAUSES, matter["cause"]), (CATEGORIES, matter["category"])):
        words += [word.casefold() for word in table.get(code, (code,))] if code else ()
    return _BETWEEN.join(words)


def wanted(typed: str) -> str:
    """What was typed, as it is looked for."""
    return typed.replace(_BETWEEN, " ").strip().casefold()
