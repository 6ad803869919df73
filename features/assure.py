"""Does the product say what a domain expert expects of small histories: features, clocks and must-act rules."""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from data import vocabulary
from data.contract import Attributes, Events, Matters, OfficeContext, Offices, Register, event_uuid, matter_uuid
from data.times import DAY_US, cutoff_instant, from_us, local_date, local_midnight
from features import rules
from features.catalog import CATALOG
from features.clocks import clock_table
from features.feature import Feature
from features.made_by import Answer, Made, answers, feature_answer
from features.snapshots import make_view
from features.timing import SHIPPED, Timing

_ZONE = "Asia/Shanghai"
_OFFICE = "0"
#: What a clock's state is called where people write and read it.
STATES: dict[str, tuple[str, str]] = {
    "running": ("未到期", "running"),
    "met": ("已办", "met"),
    "met_late": ("逾期后办", "met late"),
    "overdue": ("已逾期", "overdue"),
    "waived": ("不适用", "waived"),
    "missed": ("办结前未办", "missed"),
}
_STATE_WORDS = {word: zh for code, (zh, en) in STATES.items() for word in (code, en)} | {"none": "无"}
MUST_ACT = ("必办", "must_act")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_YES = {"是": 1.0, "否": 0.0, "yes": 1.0, "no": 0.0, "true": 1.0, "false": 0.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One event of a history: its kind's code, its days, and payload by the names of contract.Events."""

    kind: str
    day: date
    known: date
    until: date | None = None
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One dated attribute of a history."""

    name: str
    value: str | int
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A small history."""

    name: str
    steps: tuple[Step, ...]
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What somebody expects: of a case, seen to the end of a day, of a feature, clock or rule by its name or label."""

    case: str
    last_day: date
    what: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether it is so, what was got instead, and the events that made it."""

    expected: Expected
    got: str
    holds: bool
    made_by: tuple[Made, ...] = ()

    def sentence(self, language: str) -> str:
        """One line for people; `language` is zh or en."""
        want = self.expected
        if language == "zh":
            head = f"{want.case} · {want.last_day} · {want.what}：期望 {want.value}，得到 {self.got}"
            told = "；".join(
                f"{_when(one)} {_name(one)[0]}（没有它则为 {_shown(one.without)}）" for one in self.made_by
            )
            return head if self.holds else f"{head}，因为以下事件：{told or '没有任何事件改变它'}"
        head = f"{want.case} · {want.last_day} · {want.what}: expected {want.value}, got {self.got}"
        told = "; ".join(f"{_when(one)} {_name(one)[1]} (without it {_shown(one.without)})" for one in self.made_by)
        return head if self.holds else f"{head}, because of these events: {told or 'no event changes it'}"


def check(case: Case, expected: Sequence[Expected], *, timing: Timing = SHIPPED) -> list[Verdict]:
    """A verdict for each expectation of one case. Raises KeyError for what `knows` does not know."""
    register = register_of(case)
    context = OfficeContext.create_empty()
    found: list[Verdict] = []
    for one in expected:
        answer = _answer(one.what, context, timing)
        cutoff = cutoff_instant(one.last_day, _ZONE)
        snapshot = pl.DataFrame({"matter_id": register.matters["matter_id"], "cutoff": [cutoff]})
        [got] = answer(register, snapshot)
        holds = agrees(one.value, got)
        made = () if holds else answers(register, [cutoff], answer)[0].made_by
        found.append(Verdict(expected=one, got=_shown(got), holds=holds, made_by=made))
    return found


def knows(what: str, timing: Timing = SHIPPED) -> bool:
    """Whether `what` names a feature, a clock, a must-act rule, or must-act as such; by code or label."""
    return what in MUST_ACT or _feature(what) is not None or _clock(what, timing) is not None or _rule(what) is not None


def nearest(what: str, timing: Timing = SHIPPED) -> list[str]:
    """Names like `what`, for a message."""
    names = [name for feature in CATALOG for name in (feature.name, feature.zh, feature.en)]
    names += [name for rule in (*timing.rules, *rules.MUST_ACT) for name in (rule.code, rule.zh, rule.en)]
    return difflib.get_close_matches(what, names, n=2, cutoff=0.5)


def expectable(what: str, value: str) -> bool:
    """Whether a value is of the kind that is asked: a number or yes/no; of a clock its last day, or a state.

    True for what `knows` does not know.
    """
    text = value.strip().lower()
    if _feature(what) is None and _rule(what) is None and what not in MUST_ACT:
        words = {*_STATE_WORDS, *_STATE_WORDS.values()}
        day, _, state = text.partition(" ")
        return text in words or (_DAY.fullmatch(day) is not None and (not state or state in words))
    return text in _YES or _NUMBER.fullmatch(text) is not None


def agrees(expected: str, got: Any) -> bool:
    """Whether an answer is what was written: numbers to two places, 是/否, a clock's last day or state."""
    text = expected.strip()
    if isinstance(got, str):
        word = _STATE_WORDS.get(text.lower(), text)
        return any(word in (part, *part.split(" ", 1)) for part in got.split("；"))
    number = _YES.get(text.lower())
    try:
        wanted = float(text) if number is None else number
    except ValueError:
        return False
    return abs(wanted - float(got)) <= 0.005


def register_of(case: Case) -> Register:
    """The register that holds the case alone."""
    matter = matter_uuid("assure", _OFFICE, case.name)
    times = {"recorded_at": 0, "batch_id": 1, "assumed": False}
    events = [
        {
            **dict.fromkeys(Events.column_names()),
            "event_id": event_uuid("assure", matter, step.kind, str(number)),
            "matter_id": matter,
            "kind": step.kind,
            **_lived(step.day, step.known, step.until),
            "seq": number,
            "people_band": 0,
            **times,
            **step.payload,
        }
        for number, step in enumerate(case.steps)
    ]
    facts = [
        {
            "matter_id": matter,
            "name": fact.name,
            "text": fact.value if isinstance(fact.value, str) else None,
            "number": fact.value if isinstance(fact.value, int) else None,
            **_lived(fact.day, fact.day, None),
            "seq": number,
            "usable": True,
            **times,
        }
        for number, fact in enumerate(case.facts)
    ]
    office = {"office_id": _OFFICE, "name": _OFFICE, "parent_id": None, "level": "county"}
    row = dict.fromkeys(Matters.column_names()) | {"matter_id": matter, "source": "assure", "matter_no": case.name}
    return Register(
        offices=Offices.validate(pl.DataFrame([office]), cast=True),
        matters=pl.DataFrame([row | {"office_id": _OFFICE}], schema=Matters.create_empty().schema),
        events=pl.DataFrame(events, schema=Events.create_empty().schema),
        attributes=pl.DataFrame(facts, schema=Attributes.create_empty().schema),
        observed_until=local_midnight(date(2100, 1, 1), _ZONE),
        time_zone=_ZONE,
        roles={kind.code: kind.role.value for kind in vocabulary.KINDS},
    )


def _lived(day: date, known: date, until: date | None) -> dict[str, int | None]:
    opened = local_midnight(known, _ZONE)
    ended = None if until is None else local_midnight(until, _ZONE)
    return {
        "occurred_at": local_midnight(day, _ZONE),
        "known_at": opened,
        "known_from": opened,
        "known_until": ended,
    }


def _answer(what: str, context: pl.DataFrame, timing: Timing) -> Answer:
    feature = _feature(what)
    if feature is not None:
        return feature_answer(feature, context=context, timing=timing)
    clock = _clock(what, timing)
    if clock is not None:
        return lambda register, snapshots: _clock_words(register, snapshots, clock, timing)
    rule = _rule(what)
    if rule is None and what not in MUST_ACT:
        raise KeyError(what)

    def must(register: Register, snapshots: pl.DataFrame) -> Sequence[float]:
        view, _ = make_view(register, snapshots, timing=timing)
        held = rules.must_act(view) if rule is None else rules.must_act_rules(view)[rule.code]
        return np.asarray(held, dtype=np.float64).tolist()

    return must


def _clock_words(register: Register, snapshots: pl.DataFrame, code: str, timing: Timing) -> list[str]:
    """For each snapshot `LAST-DAY STATE` of each clock of that code, 无 where none runs."""
    table = clock_table(register, snapshots, timing=timing).filter(pl.col("clock") == code)
    said: dict[tuple[str, int], list[str]] = {}
    for row in table.iter_rows(named=True):
        last = from_us(row["due"] - DAY_US).date()
        said.setdefault((row["matter_id"], row["cutoff"]), []).append(f"{last} {STATES[row['state']][0]}")
    return ["；".join(said.get(place, ["无"])) for place in snapshots.select("matter_id", "cutoff").iter_rows()]


def _feature(what: str) -> Feature | None:
    return next((one for one in CATALOG if what in (one.name, one.zh, one.en)), None)


def _clock(what: str, timing: Timing) -> str | None:
    return next((one.code for one in timing.rules if what in (one.code, one.zh, one.en)), None)


def _rule(what: str) -> rules.DatedRule | None:
    return next((one for one in rules.MUST_ACT if what in (one.code, one.zh, one.en)), None)


def _when(one: Made) -> str:
    day, known = local_date(one.occurred_at, _ZONE), local_date(one.known_from, _ZONE)
    return f"{day}" if known - day < timedelta(days=1) else f"{day}（{known}录入）"


def _name(one: Made) -> tuple[str, str]:
    if one.attribute:
        return f"{one.kind} = {one.value}", f"{one.kind} = {one.value}"
    kind = vocabulary.KIND.get(one.kind)
    return (one.kind, one.kind) if kind is None else (kind.zh, kind.en)


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return value
    return f"{value:.2f}".rstrip("0").rstrip(".")
