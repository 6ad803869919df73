"""The page of a matter."""

from fastapi import APIRouter, Request, Response

from data.store import register
from serving.deps import MatterCaller, service_of
from serving.matters import can_see_timeline, is_spot_check, open_matter
from serving.web import render
from serving.web.matter_view import matter_page
from serving.web.text import translator

router = APIRouter(include_in_schema=False)


@router.get("/matters/{matter_id}")
def show_matter(request: Request, caller: MatterCaller, matter_id: str) -> Response:
    """Duties, reasons, help, clocks and timeline of one matter."""
    service = service_of(request)
    card, found = open_matter(service, caller, matter_id)
    names = {row["office_id"]: row["name"] for row in found.offices.iter_rows(named=True)}
    office = names.get(card.matter["office_id"], card.matter["office_id"])
    shown = matter_page(
        card,
        found.events if can_see_timeline(caller, card) else None,
        office=office,
        hidden_band=is_spot_check(service, matter_id),
        kinds={kind.code: (str(kind.role), kind.zh, kind.en) for kind in register.read_kinds(service.store)},
        now=caller.now,
        language=caller.language,
        t=translator(caller.language),
    )
    return render.page(request, caller, "matter.html", page=shown)
