"""Signing in by the office's own sign-on: to the provider and back, or by what the proxy in front says."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from data.store.users import User
from serving.deps import Caller, EntryCaller, service_of
from serving.oidc import ANSWER, NotProven
from serving.problems import TooManyRequests
from serving.proxies import address_of, named
from serving.sessions import AWAY_COOKIE, clear_cookie, cookie_name, new_token, set_cookie
from serving.sign_on import By, admit
from serving.web.account import begin, form, local

router = APIRouter(include_in_schema=False)
_Said = Annotated[str, Query(max_length=4000)]


@router.get("/sign-on")
def sign_on_page(request: Request, caller: EntryCaller, next: str = "") -> Response:
    """Begin a session of the person the proxy in front names, or ask the provider; without either, to the form."""
    service = service_of(request)
    name = named(service.settings, request)
    if name is not None:
        found = _admitted(request, caller, name, "header")
        return begin(request, caller, found, next, signed_on=True) if found else _refused(request, caller, next)
    if service.provider is None:
        return Response(status_code=303, headers={"Location": f"/sign-in?{urlencode({'next': local(next)})}"})
    seed = new_token()
    response = Response(status_code=303, headers={"Location": service.provider.ask_address(seed, now=caller.now)})
    back = urlsafe_b64encode(local(next).encode()).decode()
    set_cookie(response, service.settings.service, AWAY_COOKIE, f"{seed}.{back}")
    return response


@router.get(ANSWER)
def sign_on_answer(
    request: Request,
    caller: EntryCaller,
    code: _Said = "",
    state: _Said = "",
    iss: _Said = "",
    session_state: _Said = "",
    error: _Said = "",
    error_description: _Said = "",
    error_uri: _Said = "",
) -> Response:
    """What the provider answers the browser that asked; what else it says (and may say) is not read or shown."""
    service = service_of(request)
    if service.provider is None:
        return Response(status_code=303, headers={"Location": "/sign-in"})
    address = address_of(service.settings, request)
    if wait := service.attempts.wait_s(address, caller.now):
        raise TooManyRequests(
            "sign_in_limited",
            "此地址登录未成功的次数过多，请稍后再试",
            "too many failed attempts to sign in from this address; try again later",
            wait,
        )
    cookies = service.settings.service
    seed, back = _kept(request.cookies.get(cookie_name(cookies, AWAY_COOKIE), ""))
    try:
        name = service.provider.name_of(seed, code="" if error else code, state=state, iss=iss, now=caller.now)
    except NotProven as problem:
        service.attempts.note_failure(address, caller.now)
        _admitted(request, caller, "", "oidc", why=problem.why)
        response = form(request, caller, back, problem="sign_in.not_proven", status=403)
    else:
        found = _admitted(request, caller, name, "oidc")
        response = begin(request, caller, found, back, signed_on=True) if found else _refused(request, caller, back)
    # The random value has served: the same answer again proves nobody.
    clear_cookie(response, cookies, AWAY_COOKIE)
    return response


def _admitted(request: Request, caller: Caller, name: str, by: By, *, why: str | None = None) -> User | None:
    service = service_of(request)
    found = admit(service.store, service.journal, name, by, now=caller.now, request_id=caller.request_id, why=why)
    service.metrics.sign_ins.labels("failed" if found is None else "done").inc()
    return found


def _refused(request: Request, caller: Caller, back: str) -> Response:
    return form(request, caller, back, problem="sign_in.no_account", status=403)


def _kept(cookie: str) -> tuple[str, str]:
    seed, _, back = cookie.partition(".")
    try:
        return seed, urlsafe_b64decode(back).decode()
    except (Error, ValueError):
        return seed, ""
