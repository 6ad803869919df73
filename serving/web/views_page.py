"""The filters a person keeps: the links on a page, and the page on which they are renamed and removed."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from serving import saved_views
from serving.deps import Caller, ListCaller, Service, service_of
from serving.row_numbers import RowNumber
from serving.web import render
from serving.web.forms import Refused, Short, Text, tried

router = APIRouter(include_in_schema=False)
_HERE = re.compile(r"/(?:list|matters)(?:\?[A-Za-z0-9&=%._~+-]*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewLink:
    """A kept view as a link; `current` where the page shows just it."""

    name: str
    href: str
    current: bool


def links(service: Service, caller: Caller, page: str, query: dict[str, str]) -> list[ViewLink]:
    """The caller's views of a page, beside what it shows now (`query`, its choices)."""
    found = saved_views.kept(service, caller, page)
    return [
        ViewLink(
            name=one.name,
            href=saved_views.address(one),
            current={name: value for name, value in one.query.items() if name != "office"} == query,
        )
        for one in found
    ]


@router.get("/views")
def views_page(request: Request, caller: ListCaller) -> Response:
    """All views of the caller."""
    return _page(request, caller)


@router.post("/views")
def save_form(request: Request, caller: ListCaller, here: Text = "", name: Text = "", csrf: Short = "") -> Response:
    """Keep the filters of the page the form was on and go back there, or say what to mend."""
    service = service_of(request)

    def save() -> None:
        saved_views.save(service, caller, here, name)

    return _saved(request, caller, csrf, save, here=here, name=name)


@router.post("/views/{view_id}/rename")
def rename_form(
    request: Request, caller: ListCaller, view_id: RowNumber, name: Text = "", csrf: Short = ""
) -> Response:
    """Give a view another name."""
    service = service_of(request)
    return _saved(request, caller, csrf, lambda: saved_views.rename(service, caller, view_id, name))


@router.post("/views/{view_id}/remove")
def remove_form(request: Request, caller: ListCaller, view_id: RowNumber, csrf: Short = "") -> Response:
    """Remove a view."""
    service = service_of(request)
    return _saved(request, caller, csrf, lambda: saved_views.remove(service, caller, view_id))


def _saved(
    request: Request, caller: Caller, csrf: str, save: Callable[[], None], *, here: str = "", name: str = ""
) -> Response:
    refused = tried(request, caller, csrf, save)
    if refused is not None:
        return _page(request, caller, refused=refused, here=here, name=name)
    return Response(status_code=303, headers={"Location": here if _HERE.fullmatch(here) else "/views"})


def _page(
    request: Request, caller: Caller, *, refused: Refused | None = None, here: str = "", name: str = ""
) -> Response:
    service = service_of(request)
    return render.page(
        request,
        caller,
        "views.html",
        status=200 if refused is None else refused.status,
        pages=[
            (page, [(one.view_id, one.name, saved_views.address(one)) for one in found])
            for page in saved_views.PAGES
            if (found := saved_views.kept(service, caller, page))
        ],
        most=saved_views.MOST,
        longest=saved_views.LONGEST_NAME,
        refused=refused,
        here=here if _HERE.fullmatch(here) else "",
        name=name,
    )
