"""How a page is made: the template environment, the frame every page shares, and the error page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from data.errors import PetitionRiskError
from data.store.audit import Entry
from data.store.users import User
from data.times import local_date
from serving import notices
from serving.deps import LANGUAGE_COOKIE, Caller, known_parameters, language_of, request_id_of, service_of
from serving.kept_pages import FORM_TOKEN, REQUEST_ID, KeptPage, pieces
from serving.permissions import Right, Scope, can_use
from serving.problems import PasswordChangeRequired, Unreadable
from serving.sessions import form_token
from serving.web.text import translator
from serving.web.tour import TourBar, tour_bar
from serving.web.wrong_query import WrongQuery

TEMPLATES = Path(__file__).parent.parent / "templates"
_YEAR_S = 365 * 86_400
_NAV: tuple[tuple[str, str, Right], ...] = (
    ("nav.today", "/today", Right.TODAY),
    ("nav.tasks", "/tasks", Right.TASKS),
    ("nav.sign", "/sign", Right.SIGN),
    ("nav.list", "/list", Right.LISTS),
    ("nav.matters", "/matters", Right.MATTERS),
    ("nav.board", "/board", Right.BOARD),
    ("nav.links", "/links", Right.LINKS),
    ("nav.corrections", "/corrections", Right.CORRECTIONS),
    ("nav.models", "/models", Right.MODELS),
    ("nav.monitor", "/monitor", Right.MONITOR),
    ("nav.harm", "/harm", Right.HARM),
    ("nav.import", "/import", Right.IMPORT),
    ("nav.run", "/run", Right.RUN),
    ("nav.mappings", "/mappings", Right.MAPPINGS),
    ("nav.log", "/log", Right.LOG),
    ("nav.digest", "/digest", Right.DIGEST),
    ("nav.sunset", "/sunset", Right.SUNSET),
    ("nav.tokens", "/tokens", Right.TOKENS),
    ("nav.about", "/about", Right.OPEN),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NavItem:
    """One place in the navigation."""

    key: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFrame:
    """What the frame of a kept page rests on."""

    person: User
    scope: Scope | None
    bell: int | None
    tour: TourBar | None
    day: date


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The templates: escaped always, an unknown name is an error."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def page(request: Request, caller: Caller, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """The answer for one page; a `?lang=` in the address is kept in a cookie."""
    text = _render(
        request, caller.language, caller.request_id, caller.user, template, values, bell=_bell(request, caller)
    )
    response = HTMLResponse(text, status_code=status)
    _keep_language(request, response)
    return response


def kept_page(
    request: Request,
    caller: Caller,
    template: str,
    *,
    again: Callable[[Caller], object],
    told: Callable[[Caller], Entry],
    until: int,
    make: Callable[[object], Mapping[str, Any]],
) -> HTMLResponse:
    """A page to read, written again where anything it rests on has changed, or from the instant `until`.

    `again` gives what it rests on for a caller now: beside the person, the bell, the tour and the day, all that what
    `make`, told it, gives the template comes from.  `told` gives the record of the view, which is committed here.
    """
    service = service_of(request)
    service.journal.record(told(caller))
    frame, rest = whole = rests_on(request, caller, again)
    found = service.pages.find(page_key(request, caller), caller.now)
    if found is None or found.rests_on != whole:
        values = dict(make(rest))
        text = _render(
            request, caller.language, REQUEST_ID, caller.person, template, values, bell=frame.bell, token=FORM_TOKEN
        )
        found = KeptPage(rests_on=whole, until=until, again=again, told=told, pieces=pieces(text))
        service.pages.keep(page_key(request, caller), found)
    return written(request, caller, found)


def page_key(request: Request, caller: Caller) -> tuple[str, ...]:
    """What a page is kept under: the person, the language and the address."""
    return (caller.person.user_id, caller.language, request.url.path, request.url.query)


def rests_on(request: Request, caller: Caller, again: Callable[[Caller], object]) -> "tuple[KeptFrame, object]":
    """All that a kept page rests on for a caller now: its frame, and what `again` says."""
    service, person = service_of(request), caller.person
    frame = KeptFrame(
        person=person,
        scope=caller.scope,
        bell=_bell(request, caller),
        tour=tour_bar(service, person, request.url.path, caller.language),
        day=local_date(caller.now, service.settings.time_zone),
    )
    return frame, again(caller)


def written(request: Request, caller: Caller, found: KeptPage) -> HTMLResponse:
    """The answer with a kept page."""
    token = form_token(service_of(request).settings.service, request.cookies)
    response = HTMLResponse(found.written(caller.request_id, token))
    _keep_language(request, response)
    return response


def _bell(request: Request, caller: Caller) -> int | None:
    user = caller.user
    return notices.unread(service_of(request), caller) if user is not None and can_use(user, Right.LISTS) else None


def error_page(request: Request, error: PetitionRiskError, *, status: int | None = None) -> Response:
    """The page for a refusal; who is not signed in is led to the sign-in page."""
    code = status or error.status
    if code == 401:
        return to_sign_in(request)
    if isinstance(error, PasswordChangeRequired):
        return Response(status_code=303, headers={"Location": "/password"})
    language = language_of(request)
    caller: Caller | None = getattr(request.state, "caller", None)
    user = None if caller is None else caller.user
    values: dict[str, Any] = {
        "status": code,
        "message": error.zh if language == "zh" else error.en,
        "mend": _mended(request, error),
        "details": [zh if language == "zh" else en for zh, en in error.details],
    }
    text = _render(request, language, request_id_of(request), user, "error.html", values)
    retry = getattr(error, "retry_after", None)
    return HTMLResponse(text, status_code=code, headers={"Retry-After": str(retry)} if retry is not None else None)


def _mended(request: Request, error: PetitionRiskError) -> str:
    """The address to read the page at without what is wrong with it; empty for none."""
    if isinstance(error, WrongQuery):
        return error.mend
    if request.method != "GET" or not isinstance(error, Unreadable):
        return ""
    known = known_parameters(request) - {"lang"}
    kept = {name: value for name, value in request.query_params.items() if name in known}
    return request.url.path + (f"?{urlencode(kept)}" if kept else "")


def to_sign_in(request: Request) -> Response:
    """To the sign-in page and, for a plain reading request, back again afterwards."""
    where = "/sign-in"
    if request.method == "GET" and request.url.path != "/":
        back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        where += "?" + urlencode({"next": back})
    return Response(status_code=303, headers={"Location": where})


def _render(
    request: Request,
    language: str,
    request_id: str,
    user: User | None,
    template: str,
    values: dict[str, Any],
    *,
    bell: int | None = None,
    token: str | None = None,
) -> str:
    path = request.url.path
    known = known_parameters(request) - {"lang"}
    query = [(name, value) for name, value in request.query_params.items() if name in known]
    query.append(("lang", "en" if language == "zh" else "zh"))
    nav = [
        NavItem(key=key, href=href, current=path == href)
        for key, href, right in _NAV
        if user is not None and not user.must_change and can_use(user, right)
    ]
    frame: dict[str, Any] = {
        "t": translator("zh" if language == "zh" else "en"),
        "lang": language,
        "person": user,
        "nav": nav,
        "bell": bell,
        "tour": None if user is None else tour_bar(service_of(request), user, path, "zh" if language == "zh" else "en"),
        "demo": service_of(request).settings.demo,
        "request_id": request_id,
        "csrf": token or form_token(service_of(request).settings.service, request.cookies),
        # A page that answers a form has no address of its own to read in the other language.
        "other_language_url": f"{path if request.method == 'GET' else '/'}?{urlencode(query)}",
    }
    return environment().get_template(template).render({**frame, **values})


def _keep_language(request: Request, response: Response) -> None:
    asked = request.query_params.get("lang")
    if asked in ("zh", "en"):
        response.set_cookie(
            LANGUAGE_COOKIE,
            asked,
            max_age=_YEAR_S,
            httponly=True,
            samesite="lax",
            secure=service_of(request).settings.service.secure_cookies,
        )
