"""Which same-matter links people confirmed, refused or took back, and what is still to be looked at.

A confirmation is a batch of its own: what a screening saw stays readable.  Every link joins a number to the earliest
of its matter, so that there are no chains and the order of confirming does not matter.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import polars as pl
import sqlalchemy as sa

from data.contract import Links
from data.errors import NotAllowed, NotFound
from data.link_proposals import EARLIER, NUMBER_SCHEMA, PROPOSAL_SCHEMA, checked_shares, proposals, unchecked
from data.store import schema, versions
from data.store.batches import View, highest, insert_act, view
from data.store.engine import Store

LinkCode = Literal["confirm", "refuse", "none", "unlink"]
#: How close in time two numbers must be registered for weak evidence; `links.window_days`.
WINDOW_DAYS = 90
_LINK_TYPES = Links.create_empty().schema
_OPENERS = ("registered", "transferred_in")


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkDecision:
    """What one person said of a pair of numbers (`matter_id` the earlier, `alias_id` the later), on which evidence.

    `matter_id` is empty for `none`: there is no earlier number.  `batch_id` is None where no history changed.
    """

    office_id: str
    matter_id: str
    alias_id: str
    decision: LinkCode
    evidence: Mapping[str, Any]
    decided_by: str
    role: str
    at: int
    once: str
    batch_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A link that stands: the alias, its matter, since when, and the batch that confirmed it."""

    alias_id: str
    matter_id: str
    office_id: str
    known_from: int
    batch_id: int


def links_of_view(
    connection: sa.Connection, seen: View, *, numbers: Sequence[str] | None = None, before: int | None = None
) -> pl.DataFrame:
    """The versions of links a view shows (contract.Links), of all numbers or those touching some of them.

    With `before`, links confirmed at or after that instant are left out, and endings from it on are not seen.
    """
    rows = _versions(connection, seen, numbers)
    frame = pl.DataFrame(
        [(row.alias_id, row.matter_id, row.known_from, row.known_until) for row in rows],
        schema=_LINK_TYPES,
        orient="row",
    )
    if before is None:
        return frame
    ended = pl.col("known_until") < before
    return frame.filter(pl.col("known_from") < before).with_columns(known_until=pl.when(ended).then("known_until"))


def standing_links(store: Store, *, numbers: Sequence[str] | None = None) -> list[Standing]:
    """The links that stand now, all or those touching some numbers, by alias."""
    with store.read() as connection:
        return _standing(connection, numbers)


def decision_sent(store: Store, person: str, once: str) -> bool:
    """Whether this person already sent a decision under `once`."""
    table = schema.link_decisions
    query = sa.select(table.c.id).where(table.c.decided_by == person, table.c.once == once).limit(1)
    with store.read() as connection:
        return connection.execute(query).first() is not None


def registrations(store: Store, offices: Sequence[str]) -> pl.DataFrame:
    """When each stored number of some offices was registered, as it stands now: matter_id, registered_at."""
    with store.read() as connection:
        return _registered(connection, view(connection, None), tuple(offices))


def said_none(store: Store, number: str) -> bool:
    """Whether a person has said of a number that there is no earlier one."""
    table = schema.link_decisions
    query = sa.select(table.c.id).where(table.c.alias_id == number, table.c.decision == "none").limit(1)
    with store.read() as connection:
        return connection.execute(query).first() is not None


#: As it is written the index of just these attributes is found.
_ANY_NAMED = (
    sa.select(schema.attributes.c.matter_id)
    .where(schema.attributes.c.name == sa.literal_column(f"'{EARLIER}'"))
    .limit(1)
)


def open_proposals(store: Store, offices: Iterable[str], *, window_days: int = WINDOW_DAYS) -> pl.DataFrame:
    """The pairs of some offices nobody has decided on (data.link_proposals.PROPOSAL_SCHEMA)."""
    with store.read() as connection:
        seen = view(connection, None)
        if not _per_contact(seen) and connection.execute(_ANY_NAMED).first() is None:
            return PROPOSAL_SCHEMA.to_frame()
        found, _ = _proposed(connection, seen, tuple(sorted(offices)), window_days)
    return found


def checked_by_office(
    connection: sa.Connection, seen: View, offices: Sequence[str] | None = None
) -> tuple[dict[str, float], float]:
    """The share of numbers checked for links by office, only of offices with a per-contact ledger, and overall."""
    if not _per_contact(seen):
        return {}, 1.0
    # The answer changes with the batch and with each decision; pages ask it again and again.
    last = connection.execute(sa.select(sa.func.coalesce(sa.func.max(schema.link_decisions.c.id), 0))).scalar_one()
    key = (
        str(connection.engine.url),
        highest(connection),
        seen.batch_id,
        last,
        None if offices is None else tuple(offices),
    )
    known = _shares_cache.get(key)
    if known is None:
        found, numbers = _proposed(connection, seen, key[-1], WINDOW_DAYS)
        none = _decided(connection)[1]
        left = unchecked(numbers, found, _standing_pairs(connection, seen), none)
        share = 1.0 - left.len() / numbers.height if numbers.height else 1.0
        if len(_shares_cache) > 64:
            _shares_cache.clear()
        known = _shares_cache[key] = (checked_shares(numbers, left), share)
    return dict(known[0]), known[1]


def confirm_link(store: Store, decision: LinkDecision) -> int:
    """Join two numbers, or the matters they stand for, into one, and return the batch that says so.

    The number registered first of all is the matter, and every other number of either becomes its alias.  Raises
    NotAllowed where they are one matter already, NotFound where a number is not of the office or not registered.
    """
    with store.write() as connection:
        standing = {one.alias_id: one for one in _standing(connection, None) if one.office_id == decision.office_id}
        roots = {number: _root(standing, number) for number in (decision.matter_id, decision.alias_id)}
        one, two = roots[decision.matter_id], roots[decision.alias_id]
        if one == two:
            raise NotAllowed("link_standing", "这两个编号已是同一事项", "these two numbers are one matter already")
        seen = view(connection, None)
        found = versions.matters_by_id(connection, seen, [one, two])
        registered = dict(_registered(connection, seen, (decision.office_id,)).iter_rows())
        if (
            found.height != 2
            or set(found["office_id"].to_list()) != {decision.office_id}
            or not {one, two} <= set(registered)
        ):
            raise NotFound("no_such_matter", "没有该事项，或您无权查看", "no such matter, or not visible to you")
        numbers = dict(found.select("matter_id", "matter_no").iter_rows())
        first, second = sorted((one, two), key=lambda root: (registered[root], numbers[root]))
        batch = insert_act(connection, "link", office_id=decision.office_id, at=decision.at, by=decision.decided_by)
        moved = [alias for alias, link in standing.items() if link.matter_id == second]
        for alias in moved:
            _close(connection, alias, batch, decision.at)
        for alias in (second, *moved):
            _open(connection, alias, first, decision, batch)
        _record(connection, decision, batch)
    return batch


def refuse_links(store: Store, decisions: Sequence[LinkDecision]) -> None:
    """Record that pairs are not one matter, or that a number has no earlier one; no history changes."""
    with store.write() as connection:
        for decision in decisions:
            _record(connection, decision, None)


def unlink(store: Store, decision: LinkDecision) -> int:
    """Take a link back from `decision.at` on, and return the batch that says so. Raises NotFound where none stands."""
    with store.write() as connection:
        standing = {one.alias_id: one for one in _standing(connection, [decision.alias_id])}
        if decision.alias_id not in standing:
            raise NotFound("no_such_link", "没有这一关联，或已解除", "there is no such link, or it was taken back")
        batch = insert_act(connection, "link", office_id=decision.office_id, at=decision.at, by=decision.decided_by)
        _close(connection, decision.alias_id, batch, decision.at)
        _record(connection, decision, batch)
    return batch


_shares_cache: dict[tuple[str, int, int, int, tuple[str, ...] | None], tuple[dict[str, float], float]] = {}


def _root(standing: Mapping[str, Standing], number: str) -> str:
    return standing[number].matter_id if number in standing else number


def _open(connection: sa.Connection, alias: str, matter: str, decision: LinkDecision, batch: int) -> None:
    table = schema.links
    number = connection.execute(sa.select(sa.func.coalesce(sa.func.max(table.c.link_id), 0))).scalar_one() + 1
    connection.execute(
        table.insert().values(
            link_id=number,
            office_id=decision.office_id,
            matter_id=matter,
            alias_id=alias,
            known_from=decision.at,
            batch_id=batch,
        )
    )


def _close(connection: sa.Connection, alias: str, batch: int, at: int) -> None:
    table, closings = schema.links, schema.link_closings
    closed = sa.select(closings.c.link_id)
    row = connection.execute(
        sa.select(table.c.link_id, table.c.known_from).where(table.c.alias_id == alias, table.c.link_id.not_in(closed))
    ).one()
    # A link confirmed a moment ago still had that moment.
    until = max(at, row.known_from + 1)
    connection.execute(closings.insert().values(link_id=row.link_id, batch_id=batch, known_until=until))


def _record(connection: sa.Connection, decision: LinkDecision, batch: int | None) -> None:
    values = asdict(decision) | {"batch_id": batch, "evidence": dict(decision.evidence)}
    connection.execute(schema.link_decisions.insert().values(**values))


def _versions(connection: sa.Connection, seen: View, numbers: Sequence[str] | None) -> list[Any]:
    table, closings = schema.links, schema.link_closings
    ends = (
        sa.select(closings.c.link_id, sa.func.min(closings.c.known_until).label("known_until"))
        .where(seen.condition(closings.c.batch_id))
        .group_by(closings.c.link_id)
        .subquery()
    )
    query = (
        sa.select(table, ends.c.known_until)
        .join_from(table, ends, table.c.link_id == ends.c.link_id, isouter=True)
        .where(seen.condition(table.c.batch_id))
        .order_by(table.c.link_id)
    )
    if numbers is not None:
        wanted = list(numbers)
        query = query.where(sa.or_(table.c.alias_id.in_(wanted), table.c.matter_id.in_(wanted)))
    return list(connection.execute(query))


def _standing(connection: sa.Connection, numbers: Sequence[str] | None) -> list[Standing]:
    rows = [row for row in _versions(connection, view(connection, None), numbers) if row.known_until is None]
    return [
        Standing(
            alias_id=row.alias_id,
            matter_id=row.matter_id,
            office_id=row.office_id,
            known_from=row.known_from,
            batch_id=row.batch_id,
        )
        for row in sorted(rows, key=lambda row: row.alias_id)
    ]


def _standing_pairs(connection: sa.Connection, seen: View) -> dict[str, str]:
    return {row.alias_id: row.matter_id for row in _versions(connection, seen, None) if row.known_until is None}


def _per_contact(seen: View) -> set[str]:
    """The sources whose latest import gave each contact a number."""
    latest = {one.batch.source: one.batch.links_checked for one in seen.imports}
    return {source for source, share in latest.items() if share < 1.0}


def _decided(connection: sa.Connection) -> tuple[set[tuple[str, str]], set[str]]:
    """Pairs somebody decided on, and numbers that have no earlier one."""
    table = schema.link_decisions
    rows = connection.execute(sa.select(table.c.matter_id, table.c.alias_id, table.c.decision)).all()
    none = {row.alias_id for row in rows if row.decision == "none"}
    return {(row.matter_id, row.alias_id) for row in rows}, none


def _proposed(
    connection: sa.Connection, seen: View, offices: tuple[str, ...] | None, window_days: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    wanted = sa.true() if offices is None else schema.matters.c.office_id.in_(offices)
    matters = versions.matters_of(connection, seen, wanted)
    numbers = (
        matters.join(_registered(connection, seen, offices), on="matter_id", how="left")
        .join(_named(connection, seen, offices), on="matter_id", how="left")
        .with_columns(pl.col("source").is_in(list(_per_contact(seen))).alias("per_contact"))
        .select(NUMBER_SCHEMA.names())
        .cast(NUMBER_SCHEMA)
    )
    pairs, _ = _decided(connection)
    return proposals(numbers, _standing_pairs(connection, seen), pairs, window_days=window_days), numbers


def _registered(connection: sa.Connection, seen: View, offices: tuple[str, ...] | None) -> pl.DataFrame:
    table = schema.events
    query = _in_effect(table, schema.event_closings, seen, offices).with_only_columns(
        table.c.matter_id, sa.func.min(table.c.occurred_at)
    )
    rows = connection.execute(query.where(table.c.kind.in_(_OPENERS)).group_by(table.c.matter_id))
    return pl.DataFrame(
        [tuple(row) for row in rows], schema={"matter_id": pl.String, "registered_at": pl.Int64}, orient="row"
    )


def _named(connection: sa.Connection, seen: View, offices: tuple[str, ...] | None) -> pl.DataFrame:
    table = schema.attributes
    query = _in_effect(table, schema.attribute_closings, seen, offices).with_only_columns(
        table.c.matter_id, sa.func.max(table.c.text)
    )
    rows = connection.execute(query.where(table.c.name == EARLIER).group_by(table.c.matter_id))
    return pl.DataFrame(
        [tuple(row) for row in rows], schema={"matter_id": pl.String, "earlier_no": pl.String}, orient="row"
    )


def _in_effect(table: sa.Table, closings: sa.Table, seen: View, offices: tuple[str, ...] | None) -> sa.Select[Any]:
    closed = sa.select(closings.c.version_id).where(seen.condition(closings.c.batch_id))
    query = table.select().where(seen.condition(table.c.batch_id), table.c.version_id.not_in(closed))
    if offices is None:
        return query
    mine = sa.select(schema.matters.c.matter_id).where(schema.matters.c.office_id.in_(offices))
    return query.where(table.c.matter_id.in_(mine))
