"""When flagged matters were found to fare worse, so that rules alone serve, and which named person answered (G24).

A hold is about the lists that had matured by one day; that day is held once, however often the monitors look at it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from data.errors import NotAllowed, NotFound
from data.store import schema
from data.store.engine import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """What was found up to `as_of` (a cutoff instant), when, and the answer; `answered_by` is None while it holds."""

    hold_id: int
    as_of: int
    findings: Sequence[Mapping[str, Any]]
    found_at: int
    text: str = ""
    answered_by: str | None = None
    role: str = ""
    answered_at: int | None = None


def add_hold(store: Store, *, as_of: int, findings: Sequence[Mapping[str, Any]], at: int) -> int | None:
    """Let rules alone serve from now on; None where that day was held before, answered or not."""
    table = schema.holds
    with store.write() as connection:
        if connection.execute(sa.select(table.c.hold_id).where(table.c.as_of == as_of)).first() is not None:
            return None
        values = {"as_of": as_of, "findings": [dict(one) for one in findings], "found_at": at}
        return connection.execute(table.insert().values(**values).returning(table.c.hold_id)).scalar_one()


def answer_hold(store: Store, hold_id: int, *, by: str, role: str, text: str, at: int) -> None:
    """Keep a named person's answer, which ends the hold. Raises NotFound, NotAllowed for one answered already."""
    table, answers = schema.holds, schema.hold_answers
    with store.write() as connection:
        held = sa.select(table.c.hold_id).where(table.c.hold_id == hold_id)
        if connection.execute(held.with_for_update()).first() is None:
            raise NotFound("no_such_hold", "没有这一发现", "there is no such finding")
        if connection.execute(sa.select(answers.c.hold_id).where(answers.c.hold_id == hold_id)).first() is not None:
            raise NotAllowed("hold_answered", "该发现已答复", "this finding was answered already")
        connection.execute(answers.insert().values(hold_id=hold_id, text=text, answered_by=by, role=role, at=at))


def read_holds(store: Store) -> list[Hold]:
    """All holds, the newest first."""
    table, answers = schema.holds, schema.hold_answers
    joined = table.outerjoin(answers, answers.c.hold_id == table.c.hold_id)
    query = sa.select(
        table, answers.c.text, answers.c.answered_by, answers.c.role, answers.c.at.label("answered_at")
    ).select_from(joined)
    with store.read() as connection:
        rows = connection.execute(query.order_by(table.c.hold_id.desc())).mappings()
        return [
            Hold(
                hold_id=row["hold_id"],
                as_of=row["as_of"],
                findings=row["findings"],
                found_at=row["found_at"],
                text=row["text"] or "",
                answered_by=row["answered_by"],
                role=row["role"] or "",
                answered_at=row["answered_at"],
            )
            for row in rows
        ]


def open_holds(store: Store) -> list[Hold]:
    """The holds nobody has answered, the newest first: while there is one, rules alone serve."""
    return [one for one in read_holds(store) if one.answered_by is None]


def switches(store: Store) -> list[tuple[int, int]]:
    """When a hold began (+1) and when one was answered (-1), in the order it happened."""
    held = read_holds(store)
    began = [(one.found_at, 1) for one in held]
    ended = [(one.answered_at, -1) for one in held if one.answered_at is not None]
    return sorted(began + ended, key=lambda pair: (pair[0], -pair[1]))
