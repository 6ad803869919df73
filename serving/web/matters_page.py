"""The page of the matters within a person's scope: found by number or cause, narrowed, each leading to its own page."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

import polars as pl
from fastapi import APIRouter, Query, Request, Response

from data.errors import NotFound
from data.store import register
from data.vocabulary import CATEGORIES, CAUSES
from serving import journal, lists
from serving.deps import MatterCaller, Service, service_of
from serving.due_states import UNKNOWN, Stood, due_states
from serving.lists import Line
from serving.office_matters import office_matters, seen_by, sought_by
from serving.web import render, views, views_page
from serving.web.list_view import CLOCK_STATES, PART_OF, WORK_STATES, stands
from serving.web.text import translator
from serving.web.views import Option, Translate
from serving.workflow import state_of

router = APIRouter(include_in_schema=False)
_Text = Annotated[str, Query(max_length=80)]
_ROWS = 50
_EQUAL = ("department", "handler", "category", "cause")


@router.get("/matters")
def matters_page(
    request: Request,
    caller: MatterCaller,
    office: _Text = "",
    number: _Text = "",
    department: _Text = "",
    handler: _Text = "",
    category: _Text = "",
    cause: _Text = "",
    clock: Literal["", "late", "week", "later", "none"] = "",
    state: Literal["", "pending", "bare", "planned"] = "",
    month: Annotated[str, Query(pattern=r"^(\d{4}-\d{2})?$")] = "",
    sort: Literal["", "due", "number", "handler"] = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    """The matters of one office within the caller's scope, a page of them; recorded as a view."""
    service, scope, t = service_of(request), caller.matters, translator(caller.language)
    asked = office or scope.offices[0]
    if asked not in scope.offices:
        raise NotFound(
            "no_such_office_here", "没有该单位，或不在您的权限范围内", "no such office, or not within your scope"
        )
    mine = office_matters(service.store, asked).filter(seen_by(scope))
    equal = {"department": department, "handler": handler, "category": category, "cause": cause}
    chosen = {name: value for name, value in equal.items() if value}
    found = mine.filter(sought_by(number), *(pl.col(name) == value for name, value in chosen.items()))
    stood, listed = due_states(service, caller, asked), _listed(service, caller, asked)
    found = found.with_columns(
        due=pl.Series([stood.get(one, UNKNOWN).due for one in found["matter_id"]], dtype=pl.String),
        month=pl.Series([stood.get(one, UNKNOWN).month for one in found["matter_id"]], dtype=pl.String),
    )
    for name, value in (("due", clock), ("month", month)):
        found = found.filter(pl.col(name) == value) if value else found
    if state:
        found = found.filter(pl.col("matter_id").is_in([one for one in listed if stands(listed[one], state)]))
    chosen |= {name: value for name, value in {"clock": clock, "state": state, "month": month}.items() if value}
    if sort in ("", "due"):  # what is owed soonest stands first, what asks for nothing last
        found = found.sort(pl.col("due").cast(pl.Enum(CLOCK_STATES)), maintain_order=True)
    elif sort == "handler":
        found = found.sort(pl.col("handler").is_null(), "handler", maintain_order=True)
    pages = max(1, -(-found.height // _ROWS))
    at = min(page, pages)
    shown = found.slice((at - 1) * _ROWS, _ROWS).to_dicts()
    narrowed = sorted([*chosen, *(["number"] if number else [])])
    detail = {"matters": len(shown), "page": at, "narrowed": narrowed}
    service.journal.record(caller.entry(journal.VIEW_MATTERS, asked, detail))
    query = chosen | ({"sort": sort} if sort else {})
    address = {"office": asked, **query, **({"number": number} if number else {})}
    names = {office_id: name for office_id, _, name in register.office_names(service.store)}
    return render.page(
        request,
        caller,
        "matters.html",
        total=found.height,
        nothing_at_all=mine.is_empty(),
        rows=[_row(row, listed.get(row["matter_id"]), caller.language) for row in shown],
        offices=[Option(value=one, label=names.get(one, one)) for one in scope.offices],
        office=asked,
        number=number,
        chosen=equal | {"clock": clock, "state": state, "month": month, "sort": sort},
        choices=_choices(mine, caller.language) | _more_choices(stood, t),
        sorts=[
            Option(value="", label=t("list.filter.clock")),
            Option(value="number", label=t("list.col.matter")),
            Option(value="handler", label=t("list.col.handler")),
        ],
        filtered=bool(chosen or number),
        saved=views_page.links(service, caller, "matters", query),
        may_save=bool(query),
        here="/matters?" + urlencode(address),
        page=at,
        pages=pages,
        previous="/matters?" + urlencode({**address, "page": str(at - 1)}) if at > 1 else None,
        next="/matters?" + urlencode({**address, "page": str(at + 1)}) if at < pages else None,
    )


def _listed(service: Service, caller: MatterCaller, office: str) -> dict[str, Line]:
    latest = lists.current(service.store, office)
    if latest is None:
        return {}
    lines = lists.lines(service.store, latest, caller.matters, caller.person.role, offices=[office])
    return {line.entry.matter_id: line for line in reversed(lines)}


def _row(row: dict[str, Any], line: Line | None, language: str) -> dict[str, Any]:
    return {
        "matter_id": row["matter_id"],
        "number": row["matter_no"],
        "department": row["department"] or "—",
        "handler": row["handler"] or "—",
        "category": views.category(row["category"], language),
        "cause": views.cause(row["cause"], language),
        "due": row["due"],
        "month": row["month"] or "—",
        "planned": line is not None and line.plan is not None,
        "part": "" if line is None else PART_OF[line.entry.part],
        "state": "" if line is None else state_of(line.decision),
    }


def _more_choices(stood: Mapping[str, Stood], t: Translate) -> dict[str, list[Option]]:
    months = sorted({one.month for one in stood.values() if one.month}, reverse=True)
    return {
        "clock": [Option(value=one, label=t(f"list.clock.{one}")) for one in CLOCK_STATES],
        "state": [Option(value=one, label=t(f"list.state.{one}")) for one in WORK_STATES],
        "month": [Option(value=one, label=one) for one in months],
    }


def _choices(mine: pl.DataFrame, language: str) -> dict[str, list[Option]]:
    side = 0 if language == "zh" else 1
    tables = {"category": CATEGORIES, "cause": CAUSES}
    found: dict[str, list[Option]] = {}
    for name in _EQUAL:
        values = mine[name].drop_nulls().unique().sort().to_list()
        labels = tables.get(name, {})
        found[name] = [Option(value=one, label=labels[one][side] if one in labels else one) for one in values]
    return found
