"""Who asked how the work on a matter was ordered, which paper was made of it, and when it was handed over (G23).

A paper is kept word for word with its SHA-256, so that what was handed over can be shown again; one made anew is
another paper, until one of them was given.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Literal

import sqlalchemy as sa

from data.errors import NotAllowed, NotFound
from data.store import schema
from data.store.engine import Store

Way = Literal["person", "post", "online"]
#: How a paper reaches who asked for it.
WAYS: tuple[Way, ...] = ("person", "post", "online")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplanationRequest:
    """That an explanation was asked for on a day, and the last day to give it."""

    office_id: str
    matter_id: str
    asked_on: date
    due_on: date
    recorded_by: str
    role: str
    recorded_at: int
    once: str
    request_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What an explanation says, as plain data, and its SHA-256."""

    request_id: int
    matter_id: str
    content: Mapping[str, Any]
    sha256: str
    made_by: str
    role: str
    made_at: int
    paper_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """That a paper was handed over, how, and on which day."""

    request_id: int
    paper_id: int
    matter_id: str
    given_on: date
    way: Way
    given_by: str
    role: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A request with its papers, the newest first, and how it ended; `given` is None while it is owed."""

    request: ExplanationRequest
    papers: list[Paper] = field(default_factory=list[Paper])
    given: Given | None = None


def add_request(store: Store, request: ExplanationRequest) -> int:
    """Store a request and return its number."""
    values = asdict(request)
    del values["request_id"]
    table = schema.explanation_requests
    with store.write() as connection:
        return connection.execute(table.insert().values(**values).returning(table.c.request_id)).scalar_one()


def request_sent(store: Store, person: str, once: str) -> bool:
    """Whether this person already recorded a request under `once`."""
    table = schema.explanation_requests
    with store.read() as connection:
        found = connection.execute(
            sa.select(table.c.request_id).where(table.c.recorded_by == person, table.c.once == once)
        )
        return found.first() is not None


def add_paper(store: Store, paper: Paper) -> int:
    """Keep a paper and return its number. Raises NotAllowed where the explanation was given already."""
    values = asdict(paper) | {"content": dict(paper.content)}
    del values["paper_id"]
    table = schema.explanation_papers
    with store.write() as connection:
        _hold_open(connection, paper.request_id)
        return connection.execute(table.insert().values(**values).returning(table.c.paper_id)).scalar_one()


def add_given(store: Store, given: Given) -> None:
    """Record that a paper was handed over. Raises NotAllowed where one was already."""
    with store.write() as connection:
        _hold_open(connection, given.request_id)
        connection.execute(schema.explanations_given.insert().values(**asdict(given)))


def find_explanation(store: Store, request_id: int) -> Explanation:
    """One request with all that belongs to it. Raises NotFound."""
    found = _explanations(store, schema.explanation_requests.c.request_id == request_id)
    if not found:
        raise no_such_explanation()
    return found[0]


def find_paper(store: Store, paper_id: int) -> Paper:
    """One paper. Raises NotFound."""
    table = schema.explanation_papers
    with store.read() as connection:
        row = connection.execute(table.select().where(table.c.paper_id == paper_id)).mappings().first()
    if row is None:
        raise no_such_explanation()
    return Paper(**row)


def no_such_explanation() -> NotFound:
    """The one answer for "does not exist" and "not yours"."""
    return NotFound("no_such_explanation", "没有该说明申请，或您无权查看", "no such request, or not visible to you")


def explanations_of_matter(store: Store, matter_id: str) -> list[Explanation]:
    """The requests about a matter, the newest first."""
    return _explanations(store, schema.explanation_requests.c.matter_id == matter_id)


def open_explanations(store: Store, offices: Iterable[str]) -> list[Explanation]:
    """The requests of some offices nothing was handed over for, the one due first at the top."""
    found = _explanations(store, schema.explanation_requests.c.office_id.in_(list(offices)))
    return sorted((one for one in found if one.given is None), key=lambda one: one.request.due_on)


def _hold_open(connection: sa.Connection, request_id: int) -> None:
    # PostgreSQL lets two writers in: the second waits here and finds what the first did.
    requests, given = schema.explanation_requests, schema.explanations_given
    held = sa.select(requests.c.request_id).where(requests.c.request_id == request_id)
    connection.execute(held.with_for_update())
    if connection.execute(sa.select(given.c.request_id).where(given.c.request_id == request_id)).first() is not None:
        raise NotAllowed("explanation_given", "该说明已送达", "this explanation was handed over already")


def _explanations(store: Store, wanted: sa.ColumnElement[bool]) -> list[Explanation]:
    requests, papers, given = schema.explanation_requests, schema.explanation_papers, schema.explanations_given
    with store.read() as connection:
        rows = connection.execute(requests.select().where(wanted).order_by(requests.c.request_id.desc())).mappings()
        asked = [ExplanationRequest(**row) for row in rows]
        numbers = [one.request_id for one in asked]
        made = connection.execute(
            papers.select().where(papers.c.request_id.in_(numbers)).order_by(papers.c.paper_id.desc())
        ).mappings()
        kept = [Paper(**row) for row in made]
        ended = connection.execute(given.select().where(given.c.request_id.in_(numbers))).mappings()
        by_number = {row["request_id"]: Given(**row) for row in ended}
    return [
        Explanation(
            request=one,
            papers=[paper for paper in kept if paper.request_id == one.request_id],
            given=by_number.get(one.request_id),
        )
        for one in asked
    ]
