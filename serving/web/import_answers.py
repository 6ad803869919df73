"""What the pages of the import have in common: a refusal in the caller's words, an expired form, a way on."""

from fastapi import Request, Response

from data.errors import NotAllowed, PetitionRiskError
from serving.deps import Caller, service_of
from serving.sessions import check_form
from serving.web.text import translator


def check_csrf(request: Request, csrf: str) -> None:
    """Raises NotAllowed for a form that was not made for this browser."""
    if not check_form(service_of(request).settings.service, request.cookies, csrf):
        raise NotAllowed("form_expired", "页面已过期，请刷新后再试", "the page has expired; load it again")


def expired(caller: Caller) -> list[str]:
    """What is said of a form that has expired."""
    return [translator(caller.language)("flag.expired")]


def said(refused: PetitionRiskError, caller: Caller) -> list[str]:
    """A refusal and its details, a line each."""
    side = 0 if caller.language == "zh" else 1
    return [(refused.zh, refused.en)[side], *(pair[side] for pair in refused.details)]


def to(where: str) -> Response:
    """On to another page."""
    return Response(status_code=303, headers={"Location": where})
