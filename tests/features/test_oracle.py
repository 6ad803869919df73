"""Every window and recency measure against an independent plain-SQL version: late, corrected, any zone, any edge."""

import random
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest

from data.contract import Register
from data.times import DAY_US
from features.feature import Measure
from features.measures import (
    AgeDays,
    Count,
    CountSince,
    DaysSince,
    DaysSinceRenewed,
    Excess,
    Gap,
    Lacks,
    MaxPeople,
    Occurred,
    Renewed,
    Stage,
    StageDays,
    Waiting,
)
from features.snapshots import make_view
from features.step_measures import DaysBetween
from tests.histories import at, event, register_of, seen

#: Zones without summer time, with it at one in the morning, at midnight, and by half an hour.
ZONES = ("Asia/Shanghai", "Europe/Rome", "America/Sao_Paulo", "Australia/Lord_Howe")
#: Days around which Rome, São Paulo and Lord Howe move their clocks.
FIRST_DAYS = {"America/Sao_Paulo": 17_740, "Europe/Rome": 20_520, "Australia/Lord_Howe": 20_520}
CONTACT = ("letter", "visit", "joint_submission")
KINDS = (*CONTACT, "substantive_reply", "explanation", "registered", "assigned_from_above")
SAW = "from seen v where v.matter_id = s.matter_id and v.cutoff = s.cutoff"


def names(kinds: tuple[str, ...]) -> str:
    return ", ".join(f"'{kind}'" for kind in kinds)


def last(kinds: tuple[str, ...]) -> str:
    return f"(select max(v.occurred) {SAW} and v.kind in ({names(kinds)}))"


def first(kinds: tuple[str, ...]) -> str:
    return f"(select min(v.occurred) {SAW} and v.kind in ({names(kinds)}))"


RECEIPT = f"(select min(v.occurred) {SAW} and v.kind in ({names((*CONTACT, 'registered'))}))"


def count(kinds: tuple[str, ...], more: str = "") -> str:
    return f"(select count(*) {SAW} and v.kind in ({names(kinds)}) {more})"


def days(instant: str, empty: float) -> str:
    return f"coalesce((s.cutoff - {instant}) * 1.0 / :day, {empty})"


def window(number: int | None) -> str:
    return "" if number is None else f"and v.occurred >= s.cutoff - {number} * :day"


LATER = f"and v.occurred / :day > {RECEIPT} / :day"
REPLY = ("substantive_reply", "explanation")
AFTER = f"and v.occurred > max(coalesce({last(REPLY)}, -1), coalesce({RECEIPT}, -1))"
UNANSWERED = f"""(select min(v.occurred) {SAW} and v.kind = 'visit'
    and v.occurred / :day > coalesce({last(REPLY)}, -1) / :day)"""
PREVIOUS = f"""(select v.occurred {SAW} and v.kind in ({names(CONTACT)})
    order by v.occurred desc, v.seq desc limit 1 offset 1)"""
MEASURES: list[tuple[Measure, str]] = [
    *((Count(CONTACT, number), count(CONTACT, window(number))) for number in (None, 1, 30, 90, 365)),
    *((Count((kind,), 30), count((kind,), window(30))) for kind in KINDS),
    (Occurred(("joint_submission",), 90), f"({count(('joint_submission',), window(90))} > 0)"),
    (Lacks(("explanation",)), f"({count(('explanation',))} = 0)"),
    *((DaysSince((kind,), empty=-1.0, cap=1e9), days(last((kind,)), -1.0)) for kind in KINDS),
    (
        DaysSince(REPLY, or_receipt=True, cap=60.0),
        f"min(60.0, {days(f'max(coalesce({last(REPLY)}, -1), {RECEIPT})', 0.0)})",
    ),
    (AgeDays(), days(RECEIPT, 0.0)),
    (CountSince(CONTACT, REPLY), count(CONTACT, f"and v.occurred > coalesce({last(REPLY)}, -1)")),
    (CountSince(CONTACT, REPLY, or_receipt=True), count(CONTACT, AFTER)),
    (Waiting(("visit",), REPLY), days(UNANSWERED, 0.0)),
    *((Renewed(CONTACT, number), count(CONTACT, LATER + " " + window(number))) for number in (None, 30, 90)),
    (
        DaysSinceRenewed(CONTACT, empty=3650.0),
        days(f"(select max(v.occurred) {SAW} and v.kind in ({names(CONTACT)}) {LATER})", 3650.0),
    ),
    (Gap(CONTACT, empty=99.0), f"coalesce(({last(CONTACT)} - {PREVIOUS}) * 1.0 / :day, 99.0)"),
    (
        Gap(CONTACT, empty=99.0, mean=True),
        f"""coalesce((select (max(v.occurred) - min(v.occurred)) * 1.0 / :day / nullif(count(*) - 1, 0)
            {SAW} and v.kind in ({names(CONTACT)})), 99.0)""",
    ),
    (
        DaysBetween(CONTACT, REPLY, empty=-1.0, cap=40.0),
        f"coalesce(min(40.0, max(0.0, ({first(REPLY)} - {first(CONTACT)}) * 1.0 / :day)), -1.0)",
    ),
    (Excess(("letter",), ("visit",), 1), f"max({count(('letter',))} - {count(('visit',))} - 1, 0)"),
    (Stage(), f"max(3 * ({count(REPLY[:1])} > 0), 4 * ({count(REPLY[1:])} > 0))"),
    (StageDays(cap=60.0), f"min(60.0, {days(f'max(coalesce({last(REPLY)}, -1), {RECEIPT})', 0.0)})"),
    (MaxPeople(("joint_submission",)), f"coalesce((select max(v.people) {SAW} and v.kind = 'joint_submission'), 0)"),
]


def drawn(chance: random.Random, zone: str) -> tuple[Register, list[int]]:
    """A register of random histories with hours and minutes, and cutoffs on and off its instants."""
    first = datetime.fromtimestamp(FIRST_DAYS.get(zone, 20_100) * 86_400, tz=UTC).date().toordinal()

    def day(number: int) -> str:
        return datetime.fromordinal(first + number).date().isoformat()

    histories: dict[str, list[dict[str, Any]]] = {}
    for number in range(25):
        rows: list[dict[str, Any]] = []
        for _ in range(chance.randrange(1, 12)):
            happened = chance.randrange(200)
            known = happened + chance.choice([0, 0, 0, 1, 5, 60])
            until = chance.choice([None, None, None, 1, 20, 90])
            rows.append(
                event(
                    day(happened),
                    chance.choice(KINDS),
                    known=day(known),
                    until=None if until is None else day(known + until),
                    people_band=chance.randrange(4),
                )
            )
        histories[f"A{number:02d}"] = rows
    register = register_of(histories, zone=zone)
    # Some ledgers know the hour: move what happened, and what became known with it, into the day.
    hours = [chance.choice([0, 0, 3_600, 9_000, 43_200, 86_399]) * 1_000_000 for _ in range(len(register.events))]
    later = pl.Series(hours)
    events = register.events.with_columns(
        *(pl.col(name) + later for name in ("occurred_at", "known_at", "known_from", "known_until"))
    )
    cutoffs = {seen(day(chance.randrange(260)), zone) for _ in range(4)}
    cutoffs |= {at(day(chance.randrange(200)), zone) + chance.choice([1, 3_600_000_000]) for _ in range(2)}
    cutoffs |= {int(events["known_from"][chance.randrange(len(events))]) + shift for shift in (0, 1)}
    return replace(register, events=events), sorted(cutoffs)


def local(micros: int | None, zone: str) -> int:
    """The wall clock's microseconds by the standard library alone."""
    if micros is None:
        return 2**62
    aware = datetime.fromtimestamp(micros // 1_000_000, tz=UTC).astimezone(ZoneInfo(zone))
    return int(aware.replace(tzinfo=UTC).timestamp()) * 1_000_000 + micros % 1_000_000


def by_sql(register: Register, cutoffs: list[int]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """One row a measure, one column a (matter, cutoff) in their order."""
    zone = register.time_zone
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("create table events (matter_id, kind, occurred, opens, closes, seq, people)")
        db.execute("create table snapshots (matter_id, utc, cutoff)")
        db.executemany(
            "insert into events values (?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    row["matter_id"],
                    row["kind"],
                    local(row["occurred_at"], zone),
                    local(row["known_from"], zone),
                    local(row["known_until"], zone),
                    row["seq"],
                    row["people_band"],
                )
                for row in register.events.to_dicts()
            ],
        )
        db.executemany(
            "insert into snapshots values (?, ?, ?)",
            [(matter, cutoff, local(cutoff, zone)) for matter in register.matters["matter_id"] for cutoff in cutoffs],
        )
        db.execute(
            """create table seen as select s.matter_id, s.cutoff, e.kind, e.occurred, e.seq, e.people
            from snapshots s join events e on e.matter_id = s.matter_id
            and max(e.opens, e.occurred) < s.cutoff and s.cutoff <= e.closes"""
        )
        db.execute("create index by_snapshot on seen (matter_id, cutoff, kind)")
        found = [
            db.execute(f"select {sql} from snapshots s order by s.matter_id, s.utc", {"day": DAY_US}).fetchall()
            for _, sql in MEASURES
        ]
    return np.array(found, dtype=np.float64)[:, :, 0]


def compare(seed: int, zone: str) -> None:
    register, cutoffs = drawn(random.Random(seed), zone)
    snaps = register.matters.select("matter_id").join(
        pl.DataFrame({"cutoff": cutoffs}, schema={"cutoff": pl.Int64}), how="cross"
    )
    view, _ = make_view(register, snaps)
    expected = by_sql(register, cutoffs)
    for (measure, _), wanted in zip(MEASURES, expected, strict=True):
        np.testing.assert_allclose(
            measure.evaluate(view), wanted, rtol=0, atol=1e-9, err_msg=f"{measure} {zone} {seed}"
        )


@pytest.mark.parametrize("zone", ZONES)
def test_every_window_and_recency_equals_plain_sql(zone: str) -> None:
    for seed in range(3):
        compare(seed, zone)


@pytest.mark.slow
@pytest.mark.parametrize("zone", ZONES)
def test_every_window_and_recency_equals_plain_sql_on_2500_histories(zone: str) -> None:
    for seed in range(100, 200):
        compare(seed, zone)
