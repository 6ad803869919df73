"""The pages of an office's year: what was done and left undone, the matters behind each number, and a table to keep."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from data.errors import NotFound
from data.store import plans, register
from data.store.plans import Plan
from data.times import local_date
from serving import journal
from serving.board_book import board_book
from serving.boards import MEASURES, Board, behind
from serving.deps import BoardCaller, Caller, service_of
from serving.led import led_matters, planned_led
from serving.web import render
from serving.web.board_view import board_values, led_row
from serving.web.text import translator
from serving.web.views import Option

router = APIRouter(include_in_schema=False)
_Office = Annotated[str, Query(max_length=40)]
_Year = Annotated[int | None, Query(ge=2000, le=2100)]
_Page = Annotated[int, Query(ge=1, le=10_000)]
#: Of the offices a leader may see, the own one and all below it together.
_ALL = "*"
_ROWS = 200
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("/board")
def board_page(request: Request, caller: BoardCaller, office: _Office = "", year: _Year = None) -> Response:
    """The year of an office of the caller's scope, by default the own one and the latest."""
    office, board, names = _board(request, caller, office, year, journal.VIEW_BOARD)
    t, settings = translator(caller.language), service_of(request).settings
    this_year = local_date(caller.now, settings.time_zone).year
    targets = {"receptions": settings.board.receptions, "letters": settings.board.letters}
    return render.page(
        request,
        caller,
        "board.html",
        office=office,
        offices=_offices(caller, names, t("board.all")),
        years=[Option(value=str(one), label=str(one)) for one in range(this_year, this_year - 5, -1)],
        led_matters=len(led_matters(board.facts.matters, _planned(request, caller, office))),
        # What leaders set themselves is set for their own office.
        **board_values(board, {} if office == _ALL else targets, caller.language, t),
    )


@router.get("/board/led")
def led_page(request: Request, caller: BoardCaller, office: _Office = "", page: _Page = 1) -> Response:
    """The register of led matters of an office, as its ledger stands."""
    office, board, _ = _board(request, caller, office, None, journal.VIEW_BOARD_ROWS, "led")
    t = translator(caller.language)
    found = led_matters(board.facts.matters, _planned(request, caller, office))
    shown = found[(page - 1) * _ROWS : page * _ROWS]
    return render.page(
        request,
        caller,
        "board_led.html",
        title=t("board.rows", what=t("board.led"), n=len(found)),
        back=f"/board?office={office}",
        more=f"/board/led?office={office}&page={page + 1}" if page * _ROWS < len(found) else None,
        rows=[led_row(one, caller.language, t) for one in shown],
    )


@router.get("/board/{measure}")
def rows_page(
    request: Request, caller: BoardCaller, measure: str, office: _Office = "", year: _Year = None, page: _Page = 1
) -> Response:
    """The matters behind a number."""
    office, board, _ = _board(request, caller, office, year, journal.VIEW_BOARD_ROWS, measure)
    t = translator(caller.language)
    rows, count = behind(board.facts, measure, skip=(page - 1) * _ROWS, most=_ROWS)
    return render.page(
        request,
        caller,
        "board_rows.html",
        title=t("board.rows", what=t(f"board.{measure}"), n=count),
        back=f"/board?office={office}&year={board.facts.year}",
        more=f"/board/{measure}?office={office}&year={board.facts.year}&page={page + 1}"
        if page * _ROWS < count
        else None,
        rows=[
            {
                "matter_id": row.matter["matter_id"],
                "number": row.matter["matter_no"],
                "department": row.matter["department"] or t("none"),
                "handler": row.matter["handler"] or t("none"),
                "day": row.day.isoformat(),
                "state": row.state,
            }
            for row in rows
        ],
    )


@router.get("/board.xlsx")
def workbook(request: Request, caller: BoardCaller, office: _Office = "", year: _Year = None) -> Response:
    """The totals as a table; no matter stands in it."""
    office, board, names = _board(request, caller, office, year, journal.EXPORT_BOARD)
    t = translator(caller.language)
    shown = board_values(board, {}, caller.language, t)
    who = t("board.all") if office == _ALL else names.get(office, office)
    content = board_book(board, who, caller.person.display_name, shown["led"], shown["steps"], t)
    name = {"Content-Disposition": f'attachment; filename="board-{board.facts.year}.xlsx"'}
    return Response(content=content, media_type=_XLSX, headers=name)


def _board(
    request: Request, caller: Caller, office: str, year: int | None, action: str, measure: str | None = None
) -> tuple[str, Board, dict[str, str]]:
    """The office, its board as the caller may see it, and the offices' names; the view is on record.

    Counted is what the caller may open: a number beyond it would tell how many complaints are kept from them (G16).
    """
    service, scope = service_of(request), caller.matters
    office = office or scope.offices[0]
    together = office == _ALL and bool(scope.offices[1:])
    if (office not in scope.offices and not together) or measure not in (None, "led", *MEASURES):
        raise NotFound("no_such_board", "没有该页面，或不在您的权限范围内", "no such page, or not within your scope")
    told = {"year": year, "measure": measure, "offices": len(scope.offices) if together else 1}
    service.journal.record(caller.entry(action, scope.offices[0] if together else office, told))
    offices = scope.offices if together else [office]
    board = service.boards.board(service.store, service.settings, scope, offices, year)
    names = register.read_offices(service.store)
    return office, board, dict(zip(names["office_id"], names["name"], strict=True))


def _offices(caller: Caller, names: dict[str, str], together: str) -> list[Option]:
    own = [Option(value=one, label=names.get(one, one)) for one in caller.matters.offices]
    return [*own, Option(value=_ALL, label=together)] if len(own) > 1 else own


def _planned(request: Request, caller: Caller, office: str) -> set[str]:
    """The matters of an office, or of all, of which the latest plan says that a leader takes them over."""
    store, offices = service_of(request).store, caller.matters.offices if office == _ALL else [office]
    return {matter for one in offices for matter in planned_led(plans.latest_of_office(store, Plan, one))}
