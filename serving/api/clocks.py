"""The clocks of one matter: what a machine may read of it, without band, reasons or timeline (G25)."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict

from data.times import from_us
from serving import journal, matters
from serving.api.shapes import CLOCK, EXAMPLE, ClockShape, clock_shapes
from serving.card import make_card, place_of
from serving.deps import ClockCaller, service_of
from serving.permissions import check_can_see_matter
from serving.telling import count_call

router = APIRouter(prefix="/v1", tags=["matters"])
_CLOCKS: dict[str, Any] = {
    "matter_id": EXAMPLE["matter_id"],
    "as_of": EXAMPLE["as_of"],
    "is_open": True,
    "clocks": [CLOCK],
}


class ClocksShape(BaseModel):
    """Every clock of a matter at `as_of`."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CLOCKS]})
    matter_id: str
    as_of: str
    is_open: bool
    clocks: list[ClockShape]


@router.get(
    "/matters/{matter_id}/clocks",
    response_model=ClocksShape,
    responses={429: {"description": "a machine asked more than twice the office's open matters today"}},
)
def read_clocks(request: Request, caller: ClockCaller, matter_id: UUID) -> ClocksShape:
    """The clocks of a matter of the caller's scope, running and done."""
    service = service_of(request)
    count_call(service, caller, 1)
    found = matters.find(service, caller, str(matter_id))
    check_can_see_matter(caller.matters, place_of(found.matters.row(0, named=True)))
    card = make_card(found, service.settings, None, matters.context_of(service, found), now=caller.now)
    service.journal.record(
        caller.entry(journal.VIEW_CLOCKS, card.matter["office_id"], {"as_of": card.as_of}, str(matter_id))
    )
    return ClocksShape(
        matter_id=card.matter["matter_id"],
        as_of=from_us(card.as_of).isoformat(),
        is_open=card.is_open,
        clocks=clock_shapes(card, caller.language),
    )
