"""How requests for pages that are kept are answered together, with one look at the store and one commit."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from serving.callers import caller_once
from serving.deps import Caller, service_of
from serving.in_groups import InGroups
from serving.kept_pages import KeptPage
from serving.web import render


class KeptFirst(APIRoute):
    """A route whose requests for a page that stands are answered in groups, by the route's own guard and on record.

    Whoever would be refused, and every page that has to be written, goes the route's own way.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler of one request."""
        whole = super().get_route_handler()

        async def handle(request: Request) -> Response:
            told = await request.app.state.kept_views.answer(request)
            return await whole(request) if told is None else told

        return handle


def kept_views() -> InGroups[Request, Response | None]:
    """Where the requests for kept pages of one application wait for each other."""
    return InGroups(_told_together)


def _told_together(group: list[Request]) -> list[Response | None]:
    """The kept pages a group asks for, each view on record; None for who goes the route's own way."""
    service = service_of(group[0])
    callers: dict[Any, Caller | None] = {}
    looked: dict[tuple[str, ...], object] = {}
    shown: list[tuple[int, Caller, KeptPage]] = []
    with service.store.view():
        for place, request in enumerate(group):
            caller = caller_once(request, callers)
            if caller is None or caller.user is None:
                continue
            key = render.page_key(request, caller)
            found = service.pages.find(key, caller.now)
            if found is None:
                continue
            if key not in looked:
                looked[key] = render.rests_on(request, caller, found.again)
            if looked[key] == found.rests_on:
                shown.append((place, caller, found))
    answers: list[Response | None] = [None] * len(group)
    if shown:
        service.journal.record_all([((found.told(caller),), None) for _, caller, found in shown])
    for place, caller, found in shown:
        answers[place] = render.written(group[place], caller, found)
    return answers
