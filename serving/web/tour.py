"""The tour of a demonstration: a few words on each page of the reader's role, once, until done or skipped."""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request, Response

from data.errors import NotFound
from data.store import tours
from data.store.users import User
from serving.deps import AnyCaller, Service, service_of
from serving.permissions import Right, can_use
from serving.sessions import check_form
from serving.web.text import Language, translator

router = APIRouter(include_in_schema=False)
#: The stops in order, each for those who may open its page; the first of a role is where it starts anyway.
_STOPS: tuple[tuple[str, Right], ...] = (
    ("/today", Right.TODAY),
    ("/sign", Right.SIGN),
    ("/tasks", Right.TASKS),
    ("/list", Right.LISTS),
    ("/matters", Right.MATTERS),
    ("/board", Right.BOARD),
    ("/notices", Right.LISTS),
    ("/models", Right.MODELS),
    ("/monitor", Right.MONITOR),
    ("/log", Right.LOG),
    ("/digest", Right.DIGEST),
    ("/import", Right.IMPORT),
    ("/tokens", Right.TOKENS),
    ("/about", Right.OPEN),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TourBar:
    """What a page shows of the tour: `said` where it is the page of the step, else only the way back (`href`)."""

    step: int
    steps: int
    said: str
    href: str
    last: bool


def tour_bar(service: Service, person: User, path: str, language: Language) -> TourBar | None:
    """The bar for a page; None outside a demonstration, and for who is done."""
    if not service.settings.demo or person.must_change:
        return None
    stops = stops_of(person)
    step, done = tours.standing(service.store, person.user_id)
    if done:
        return None
    step = min(step, len(stops) - 1)
    said = translator(language)(f"tour.stop{stops[step].replace('/', '.')}") if path == stops[step] else ""
    return TourBar(step=step + 1, steps=len(stops), said=said, href=stops[step], last=step == len(stops) - 1)


def stops_of(person: User) -> list[str]:
    """The pages a person is shown, in order."""
    return [href for href, right in _STOPS if can_use(person, right)]


@router.post("/tour")
def tour_form(
    request: Request,
    caller: AnyCaller,
    go: Annotated[Literal["next", "back", "end", "again"], Form()],
    step: Annotated[int, Form(ge=1, le=20)] = 1,
    csrf: Annotated[str, Form(max_length=128)] = "",
) -> Response:
    """Go on from `step`, back, end, or begin again; a second click on the same button stays at the same step."""
    service, person = service_of(request), caller.person
    if not service.settings.demo:
        raise NotFound("no_tour", "只有演示时才有导览", "there is a tour in a demonstration only")
    stops = stops_of(person)
    here = {"next": step, "back": step - 2, "end": step - 1, "again": 0}[go]
    done = go == "end" or here >= len(stops)
    here = max(0, min(here, len(stops) - 1))
    if check_form(service.settings.service, request.cookies, csrf):
        tours.put(service.store, person.user_id, step=here, done=done, at=caller.now)
    return Response(status_code=303, headers={"Location": "/" if done else stops[here]})
