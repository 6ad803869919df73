"""Pages for everyone: the way in, what this tool does and never does, and the interface's description."""

from fastapi import APIRouter, Request, Response
from markupsafe import Markup

from data.store import models
from serving.deps import AnyCaller, OpenCaller, service_of
from serving.markdown import to_html
from serving.model_card import document, standing_of
from serving.permissions import Right, can_use
from serving.web import render
from training.notice import notice

router = APIRouter(include_in_schema=False)
_HOMES: tuple[tuple[Right, str], ...] = (
    (Right.TODAY, "/today"),
    (Right.SIGN, "/sign"),
    (Right.TASKS, "/tasks"),
    (Right.LISTS, "/list"),
    (Right.MODELS, "/models"),
    (Right.LOG, "/log"),
    (Right.DIGEST, "/digest"),
    (Right.IMPORT, "/import"),
    (Right.TOKENS, "/tokens"),
    (Right.SIGNED_IN, "/about"),
)


@router.get("/")
def start(caller: AnyCaller) -> Response:
    """To the first page of the caller's role."""
    where = next(href for right, href in _HOMES if can_use(caller.person, right))
    return Response(status_code=303, headers={"Location": where})


@router.get("/about")
def about(request: Request, caller: OpenCaller) -> Response:
    """What this tool does and never does, for anybody."""
    return render.page(
        request,
        caller,
        "about.html",
        does=[f"about.does.{number}" for number in range(1, 6)],
        never=[f"about.never.{number}" for number in range(1, 7)],
        rights=[f"about.rights.{number}" for number in range(1, 4)],
    )


@router.get("/notice")
def notice_page(request: Request, caller: OpenCaller) -> Response:
    """The notice for the public, with the version in use, for anybody."""
    text = notice(models.champion(service_of(request).store), caller.language)
    return render.page(request, caller, "notice.html", body=Markup(to_html(text)))  # noqa: S704 - escaped by to_html


@router.get("/record")
def record_page(request: Request, caller: AnyCaller) -> Response:
    """The public record of the version in use, for everybody with an account."""
    service = service_of(request)
    found = models.champion(service.store)
    if found is None:
        return render.page(request, caller, "record.html", body=None)
    standing = standing_of(service.store, service.settings, service.state_dir, found.version)
    text = document(service.state_dir, standing, "record", caller.language)
    return render.page(request, caller, "record.html", body=Markup(to_html(text)))  # noqa: S704 - escaped by to_html


@router.get("/docs")
def docs(request: Request, caller: OpenCaller) -> Response:
    """The interface's description, readable without the internet."""
    return render.page(request, caller, "docs.html")
