"""Which rows of a sheet can be its header, in one row or in two with groups above."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from data.ingest.source import HEADER_ROWS, Source

#: Columns beyond are no part of any ledger; they are left unread and counted.
MOST_COLUMNS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A possible header: the row it ends in (from 1), and one name per column (empty where there is none)."""

    last_row: int
    names: tuple[str, ...]


def possible_headers(source: Source) -> list[Header]:
    """Every one of the first rows alone, and every two that read as groups over columns, in file order.

    In a header of two rows a column is called by both: 第二次来访 over 日期 is 第二次来访日期; or by its own name.
    """
    found: list[Header] = []
    for at, row in enumerate(source.head[:HEADER_ROWS]):
        found.append(Header(last_row=at + 1, names=tuple(row[:MOST_COLUMNS])))
        if at + 1 < len(source.head):
            joined = _joined(row, source.head[at + 1], _spans(source, at + 1))
            if joined is not None:
                below = source.head[at + 1][:MOST_COLUMNS]
                found.append(Header(last_row=at + 2, names=joined))
                # The group may say nothing the column's own name does not say.
                own = tuple(cell if cell.strip() else above for cell, above in zip_longest(below, row, fillvalue=""))
                found.append(Header(last_row=at + 2, names=own[:MOST_COLUMNS]))
    return found


def _spans(source: Source, row: int) -> dict[int, int]:
    return {left: right for top, left, _, right in source.merges if top == row and right > left}


def _joined(upper: Sequence[str], lower: Sequence[str], spans: dict[int, int]) -> tuple[str, ...] | None:
    width = min(max(len(upper), len(lower)), MOST_COLUMNS)
    above = [cell.strip() for cell in upper[:width]] + [""] * (width - len(upper))
    below = [cell.strip() for cell in lower[:width]] + [""] * (width - len(lower))
    names = ["" if above[at] else below[at] for at in range(width)]
    widest = 0
    for at in (at for at in range(width) if above[at]):
        last = spans.get(at, at) if spans else _reach(above, below, at)
        widest = max(widest, last - at)
        for under in range(at, min(last, width - 1) + 1):
            names[under] = _name(above[at], below[under]) if below[under] or under == at else ""
    groups = sum(bool(cell) for cell in above)
    # One cell over everything is a title, and without a group there is but one row.
    return tuple(names) if widest and groups > 1 else None


def _reach(above: Sequence[str], below: Sequence[str], at: int) -> int:
    """Where a group ends that no merge marks: before the next name above, or the first gap below."""
    last = at
    while below[at] and last + 1 < len(above) and not above[last + 1] and below[last + 1]:
        last += 1
    return last


def _name(group: str, column: str) -> str:
    if not column or column == group:
        return group
    return f"{group} {column}" if group.isascii() and column.isascii() else f"{group}{column}"
