"""How the clocks of an office count: which rules, which days, from when; made from its settings."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from data.clock_settings import ClockSettings, PathClock
from data.errors import SettingsError
from data.times import DAY_US, FAR_US
from features.clock_rules import BY_CODE, CLOCKS, ClockRule

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Timing:
    """The clocks in force, the shipped ones first; how their days count; and days of the calendar set otherwise.

    `from_acceptance`: the three months run from acceptance where there is one.  `rest` and `work` are days since
    1970 that the calendar of holidays has wrong, or does not know yet.
    """

    rules: tuple[ClockRule, ...] = CLOCKS
    working_days: bool = False
    from_acceptance: bool = False
    rest: tuple[int, ...] = ()
    work: tuple[int, ...] = ()


def timing_of(settings: ClockSettings) -> Timing:
    """The timing of an office, the same object for equal settings: much is compiled once for each, and kept.

    Raises SettingsError for a path clock that takes a shipped clock's code.
    """
    return _timing(settings.calendar, settings.reply_from, settings.rest_days, settings.work_days, settings.paths)


@lru_cache(maxsize=64)
def _timing(
    calendar: str,
    reply_from: str,
    rest_days: tuple[date, ...],
    work_days: tuple[date, ...],
    paths: tuple[PathClock, ...],
) -> Timing:
    if taken := sorted({path.code for path in paths} & set(BY_CODE)):
        raise SettingsError(
            "clock_code_taken",
            f"clock.paths：{'、'.join(taken)} 是内置时限的代码，请换一个",
            f"clock.paths: {', '.join(taken)} is the code of a shipped clock; take another",
        )
    return Timing(
        rules=(*CLOCKS, *(_rule(path) for path in paths)),
        working_days=calendar == "working",
        from_acceptance=reply_from == "acceptance",
        rest=tuple(sorted((day - _EPOCH).days for day in rest_days)),
        work=tuple(sorted((day - _EPOCH).days for day in work_days)),
    )


def _rule(path: PathClock) -> ClockRule:
    return ClockRule(
        code=path.code,
        zh=path.zh,
        en=path.en,
        article=path.article,
        procedure_path=path.procedure_path,
        starts=path.starts,
        met_by=path.met_by,
        restarts=path.restarts,
        waived_by=path.waived_by,
        days=path.days,
        months=path.months,
        counts="working" if path.working else "calendar",
        pauses=path.pauses,
        valid_from=-FAR_US if path.valid_from is None else (path.valid_from - _EPOCH).days * DAY_US,
        valid_until=FAR_US if path.valid_until is None else (path.valid_until - _EPOCH).days * DAY_US,
        feature=False,
    )


#: The clocks as shipped.
SHIPPED = timing_of(ClockSettings())
