"""The matters of an office, page by page, by the filters of the list page and no other (red line 7)."""

from typing import Annotated, Any

import polars as pl
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict

from data.errors import NotFound
from serving import journal
from serving.api.answers import UNCHANGED, tagged
from serving.api.shapes import EXAMPLE
from serving.deps import MatterCaller, service_of
from serving.office_matters import office_matters, seen_by

router = APIRouter(prefix="/v1", tags=["matters"])
_Text = Annotated[str | None, Query(max_length=80)]
_ROW: dict[str, Any] = {
    "matter_id": EXAMPLE["matter_id"],
    "matter_no": EXAMPLE["matter_no"],
    "office_id": "441881",
    "department": "第二检察部",
    "handler": "S0107",
    "category": "criminal_appeal",
    "cause": "injury",
    "procedure_path": "criminal_appeal",
}


class MatterRow(BaseModel):
    """One matter of the ledger, without any judgement of it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ROW]})
    matter_id: str
    matter_no: str
    office_id: str
    department: str | None
    handler: str | None
    category: str | None
    cause: str | None
    procedure_path: str | None


class MatterPage(BaseModel):
    """Matters in order of their numbers."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [_ROW], "page": 1, "page_size": 50, "total": 1}]}
    )
    items: list[MatterRow]
    page: int
    page_size: int
    total: int


@router.get(
    "/matters",
    response_model=MatterPage,
    responses={**UNCHANGED, 404: {"description": "no such office, or not within the caller's scope"}},
)
def read_matters(
    request: Request,
    caller: MatterCaller,
    office: _Text = None,
    number: _Text = None,
    department: _Text = None,
    handler: _Text = None,
    category: _Text = None,
    cause: _Text = None,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
    page_size: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """The matters of one office within the caller's scope; `number` finds numbers that hold it."""
    service, scope = service_of(request), caller.matters
    asked = office or scope.offices[0]
    if asked not in scope.offices:
        raise NotFound(
            "no_such_office_here", "没有该单位，或不在您的权限范围内", "no such office, or not within your scope"
        )
    equal = {"department": department, "handler": handler, "category": category, "cause": cause}
    wanted = [pl.col(name) == value for name, value in equal.items() if value is not None]
    if number:
        wanted.append(pl.col("matter_no").str.contains(number, literal=True))
    found = office_matters(service.store, asked).filter(seen_by(scope), *wanted)  # all in one pass
    shown = found.slice((page - 1) * page_size, page_size).to_dicts()
    service.journal.record(caller.entry(journal.VIEW_MATTERS, asked, {"matters": len(shown), "page": page}))
    items = [MatterRow(**{name: row[name] for name in MatterRow.model_fields}) for row in shown]
    return tagged(request, MatterPage(items=items, page=page, page_size=page_size, total=found.height))
