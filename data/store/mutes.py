"""Which findings of the monitors a named person has muted, until when and why, and which mutes were lifted early.

Rows are only added: what was muted stays readable after it came back.
"""

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from data.errors import NotAllowed, NotFound
from data.store import schema
from data.store.engine import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """A finding (`code` about `subject`) muted while it is no graver than `severity`, to the end of local day `until`.

    `lifted_by` is None while nobody has lifted it before its day.
    """

    mute_id: int
    code: str
    subject: str
    severity: str
    until: date
    reason: str
    by: str
    role: str
    at: int
    lifted_by: str | None = None
    lifted_at: int | None = None


def add_mute(
    store: Store,
    *,
    code: str,
    subject: str,
    severity: str,
    until: date,
    reason: str,
    by: str,
    role: str,
    at: int,
    once: str,
) -> int | None:
    """Mute a finding; None where the same person sent the same `once` before."""
    table = schema.finding_mutes
    values = {"code": code, "subject": subject, "severity": severity, "until": until, "reason": reason}
    with store.write() as connection:
        sent = sa.select(table.c.mute_id).where(table.c.by == by, table.c.once == once)
        if connection.execute(sent).first() is not None:
            return None
        values |= {"by": by, "role": role, "at": at, "once": once}
        return connection.execute(table.insert().values(**values).returning(table.c.mute_id)).scalar_one()


def lift_mute(store: Store, mute_id: int, *, by: str, role: str, at: int) -> None:
    """End a mute before its day. Raises NotFound, NotAllowed for one lifted already."""
    table, ends = schema.finding_mutes, schema.finding_mute_ends
    with store.write() as connection:
        muted = sa.select(table.c.mute_id).where(table.c.mute_id == mute_id)
        if connection.execute(muted.with_for_update()).first() is None:
            raise NotFound("no_such_mute", "没有这一暂不提醒", "there is no such mute")
        if connection.execute(sa.select(ends.c.mute_id).where(ends.c.mute_id == mute_id)).first() is not None:
            raise NotAllowed("mute_lifted", "该项已恢复提醒", "this mute was lifted already")
        connection.execute(ends.insert().values(mute_id=mute_id, by=by, role=role, at=at))


def read_mutes(store: Store) -> list[Mute]:
    """All mutes, the newest first."""
    table, ends = schema.finding_mutes, schema.finding_mute_ends
    joined = table.outerjoin(ends, ends.c.mute_id == table.c.mute_id)
    query = sa.select(table, ends.c.by.label("lifted_by"), ends.c.at.label("lifted_at")).select_from(joined)
    with store.read() as connection:
        rows = connection.execute(query.order_by(table.c.mute_id.desc())).mappings()
        return [Mute(**{name: row[name] for name in Mute.__dataclass_fields__}) for row in rows]


def standing_mutes(store: Store, day: date) -> list[Mute]:
    """The mutes that are neither lifted nor past on a local day, the newest first."""
    return [one for one in read_mutes(store) if one.lifted_by is None and one.until >= day]
