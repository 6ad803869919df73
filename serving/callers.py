"""Who asks, looked up once for all requests of a group that come with the same headers."""

from dataclasses import replace
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute

from data.errors import PetitionRiskError
from serving.deps import Caller, guard_of, request_id_of

#: The headers that differ between two requests of one caller.
_PASSING = frozenset({b"content-length", b"x-request-id"})


def caller_once(request: Request, known: dict[Any, Caller | None]) -> Caller | None:
    """The caller as the guard of the request's route lets them through, or None: to be refused by the route itself.

    `known` is the group's, empty at first.
    """
    # Of servers that hand over lists in place of tuples, too.
    sent = [tuple(header) for header in request.scope["headers"] if header[0] not in _PASSING]
    route: APIRoute = request.scope["route"]
    key = (route.path, request.client, request.scope["query_string"], *sent)
    if key not in known:
        try:
            known[key] = guard_of(route)(request)
        except PetitionRiskError:
            known[key] = None
    found = known[key]
    return None if found is None else replace(found, request_id=request_id_of(request))
