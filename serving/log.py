"""What the service writes to its own log: one JSON line per event, never petition text, identity or addresses."""

import traceback

import structlog

_LOG = structlog.get_logger("petition_risk.service")


def request_logged(*, method: str, route: str, status: int, seconds: float, request_id: str) -> None:
    """One answered request; the route's template, so that no matter id enters the log."""
    _LOG.info("request", method=method, route=route, status=status, ms=round(seconds * 1000, 1), request_id=request_id)


def request_failed(error: BaseException, request_id: str) -> None:
    """An error of our own: its kind and the places in the code, not its message, which may hold values."""
    places = [f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-8:]]
    _LOG.error("failed", kind=type(error).__name__, at=places, request_id=request_id)
