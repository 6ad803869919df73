"""The page of the yearly report, whether acting helped: for who decides and for who looks in from outside."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from markupsafe import Markup

from data.errors import NotFound
from data.times import local_date
from monitoring.sunset_page import chart, figures_of, to_html
from serving import journal
from serving.deps import SunsetCaller, service_of
from serving.kept_sunset import read_sunset, years_kept
from serving.web import render

router = APIRouter(include_in_schema=False)
_Year = Annotated[int | None, Query(ge=2000, le=2099)]


@router.get("/sunset")
def sunset_page(request: Request, caller: SunsetCaller, year: _Year = None) -> Response:
    """The newest report, or that of a year; how one is made where there is none yet."""
    service = service_of(request)
    kept = years_kept(service.state_dir)
    chosen = year or (kept[0] if kept else None)
    report = None if chosen is None else read_sunset(service.state_dir, chosen)
    if year is not None and report is None:
        raise _missing(year)
    service.journal.record(caller.entry(journal.VIEW_SUNSET, caller.person.office_id, {"year": chosen}))
    language = caller.language
    return render.page(
        request,
        caller,
        "sunset.html",
        report=report,
        years=kept,
        last_year=local_date(caller.now, service.settings.time_zone).year - 1,
        said="" if report is None else report["said"][language],
        figures=[] if report is None else figures_of(report, language),
        chart="" if report is None else Markup(chart(report, language)),  # noqa: S704 - escaped where it is drawn
        notes=[] if report is None else [(part, [one[language] for one in report[part]]) for part in _NOTES],
    )


@router.get("/sunset/{year}.html")
def sunset_file(request: Request, caller: SunsetCaller, year: Annotated[int, Path(ge=1, le=9999)]) -> Response:
    """The report of a year as one file that opens without a network."""
    service = service_of(request)
    report = read_sunset(service.state_dir, year)
    if report is None:
        raise _missing(year)
    service.journal.record(caller.entry(journal.VIEW_SUNSET, caller.person.office_id, {"year": year}))
    name = f'attachment; filename="sunset-{year}.html"'
    return Response(to_html(report, caller.language), media_type="text/html", headers={"Content-Disposition": name})


_NOTES = ("assumptions", "limits")


def _missing(year: int) -> NotFound:
    return NotFound("no_such_sunset", f"没有 {year} 年的年度评估", f"there is no yearly report of {year}")
