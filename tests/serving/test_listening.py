"""What worker processes accept sends each part of an answer at once."""

import socket

import pytest
import uvicorn
import uvicorn.supervisors

from serving.listening import run_workers


def test_a_connection_of_several_workers_sends_without_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Uvicorn's supervisor is stopped before it starts processes; what it would have been given is looked at."""
    given: list[socket.socket] = []

    class Stopped:
        def __init__(self, config: uvicorn.Config, sockets: list[socket.socket]) -> None:
            given.extend(sockets)

        def run(self) -> None: ...

    monkeypatch.setattr(uvicorn.supervisors, "Multiprocess", Stopped)
    run_workers(uvicorn.Config("serving.worker:make", factory=True, port=0, workers=2, log_level="critical"))
    [listening] = given
    with listening:
        listening.listen()
        with socket.create_connection(listening.getsockname()), listening.accept()[0] as accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
