"""Which dates, classes and links people disputed, what was answered, and how an accepted correction is written.

An accepted correction closes the version it corrects and opens another, in a batch of its own: both stay readable, a
past screening reads as it did, and the next import of an uncorrected ledger does not bring the old value back.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import sqlalchemy as sa

from data.errors import NotAllowed, NotFound
from data.store import links, schema
from data.store.batches import View, insert_act, view
from data.store.engine import Store

Subject = Literal["event", "category", "cause", "link"]
AnswerCode = Literal["accept", "refuse"]
#: Why something is wrong: a closed list.
REASONS: tuple[str, ...] = ("typing", "document", "class", "not_same")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """What one person says is wrong with a matter's data, and the value they ask for.

    `target` is the event, or the alias of a link; empty for a class.  `before` and `wanted` hold `kind` and
    `occurred_at` of an event, or `code` of a class; a link is asked to be taken back, and `wanted` is empty.
    """

    office_id: str
    matter_id: str
    subject: Subject
    target: str
    before: Mapping[str, Any]
    wanted: Mapping[str, Any]
    reason_class: str
    text: str
    raised_by: str
    role: str
    raised_at: int
    due_at: int
    once: str
    dispute_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a head answered; `batch_id` is the batch of an accepted correction."""

    dispute_id: int
    answer: AnswerCode
    text: str
    answered_by: str
    role: str
    at: int
    value: Mapping[str, Any]
    batch_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A dispute with its answer, None while it is open."""

    dispute: Dispute
    answer: Answer | None


def raise_dispute(store: Store, dispute: Dispute) -> int:
    """Store a dispute and return its number."""
    values = asdict(dispute)
    del values["dispute_id"]
    with store.write() as connection:
        made = connection.execute(schema.disputes.insert().values(**values).returning(schema.disputes.c.dispute_id))
        return made.scalar_one()


def dispute_sent(store: Store, person: str, once: str) -> bool:
    """Whether this person already sent a dispute under `once`."""
    table = schema.disputes
    with store.read() as connection:
        found = connection.execute(
            sa.select(table.c.dispute_id).where(table.c.raised_by == person, table.c.once == once)
        )
        return found.first() is not None


def find_case(store: Store, dispute_id: int) -> Case:
    """One dispute. Raises NotFound."""
    found = _cases(store, schema.disputes.c.dispute_id == dispute_id)
    if not found:
        raise NotFound("no_such_dispute", "没有该更正申请，或您无权查看", "no such request, or not visible to you")
    return found[0]


def cases_of_matter(store: Store, matter_ids: Iterable[str]) -> list[Case]:
    """The disputes about some numbers, the newest first."""
    return _cases(store, schema.disputes.c.matter_id.in_(list(matter_ids)))


def open_cases(store: Store, offices: Iterable[str]) -> list[Case]:
    """The disputes of some offices nobody has answered, the one due first at the top."""
    found = _cases(store, schema.disputes.c.office_id.in_(list(offices)))
    return sorted((one for one in found if one.answer is None), key=lambda one: one.dispute.due_at)


def answer_dispute(store: Store, case: Case, answer: Answer) -> int | None:
    """Store the answer and, where it accepts, write the correction; returns the batch of the correction.

    Raises NotAllowed where it was answered already, NotFound where what it is about no longer stands.
    """
    dispute = case.dispute
    with store.write() as connection:
        # PostgreSQL lets two writers in: the second waits here and finds the first's answer.
        held = sa.select(schema.disputes.c.dispute_id).where(schema.disputes.c.dispute_id == answer.dispute_id)
        connection.execute(held.with_for_update())
        table = schema.dispute_answers
        there = sa.select(table.c.dispute_id).where(table.c.dispute_id == answer.dispute_id)
        if connection.execute(there).first() is not None:
            raise NotAllowed("dispute_answered", "该更正申请已答复", "this request was answered already")
        batch: int | None = None
        if answer.answer == "accept":
            if dispute.subject == "link":
                batch = links.unlink(store, _unlinking(dispute, answer))
            else:
                batch = insert_act(
                    connection, "correction", office_id=dispute.office_id, at=answer.at, by=answer.answered_by
                )
                seen = view(connection, None)
                if dispute.subject == "event":
                    _correct_event(connection, seen, dispute, answer, batch)
                else:
                    _correct_class(connection, seen, dispute, answer, batch)
        values = asdict(answer) | {"batch_id": batch, "value": dict(answer.value)}
        connection.execute(table.insert().values(**values))
    return batch


def _unlinking(dispute: Dispute, answer: Answer) -> links.LinkDecision:
    return links.LinkDecision(
        office_id=dispute.office_id,
        matter_id=dispute.matter_id,
        alias_id=dispute.target,
        decision="unlink",
        evidence={"dispute": answer.dispute_id},
        decided_by=answer.answered_by,
        role=answer.role,
        at=answer.at,
        once=f"dispute-{answer.dispute_id}",
    )


def _correct_event(connection: sa.Connection, seen: View, dispute: Dispute, answer: Answer, batch: int) -> None:
    table = schema.events
    row = _standing(connection, table, schema.event_closings, seen, table.c.event_id == dispute.target)
    changed = dict(row) | dict(answer.value)
    changed["known_at"] = max(row["known_at"], changed["occurred_at"])
    _replace(connection, table, schema.event_closings, row, changed, answer.at, batch)


def _correct_class(connection: sa.Connection, seen: View, dispute: Dispute, answer: Answer, batch: int) -> None:
    table, name, code = schema.attributes, dispute.subject, answer.value["code"]
    mine = sa.and_(table.c.matter_id == dispute.matter_id, table.c.name == name)
    closed = sa.select(schema.attribute_closings.c.version_id).where(
        seen.condition(schema.attribute_closings.c.batch_id)
    )
    rows = connection.execute(
        table.select().where(mine, seen.condition(table.c.batch_id), table.c.version_id.not_in(closed))
    ).mappings()
    for row in rows.all():
        if row["text"] != code:
            _replace(connection, table, schema.attribute_closings, row, dict(row) | {"text": code}, answer.at, batch)
    matters = schema.matters
    query = matters.select().where(matters.c.matter_id == dispute.matter_id, seen.condition(matters.c.batch_id))
    last = connection.execute(query.order_by(matters.c.batch_id.desc()).limit(1)).mappings().first()
    if last is None:
        raise _gone()
    connection.execute(matters.insert().values(dict(last) | {"batch_id": batch, name: code}))


def _standing(
    connection: sa.Connection, table: sa.Table, closings: sa.Table, seen: View, wanted: sa.ColumnElement[bool]
) -> sa.RowMapping:
    closed = sa.select(closings.c.version_id).where(seen.condition(closings.c.batch_id))
    query = table.select().where(wanted, seen.condition(table.c.batch_id), table.c.version_id.not_in(closed))
    row = connection.execute(query.order_by(table.c.version_id.desc())).mappings().first()
    if row is None:
        raise _gone()
    return row


def _replace(
    connection: sa.Connection,
    table: sa.Table,
    closings: sa.Table,
    row: sa.RowMapping,
    changed: dict[str, Any],
    at: int,
    batch: int,
) -> None:
    from_ = max(at, row["known_from"] + 1, changed["known_at"])
    number = connection.execute(sa.select(sa.func.max(table.c.version_id))).scalar_one() + 1
    connection.execute(
        closings.insert().values(version_id=row["version_id"], batch_id=batch, known_until=from_, assumed=False)
    )
    connection.execute(table.insert().values(changed | {"version_id": number, "batch_id": batch, "known_from": from_}))


def _gone() -> NotFound:
    return NotFound(
        "correction_gone",
        "要更正的记录已不在台账中，请刷新页面",
        "what is to be corrected no longer stands in the ledger; reload the page",
    )


def _cases(store: Store, wanted: sa.ColumnElement[bool]) -> list[Case]:
    disputes, answers = schema.disputes, schema.dispute_answers
    with store.read() as connection:
        rows = connection.execute(disputes.select().where(wanted).order_by(disputes.c.dispute_id.desc())).mappings()
        found = [Dispute(**{name: row[name] for name in Dispute.__dataclass_fields__}) for row in rows]
        numbers = [one.dispute_id for one in found]
        answered = connection.execute(answers.select().where(answers.c.dispute_id.in_(numbers))).mappings()
        by_number = {
            row["dispute_id"]: Answer(**{name: row[name] for name in Answer.__dataclass_fields__}) for row in answered
        }
    return [Case(dispute=one, answer=by_number.get(one.dispute_id)) for one in found]
