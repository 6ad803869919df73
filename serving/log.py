"""What the service writes to its own log: one JSON line per event, never petition text, identity or addresses."""

import json
import logging
import sys
import traceback
from typing import Any

import structlog

from serving.clock import now


class _Stderr:
    """Where log lines go: the error stream of the moment, one JSON object a line."""

    def msg(self, message: str) -> None:
        """Write one line."""
        print(message, file=sys.stderr)  # noqa: T201

    info = warning = error = msg


def configure(*, quiet: bool) -> None:
    """JSON lines on the error stream; `quiet` leaves out what is not an error. Call once per process."""
    structlog.configure(
        processors=[structlog.processors.add_log_level, _stamp, structlog.processors.JSONRenderer(json.dumps)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING if quiet else logging.INFO),
        logger_factory=lambda *_: _Stderr(),
        cache_logger_on_first_use=False,
    )


def _stamp(_logger: Any, _name: str, event: Any) -> Any:
    event["at"] = now()
    return event


_LOG = structlog.get_logger("petition_risk.service")


def request_logged(*, method: str, route: str, status: int, seconds: float, request_id: str) -> None:
    """One answered request; the route's template, so that no matter id enters the log."""
    _LOG.info("request", method=method, route=route, status=status, ms=round(seconds * 1000, 1), request_id=request_id)


def request_failed(error: BaseException, request_id: str) -> None:
    """An error of our own: its kind and the places in the code, not its message, which may hold values."""
    places = [f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-8:]]
    _LOG.error("failed", kind=type(error).__name__, at=places, request_id=request_id)
