"""How the ledger was kept: when each event was entered, what was wrong at first, and when it was put right."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.synthetic.constants import ENTRY
from data.synthetic.state import KIND_INDEX
from data.synthetic.world import Floats, Ints, World
from data.vocabulary import KINDS, Role

_SLOW = np.array([kind.role in (Role.RATING, Role.END) for kind in KINDS])
#: For a renaming: another kind of the same role that a clerk may confuse with it (the kind itself: never renamed).
_CONFUSED = np.arange(len(KINDS), dtype=np.int16)
for _one, _two in (
    ("letter", "online"),
    ("visit", "call"),
    ("progress_reply", "explanation"),
    ("closed", "resolved"),
    ("hearing_screened", "aid_screened"),
    ("leader_reception", "leader_letter"),
    ("accepted", "case_review_opened"),
):
    _CONFUSED[[KIND_INDEX[_one], KIND_INDEX[_two]]] = KIND_INDEX[_two], KIND_INDEX[_one]
_MISTAKEN = np.array(
    [KIND_INDEX[k] for k in ("letter", "visit", "online", "explanation", "progress_reply", "follow_up_call")],
    dtype=np.int16,
)
_BY_DUE = np.array([KIND_INDEX[k] for k in ("promise_made", "assigned_from_above")])


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """Versions as entered: the events, the days they stand from and until (-1: still standing), their place in line.

    `pair` numbers the simulated event a version belongs to; two versions of one pair never stand together.
    `rank` is lower for what is true, so that of two equal entries on one day the true one is kept.
    """

    event: NDArray[Any]
    known: Ints
    until: Ints
    pair: NDArray[np.int64]
    rank: Ints


def entry_day(day: Ints, kind: NDArray[np.int16], world: World, rng: np.random.Generator) -> Ints:
    """The working day on which events of `day` were entered."""
    slow = _SLOW[kind]
    draw, within = rng.random(day.size), rng.random(day.size)
    band = np.where(
        slow,
        np.searchsorted(np.cumsum(ENTRY.slow_shares)[:-1], draw, side="right"),
        np.searchsorted(np.cumsum(ENTRY.shares)[:-1], draw, side="right"),
    )
    low, high = np.array(ENTRY.bands)[band].T
    lag = low + np.floor(within * (high - low + 1)).astype(np.int64)
    return world.next_workday[np.minimum(day + lag, world.next_workday.size - 1)]


def unseen_share(day: Ints, cutoff: Ints, slow: bool, world: World) -> Floats:
    """Probability that what happened on `day` is not entered before the start of day `cutoff`; shapes (n,)."""
    last = world.last_workday_before[np.minimum(cutoff, world.last_workday_before.size - 1)]
    waited = last - day
    shares = ENTRY.slow_shares if slow else ENTRY.shares
    seen = np.zeros(day.size)
    for (low, high), share in zip(ENTRY.bands, shares, strict=True):
        seen += share * np.clip((waited - low + 1) / (high - low + 1), 0.0, 1.0)
    return np.clip(1.0 - seen, 0.0, 1.0)


def enter(
    event: NDArray[Any], registered: Ints, first: NDArray[np.bool_], world: World, rng: np.random.Generator
) -> Entered:
    """Give every event its entry day and let a share be wrong at first.

    `registered` (n,) is the registration day of each event's matter; `first` marks registrations and first
    contacts, which are entered on the registration day and never wrong.
    """
    count = event.size
    known = np.where(first, registered, entry_day(event["day"], event["kind"], world, rng)).astype(np.int32)
    pair = np.arange(count, dtype=np.int64)
    nothing = np.full(count, -1, dtype=np.int32)
    if not world.plan.entry_errors:
        return Entered(event=event, known=known, until=nothing, pair=pair, rank=np.zeros(count, dtype=np.int32))
    low, high = ENTRY.correction_days
    fixed = known + rng.integers(low, high + 1, count).astype(np.int32)
    fixed = world.next_workday[np.minimum(fixed, world.next_workday.size - 1)]
    draw = np.where(first, 1.0, rng.random(count))
    bounds = np.cumsum([ENTRY.moved, ENTRY.renamed, ENTRY.mistaken, ENTRY.amended])
    how = np.searchsorted(bounds, draw, side="right")
    parts: list[Entered] = []
    stands_from = known.copy()
    for index, spoil in enumerate((_move, _rename, _mistake, _amend)):
        rows = np.flatnonzero(how == index)
        wrong = event[rows].copy()
        spoil(wrong, registered[rows], known[rows], rng)
        changed = wrong != event[rows]
        rows, wrong = rows[changed], wrong[changed]
        if index != 2:
            stands_from[rows] = fixed[rows]
        parts.append(
            Entered(
                event=wrong,
                known=known[rows],
                until=fixed[rows],
                pair=rows.astype(np.int64) if index != 2 else rows + count,
                rank=np.full(rows.size, 0 if index == 3 else 1, dtype=np.int32),
            )
        )
    true = Entered(event=event, known=stands_from, until=nothing, pair=pair, rank=np.zeros(count, dtype=np.int32))
    return _join([true, *parts])


def _join(parts: list[Entered]) -> Entered:
    return Entered(
        event=np.concatenate([part.event for part in parts]),
        known=np.concatenate([part.known for part in parts]),
        until=np.concatenate([part.until for part in parts]),
        pair=np.concatenate([part.pair for part in parts]),
        rank=np.concatenate([part.rank for part in parts]),
    )


def _move(event: NDArray[Any], registered: Ints, known: Ints, rng: np.random.Generator) -> None:
    """A wrong date, up to 20 days off, neither before registration nor after the entry."""
    shift = rng.integers(1, 21, event.size) * np.where(rng.random(event.size) < 0.5, -1, 1)
    event["day"] = np.clip(event["day"] + shift, registered, known)


def _rename(event: NDArray[Any], registered: Ints, known: Ints, rng: np.random.Generator) -> None:
    """A kind of the same role; payload goes with it as far as it fits."""
    event["kind"] = _CONFUSED[event["kind"]]


def _mistake(event: NDArray[Any], registered: Ints, known: Ints, rng: np.random.Generator) -> None:
    """Something that belongs to another matter."""
    kind = _MISTAKEN[rng.integers(0, _MISTAKEN.size, event.size)]
    day = np.clip(event["day"] - rng.integers(0, 4, event.size), registered, known)
    matter = event["matter"].copy()
    event[:] = np.zeros(1, event.dtype)[0]
    event["matter"], event["kind"], event["day"], event["parts"] = matter, kind, day, -1
    event["band"] = np.isin(kind, _MISTAKEN[:3])
    event["own"] = True


def _amend(event: NDArray[Any], registered: Ints, known: Ints, rng: np.random.Generator) -> None:
    """Another payload than the true one, where the kind has any."""
    parts = event["parts"] >= 0
    event["parts"] = np.where(parts, event["parts"] ^ (1 << rng.integers(0, 5, event.size)), event["parts"])
    event["solved"] = np.where(event["solved"] > 0, event["solved"] % 3 + 1, 0)
    event["level"] = np.where(event["level"] > 0, event["level"] % 3 + 1, 0)
    event["band"] = np.where(event["band"] >= 2, 5 - event["band"], event["band"])
    due = np.isin(event["kind"], _BY_DUE)
    event["due"] = np.where(due, event["due"] + rng.integers(1, 15, event.size), event["due"])
    replies = np.isin(event["kind"], [KIND_INDEX["procedural_reply"], KIND_INDEX["progress_reply"]])
    event["document"] = np.where(replies, 1 - event["document"], event["document"])
