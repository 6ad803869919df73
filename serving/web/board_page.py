"""The pages of an office's year: what was done and left undone, the matters behind each number, and a table to keep."""

import io
from dataclasses import replace
from typing import Annotated, Any

import polars as pl
import xlsxwriter
from fastapi import APIRouter, Query, Request, Response

from data.contract import Register
from data.errors import NotFound
from data.store import register as register_store
from data.times import local_date
from data.vocabulary import FORMS, RANKS
from features.timing import timing_of
from serving import journal
from serving.boards import ACTS, DUTIES, ENDS, Board, Figure, make_board
from serving.deps import BoardCaller, Caller, service_of
from serving.permissions import MatterPlace
from serving.web import render, views
from serving.web.text import translator
from serving.web.views import Option

router = APIRouter(include_in_schema=False)
_Office = Annotated[str, Query(max_length=40)]
_Year = Annotated[int | None, Query(ge=2000, le=2100)]
RATES = ("resolved", "resolved_together", "backlog", "look_back")
_ROWS = 200
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("/board")
def board_page(request: Request, caller: BoardCaller, office: _Office = "", year: _Year = None) -> Response:
    """The year of an office of the caller's scope, by default the own one and the latest."""
    office, _, board, names = _board(request, caller, office, year, journal.VIEW_BOARD)
    t, settings = translator(caller.language), service_of(request).settings
    zone = settings.time_zone
    years = range(local_date(caller.now, zone).year, local_date(caller.now, zone).year - 5, -1)
    targets = {"receptions": settings.board.receptions, "letters": settings.board.letters}
    return render.page(
        request,
        caller,
        "board.html",
        title=t("board.title", year=board.year),
        office=office,
        year=board.year,
        until=local_date(board.until - 1, zone).isoformat(),
        offices=[Option(value=one, label=names.get(one, one)) for one in caller.matters.offices],
        years=[Option(value=str(one), label=str(one)) for one in years],
        empty=not any(figure.rows for figure in board.figures.values()) and not board.causes,
        duties=[board.figures[code] for code in DUTIES],
        acts=[board.figures[code] for code in ACTS],
        targets=targets,
        rates_=[board.figures[code] for code in RATES],
        ends=[(kind, board.ends[kind]) for kind in ENDS],
        money=yuan(board.money),
        led=[
            (
                t(f"board.{one.act}"),
                views.of_code(RANKS, one.rank, caller.language),
                views.of_code(FORMS, one.form, caller.language),
                one.count,
            )
            for one in board.led
        ],
        causes=[
            {
                "cause": views.cause(one.cause, caller.language),
                "department": one.department or "—",
                "registered": t("board.few") if one.registered is None else one.registered,
                "missed": one.missed,
                "surge": "" if one.surge is None else t("board.surge", now=one.surge, before=f"{one.before:.1f}"),
            }
            for one in board.causes
        ],
        share=share,
    )


@router.get("/board/{measure}")
def rows_page(
    request: Request,
    caller: BoardCaller,
    measure: str,
    office: _Office = "",
    year: _Year = None,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    """The matters behind a number."""
    office, register, board, _ = _board(request, caller, office, year, journal.VIEW_BOARD_ROWS, measure)
    figure, t = board.figures[measure], translator(caller.language)
    held = {row["matter_id"]: row for row in register.matters.iter_rows(named=True)}
    shown = figure.rows[(page - 1) * _ROWS : page * _ROWS]
    more = f"/board/{measure}?office={office}&year={board.year}&page={page + 1}"
    return render.page(
        request,
        caller,
        "board_rows.html",
        title=t("board.rows", what=t(f"board.{measure}"), n=len(figure.rows)),
        back=f"/board?office={office}&year={board.year}",
        more=more if page * _ROWS < len(figure.rows) else None,
        rows=[
            {
                "matter_id": row.matter_id,
                "number": held[row.matter_id]["matter_no"],
                "department": held[row.matter_id]["department"] or "—",
                "handler": held[row.matter_id]["handler"] or "—",
                "day": row.day.isoformat(),
                "state": row.state,
            }
            for row in shown
        ],
    )


@router.get("/board.xlsx")
def workbook(request: Request, caller: BoardCaller, office: _Office = "", year: _Year = None) -> Response:
    """The totals as a table; no matter stands in it."""
    office, _, board, names = _board(request, caller, office, year, journal.EXPORT_BOARD)
    t = translator(caller.language)
    lines: list[tuple[Any, ...]] = [
        (t("board.title", year=board.year), names.get(office, office), caller.person.display_name),
        (t("board.recipient"),),
        (t("board.measure"), t("board.done"), t("board.of"), t("board.how")),
        *(
            (t(f"board.{code}"), board.figures[code].part, board.figures[code].whole, t(f"board.{code}.how"))
            for code in (*DUTIES, *RATES)
        ),
        *((t(f"board.{code}"), board.figures[code].part) for code in ACTS),
        (t("board.money"), board.money / 100),
        *((t(f"board.end.{kind}"), board.ends[kind]) for kind in ENDS),
    ]
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        sheet, quoted = book.add_worksheet(), book.add_format({"quote_prefix": True})
        sheet.set_column(0, 3, 28)
        for row, line in enumerate(lines):
            for column, value in enumerate(line):
                if isinstance(value, str):
                    # What an office is called is the office's own text: it stays a text when the cell is edited.
                    sheet.write_string(row, column, value, quoted)
                elif value is not None:
                    sheet.write_number(row, column, value)
        sheet.freeze_panes(3, 1)
    name = {"Content-Disposition": f'attachment; filename="board-{board.year}.xlsx"'}
    return Response(content=buffer.getvalue(), media_type=_XLSX, headers=name)


def share(figure: Figure) -> str:
    """The share in per cent with one decimal, a dash where there is nothing to divide by."""
    return "—" if not figure.whole else f"{100 * figure.part / figure.whole:.1f}%"


def yuan(fen: int) -> str:
    """Money in yuan."""
    return f"{fen / 100:,.2f}"


def _board(
    request: Request, caller: Caller, office: str, year: int | None, action: str, measure: str | None = None
) -> tuple[str, Register, Board, dict[str, str]]:
    """The office, what of its register the caller may see, its board, and the offices' names; the view is on record.

    Counted is what the caller may open: a number beyond it would tell how many complaints are kept from them (G16).
    """
    service, scope = service_of(request), caller.matters
    office = office or scope.offices[0]
    if office not in scope.offices or (measure is not None and measure not in (*DUTIES, *ACTS, *RATES)):
        raise NotFound("no_such_board", "没有该页面，或不在您的权限范围内", "no such page, or not within your scope")
    entry = caller.entry(action, office, {"year": year, "measure": measure})
    service.journal.record(entry)
    whole = register_store.read_register(service.store, offices=[office])
    mine = [
        row["matter_id"]
        for row in whole.matters.iter_rows(named=True)
        if scope.holds(
            MatterPlace(
                office_id=row["office_id"],
                department=row["department"],
                handler=row["handler"],
                respondent_post=row["respondent_post"],
            )
        )
    ]
    held = pl.col("matter_id").is_in(mine)
    seen = replace(
        whole,
        matters=whole.matters.filter(held),
        events=whole.events.filter(held),
        attributes=whole.attributes.filter(held),
    )
    latest = local_date(whole.observed_until - 1, whole.time_zone).year
    board = make_board(seen, min(year or latest, latest), timing=timing_of(service.settings.clock))
    offices = register_store.read_offices(service.store)
    return office, seen, board, dict(zip(offices["office_id"], offices["name"], strict=True))
