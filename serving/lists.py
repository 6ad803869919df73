"""Which screenings and entries a person may read: the one place where lists meet the scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from data.errors import NotFound
from data.store import flags, plans, register, screenings
from data.store.engine import Store
from data.store.flags import Decision, PutForward
from data.store.plans import Plan, Result
from data.store.screenings import ListEntry, Screening
from data.store.users import UserRole
from serving.card import place_of
from serving.permissions import Scope

#: Entries of this part go to the heads of the office, never to a leader's signature (G8).
REVIEW = "review"
#: Put forward by a person: on top of the list, never displaced by a score.
HAND = "hand"
_HEADS = frozenset({UserRole.DEPARTMENT_HEAD, UserRole.PETITION_HEAD})


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One entry of a list with the matter's descriptive row (contract.Matters).

    `decision` is the one that counts, None while nobody has verified the entry; `put` says who put it forward by hand;
    `plan` is the matter's latest, from this list, or one before if its work has not ended.
    """

    entry: ListEntry
    matter: dict[str, Any]
    decision: Decision | None = None
    put: PutForward | None = None
    plan: Plan | None = None


def issued(store: Store, scope: Scope, *, limit: int | None = None) -> list[Screening]:
    """The issued screenings that concern an office of the scope, the latest first; a scope that is no office is all."""
    tree = dict(register.office_tree(store))
    concerned = set(scope.offices)
    at: str | None = scope.offices[0]
    while at is not None:
        concerned.add(at)
        at = tree.get(at)
    found = [one for one in screenings.read_screenings(store) if one.scope in concerned or one.scope not in tree]
    return found if limit is None else found[:limit]


def find(store: Store, scope: Scope, screening_id: str) -> Screening:
    """One screening of the scope. Raises NotFound for any other."""
    for screening in issued(store, scope):
        if screening.screening_id == screening_id:
            return screening
    raise NotFound("screening_not_found", "没有找到该排查清单", "no such sweep list")


def current(store: Store, office_id: str) -> Screening | None:
    """The latest issued screening of an office: the one on which people decide."""
    return next(iter(issued(store, Scope(offices=(office_id,)), limit=1)), None)


def by_rules(screening: Screening, office_id: str) -> bool:
    """Whether an office's list was made by rules: no model, or too few of its numbers were checked for links."""
    return screening.mode == "rules" or office_id in (screening.summary or {}).get("by_rules", ())


def standing_plans(store: Store, screening_id: str, matters: Sequence[str]) -> dict[str, Plan]:
    """The plans that count on a list, by matter id: its own, and those carried over from a list before.

    A plan whose work ended before this list asks for a new one.
    """
    ended = plans.latest(store, Result, matters)
    return {
        matter_id: plan
        for matter_id, plan in plans.latest(store, Plan, matters).items()
        if plan.screening_id == screening_id or matter_id not in ended or ended[matter_id].at < plan.at
    }


def lines(
    store: Store,
    screening: Screening,
    scope: Scope,
    role: UserRole,
    *,
    offices: Sequence[str] | None = None,
    matter_id: str | None = None,
) -> list[Line]:
    """The entries a person may see, of all offices of the scope or some of them, by office, part and rank.

    After them what was put forward by hand, in the order it came.
    """
    wanted = [office for office in scope.offices if offices is None or office in offices]
    entries = screenings.read_entries(store, screening.screening_id, offices=wanted, matter_id=matter_id)
    by_hand = {
        put.matter_id: put
        for put in flags.put_forward_for(store, screening.cutoff, wanted)
        if matter_id is None or put.matter_id == matter_id
    }
    for office in wanted:
        mine = [put for put in by_hand.values() if put.office_id == office]
        entries += [
            ListEntry(office_id=office, matter_id=put.matter_id, part=HAND, rank=rank)
            for rank, put in enumerate(mine, 1)
        ]
    decisions = flags.latest_decisions(store, screening.screening_id, wanted)
    planned = standing_plans(store, screening.screening_id, [entry.matter_id for entry in entries])
    frame = register.some_matters(store, (entry.matter_id for entry in entries))
    matters = {row["matter_id"]: row for row in frame.iter_rows(named=True)}
    found: list[Line] = []
    for entry in entries:
        matter = matters.get(entry.matter_id)
        if matter is None or not scope.holds(place_of(matter)):
            continue
        if entry.part == REVIEW and role not in _HEADS:
            continue
        put = by_hand.get(entry.matter_id) if entry.part == HAND else None
        found.append(
            Line(
                entry=entry,
                matter=matter,
                decision=decisions.get(entry.matter_id),
                put=put,
                plan=planned.get(entry.matter_id),
            )
        )
    return found
