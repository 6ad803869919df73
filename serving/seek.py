"""Whether a matter is what somebody typed: part of its number, or a word of its cause or category."""

from collections.abc import Mapping
from typing import Any

from data.vocabulary import CATEGORIES, CAUSES


def sought(matter: Mapping[str, Any], typed: str) -> bool:
    """Whether a matter's row (contract.Matters) answers to what was typed; nothing typed is answered by all.

    Looked at are the number, the cause and the category alone: nothing of a person, nothing of how a matter came.
    """
    wanted = typed.strip().casefold()
    if not wanted:
        return True
    words = [str(matter["matter_no"])]
    for table, code in ((CAUSES, matter["cause"]), (CATEGORIES, matter["category"])):
        words += table.get(code, (code,)) if code else ()
    return any(wanted in word.casefold() for word in words)
