"""Which session a browser's cookie stands for, and the tokens that tie a form to that browser."""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256

from fastapi import Response

from data.settings import ServiceSettings
from data.store import users
from data.store.engine import Store
from data.store.users import Session, User

COOKIE = "pr_session"
#: Holds a random value before anybody has signed in, so that the sign-in form is tied to a browser too.
BEFORE_COOKIE = "pr_before"
#: Begins the token of a session that the office's own sign-on opened; a browser cannot add it to another.
_SIGNED_ON = "on."
#: Holds, while a browser is away at the office's provider, the random value its answer has to fit.
AWAY_COOKIE = "pr_away"
_MINUTE_US = 60_000_000
_HOUR_US = 60 * _MINUTE_US


def new_token() -> str:
    """A fresh random token of 256 bits."""
    return secrets.token_urlsafe(32)


def start_session(store: Store, user: User, settings: ServiceSettings, *, now: int, signed_on: bool = False) -> str:
    """Open a session and return its token, which only the browser keeps; `signed_on`: without a password of ours."""
    token = (_SIGNED_ON if signed_on else "") + new_token()
    users.open_session(
        store,
        user.user_id,
        token=token,
        csrf=form_token_of(token),
        now=now,
        expires_at=now + settings.session_hours * _HOUR_US,
    )
    return token


def find_session(
    store: Store, settings: ServiceSettings, cookies: Mapping[str, str], now: int
) -> tuple[User, Session] | None:
    """Who the cookie stands for, None where it has expired, idled out or never was; notes its use once a minute.

    Who came in without a password of ours has none to change.
    """
    token = cookies.get(cookie_name(settings, COOKIE))
    if not token or len(token) > 100:
        return None
    idle = settings.idle_minutes * _MINUTE_US
    found = users.find_session(store, token, now=now, idle_us=idle)
    if found is None:
        return None
    session, user = found
    if now - session.last_seen_at >= min(_MINUTE_US, idle // 4):
        users.touch_session(store, token, now=now)
    return (replace(user, must_change=False) if token.startswith(_SIGNED_ON) else user), session


def is_signed_on(settings: ServiceSettings, cookies: Mapping[str, str]) -> bool:
    """Whether the cookie is of a session that the office's own sign-on opened."""
    return cookies.get(cookie_name(settings, COOKIE), "").startswith(_SIGNED_ON)


def end_session(store: Store, settings: ServiceSettings, cookies: Mapping[str, str]) -> None:
    """End the cookie's session at the server."""
    token = cookies.get(cookie_name(settings, COOKIE))
    if token:
        users.close_session(store, token)


def form_token_of(token: str) -> str:
    """The value a form must carry: derived from the browser's cookie, which no other site can read."""
    return sha256(b"form\0" + token.encode()).hexdigest()


def form_token(settings: ServiceSettings, cookies: Mapping[str, str]) -> str:
    """The form value of this browser; empty where it has no cookie of ours."""
    token = _browser_token(settings, cookies)
    return form_token_of(token) if token else ""


def check_form(settings: ServiceSettings, cookies: Mapping[str, str], sent: str) -> bool:
    """Whether a submitted form was made for this browser."""
    expected = form_token(settings, cookies)
    return bool(expected) and hmac.compare_digest(expected.encode(), sent.encode())


def cookie_name(settings: ServiceSettings, name: str) -> str:
    """With secure cookies the name pins host and path as well."""
    return f"__Host-{name}" if settings.secure_cookies else name


def set_cookie(response: Response, settings: ServiceSettings, name: str, value: str) -> None:
    """A cookie for this browser session, out of reach of scripts and other sites."""
    response.set_cookie(
        cookie_name(settings, name), value, httponly=True, samesite="lax", secure=settings.secure_cookies, path="/"
    )


def clear_cookie(response: Response, settings: ServiceSettings, name: str) -> None:
    """Forget a cookie."""
    response.delete_cookie(
        cookie_name(settings, name), httponly=True, samesite="lax", secure=settings.secure_cookies, path="/"
    )


def _browser_token(settings: ServiceSettings, cookies: Mapping[str, str]) -> str | None:
    return cookies.get(cookie_name(settings, COOKIE)) or cookies.get(cookie_name(settings, BEFORE_COOKIE))
