"""How a person's request for one matter is answered: found, allowed, computed, and put on record."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import polars as pl

from data.contract import Register
from data.errors import NotFound
from data.store import desk_grades, register
from data.store.engine import Store
from data.store.mark import mark_of
from data.store.screenings import ListEntry, Screening
from serving import journal
from serving.card import Card, Supposed, make_card, place_of, read_matter
from serving.deps import Caller, Service
from serving.open_matters import open_matters
from serving.permissions import MatterPlace, Scope, check_can_see_matter, matter_not_found

SPOT = "spot"


def open_matter(service: Service, caller: Caller, matter_id: str) -> tuple[Card, Register]:
    """The card of a matter in the caller's scope, recorded as a view. Raises NotFound otherwise."""
    office_id = place_seen(service, caller, matter_id).office_id
    champion = service.champions.current()
    version = None if champion is None else champion.version
    kept = service.cards.find(matter_id, version, caller.now, marked=partial(mark_of, service.store))
    if kept is not None:
        card, found = kept.card, find(service, caller, matter_id)
    else:
        card, found, _ = made_card(service, caller, matter_id, office_id)
    service.journal.record(
        caller.entry(
            journal.VIEW_MATTER, card.matter["office_id"], {"as_of": card.as_of, "version": card.version}, matter_id
        )
    )
    return card, found


def made_card(
    service: Service, caller: Caller, matter_id: str, office_id: str, supposed: Sequence[Supposed] = ()
) -> tuple[Card, Register, int]:
    """The card of a matter of that office, what it was made of, and how many matters of the office are open.

    It is kept for the next who asks, unless something is supposed or the store changed meanwhile.  Raises as `find`
    and `make_card`.
    """
    mark = mark_of(service.store, office_id)
    champion = service.champions.current()
    found = find(service, caller, matter_id)
    context = context_of(service, found)
    card = make_card(
        found,
        service.settings,
        champion,
        context,
        now=caller.now,
        supposed=supposed,
        desk=desk_of(service, matter_id),
    )
    opened = open_matters(service, office_id, context)
    if not supposed and mark == mark_of(service.store, office_id):
        version = None if champion is None else champion.version
        service.cards.keep(card, mark, version, open_matters=opened, now=caller.now)
    return card, found, opened


def find(service: Service, caller: Caller, matter_id: str) -> Register:
    """The register of one matter; the same NotFound for what does not exist and what is not the caller's.

    Raises AliasNumber for a later number of another matter, where the number is in the caller's scope.
    """
    try:
        return read_matter(service.store, matter_id)
    except register.AliasNumber:
        number = register.some_matters(service.store, [matter_id]).row(0, named=True)
        check_can_see_matter(caller.matters, place_of(number))
        raise
    except NotFound:
        raise matter_not_found() from None


def place_seen(service: Service, caller: Caller, matter_id: str) -> MatterPlace:
    """Where a matter or a number of one stands, for who may see it. Raises NotFound otherwise."""
    found = register.some_matters(service.store, [matter_id])
    if found.is_empty():
        raise matter_not_found()
    place = place_of(found.row(0, named=True))
    check_can_see_matter(caller.matters, place)
    return place


def some_seen(store: Store, scope: Scope, matter_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The rows of some matters by id, of those within a scope (recusal included, G16)."""
    rows = register.some_matters(store, matter_ids).to_dicts()
    return {row["matter_id"]: row for row in rows if scope.holds(place_of(row))}


def context_of(service: Service, found: Register) -> pl.DataFrame:
    """The stored office context of the matter's office: all that the office features read."""
    return register.read_context(service.store, offices=found.matters["office_id"].to_list())


def desk_of(service: Service, matter_id: str) -> dict[str, int]:
    """The grades of the point sheet that people gave a matter at the desk and that stand now, by factor."""
    standing = desk_grades.standing(desk_grades.grades_of_matter(service.store, matter_id))
    return {factor: one.grade for factor, one in standing.items()}


def can_see_timeline(caller: Caller, card: Card) -> bool:
    """The timeline is for the matter's handler, its heads and the leader who signs: people of its own office."""
    return caller.person.office_id == card.matter["office_id"]


def is_spot_check(found: Sequence[tuple[Screening, ListEntry]]) -> bool:
    """Whether a matter stands as a spot check in the latest list that names it, which is shown without a band.

    `found` as `screenings.entries_of_matter` gives it.
    """
    return bool(found) and found[0][1].part == SPOT
