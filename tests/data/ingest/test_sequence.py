"""The order of a matter's events, held against the rules said one matter and one row at a time."""

from random import Random

import polars as pl

from data.distinct import CELL
from data.ingest.sequence import out_of_order

_ENDS = ("closed", "terminated", "withdrawn")
_HANDLING = ("extended", "substantive_reply", "suspended", "resumed")
_REOPENABLE = ("resolved", *_ENDS)
_KINDS = (*_REOPENABLE, *_HANDLING, "reopened", "promise_made", "promise_kept", "letter")

#: Day, place in the file, kind.
Row = tuple[int, int, str]


def said_slowly(rows: list[Row]) -> set[tuple[str, int]]:
    """The rules in words, over the rows of one matter: which rule is broken at which place of the file."""
    found: set[tuple[str, int]] = set()

    def last(kinds: tuple[str, ...], among: list[Row]) -> int:
        return max((day for day, _, kind in among if kind in kinds), default=-1)

    for day, at, kind in rows:
        before = [row for row in rows if row[:2] < (day, at)]
        by_then = {other for other_day, _, other in rows if other_day <= day}
        ended, opened = last(_ENDS, before), last(("reopened",), before)
        if kind in _HANDLING and -1 < ended < day and opened < ended:
            found.add(("after_end", at))
        if kind in _ENDS and -1 < last((kind,), before) < day and opened < last((kind,), before):
            found.add(("end_twice", at))
        for later, needed, rule in (
            ("resumed", {"suspended"}, "resumed_not_suspended"),
            ("promise_kept", {"promise_made"}, "kept_not_promised"),
            ("reopened", set(_REOPENABLE), "reopened_not_ended"),
        ):
            if kind == later and not by_then & needed:
                found.add((rule, at))
    return found


def test_whole_columns_find_what_one_row_after_the_other_finds() -> None:
    draw = Random(3)
    matters = [matter for matter in range(2_000) for _ in range(draw.randint(1, 9))]
    draw.shuffle(matters)
    rows = [(at, matter, draw.choice(_KINDS), draw.randint(0, 6)) for at, matter in enumerate(matters)]
    frame = pl.DataFrame(
        rows, schema={"at": pl.UInt32, "matter_id": pl.UInt32, "kind": CELL, "day": pl.Int64}, orient="row"
    )
    of: dict[int, list[Row]] = {}
    for at, matter, kind, day in rows:
        of.setdefault(matter, []).append((day, at, kind))
    expected = {one for mine in of.values() for one in said_slowly(mine)}
    found = {(rule, at) for rule, places in out_of_order(frame) for at in places.to_list()}
    assert found == expected
    assert len({rule for rule, _ in found}) == 5
    assert out_of_order(frame.clear()) == []
