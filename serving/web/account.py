"""Pages to sign in and out, and to change one's password."""

import re
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request, Response

from data.errors import NotAllowed
from data.store.audit import Entry
from data.store.users import User
from serving.accounts import change_password, record_sign_out, sign_in
from serving.deps import Caller, EntryCaller, PasswordCaller, service_of
from serving.journal import SIGN_IN_LIMITED
from serving.problems import TooManyRequests
from serving.proxies import address_of, named
from serving.sessions import (
    BEFORE_COOKIE,
    COOKIE,
    check_form,
    clear_cookie,
    cookie_name,
    end_session,
    form_token_of,
    new_token,
    set_cookie,
    start_session,
)
from serving.web import render

router = APIRouter(include_in_schema=False)
_MESSAGES = {"ended": "sign_in.ended", "timeout": "sign_in.timeout"}
TWO_WORDS = ("两次输入的新密码不一致", "the new password was not typed the same twice")
_LOCAL = re.compile(r"/(?![/\\])[A-Za-z0-9/?&=%._~+-]*")


@router.get("/sign-in")
def sign_in_page(request: Request, caller: EntryCaller, next: str = "", message: str = "") -> Response:
    """The form; a token of its own ties it to this browser. Whom the proxy names goes on, unless just signed out."""
    if not message and named(service_of(request).settings, request) is not None:
        return _sign_on_at(next)
    return form(request, caller, next, message=_MESSAGES.get(message))


@router.post("/sign-in")
def sign_in_form(
    request: Request,
    caller: EntryCaller,
    user: Annotated[str, Form(max_length=64)] = "",
    password: Annotated[str, Form(max_length=256)] = "",
    csrf: Annotated[str, Form(max_length=128)] = "",
    next: Annotated[str, Form(max_length=600)] = "",
) -> Response:
    """Begin a session, or show the form again; it never says which of the two words was wrong."""
    service = service_of(request)
    cookies = service.settings.service
    if not check_form(cookies, request.cookies, csrf):
        return form(request, caller, next, problem="sign_in.expired", status=403)
    address = address_of(service.settings, request)
    if wait := service.attempts.wait_s(address, caller.now):
        service.metrics.sign_ins.labels("limited").inc()
        raise TooManyRequests(
            "sign_in_limited",
            "此地址登录未成功的次数过多，请稍后再试",
            "too many failed attempts to sign in from this address; try again later",
            wait,
        )
    found = sign_in(service.store, service.journal, user, password, now=caller.now, request_id=caller.request_id)
    service.metrics.sign_ins.labels("failed" if found is None else "done").inc()
    if found is None:
        if service.attempts.note_failure(address, caller.now):
            entry = Entry(at=caller.now, user_id="unknown", action=SIGN_IN_LIMITED, request_id=caller.request_id)
            service.journal.record(entry)
        return form(request, caller, next, problem="sign_in.failed", status=401)
    return begin(request, caller, found, next)


@router.post("/sign-out")
def sign_out(request: Request, caller: EntryCaller, csrf: Annotated[str, Form(max_length=128)] = "") -> Response:
    """End the session at the server and in the browser."""
    service = service_of(request)
    cookies = service.settings.service
    if caller.user is not None:
        if not check_form(cookies, request.cookies, csrf):
            raise NotAllowed("form_expired", "页面已过期，请返回后重试", "the page has expired; go back and try again")
        end_session(service.store, cookies, request.cookies)
        record_sign_out(service.journal, caller.user, now=caller.now, request_id=caller.request_id)
    response = Response(status_code=303, headers={"Location": "/sign-in?message=ended"})
    clear_cookie(response, cookies, COOKIE)
    return response


@router.get("/password")
def password_page(request: Request, caller: PasswordCaller) -> Response:
    """The form for a new password; all there is before the first change."""
    return render.page(request, caller, "password.html", problems=[], forced=caller.person.must_change)


@router.post("/password")
def password_form(
    request: Request,
    caller: PasswordCaller,
    old: Annotated[str, Form(max_length=256)] = "",
    new: Annotated[str, Form(max_length=300)] = "",
    again: Annotated[str, Form(max_length=300)] = "",
    csrf: Annotated[str, Form(max_length=128)] = "",
) -> Response:
    """Change the password and go on in a fresh session, or show the form again with everything that is wrong."""
    service, person = service_of(request), caller.person
    cookies = service.settings.service
    if not check_form(cookies, request.cookies, csrf):
        raise NotAllowed("form_expired", "页面已过期，请返回后重试", "the page has expired; go back and try again")
    if new != again:
        found = [TWO_WORDS]
    else:
        store, book = service.store, service.journal
        found = change_password(store, book, person, old, new, now=caller.now, request_id=caller.request_id)
    if found:
        told = [zh if caller.language == "zh" else en for zh, en in found]
        return render.page(request, caller, "password.html", status=422, problems=told, forced=person.must_change)
    token = start_session(service.store, person, cookies, now=caller.now)
    response = Response(status_code=303, headers={"Location": "/"})
    set_cookie(response, cookies, COOKIE, token)
    return response


def begin(request: Request, caller: Caller, user: User, back: str, *, signed_on: bool = False) -> Response:
    """A fresh session, and back to where the person came from."""
    service = service_of(request)
    cookies = service.settings.service
    # A session of before is ended, and the new one has a token nobody has seen: nothing can be fixed beforehand.
    end_session(service.store, cookies, request.cookies)
    token = start_session(service.store, user, cookies, now=caller.now, signed_on=signed_on)
    response = Response(status_code=303, headers={"Location": local(back)})
    set_cookie(response, cookies, COOKIE, token)
    clear_cookie(response, cookies, BEFORE_COOKIE)
    return response


def _sign_on_at(back: str) -> Response:
    return Response(status_code=303, headers={"Location": f"/sign-on?{urlencode({'next': local(back)})}"})


def local(address: str) -> str:
    """An address of this site, or the start page."""
    return address if _LOCAL.fullmatch(address) else "/"


def form(
    request: Request,
    caller: EntryCaller,
    back: str,
    *,
    problem: str | None = None,
    message: str | None = None,
    status: int = 200,
) -> Response:
    settings = service_of(request).settings
    cookies = settings.service
    # The same browser may have the form open twice: a token that is there is kept.
    before = request.cookies.get(cookie_name(cookies, BEFORE_COOKIE)) or new_token()
    token = request.cookies.get(cookie_name(cookies, COOKIE)) or before
    on = service_of(request).provider is not None or named(settings, request) is not None
    response = render.page(
        request,
        caller,
        "sign_in.html",
        status=status,
        problem=problem,
        message=message,
        next=back if _LOCAL.fullmatch(back) else "",
        sign_on=f"/sign-on?{urlencode({'next': local(back)})}" if on else None,
        csrf=form_token_of(token),
    )
    set_cookie(response, cookies, BEFORE_COOKIE, before)
    return response
