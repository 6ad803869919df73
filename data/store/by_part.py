"""The register of a batch in parts: some matters at a time, each with all that belongs to it.

What is computed matter by matter can be computed of any part, so that memory does not grow with the register.
Numbers that people linked stand in the part of one of them, whatever their ids.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

import polars as pl
import sqlalchemy as sa

from data.contract import Attributes, Events, Register
from data.links import apply_links
from data.store import arrow, schema, versions
from data.store import links as link_store
from data.store.batches import View, view
from data.store.engine import Store
from data.store.register import head, read_register

#: Versions of events read at a time: bounds memory, changes nothing that is computed.
AT_ONCE = 200_000
#: Ids named in one query.
_NAMED = 5_000
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """A register in `count` parts, to be gone through as often as needed.

    `head` is the register without matters and rows; `first` reads when the first event had occurred and was known (UTC
    microseconds), None where there is none: no cutoff before it sees anything.  `offices` reads the office of each
    matter (`matter_id`, `office_id`).  Both take seconds where a register is large.
    """

    head: Register
    first: Callable[[], int | None]
    count: int
    read: Callable[[], Iterator[Register]]
    offices: Callable[[], pl.DataFrame]


def in_one(register: Register) -> Parts:
    """A register held already, as the one part of itself."""
    empty = {"matters": register.matters.clear(), "events": register.events.clear()}
    return Parts(
        head=replace(register, **empty, attributes=register.attributes.clear()),
        first=lambda: register.events.select(pl.max_horizontal("occurred_at", "known_from").min()).item(),
        count=1,
        read=lambda: iter((register,)),
        offices=lambda: register.matters.select("matter_id", "office_id"),
    )


def read_parts(store: Store, *, batch_id: int, at_once: int = AT_ONCE) -> Parts:
    """The register as batch `batch_id` saw it, in as few parts as hold about `at_once` versions of events each.

    One part is read once and held.  Raises as `data.store.register.read_register`.
    """
    with store.read() as connection:
        stored = connection.execute(sa.select(sa.func.max(schema.events.c.version_id))).scalar_one() or 0
        if stored <= at_once:
            return in_one(read_register(store, batch_id=batch_id))
        seen = view(connection, batch_id)
        first_of = _first_ids(connection, seen, -(-stored // at_once))
        whole = head(connection, seen, _offices(connection, seen), None)
        links = link_store.links_of_view(connection, seen, before=whole.observed_until)
        whole = replace(whole, links=links)
        plan = _Plan(first_of=first_of, links=links, placed=_placed(connection, links, first_of))
    return Parts(
        head=whole,
        first=lambda: _first(store, seen),
        count=len(first_of) + 1,
        read=lambda: _ahead(_parts(store, seen, whole, plan, stored)),
        offices=lambda: versions.offices_of_matters(store, seen),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """Where the register is cut: the first id of every part but the first, and the part of each linked number.

    `placed`: number → (the part its id lies in, the part it is read with).
    """

    first_of: list[str]
    links: pl.DataFrame
    placed: dict[str, tuple[int, int]]

    def within(self, part: int) -> versions.Selected:
        """The condition that an id lies in a part."""
        low = self.first_of[part - 1] if part else None
        high = self.first_of[part] if part < len(self.first_of) else None

        def selected(column: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
            edges = [] if low is None else [column >= low]
            return sa.and_(*edges, *([] if high is None else [column < high]), sa.true())

        return selected

    def elsewhere(self, part: int) -> list[str]:
        """The numbers whose ids lie in a part but which are read with another."""
        return [number for number, (own, with_) in self.placed.items() if own == part != with_]

    def brought(self, part: int) -> list[str]:
        """The numbers read with a part whose ids lie in another."""
        return [number for number, (own, with_) in self.placed.items() if own != part == with_]

    def links_in(self, part: int) -> pl.DataFrame:
        """The links of the numbers read with a part."""
        here = [number for number, (_, with_) in self.placed.items() if with_ == part]
        return self.links.filter(pl.col("alias_id").is_in(here))


def _first_ids(connection: sa.Connection, seen: View, count: int) -> list[str]:
    """The ids at which `count` parts of about as many matters each begin, but for the first, as the database sorts."""
    table = schema.matters
    ids = sa.select(table.c.matter_id).where(seen.condition(table.c.batch_id)).distinct().subquery()
    number = connection.execute(sa.select(sa.func.count()).select_from(ids)).scalar_one()
    size = max(1, -(-number // count))
    order = sa.func.row_number().over(order_by=ids.c.matter_id).label("place")
    placed = sa.select(ids.c.matter_id, order).subquery()
    firsts = sa.select(placed.c.matter_id).where(placed.c.place % size == 1 % size, placed.c.place > 1)
    return list(connection.execute(firsts.order_by(placed.c.place)).scalars())


def _first(store: Store, seen: View) -> int | None:
    """When the first event a view shows had occurred and was known."""
    occurred, known = schema.events.c.occurred_at, schema.events.c.known_from
    seen_from = sa.func.min(sa.case((known > occurred, known), else_=occurred))
    with store.read() as connection:
        return connection.execute(sa.select(seen_from).where(seen.condition(schema.events.c.batch_id))).scalar_one()


def _offices(connection: sa.Connection, seen: View) -> list[str]:
    table = schema.matters
    query = sa.select(table.c.office_id).where(seen.condition(table.c.batch_id)).distinct()
    return sorted(connection.execute(query).scalars())


def _placed(connection: sa.Connection, links: pl.DataFrame, first_of: Sequence[str]) -> dict[str, tuple[int, int]]:
    """For each linked number the part its id lies in, and the first part of any number it is joined with."""
    numbers = sorted({*links["alias_id"], *links["matter_id"]})
    table, own = schema.matters, dict[str, int]()
    # Only the database knows how it sorts.
    part = sa.case(*((table.c.matter_id < first, at) for at, first in enumerate(first_of)), else_=len(first_of))
    for start in range(0, len(numbers), _NAMED):
        some = table.c.matter_id.in_(numbers[start : start + _NAMED])
        own.update((number, at) for number, at in connection.execute(sa.select(table.c.matter_id, part).where(some)))
    joined = {number: number for number in numbers}

    def root(number: str) -> str:
        while joined[number] != number:
            joined[number] = joined[joined[number]]
            number = joined[number]
        return number

    for alias, matter in links.select("alias_id", "matter_id").iter_rows():
        low, high = sorted((root(alias), root(matter)))
        joined[high] = low
    least: dict[str, int] = {}
    for number, at in own.items():
        least[root(number)] = min(at, least.get(root(number), at))
    return {number: (at, least[root(number)]) for number, at in own.items()}


def _parts(store: Store, seen: View, whole: Register, plan: _Plan, stored: int) -> Iterator[Register]:
    """The parts in turn, read by one reader."""
    asked: list[list[versions.Selected]] = []
    for part in range(len(plan.first_of) + 1):
        more = plan.brought(part)
        named = [more[start : start + _NAMED] for start in range(0, len(more), _NAMED)]
        asked.append([plan.within(part), *(_any_of(ids) for ids in named)])
    queries = versions.end_queries(seen)
    for chosen in asked:
        queries += [query for one in chosen for query in versions.some_queries(seen, one)]
    frames = arrow.frames_in_turn(store, queries, stored)
    ends = [next(frames), next(frames)]
    for part, chosen in enumerate(asked):
        found = [[next(frames) for _ in range(3)] for _ in chosen]
        left_out = ~pl.col("matter_id").is_in(plan.elsewhere(part))
        kept = [[frame.filter(left_out) if frame.width else frame for frame in found[0]], *found[1:]]
        matters, events, attributes = versions.put_together(seen, kept, ends)
        register = replace(
            whole,
            matters=matters,
            events=events.select(Events.column_names()),
            attributes=attributes.select(Attributes.column_names()),
            links=whole.links.clear(),
        )
        yield apply_links(register, plan.links_in(part))


def _any_of(ids: list[str]) -> versions.Selected:
    return lambda column: column.in_(ids)


def _ahead(found: Iterator[T]) -> Iterator[T]:
    """What an iterator gives, the next being made while the caller works on the last."""
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(next, found, None)
        while (one := coming.result()) is not None:
            coming = reader.submit(next, found, None)
            yield one
