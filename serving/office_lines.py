"""What stands on an office's list: its entries with their matters, decisions and plans, put together once for all.

What an issued list says never changes and is read once in a process; what people did about it is read again when the
store's mark says that something was done.  Who may see which line is decided by `serving.lists`, for every reader anew.
"""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from weakref import WeakKeyDictionary

from data.store import flags, plans, register, screenings
from data.store.engine import Store
from data.store.flags import Decision, PutForward
from data.store.mark import ListMark, list_mark
from data.store.plans import Plan, Result
from data.store.screenings import ListEntry, Screening
from serving.card import place_of
from serving.permissions import MatterPlace
from serving.seek import searched

#: Entries of this part go to the heads of the office, never to a leader's signature (G8).
REVIEW = "review"
#: Put forward by a person: on top of the list, never displaced by a score.
HAND = "hand"
#: Entries one process keeps, some 2 kB each; the office asked for longest ago goes first.
MOST = 20_000


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
    #: What a search looks at (`seek.searched`).
    searched: str = ""

    @property
    def place(self) -> MatterPlace:
        """Where the matter stands: what decides who may see the entry."""
        return place_of(self.matter)


@dataclass(slots=True, kw_only=True)
class _Kept:
    """The entries of an office's list as issued, so many of them buried since, and the lines that rest on the marks."""

    buried: int
    entries: list[ListEntry]
    rests_on: tuple[ListMark, Sequence[PutForward]] | None = None
    lines: list[Line] = field(default_factory=list[Line])


_LISTS: WeakKeyDictionary[object, OrderedDict[tuple[str, str], _Kept]] = WeakKeyDictionary()
_GATE = threading.Lock()
#: Held while lines are put together, so that those who ask at once for the same do it once.
_MAKING = threading.RLock()


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


def office_lines(store: Store, screening: Screening, office_id: str, *, matter_id: str | None = None) -> list[Line]:
    """Every line of an office's list, or those of one matter: by part and rank, then what was put forward by hand.

    The lines are shared by all who ask: nobody changes them.
    """
    list_id = screening.screening_id
    mark = list_mark(store, list_id, office_id)
    puts = flags.put_forward_for(store, screening.cutoff, [office_id])
    if mark is not None and (found := _kept_lines(store, (list_id, office_id), (mark, puts))) is not None:
        return found if matter_id is None else _of_matter(found, matter_id)
    if mark is None or matter_id is not None:
        entries = screenings.read_entries(store, list_id, offices=[office_id], matter_id=matter_id)
        made = _made(store, screening, office_id, entries, puts)
        return made if matter_id is None else _of_matter(made, matter_id)
    with _MAKING:
        found = _kept_lines(store, (list_id, office_id), (mark, puts))
        return _put_together(store, screening, office_id, mark, puts) if found is None else found


def _kept_lines(
    store: Store, key: tuple[str, str], rests_on: tuple[ListMark, Sequence[PutForward]]
) -> list[Line] | None:
    with _GATE:
        held = _LISTS.setdefault(store.engine, OrderedDict())
        kept = held.get(key)
        if kept is None or kept.rests_on != rests_on:
            return None
        held.move_to_end(key)
        return kept.lines


def _put_together(
    store: Store, screening: Screening, office_id: str, mark: ListMark, puts: Sequence[PutForward]
) -> list[Line]:
    list_id, key = screening.screening_id, (screening.screening_id, office_id)
    kept = _LISTS[store.engine].get(key)
    if kept is None or kept.buried != mark.buried:
        read = screenings.read_entries(store, list_id, offices=[office_id])
        entries = _sharing(read)
    else:
        entries = kept.entries
    made = _made(store, screening, office_id, entries, puts)
    with _GATE:
        held = _LISTS[store.engine]
        held[key] = _Kept(buried=mark.buried, entries=entries, rests_on=(mark, puts), lines=made)
        held.move_to_end(key)
        while len(held) > 1 and sum(len(one.entries) for one in held.values()) > MOST:
            held.popitem(last=False)
    return made


def _of_matter(lines: Sequence[Line], matter_id: str) -> list[Line]:
    return [line for line in lines if line.entry.matter_id == matter_id]


def _made(
    store: Store, screening: Screening, office_id: str, stored: Sequence[ListEntry], puts: Sequence[PutForward]
) -> list[Line]:
    by_hand = {put.matter_id: put for put in puts}
    entries = [
        *stored,
        *(
            ListEntry(office_id=office_id, matter_id=put.matter_id, part=HAND, rank=rank)
            for rank, put in enumerate(by_hand.values(), 1)
        ),
    ]
    decisions = flags.latest_decisions(store, screening.screening_id, [office_id])
    planned = standing_plans(store, screening.screening_id, [entry.matter_id for entry in entries])
    frame = register.some_matters(store, (entry.matter_id for entry in entries))
    matters = {row["matter_id"]: row for row in frame.iter_rows(named=True)}
    return [
        Line(
            entry=entry,
            matter=matters[entry.matter_id],
            decision=decisions.get(entry.matter_id),
            put=by_hand.get(entry.matter_id) if entry.part == HAND else None,
            plan=planned.get(entry.matter_id),
            searched=searched(matters[entry.matter_id]),
        )
        for entry in entries
        if entry.matter_id in matters
    ]


def _sharing(entries: Sequence[ListEntry]) -> list[ListEntry]:
    """The same entries; what several of them say in the same words is there once."""
    once: dict[str, Any] = {}

    def shared(said: Sequence[Any]) -> list[Any]:
        return [once.setdefault(str(one), one) for one in said]

    return [
        replace(entry, reasons=shared(entry.reasons), duties=shared(entry.duties), help=shared(entry.help))
        for entry in entries
    ]
