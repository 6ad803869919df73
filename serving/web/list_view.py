"""What the list page shows: three parts clearly apart, filtered, in words, with the nearest duty of each entry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import numpy as np

from data.store.screenings import ListEntry
from data.store.users import User
from serving.gathering import without_plan
from serving.lists import HAND, REVIEW, Line
from serving.seek import wanted
from serving.standing import SIGNED_PARTS, goes_up
from serving.web.views import (
    ClockView,
    Option,
    Translate,
    article_of,
    category,
    cause,
    days_in_words,
    last_day,
    said,
)
from serving.workflow import FlagState, moves, state_of

#: Parts in the order they are shown, each with the parts of a stored list it gathers.
PARTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("must", ("must_act",)),
    ("hand", (HAND,)),
    ("model", ("model", "points")),
    ("spot", ("spot",)),
    ("review", (REVIEW,)),
)
CLOCK_STATES: tuple[str, ...] = ("late", "week", "later", "none")
#: Where the work on an entry stands: nobody has decided, taken up without the plan it needs, or with a plan.
WORK_STATES: tuple[str, ...] = ("pending", "bare", "planned")
#: Orders other than the list's own; within each part, which stay apart.
SORTS: tuple[str, ...] = ("due", "number", "handler")
_FAR = 10**9
_ROWS = 25
PART_OF = {stored: shown for shown, gathered in PARTS for stored in gathered}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What the reader asked to see; empty means all. There is no choice by kind of contact (red line 7)."""

    number: str = ""
    part: str = ""
    department: str = ""
    handler: str = ""
    category: str = ""
    cause: str = ""
    clock: str = ""
    state: str = ""
    sort: str = ""

    @property
    def narrows(self) -> bool:
        """Whether anything is chosen."""
        return any(getattr(self, name) for name in self.__dataclass_fields__ if name != "sort")

    @property
    def keepable(self) -> bool:
        """Whether anything is chosen that a saved view keeps: not what was typed into the search."""
        return any(name != "number" for name in self.query())

    @classmethod
    def of_query(cls, asked: Mapping[str, str]) -> "Chosen":
        """The choices in the parameters of an address; what is no choice is left out."""
        return cls(**{name: asked[name][:80] for name in cls.__dataclass_fields__ if name in asked})

    def query(self) -> dict[str, str]:
        """The choices as address parameters."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__ if getattr(self, name)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One entry as shown."""

    rank: int
    matter_id: str
    number: str
    department: str
    handler: str
    category: str
    cause: str
    band: str | None
    per_hundred: str
    reason: str
    clock: ClockView | None
    help: str
    state: str
    offered: tuple[str, ...]
    once: str
    since: str | None
    plan: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartView:
    """One part of the list, a page of its rows, and the addresses of the pages beside it."""

    code: str
    total: int
    rows: list[Row]
    page: int
    pages: int
    previous: str | None
    next: str | None


def nearest(entry: ListEntry, *, today_shift: int, language: str, t: Translate) -> ClockView | None:
    """The duty of an entry that is due first. `today_shift`: whole days since the list's cutoff.

    A duty that was running at the cutoff and has come due since is marked to be checked, not called missed: the list
    does not know what was done after it.
    """
    dated = [duty for duty in entry.duties if duty.get("days_left") is not None]
    if not dated:
        return None
    duty = min(dated, key=lambda one: int(one["days_left"]))
    return duty_clock(duty, today_shift=today_shift, language=language, t=t)


def duty_clock(duty: Mapping[str, Any], *, today_shift: int, language: str, t: Translate) -> ClockView:
    """A stored duty (due as wall-clock microseconds, days_left at the cutoff) as it stands today."""
    days_left = int(duty["days_left"])
    state, words, check = clock_words(days_left, bool(duty.get("missed")), today_shift, t)
    due = duty.get("due")
    return ClockView(
        name=said(duty, language),
        article=article_of(duty),
        started="",
        due=last_day(int(due)) if due is not None else "",
        state=state,
        days=words,
        check=check,
    )


def clock_words(days_left: int, missed: bool, today_shift: int, t: Translate) -> tuple[str, str, bool]:
    """State, words and whether to check, of an unmet duty `today_shift` days after what is known."""
    if missed or days_left <= 0:
        return (*days_in_words(days_left, t), False)
    if days_left - today_shift <= 0:
        return "soon", t("days.check"), True
    return (*days_in_words(days_left - today_shift, t), False)


def clock_state(entry: ListEntry) -> str:
    """Late, due within a week, later, or nothing dated: what the clock filter chooses by."""
    days = [int(duty["days_left"]) for duty in entry.duties if duty.get("days_left") is not None]
    if not days:
        return "none"
    left = min(days)
    return "late" if left <= 0 else "week" if left <= 8 else "later"


def narrowed(lines: Sequence[Line], chosen: Chosen) -> list[Line]:
    """The entries the reader asked for."""
    typed = wanted(chosen.number)
    found = [line for line in lines if typed in line.searched] if typed else list(lines)
    for name in ("department", "handler", "category", "cause"):
        asked = getattr(chosen, name)
        if asked:
            found = [line for line in found if line.matter[name] == asked]
    if chosen.clock:
        found = [line for line in found if clock_state(line.entry) == chosen.clock]
    return [line for line in found if stands(line, chosen.state)] if chosen.state else found


def stands(line: Line, state: str) -> bool:
    """Whether an entry is not verified, lacks a plan, or has one: what the filter by state of work chooses by."""
    if state == "planned":
        return line.plan is not None
    return without_plan(line) if state == "bare" else state_of(line.decision) is FlagState.PENDING


def _order(line: Line, sort: str) -> tuple[Any, ...]:
    own = (line.entry.office_id, line.entry.rank)
    if sort == "due":
        days = [int(duty["days_left"]) for duty in line.entry.duties if duty.get("days_left") is not None]
        return (min(days, default=_FAR), *own)
    if sort in ("number", "handler"):
        value = line.matter["matter_no" if sort == "number" else "handler"]
        return (value is None, value or "", *own)
    return own


def parts(
    lines: Sequence[Line],
    chosen: Chosen,
    *,
    page: int,
    address: Mapping[str, str],
    today_shift: int,
    language: str,
    t: Translate,
    heads: bool,
    decider: User | None,
    closed: bool,
) -> list[PartView]:
    """The parts with the rows to show; `page` counts within a part that is chosen, else the first rows of each.

    `decider`: the reader where this is the list, of their own office, on which they may decide now; `closed`: it has
    gone up to be signed, so that only what needs no signature can still be decided on.
    """
    shown: list[PartView] = []
    asked = narrowed(lines, chosen)
    for code, gathered in PARTS:
        if (chosen.part and chosen.part != code) or (code == "review" and not heads):
            continue
        mine = [line for line in asked if line.entry.part in gathered]
        if code in ("review", "hand") and not mine:
            continue
        mine.sort(key=lambda line: _order(line, chosen.sort))
        pages = max(1, -(-len(mine) // _ROWS))
        at = min(page, pages) if chosen.part else 1
        rows = mine[(at - 1) * _ROWS : at * _ROWS]
        able = None if closed and SIGNED_PARTS.intersection(gathered) else decider
        shown.append(
            PartView(
                code=code,
                total=len(mine),
                rows=[_row(line, code, able, today_shift=today_shift, language=language, t=t) for line in rows],
                page=at,
                pages=pages,
                previous=_address(address, chosen, code, at - 1) if at > 1 else None,
                next=_address(address, chosen, code, at + 1) if at < pages else None,
            )
        )
    return shown


def options(lines: Sequence[Line], column: str, labels: Mapping[str, str] | None = None) -> list[Option]:
    """The values of a matter's column among the entries, as choices."""
    values = sorted({str(line.matter[column]) for line in lines if line.matter[column]})
    return [Option(value=value, label=labels.get(value, value) if labels else value) for value in values]


def expected(lines: Sequence[Line]) -> tuple[int, int, int] | None:
    """Of the flagged entries: how many, and the 95 % range of how many will be raised again; None without a model.

    The range of a sum of independent yes/no with each entry's own chance: its lower end from the entries' lower
    chances, its upper end from the upper ones, so that it holds both the model's uncertainty and chance.
    """
    flagged = [line.entry for line in lines if line.entry.part == "model"]
    ranges = [(e.per_hundred_low, e.per_hundred_high) for e in flagged]
    lows = [low for low, _ in ranges if low is not None]
    highs = [high for _, high in ranges if high is not None]
    if len(lows) < 3 or len(lows) != len(flagged) or len(highs) != len(flagged):
        return None
    return len(flagged), _quantile(lows, 0.025), _quantile(highs, 0.975)


def _quantile(per_hundred: Sequence[int], at: float) -> int:
    spread = np.ones(1)
    for share in per_hundred:
        chance = share / 100
        spread = np.convolve(spread, [1 - chance, chance])
    return int(np.searchsorted(np.cumsum(spread), at))


def _row(line: Line, part: str, decider: User | None, *, today_shift: int, language: str, t: Translate) -> Row:
    entry, matter = line.entry, line.matter
    helping = [said(help_, language) for help_ in entry.help]
    clock = nearest(entry, today_shift=today_shift, language=language, t=t)
    return Row(
        rank=entry.rank,
        matter_id=entry.matter_id,
        number=matter["matter_no"],
        department=matter["department"] or "—",
        handler=matter["handler"] or "—",
        category=category(matter["category"], language),
        cause=cause(matter["cause"], language),
        band=None if part == "spot" else entry.band,
        per_hundred=""
        if entry.per_hundred_low is None
        else t("list.per_hundred", low=entry.per_hundred_low, high=entry.per_hundred_high),
        reason=_main_reason(line, language),
        clock=clock,
        help=t("comma").join(helping),
        state=state_of(line.decision),
        offered=moves(decider, line.decision) if decider is not None else (),
        once=str(uuid4()),
        since=entry.since,
        plan=("yes" if line.plan is not None else "no") if goes_up(entry) else "",
    )


def _main_reason(line: Line, language: str) -> str:
    if line.put is not None:
        return line.put.reason
    first = next(iter(line.entry.reasons), None)
    return said(first, language) if first is not None else ""


def _address(address: Mapping[str, str], chosen: Chosen, part: str, page: int) -> str:
    return "/list?" + urlencode({**address, **chosen.query(), "part": part, "page": str(page)})
