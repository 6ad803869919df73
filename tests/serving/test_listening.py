"""Each worker has a socket of its own on one address; what it accepts there sends each part of an answer at once."""

import pickle
import socket
from collections.abc import Iterator
from multiprocessing.reduction import ForkingPickler

import pytest
import uvicorn
import uvicorn.supervisors

from data.errors import UsageError
from serving.listening import refuse_taken, run_workers

CONNECTIONS = 64


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """What the supervisor, stopped before it starts processes, would have been given to send to them."""
    given: list[socket.socket] = []

    class Stopped:
        def __init__(self, config: uvicorn.Config, sockets: list[socket.socket]) -> None:
            given.extend(sockets)

        def run(self) -> None: ...

    monkeypatch.setattr(uvicorn.supervisors, "Multiprocess", Stopped)
    run_workers(config(0))
    [one] = given
    with one:
        yield one


def config(port: int) -> uvicorn.Config:
    return uvicorn.Config("serving.worker:make", factory=True, port=port, workers=2, log_level="critical")


def sent(held: socket.socket) -> socket.socket:
    """The socket as a worker has it, listening."""
    own: socket.socket = pickle.loads(ForkingPickler.dumps(held))
    own.listen(CONNECTIONS)
    own.setblocking(False)
    return own


def accepted(listening: socket.socket) -> list[socket.socket]:
    found: list[socket.socket] = []
    try:
        while True:
            found.append(listening.accept()[0])
    except BlockingIOError:
        return found


def test_each_worker_gets_its_share_of_connections_and_they_send_without_delay(held: socket.socket) -> None:
    workers = [sent(held), sent(held)]
    clients = [socket.create_connection(held.getsockname()) for _ in range(CONNECTIONS)]
    shares = [accepted(worker) for worker in workers]
    # Dealt out by a hash of the address: that one of two gets fewer than 12 of 64 happens once in ten million times.
    assert [len(share) >= 12 for share in shares] == [True, True]
    assert sum(map(len, shares)) == CONNECTIONS
    assert all(one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) for share in shares for one in share)
    for one in (*workers, *clients, *(one for share in shares for one in share)):
        one.close()


def test_what_comes_while_one_worker_is_gone_goes_to_the_other(held: socket.socket) -> None:
    stays, gone = sent(held), sent(held)
    gone.close()
    clients = [socket.create_connection(held.getsockname()) for _ in range(8)]
    found = accepted(stays)
    assert len(found) == 8
    for one in (stays, *clients, *found):
        one.close()


# Uvicorn leaves the socket it could not bind to the interpreter.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_second_service_on_the_address_is_refused_before_and_after_the_first_listens(held: socket.socket) -> None:
    port = held.getsockname()[1]
    with pytest.raises(SystemExit):
        run_workers(config(port))
    with sent(held), pytest.raises(SystemExit):
        run_workers(config(port))


def test_who_starts_a_second_service_is_told_so_and_a_free_address_is_nobody_s() -> None:
    with socket.create_server(("127.0.0.1", 0)) as first:
        port = first.getsockname()[1]
        with pytest.raises(UsageError) as refused:
            refuse_taken("127.0.0.1", port)
        assert (refused.value.code, refused.value.exit_code) == ("address_taken", 2)
        assert str(port) in refused.value.zh
    refuse_taken("127.0.0.1", port)
