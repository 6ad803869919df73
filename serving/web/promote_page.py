"""The forms by which steward and approver decide which version serves (G21)."""

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request, Response

from data.errors import InputRefused, NotAllowed
from serving import promoting
from serving.deps import Caller, ModelCaller, service_of
from serving.row_numbers import RowNumber
from serving.web import model_pages
from serving.web.forms import Short, Text, tried
from serving.web.model_view import Attempt

router = APIRouter(include_in_schema=False)


@router.post("/models/{version}/decide")
def decide_form(
    request: Request,
    caller: ModelCaller,
    version: RowNumber,
    act: Annotated[Literal["propose", "approve", "refuse"], Form()],
    reason: Text = "",
    accept_early: Annotated[bool, Form()] = False,
    csrf: Short = "",
) -> Response:
    """Propose a version, or as another person approve or refuse it."""
    service = service_of(request)

    def save() -> None:
        if act == "propose":
            promoting.propose(service, caller, version, reason)
        elif act == "approve":
            promoting.approve(service, caller, version, reason, accept_early=accept_early)
        else:
            promoting.refuse(service, caller, version, reason)

    return _saved(request, caller, csrf, save, version, act, reason)


@router.post("/models/in-use")
def in_use_form(
    request: Request,
    caller: ModelCaller,
    act: Annotated[Literal["rollback", "stop", "resume"], Form()],
    reason: Text = "",
    csrf: Short = "",
) -> Response:
    """Roll back, stop or resume what is in use: one of the two may, for it only leads to what two had approved."""

    def save() -> None:
        promoting.alone(service_of(request), caller, act, reason)

    return _saved(request, caller, csrf, save, None, act, reason)


def _saved(
    request: Request,
    caller: Caller,
    csrf: str,
    save: Callable[[], None],
    version: int | None,
    act: str,
    reason: str,
) -> Response:
    refused = tried(request, caller, csrf, save, refusals=(InputRefused, NotAllowed))
    if refused is not None:
        attempt = Attempt(version=version, act=act, reason=reason, refused=refused)
        return model_pages.answer(request, caller, attempt=attempt)
    where = "in-use" if version is None else f"model-{version}"
    return Response(status_code=303, headers={"Location": f"/models#{where}"})
