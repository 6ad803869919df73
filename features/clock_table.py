"""The clock rules as arrays with one element a rule, so that all clocks of all rows are computed together."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from data.times import FAR_US
from features.clock_rules import BY_CODE, ClockRule
from features.order import Ints
from features.plan import Kinds
from features.timing import Timing

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTable:
    """The rules of a timing; arrays have shape (rules + 1,).

    The last element is no clock but where the monthly follow-ups begin and end: the three months, extensions granted
    aside, until an answer.  `days` and `months` are -1 where a rule has none; `path` numbers into `paths` and is -1
    for any; `met_by` and `waived_by` number into `groups`, -1 for none.  `having_*` are the few rules with that trait.
    """

    rules: tuple[ClockRule, ...]
    #: What stands behind the rules.
    base: ClockRule
    monthly: int
    groups: tuple[Kinds, ...]
    from_receipt: tuple[int, ...]
    from_events: tuple[tuple[int, Kinds], ...]
    days: Ints
    months: Ints
    working: Flags
    #: Whether days or months say when it is due, not the event that starts it; whether months do.
    timed: Flags
    by_month: Flags
    pauses: Flags
    path: Ints
    paths: tuple[str, ...]
    valid_from: Ints
    valid_until: Ints
    #: Whether any rule is in force for a time only.
    dated: bool
    met_by: Ints
    waived_by: Ints
    ends_with_matter: Flags
    needs_reply_possible: Flags
    duty: Flags
    right: Flags
    having_extension: tuple[int, ...]
    having_restarts: tuple[int, ...]
    having_not_after: tuple[int, ...]
    in_turn: tuple[int, ...]
    #: Running from acceptance, where the setting says so.
    answers: tuple[int, ...]
    #: Moved by an extension granted to a date.
    granted: int
    #: The place of each rule by its code; None stands behind them.
    place: dict[str | None, int]


@cache
def rule_table(timing: Timing, *, for_features: bool = False) -> RuleTable:
    """The table of a timing, or of those of its rules that feed features; made once."""
    answer = BY_CODE["substantive_reply"]
    base = ClockRule(
        code="", zh="", en="", article="", met_by=("substantive_reply",), months=answer.months, pauses=True, kind="duty"
    )
    rules = tuple(rule for rule in timing.rules if rule.feature or not for_features)
    every = (*rules, base)
    single = [number for number, rule in enumerate(every) if rule.monthly_after is None]
    groups = tuple(
        dict.fromkeys([rule.met_by for rule in every] + [rule.waived_by for rule in every if rule.waived_by])
    )
    paths = tuple(dict.fromkeys(rule.procedure_path for rule in every if rule.procedure_path is not None))
    codes = [rule.code for rule in every]

    def having(traits: Sequence[object]) -> tuple[int, ...]:
        return tuple(number for number, trait in enumerate(traits) if trait)

    return RuleTable(
        rules=rules,
        base=base,
        monthly=next(number for number, rule in enumerate(every) if rule.monthly_after is not None),
        groups=groups,
        from_receipt=tuple(number for number in single if not every[number].starts),
        from_events=tuple((number, every[number].starts) for number in single if every[number].starts),
        days=_ints([-1 if rule.days is None else rule.days for rule in every]),
        months=_ints([-1 if rule.months is None else rule.months for rule in every]),
        working=_flags([_counts_working(rule, timing) for rule in every]),
        timed=_flags([rule.days is not None or rule.months is not None for rule in every]),
        by_month=_flags([rule.months is not None for rule in every]),
        pauses=_flags([rule.pauses for rule in every]),
        path=_ints([-1 if rule.procedure_path is None else paths.index(rule.procedure_path) for rule in every]),
        paths=paths,
        valid_from=_ints([rule.valid_from for rule in every]),
        valid_until=_ints([rule.valid_until for rule in every]),
        dated=any(rule.valid_from > -FAR_US or rule.valid_until < FAR_US for rule in every),
        met_by=_ints([groups.index(rule.met_by) for rule in every]),
        waived_by=_ints([groups.index(rule.waived_by) if rule.waived_by else -1 for rule in every]),
        ends_with_matter=_flags([rule.ends_with_matter for rule in every]),
        needs_reply_possible=_flags([rule.needs_reply_possible for rule in every]),
        duty=_flags([rule.kind == "duty" for rule in every]),
        right=_flags([rule.kind == "right" for rule in every]),
        having_extension=having([rule.extension_days for rule in every]),
        having_restarts=having([rule.restarts for rule in every]),
        having_not_after=having([rule.not_after for rule in every]),
        in_turn=having([rule.in_turn for rule in every]),
        answers=(codes.index(answer.code), len(rules)) if timing.from_acceptance else (),
        granted=codes.index(answer.code),
        place={**{rule.code: number for number, rule in enumerate(rules)}, None: len(rules)},
    )


def _counts_working(rule: ClockRule, timing: Timing) -> bool:
    return rule.days is not None and (rule.counts == "working" or (rule.counts == "setting" and timing.working_days))


def _ints(values: Sequence[int]) -> Ints:
    return np.array(values, dtype=np.int64)


def _flags(values: Sequence[bool]) -> Flags:
    return np.array(values, dtype=bool)
