"""Whom the office's own sign-on lets in: the account of the name it gives, on record, and nobody it does not know.

No account and no role comes of it: people are added by the administrator, as for a password.
"""

from collections.abc import Mapping
from typing import Any, Literal

from data.errors import SettingsError
from data.settings import Settings
from data.store import users
from data.store.audit import Entry
from data.store.engine import Store
from data.store.users import User
from serving import journal
from serving.journal import Journal

By = Literal["header", "oidc"]
_LONGEST = 60


def check_settings(settings: Settings) -> None:
    """Raises SettingsError where a header is to be believed, and of no proxy, or a provider is named by half."""
    asked = settings.sign_on
    if asked.issuer is not None and (asked.client_id is None or asked.address is None or asked.header is not None):
        raise SettingsError(
            "sign_on_half",
            "sign_on.issuer 须与 client_id、address 一并设置，且不与 header 同时使用",
            "sign_on.issuer goes with client_id and address, and not with header",
        )
    if settings.sign_on.header is not None and not settings.service.proxies:
        raise SettingsError(
            "sign_on_no_proxy",
            "设置了 sign_on.header，但没有设置 service.proxies：不知道该相信哪个代理",
            "sign_on.header is set without service.proxies: no proxy is there to be believed",
        )


def admit(
    store: Store, book: Journal, name: str, by: By, *, now: int, request_id: str, why: str | None = None
) -> User | None:
    """The standing account of this name, None for none or a disabled one; either is on record.

    A lock after wrong passwords does not matter: none is asked, and none is lifted.  `why`: what was wrong with the
    answer of a provider that names nobody.
    """
    user = users.find_user(store, name) if 0 < len(name) <= _LONGEST else None
    detail = {"by": by} if why is None else {"by": by, "why": why}
    if user is None:
        book.record(_entry("unknown", None, journal.SIGN_IN_FAILED, now, request_id, detail))
        return None
    standing = user.disabled_at is None
    action = journal.SIGN_IN if standing else journal.SIGN_IN_FAILED
    book.record(_entry(user.user_id, user.office_id, action, now, request_id, detail))
    return user if standing else None


def _entry(
    user_id: str, office_id: str | None, action: str, now: int, request_id: str, detail: Mapping[str, Any]
) -> Entry:
    return Entry(
        at=now, user_id=user_id, action=action, office_id=office_id, detail=dict(detail), request_id=request_id
    )
