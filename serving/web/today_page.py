"""The page a handler or the head of a case department starts the day with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response

from data.store import holds
from data.times import local_date
from serving import journal
from serving.deps import TodayCaller, service_of
from serving.lists import Line
from serving.reminders import Step
from serving.today import Owed, Owing, today
from serving.web import render, views
from serving.web.list_view import PART_OF, clock_words
from serving.web.text import translator
from serving.web.views import LineView, Translate, last_day, said

router = APIRouter(include_in_schema=False)
#: So many rows of a section are shown; the list has the rest.
_ROWS = 30
#: A ledger so many days old is said to be behind; it is imported once a month, rarely to the day.
_BEHIND = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a section: the matter, what it is about, and what is owed."""

    matter_id: str
    number: str
    what: str
    line: LineView
    tag: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One heading with its rows; so many `more` are not shown."""

    code: str
    rows: list[Row]
    more: int


@router.get("/today")
def show_today(request: Request, caller: TodayCaller) -> Response:
    """What is owed today; recorded as a view."""
    service, t = service_of(request), translator(caller.language)
    found = today(service, caller)
    service.journal.record(caller.entry(journal.VIEW_TODAY, caller.person.office_id))
    language, zone = caller.language, service.settings.time_zone
    owing = found.owing
    sections = [
        *([] if owing is None else _owing(owing, language, t)),
        _section("flags", [_flag(line, language, t) for line in found.flags]),
        _section("steps", [_step(matter, step, language, t) for matter, step in found.steps]),
    ]
    return render.page(
        request,
        caller,
        "today.html",
        date=local_date(caller.now, zone).isoformat(),
        as_of="" if owing is None else views.day(owing.as_of - 1, zone),
        behind=0 if owing is None or owing.shift < _BEHIND else owing.shift,
        open_matters=0 if owing is None else owing.open_matters,
        sections=sections,
        corrections=found.corrections,
        explanations=found.explanations,
        nothing=not any(section.rows for section in sections),
        bare=owing is None,
        held=bool(holds.open_holds(service.store)),
    )


def _owing(owing: Owing, language: str, t: Translate) -> list[Section]:
    late = [_unanswered(matter, days + owing.shift, language, t) for matter, days in owing.unanswered]
    return [
        _section("follow_ups", [_owed(one, owing.shift, language, t) for one in owing.follow_ups]),
        _section("duties", [_owed(one, owing.shift, language, t) for one in owing.duties]),
        _section("unanswered", late),
    ]


def _section(code: str, rows: list[Row]) -> Section:
    return Section(code=code, rows=rows[:_ROWS], more=max(0, len(rows) - _ROWS))


def _row(matter: Mapping[str, Any], line: LineView, language: str, tag: str = "") -> Row:
    what = " · ".join((views.category(matter["category"], language), views.cause(matter["cause"], language)))
    return Row(matter_id=matter["matter_id"], number=matter["matter_no"], what=what, line=line, tag=tag)


def _owed(one: Owed, shift: int, language: str, t: Translate) -> Row:
    duty = one.duty
    state, words, _ = clock_words(int(duty["days_left"]), bool(duty["missed"]), shift, t)
    line = LineView(
        text=said(duty, language),
        due=last_day(int(duty["due"])),
        days=words,
        state=state,
        article=views.article_of(duty),
    )
    return _row(one.matter, line, language)


def _step(matter: Mapping[str, Any], step: Step, language: str, t: Translate) -> Row:
    state = step.row.state
    return _row(matter, LineView(text=step.row.text, due=step.row.due, days=t(f"plan.{state}"), state=state), language)


def _unanswered(matter: Mapping[str, Any], days: int, language: str, t: Translate) -> Row:
    return _row(matter, LineView(text=t("today.unanswered_days", n=days), state="late"), language)


def _flag(line: Line, language: str, t: Translate) -> Row:
    reasons = line.entry.reasons or line.entry.duties
    text = said(dict(reasons[0]), language) if reasons else t("list.part.spot_help")
    tag = t(f"list.part.{PART_OF[line.entry.part]}")
    return _row(line.matter, LineView(text=text, state="soon"), language, tag)
