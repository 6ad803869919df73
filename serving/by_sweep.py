"""How one matter stood from sweep to sweep: its band in each list, and what changed in our handling in between.

Nothing is counted over the sweeps and nothing is drawn: each list is told as it was issued, and between two of them
what our office did, owed no more, did in time, did late or let pass, as the ledger knows it today.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import polars as pl

from data.contract import Register
from data.store import flags
from data.store.engine import Store
from data.store.flags import PutForward
from data.store.screenings import ListEntry, Screening
from data.store.users import UserRole
from features.clock_rules import BY_CODE
from features.clocks import clock_frame, each_follow_up
from features.snapshots import make_view
from features.timing import Timing
from serving import lists
from serving.card import Card
from serving.lists import REVIEW
from serving.permissions import Scope

#: Sweeps told, the latest; a matter that stood longer says so.
MOST = 12
_FOLLOW_UP = "monthly_follow_up"
_UNMET, _OVER = frozenset({"running", "overdue"}), frozenset({"overdue", "missed"})
_HEADS = frozenset({UserRole.DEPARTMENT_HEAD, UserRole.PETITION_HEAD})


@dataclass(frozen=True, slots=True, kw_only=True)
class Stood:
    """The list of one sweep that counts (the `drafts`-th made of that month), and what it says of the matter.

    `entry` is None where the matter does not stand on it, or not for this reader; `put`: put forward by hand for it.
    """

    screening: Screening
    drafts: int
    by_rules: bool
    entry: ListEntry | None
    put: PutForward | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """A duty of ours that was done in time, done late, or let pass; `due` exclusive, `met` None where not done.

    Instants are local wall-clock microseconds.
    """

    code: str
    zh: str
    en: str
    how: Literal["kept", "late", "missed"]
    due: int
    met: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """A duty or reason (its stored row) that the later list has no more, and the kinds of step that end it."""

    row: Mapping[str, Any]
    duty: bool
    ended_by: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """What changed between two instants (`since` ≤ `until`, UTC microseconds)."""

    since: int
    until: int
    came: tuple[Mapping[str, Any], ...] = ()
    owed: tuple[Mapping[str, Any], ...] = ()
    gone: tuple[Gone, ...] = ()
    turned: tuple[Turned, ...] = ()
    other_basis: bool = False


def stood(
    store: Store,
    role: UserRole,
    card: Card,
    entries: Sequence[tuple[Screening, ListEntry]],
) -> list[Stood]:
    """The sweeps from the first list the matter stood on, the latest first, at most MOST.

    `entries` as `screenings.entries_of_matter` gives them.  Empty for a matter that never stood on one.
    """
    matter_id, office_id = card.matter["matter_id"], card.matter["office_id"]
    puts = {one.cutoff: one for one in reversed(flags.put_forward_of_matter(store, matter_id))}
    mine = {one.screening_id: entry for one, entry in reversed(entries) if entry.part != REVIEW or role in _HEADS}
    began = [one.cutoff for one, _ in entries if one.screening_id in mine] + list(puts)
    if not began:
        return []
    made: dict[int, list[Screening]] = {}
    for one in lists.issued(store, Scope(offices=(office_id,))):
        if one.cutoff >= min(began):
            made.setdefault(one.cutoff, []).append(one)
    return [
        Stood(
            screening=drafts[0],
            drafts=len(drafts),
            by_rules=lists.by_rules(drafts[0], office_id),
            entry=mine.get(drafts[0].screening_id),
            put=puts.get(cutoff),
        )
        for cutoff, drafts in list(made.items())[:MOST]
    ]


def between(sweeps: Sequence[Stood], card: Card, found: Register, timing: Timing) -> list[Between]:
    """What changed before each of the sweeps (the latest first, as `stood` gives them), and after the latest.

    The first is since the latest sweep, to the card's instant; the last is empty: nothing was before.
    """
    cutoffs = sorted({card.as_of, *(one.screening.cutoff for one in sweeps)})
    seen = _clocks(card, found, cutoffs, timing)
    latest = sweeps[0].screening.cutoff
    told = [
        Between(since=latest, until=max(latest, card.as_of), turned=_turned(seen[latest], seen[card.as_of]))
        if card.as_of > latest
        else Between(since=latest, until=latest)
    ]
    for now, before in pairwise(sweeps):
        told.append(_between(before, now, seen))
    first = sweeps[-1].screening.cutoff
    return [*told, Between(since=first, until=first)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """The duties' clocks as one instant knows them: rows by (clock, started), and whether each follow-up was kept."""

    clocks: Mapping[tuple[str, int], Mapping[str, Any]]
    months: Mapping[int, bool]

    @property
    def unmet(self) -> set[str]:
        return {row["clock"] for row in self.clocks.values() if row["state"] in _UNMET}


def _clocks(card: Card, found: Register, cutoffs: Sequence[int], timing: Timing) -> dict[int, _Seen]:
    """The clocks of the matter at some instants (ascending), by instant."""
    asked = pl.DataFrame({"matter_id": [card.matter["matter_id"]] * len(cutoffs), "cutoff": list(cutoffs)})
    view, _ = make_view(found, asked, timing=timing)
    clocks: list[dict[tuple[str, int], Mapping[str, Any]]] = [{} for _ in cutoffs]
    for row in clock_frame(view).filter(pl.col("kind") == "duty").iter_rows(named=True):
        clocks[row["row"]][row["clock"], row["started"]] = row
    months: list[dict[int, bool]] = [{} for _ in cutoffs]
    for place, due, kept in each_follow_up(view).iter_rows():
        months[place][due] = kept
    return {
        cutoff: _Seen(clocks=rows, months=month) for cutoff, rows, month in zip(cutoffs, clocks, months, strict=True)
    }


def _turned(before: _Seen, now: _Seen) -> tuple[Turned, ...]:
    """The duties that were met or let pass after `before` was known and before `now` was."""
    told: list[Turned] = []
    for key, row in now.clocks.items():
        was = before.clocks.get(key)
        old, new = "" if was is None else str(was["state"]), str(row["state"])
        if row["clock"] == _FOLLOW_UP or old == new or (new in _OVER and old in _OVER):
            continue
        how: Literal["kept", "late", "missed"]
        if new == "met":
            how = "kept"
        elif new == "met_late":
            how = "late"
        elif new in _OVER:
            how = "missed"
        else:
            continue
        met = row["met"] if how != "missed" else None
        told.append(Turned(code=row["clock"], zh=row["zh"], en=row["en"], how=how, due=row["due"], met=met))
    rule = BY_CODE[_FOLLOW_UP]
    for due, kept in now.months.items():
        if due not in before.months:
            how = "kept" if kept else "missed"
            told.append(Turned(code=_FOLLOW_UP, zh=rule.zh, en=rule.en, how=how, due=due, met=None))
    return tuple(sorted(told, key=lambda one: (one.due, one.code)))


def _between(before: Stood, now: Stood, seen: Mapping[int, _Seen]) -> Between:
    old, new = seen[before.screening.cutoff], seen[now.screening.cutoff]
    was = () if before.entry is None else before.entry.duties
    here = () if now.entry is None else now.entry.duties
    had, have = {row["code"] for row in was}, {row["code"] for row in here}
    # Where the later list does not name the matter, its clocks say what is owed still.
    still = have if now.entry is not None else new.unmet | {code for code in had if code not in BY_CODE}
    gone = [Gone(row=row, duty=True, ended_by=_ended_by(row["code"])) for row in _once(was) if row["code"] not in still]
    both = before.entry is not None and now.entry is not None
    same = before.screening.model_version == now.screening.model_version and before.by_rules == now.by_rules
    came: list[Mapping[str, Any]] = []
    if both and same:
        told, tells = _reasons(before.entry, had | have), _reasons(now.entry, had | have)
        gone += [
            Gone(row=row, duty=False, ended_by=_ended_by(about)) for about, row in told.items() if about not in tells
        ]
        came = [row for about, row in tells.items() if about not in told]
    elif now.entry is not None:
        came = list(_reasons(now.entry, have).values())
    return Between(
        since=before.screening.cutoff,
        until=now.screening.cutoff,
        came=tuple(came),
        owed=tuple(row for row in _once(here) if row["code"] not in had),
        gone=tuple(gone),
        turned=_turned(old, new),
        other_basis=both and not same,
    )


def _once(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The first of the rows of each duty."""
    return list({row["code"]: row for row in reversed(rows)}.values())[::-1]


def _reasons(entry: ListEntry | None, duties: set[str]) -> dict[str, Mapping[str, Any]]:
    """An entry's reasons by what they are about, without those that name a duty: they are told as duties."""
    rows = () if entry is None else entry.reasons
    return {about: row for row in reversed(rows) if (about := _about(str(row["feature"]))) not in duties}


def _about(feature: str) -> str:
    """A reason's feature without what it measures of a clock, or in which window: what the reason is about."""
    feature = clock_of(feature)
    head, _, window = feature.rpartition("_")
    return head if window.endswith("d") and window[:-1].isdigit() else feature


def clock_of(feature: str) -> str:
    """The clock a reason's feature is about, where it is about one."""
    return feature.removesuffix("_missed").removesuffix("_overdue_days")


def _ended_by(code: str) -> tuple[str, ...]:
    rule = BY_CODE.get(code)
    return () if rule is None else rule.met_by
