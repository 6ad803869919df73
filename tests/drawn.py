"""Random histories by the hundred for property tests: any kinds, late entries, corrections, payloads, attributes."""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from data import vocabulary
from tests.histories import event

FIRST = date(2025, 1, 1)
SPAN = 420
ALL = tuple(kind.code for kind in vocabulary.KINDS)
#: Kinds that decide clocks, stages and ends; drawn more often, so that they meet each other.
BUSY = (
    *("letter", "visit", "procedural_reply", "progress_reply", "substantive_reply", "explanation", "accepted"),
    *("promise_made", "promise_kept", "transferred_out", "transfer_told", "rated", "closed", "reopened"),
    *("suspended", "resumed", "returned", "assigned_from_above", "urgent_marked", "follow_up_call"),
    *("transferred_in", "jurisdiction_objected", "case_review_opened", "material_supplied"),
)
#: Kinds that may carry a due date.
DATED = ("promise_made", "assigned_from_above", "extended", "hearing_offered", "aid_screened")
Fact = tuple[str, str, str | int, str]


def day(number: int) -> str:
    """The day `number` days after the first."""
    return (FIRST + timedelta(days=number)).isoformat()


def one_event(chance: random.Random, kinds: Sequence[str]) -> dict[str, Any]:
    """One version of one event."""
    kind = chance.choice(kinds)
    happened = chance.randrange(SPAN)
    known = happened + chance.choice([0, 0, 0, 1, 4, 45])
    until = chance.choice([None, None, None, None, 1, 30, 90])
    payload: dict[str, Any] = {}
    if kind == "joint_submission":
        payload["people_band"] = chance.randrange(4)
    if kind in DATED and chance.random() < 0.7:
        payload["due"] = day(happened + chance.randrange(120))
    if kind == "substantive_reply":
        payload["parts_missing"] = chance.choice([None, 0, 1, 5, 31])
    if kind in ("progress_reply", "substantive_reply") and chance.random() < 0.5:
        payload["document_no"] = "D1"
    if kind == "rated":
        payload["solved"] = chance.choice(["fully", "partly", "no"])
    if kind in ("letter", "visit", "assigned_from_above") and chance.random() < 0.2:
        payload["caused_by"] = chance.choice(["remedy", "our_appointment", "material_request"])
    return event(day(happened), kind, known=day(known), until=None if until is None else day(known + until), **payload)


def one_history(chance: random.Random, most: int = 14) -> list[dict[str, Any]]:
    """A registered matter with up to `most` further events."""
    start = chance.randrange(120)
    opening = [
        event(day(start), chance.choice(["letter", "visit", "joint_submission"])),
        event(day(start + chance.randrange(3)), "registered"),
    ]
    return opening + [one_event(chance, chance.choice([ALL, BUSY, BUSY])) for _ in range(chance.randrange(most))]


def facts_of(chance: random.Random, number: str) -> list[Fact]:
    """Dated attributes of one matter."""
    choices: list[tuple[str, Sequence[str | int]]] = [
        ("category", tuple(vocabulary.CATEGORIES)),
        ("cause", tuple(vocabulary.CAUSES)),
        ("procedure_path", tuple(vocabulary.PROCEDURES)),
        ("first_time", (0, 1)),
        ("case_class", (*vocabulary.CASE_CLASSES, "ordinary")),
        ("reply_possible", (0, 1, 1, 1)),
    ]
    found: list[Fact] = []
    for _ in range(chance.randrange(4)):
        name, values = chance.choice(choices)
        found.append((number, name, chance.choice(values), day(chance.randrange(SPAN))))
    return found


def many(seed: int, count: int) -> tuple[random.Random, dict[str, list[dict[str, Any]]], list[Fact]]:
    """`count` independent histories with their attributes, and the generator they came from."""
    chance = random.Random(seed)
    histories = {f"A{number:05d}": one_history(chance) for number in range(count)}
    facts = [fact for number in histories for fact in facts_of(chance, number)]
    return chance, histories, facts
