"""What surrounds every answer: request id, security headers, counters, and a calm answer where all else failed."""

import time
from collections.abc import Callable

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from data.errors import PetitionRiskError
from serving import problems
from serving.deps import Service, request_id_of, service_of
from serving.log import request_failed, request_logged
from serving.proxies import HeaderNotBelieved, named

_CSP = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
#: As they go over the wire: every answer carries them.
_HEADERS = (
    (b"content-security-policy", _CSP.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), browsing-topics=()"),
)
_LASTING, _NOT_KEPT = b"public, max-age=3600", b"no-store"
#: Told where the site says that it is reached by TLS alone.
_ONLY_TLS = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
#: No route takes more than a short form or a few what-if duties.
MAX_BODY = 32 * 1024
#: The most a filled-in list may weigh, and what is sent along when it is recorded.
FILLED_MB = 20
_FILLED = {"/filled": FILLED_MB << 20, "/filled/record": 2 << 20}
_READING = ("GET", "HEAD", "OPTIONS")
_METHODS = (*_READING, "POST")

Refusal = Callable[[Request, PetitionRiskError], Response]


class Frame:
    """ASGI middleware; `refusal` makes the answer for what is refused or fails here."""

    def __init__(self, app: ASGIApp, refusal: Refusal) -> None:
        self.app = app
        self.refusal = refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        service, request_id = service_of(request), request_id_of(request)
        began = time.perf_counter()
        status = 0

        received, most = 0, _limit(service, scope)

        async def limited() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > most:
                raise HTTPException(413)
            return message

        async def framed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                lasting = scope["path"].startswith("/static/") and status < 400
                headers: list[tuple[bytes, bytes]] = message["headers"]
                given = {name for name, _ in headers}
                if b"cache-control" not in given:
                    headers.append((b"cache-control", _LASTING if lasting else _NOT_KEPT))
                headers += [header for header in _HEADERS if header[0] not in given]
                if service.settings.service.secure_cookies:
                    headers.append(_ONLY_TLS)
                headers.append((b"x-request-id", request_id.encode()))
            await send(message)

        try:
            if scope["method"] not in _READING and _foreign(request):
                await self.refusal(request, problems.ForeignOrigin())(scope, receive, framed)
            elif (refused := _unbelieved(request)) is not None:
                await self.refusal(request, refused)(scope, receive, framed)
            else:
                await self.app(scope, limited, framed)
        except Exception as error:
            request_failed(error, request_id)
            if status:
                raise
            code, zh, en = problems.BY_STATUS[500]
            await self.refusal(request, PetitionRiskError(code, zh, en))(scope, receive, framed)
        finally:
            route = scope.get("route")
            template = route.path if isinstance(route, APIRoute) else "other"
            method = scope["method"] if scope["method"] in _METHODS else "other"
            seconds = time.perf_counter() - began
            service.metrics.requests.labels(method, template, f"{status // 100}xx").inc()
            service.metrics.latency.labels(method, template).observe(seconds)
            request_logged(method=method, route=template, status=status, seconds=seconds, request_id=request_id)


def _limit(service: Service, scope: Scope) -> int:
    """The most bytes a request may have: a ledger on its one way in, else a form."""
    path = scope["path"] if scope["method"] == "POST" else ""
    if path == "/import":
        return service.settings.imports.upload_mb * 1024 * 1024 + MAX_BODY
    return _FILLED.get(path, 0) + MAX_BODY


def _unbelieved(request: Request) -> HeaderNotBelieved | None:
    """The refusal of a request that names a person and may not."""
    try:
        named(service_of(request).settings, request)
    except HeaderNotBelieved as refused:
        return refused
    return None


def _foreign(request: Request) -> bool:
    """Whether a browser says that a changing request was sent by another site's page."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = request.headers.get("origin")
    return origin is not None and origin.split("://")[-1] != request.headers.get("host")
