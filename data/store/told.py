"""What a hotline or a reception desk writes between two ledgers: new matters and events, a batch of its own.

Such a batch says nothing about how far the ledger reaches, so no label matures by it; a full ledger that lacks what it
holds ends none of it, and one that brings the same event finds it there (`data.contract.event_uuid`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
import sqlalchemy as sa

from data.contract import Attributes, Events, Matters
from data.store import inserts, schema
from data.store.batches import insert_act, lock_register
from data.store.engine import Store
from data.times import DAY_US

#: How long an answer is kept, to be given again to who sends the same.
KEEP_US = 7 * DAY_US


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldAnswer:
    """What a caller was answered under `once`, and the SHA-256 of what they had sent."""

    caller: str
    once: str
    sent_sha256: str
    answer: Mapping[str, Any]
    at: int


def hold(store: Store) -> None:
    """Let no other writer of the register in until the caller's transaction ends."""
    with store.write() as connection:
        lock_register(connection)


def write_told(
    store: Store, *, office_id: str, matters: pl.DataFrame, attributes: pl.DataFrame, events: pl.DataFrame, at: int,
    by: str,
) -> int:  # fmt: skip
    """Store new matters (contract.Matters), their attributes (contract.Attributes with `ordinal`) and events
    (contract.Events) as one batch and return its number; batch and recording time of the rows are given here.
    """
    with store.write() as connection:
        batch = insert_act(connection, "event", office_id=office_id, at=at, by=by)
        stamp = (pl.lit(batch, pl.Int64).alias("batch_id"), pl.lit(at, pl.Int64).alias("recorded_at"))
        checked = Events.validate(events.with_columns(*stamp).select(Events.column_names()))
        facts = attributes.with_columns(*stamp)
        Attributes.validate(facts.select(Attributes.column_names()))
        new = Matters.validate(matters.select(Matters.column_names()))
        inserts.insert(connection, schema.matters, new.with_columns(stamp[0]))
        inserts.insert_versions(connection, schema.events, checked.drop("known_until"))
        inserts.insert_versions(connection, schema.attributes, facts.drop("known_until"))
    return batch


def told_before(store: Store, caller: str, once: str) -> ToldAnswer | None:
    """What this caller was answered under `once`, None where they sent nothing under it."""
    table = schema.told_answers
    with store.read() as connection:
        query = table.select().where(table.c.caller == caller, table.c.once == once)
        row = connection.execute(query).mappings().first()
    return None if row is None else ToldAnswer(**row)


def keep_answer(store: Store, made: ToldAnswer) -> None:
    """Keep an answer; those older than a week go."""
    table = schema.told_answers
    with store.write() as connection:
        connection.execute(table.delete().where(table.c.at < made.at - KEEP_US))
        connection.execute(
            table.insert().values(
                caller=made.caller, once=made.once, sent_sha256=made.sent_sha256, answer=dict(made.answer), at=made.at
            )
        )


def numbers_of(store: Store, office_id: str, numbers: Sequence[str]) -> dict[str, list[str]]:
    """The ids of the office's matters with these numbers, by number; a number may stand in two sources."""
    table = schema.matters
    wanted = sa.select(table.c.matter_no, table.c.matter_id).where(
        table.c.office_id == office_id, table.c.matter_no.in_(list(numbers))
    )
    found: dict[str, list[str]] = {}
    with store.read() as connection:
        for number, matter_id in connection.execute(wanted.distinct()):
            found.setdefault(number, []).append(matter_id)
    return found
