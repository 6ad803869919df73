"""What a page shows of a clock, a duty, a reason or a date: plain words in one language, nothing computed anew."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from data.times import DAY_US, from_us, local_date
from data.vocabulary import CATEGORIES, CAUSES, PROCEDURES

Translate = Callable[..., str]

_SOURCE_MARK = re.compile(r"\[S\d\]")

#: Days within which a running clock is shown as near.
SOON_DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One choice of a select box."""

    value: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockView:
    """One clock: state is late, soon, later, met or none (ended, waived); `days` says it in words."""

    name: str
    article: str
    started: str
    due: str
    state: str
    days: str
    check: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """One duty or help in words, with its date, article and state."""

    text: str
    due: str = ""
    days: str = ""
    state: str = "later"
    article: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """A step of ours: its day, what it is called, and where the timeline of the page has it."""

    date: str
    name: str
    anchor: str


def of_code(table: Mapping[str, tuple[str, str]], code: str | None, language: str) -> str:
    """The label of a code; a site's own code is shown as it is, a missing one as a dash."""
    if not code:
        return "—"
    labels = table.get(code)
    return code if labels is None else labels[0 if language == "zh" else 1]


def category(code: str | None, language: str) -> str:
    """The label of a case category."""
    return of_code(CATEGORIES, code, language)


def cause(code: str | None, language: str) -> str:
    """The label of a cause."""
    return of_code(CAUSES, code, language)


def procedure(code: str | None, language: str) -> str:
    """The label of a procedure path."""
    return of_code(PROCEDURES, code, language)


def day(micros: int | None, zone: str) -> str:
    """The local calendar day of an instant, ISO, empty for none."""
    return "" if micros is None else local_date(micros, zone).isoformat()


def moment(micros: int | None, zone: str) -> str:
    """The local day and time of an instant, to the minute."""
    if micros is None:
        return ""
    return from_us(micros).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def wall_day(wall_micros: int) -> str:
    """The calendar day of local wall-clock microseconds, ISO."""
    return from_us(wall_micros).date().isoformat()


def last_day(due_wall_micros: int) -> str:
    """The last day on which a duty is in time; `due` is exclusive, 00:00 of the day after."""
    return wall_day(due_wall_micros - DAY_US)


def days_in_words(days_left: int, t: Translate) -> tuple[str, str]:
    """State and words of an unmet clock: `days_left` whole days to the exclusive due instant, ≤ 0 when late.

    On the last day in time one day is left, which reads "due today".
    """
    if days_left <= 0:
        late = 1 - days_left
        return "late", t("days.late_one") if late == 1 else t("days.late", n=late)
    if days_left == 1:
        return "soon", t("days.today")
    left = days_left - 1
    words = t("days.left_one") if left == 1 else t("days.left", n=left)
    return ("soon" if left <= SOON_DAYS else "later"), words


def article_of(row: Mapping[str, Any]) -> str:
    """The article a row rests on, without our own marks of where it was read."""
    return _SOURCE_MARK.sub("", str(row.get("article") or "")).strip()


def said(row: Mapping[str, Any], language: str, name: str = "") -> str:
    """The text of a stored row in one language: keys zh/en, or NAME_zh/NAME_en."""
    key = f"{name}_{language}" if name else language
    return str(row.get(key) or "")
