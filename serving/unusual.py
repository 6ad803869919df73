"""Which look-ups are unusual: one matter by many, at night, or very many by one person in a day (G15)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from data.settings import LookSettings
from data.store import audit, looks
from data.store.audit import Entry
from data.store.engine import Store
from data.store.looks import Look
from data.times import from_us, local_midnight
from serving import journal

#: What counts as a look at one matter.
LOOKS = (
    journal.VIEW_MATTER, journal.SCORE, journal.VIEW_CLOCKS, journal.EXPLANATION_PRINTED, journal.VIEW_BOARD_ROWS,
)  # fmt: skip
Kind = Literal["by_many", "at_night", "mass"]
WORDS: dict[Kind, tuple[str, str]] = {
    "by_many": ("多人查看同一事项", "one matter looked at by many"),
    "at_night": ("夜间查看", "looks at night"),
    "mass": ("一天内查看很多事项", "very many matters in a day"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusual:
    """One unusual thing: by a user (`by_many`: of an office), on a local day, how often, and the limit it passed.

    No matter is named: the auditor finds it in the log by day and user.
    """

    kind: Kind
    user_id: str | None
    office_id: str | None
    day: date
    count: int
    limit: int


def unusual_looks(found: list[Look], settings: LookSettings, zone: str) -> list[Unusual]:
    """What is unusual among the looks of a period, by day.

    `by_many`: more than `people` users opened one matter within a day; `at_night`: more than `night` looks of a user
    between `night_from` and `night_to` o'clock, counted to the day the night began; `mass`: more than `matters`
    different matters opened by a user in a day.
    """
    here = ZoneInfo(zone)
    people: dict[tuple[date, str], set[str]] = defaultdict(set)
    office_of: dict[str, str | None] = {}
    night: dict[tuple[date, str], int] = defaultdict(int)
    opened: dict[tuple[date, str], set[str]] = defaultdict(set)
    for one in found:
        local = from_us(one.at).astimezone(here)
        day = local.date()
        people[day, one.matter_id].add(one.user_id)
        office_of.setdefault(one.matter_id, one.office_id)
        opened[day, one.user_id].add(one.matter_id)
        if local.hour >= settings.night_from or local.hour < settings.night_to:
            began = day if local.hour >= settings.night_from else day - timedelta(days=1)
            night[began, one.user_id] += 1
    many = [
        Unusual(
            kind="by_many", user_id=None, office_id=office_of[matter], day=day, count=len(who), limit=settings.people
        )
        for (day, matter), who in people.items()
        if len(who) > settings.people
    ]
    nights = [
        Unusual(kind="at_night", user_id=user, office_id=None, day=day, count=count, limit=settings.night)
        for (day, user), count in night.items()
        if count > settings.night
    ]
    mass = [
        Unusual(kind="mass", user_id=user, office_id=None, day=day, count=len(matters), limit=settings.matters)
        for (day, user), matters in opened.items()
        if len(matters) > settings.matters
    ]
    return sorted([*many, *nights, *mass], key=lambda one: (one.day, one.kind, one.user_id or ""))


def look_over(
    store: Store, key: bytes, settings: LookSettings, zone: str, *, first: date, last: date, now: int, by: str
) -> list[Unusual]:
    """What was unusual on the local days `first` to `last`, put on record as findings, each once."""
    since, until = local_midnight(first, zone), local_midnight(last + timedelta(days=1), zone)
    found = unusual_looks(looks.looks_between(store, LOOKS, since=since, until=until), settings, zone)
    known = {
        (entry.detail.get("kind"), entry.detail.get("user"), entry.office_id, entry.detail.get("day"))
        for entry in audit.entries_of_action(store, journal.UNUSUAL_LOOKS)
    }
    fresh = [
        Entry(
            at=now,
            user_id=by,
            action=journal.UNUSUAL_LOOKS,
            office_id=one.office_id,
            detail={
                "kind": one.kind,
                "user": one.user_id,
                "day": one.day.isoformat(),
                "count": one.count,
                "limit": one.limit,
                "finding": "unusual_looks",
            },
        )
        for one in found
        if (one.kind, one.user_id, one.office_id, one.day.isoformat()) not in known
    ]
    audit.append_many(store, key, fresh)
    return found
