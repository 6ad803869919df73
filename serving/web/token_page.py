"""The administrator's page of machine tokens: those there are, a new one shown once, and an end to any of them."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response

from data.errors import NotAllowed, NotFound, UsageError
from data.store import register
from data.store.tokens import MachineRight, MachineToken
from serving import machine_tokens
from serving.deps import Caller, TokenCaller, service_of
from serving.sessions import new_token
from serving.web import forms, render, views
from serving.web.forms import Refused

router = APIRouter(include_in_schema=False)
_Text = Annotated[str, Form(max_length=200)]
_REFUSALS = (UsageError, NotAllowed, NotFound)
_DAYS = "90"


@router.get("/tokens")
def token_page(request: Request, caller: TokenCaller) -> Response:
    """The form, and the tokens of the administrator's offices."""
    return _answer(request, caller)


@router.post("/tokens")
def make_token(
    request: Request,
    caller: TokenCaller,
    csrf: _Text = "",
    once: _Text = "",
    office: _Text = "",
    purpose: _Text = "",
    right: Annotated[list[str], Form(max_length=4)] = [],  # noqa: B006 - FastAPI reads it, nobody changes it
    days: _Text = "",
) -> Response:
    """Make a token and show it on this answer, which is the only one that ever does."""
    service = service_of(request)
    made: list[tuple[MachineToken, str]] = []

    def make() -> None:
        made.append(
            machine_tokens.create_token(
                service.store,
                service.journal.key,
                caller.person,
                office_id=office,
                purpose=purpose,
                rights=right,
                days=int(days) if days.isascii() and days.isdigit() else 0,
                now=caller.now,
                once=once or new_token(),
                request_id=caller.request_id,
            )
        )

    refused = forms.tried(request, caller, csrf, make, refusals=_REFUSALS)
    if refused is None:
        return _answer(request, caller, made=made[0])
    return _answer(request, caller, refused=refused, office=office, purpose=purpose, rights=right, days=days)


@router.post("/tokens/{token_id}/revoke")
def revoke(request: Request, caller: TokenCaller, token_id: str, csrf: _Text = "") -> Response:
    """End a token at once; a second click finds it ended."""
    service = service_of(request)

    def end() -> None:
        machine_tokens.revoke_token(
            service.store, service.journal.key, caller.person, token_id, now=caller.now, request_id=caller.request_id
        )

    refused = forms.tried(request, caller, csrf, end, refusals=_REFUSALS)
    return _answer(request, caller, refused=refused, ended=None if refused else token_id)


def _answer(
    request: Request,
    caller: Caller,
    *,
    refused: Refused | None = None,
    made: tuple[MachineToken, str] | None = None,
    ended: str | None = None,
    office: str = "",
    purpose: str = "",
    rights: list[str] | None = None,
    days: str = _DAYS,
) -> Response:
    service = service_of(request)
    names = {row["office_id"]: row["name"] for row in register.read_offices(service.store).iter_rows(named=True)}
    mine = machine_tokens.offices_of(service.store, caller.person)
    return render.page(
        request,
        caller,
        "tokens.html",
        status=200 if refused is None else refused.status,
        refused=refused,
        made=made,
        ended=ended,
        once=new_token(),
        offices=[(one, names.get(one, one)) for one in mine],
        office=office or (mine[0] if mine else ""),
        purpose=purpose,
        all_rights=[str(one) for one in MachineRight],
        rights=rights or [],
        days=days,
        rows=[
            _row(one, names, caller.now, service.settings.time_zone)
            for one in machine_tokens.list_tokens(service.store, caller.person)
        ],
    )


def _row(one: MachineToken, names: dict[str, str], now: int, zone: str) -> dict[str, Any]:
    return {
        "token_id": one.token_id,
        "office": names.get(one.office_id, one.office_id),
        "purpose": one.purpose,
        "rights": [str(right) for right in one.rights],
        "by": one.created_by,
        "at": views.moment(one.created_at, zone),
        "until": views.moment(one.expires_at, zone),
        "used": views.moment(one.last_used_at, zone),
        "state": "revoked" if one.revoked_at is not None else "stands" if one.stands(now) else "expired",
    }
