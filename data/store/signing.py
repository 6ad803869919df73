"""How an office's list went up to be signed: sent with its entries as they stood, signed, returned or taken back.

What was sent is kept entry by entry, each with the SHA-256 of its canonical content, and is never changed; a later
correction is a new version.  The hash of a version is made from its entries' hashes, so that it still verifies after
the text of one entry was erased.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import sqlalchemy as sa

from data.errors import NotFound
from data.store import schema_work
from data.store.engine import Store

StepCode = Literal["submit", "return", "reopen"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListStep:
    """One step of an office's list: sent for signature, returned with an opinion, or opened again by the head.

    `version` counts what was sent, from 1; `content_hash` is there on a `submit`.
    """

    id: int
    screening_id: str
    office_id: str
    step: StepCode
    version: int
    opinion: str
    by: str
    role: str
    at: int
    once: str
    content_hash: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SentEntry:
    """One entry as it was sent: `taken` false for one the office did not take up, which needs no signature."""

    place: int
    matter_id: str
    part: str
    band: str | None
    taken: bool
    content: Mapping[str, Any]
    content_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """That a person signed the entry at `place` of what was sent in step `step_id`."""

    step_id: int
    place: int
    by: str
    role: str
    at: int
    once: str


def canonical_hash(content: Any) -> str:
    """The SHA-256 of a value's canonical JSON: sorted keys, no blanks, as it is in UTF-8."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def version_hash(list_hash: str | None, office_id: str, version: int, entries: Sequence[SentEntry]) -> str:
    """The hash printed on a version of a list: over the draft's own hash and the entries' in order."""
    hashes = [entry.content_hash for entry in sorted(entries, key=lambda one: one.place)]
    return canonical_hash({"list": list_hash, "office": office_id, "version": version, "entries": hashes})


def add_step(store: Store, step: ListStep, entries: Sequence[SentEntry] = ()) -> ListStep:
    """Add a step (its `id` is given here) with the entries that were sent; returns it as stored."""
    values = {name: value for name, value in asdict(step).items() if name != "id"}
    with store.write() as connection:
        made = connection.execute(schema_work.list_steps.insert().values(**values)).inserted_primary_key
        number = int(made[0]) if made is not None else 0
        if entries:
            rows = [{**asdict(entry), "step_id": number} for entry in entries]
            connection.execute(schema_work.signed_entries.insert(), rows)
    return replace(step, id=number)


def add_signatures(store: Store, signatures: Sequence[Signature]) -> None:
    """Add signatures; an entry is signed once."""
    with store.write() as connection:
        connection.execute(schema_work.entry_signatures.insert(), [asdict(one) for one in signatures])


def steps_of(store: Store, screening_id: str, office_id: str) -> list[ListStep]:
    """The steps of an office's list, in order."""
    table = schema_work.list_steps
    query = table.select().where(table.c.screening_id == screening_id, table.c.office_id == office_id)
    with store.read() as connection:
        return [_step(row) for row in connection.execute(query.order_by(table.c.id)).mappings()]


def latest_steps(store: Store, offices: Iterable[str], *, before: int | None = None) -> list[ListStep]:
    """The last step of every list of some offices, the newest first; `before`: of those taken before an instant."""
    table = schema_work.list_steps
    taken = table.c.office_id.in_(list(offices))
    if before is not None:
        taken &= table.c.at < before
    newest = sa.select(sa.func.max(table.c.id)).where(taken).group_by(table.c.screening_id, table.c.office_id)
    with store.read() as connection:
        rows = connection.execute(table.select().where(table.c.id.in_(newest)).order_by(table.c.id.desc()))
        return [_step(row) for row in rows.mappings()]


def find_step(store: Store, step_id: int) -> ListStep:
    """One step. Raises NotFound."""
    table = schema_work.list_steps
    with store.read() as connection:
        row = connection.execute(table.select().where(table.c.id == step_id)).mappings().first()
    if row is None:
        raise NotFound("no_such_list_step", "没有该送签清单，或您无权查看", "no such list, or not visible to you")
    return _step(row)


def step_sent(store: Store, person: str, once: str) -> ListStep | None:
    """The step this person already took under `once`, None for none."""
    table = schema_work.list_steps
    with store.read() as connection:
        row = connection.execute(table.select().where(table.c.by == person, table.c.once == once)).mappings().first()
    return None if row is None else _step(row)


def entries_sent(store: Store, step_id: int) -> list[SentEntry]:
    """What was sent in a step, in order."""
    table = schema_work.signed_entries
    query = table.select().where(table.c.step_id == step_id).order_by(table.c.place)
    with store.read() as connection:
        return [
            SentEntry(**{name: row[name] for name in SentEntry.__dataclass_fields__})
            for row in connection.execute(query).mappings()
        ]


def signatures_of(store: Store, step_id: int) -> dict[int, Signature]:
    """The signatures under what was sent in a step, by place."""
    table = schema_work.entry_signatures
    with store.read() as connection:
        rows = connection.execute(table.select().where(table.c.step_id == step_id)).mappings()
        found = [Signature(**{name: row[name] for name in Signature.__dataclass_fields__}) for row in rows]
    return {one.place: one for one in found}


def signatures_of_matter(store: Store, matter_id: str) -> list[tuple[ListStep, Signature]]:
    """The signatures under entries of a matter with the step that sent them, the newest first."""
    steps, sent, signed = schema_work.list_steps, schema_work.signed_entries, schema_work.entry_signatures
    both = sa.and_(sent.c.step_id == signed.c.step_id, sent.c.place == signed.c.place)
    named = [column.label(f"signature_{column.name}") for column in signed.c]
    query = (
        sa.select(*steps.c, *named)
        .select_from(sent.join(signed, both).join(steps, steps.c.id == sent.c.step_id))
        .where(sent.c.matter_id == matter_id)
        .order_by(steps.c.id.desc())
    )
    with store.read() as connection:
        rows = connection.execute(query).mappings().all()
    return [
        (_step(row), Signature(**{name: row[f"signature_{name}"] for name in Signature.__dataclass_fields__}))
        for row in rows
    ]


def matters_signed_by(store: Store, person: str) -> list[str]:
    """The matters of the entries a person signed, each once."""
    sent, signed = schema_work.signed_entries, schema_work.entry_signatures
    both = sa.and_(sent.c.step_id == signed.c.step_id, sent.c.place == signed.c.place)
    query = sa.select(sent.c.matter_id).select_from(sent.join(signed, both)).where(signed.c.by == person).distinct()
    with store.read() as connection:
        return sorted(connection.execute(query).scalars())


def _step(row: sa.RowMapping) -> ListStep:
    return ListStep(**{name: row[name] for name in ListStep.__dataclass_fields__})
