"""How several worker processes listen on one socket, so that no part of an answer waits for another."""

import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uvicorn import Config


def run_workers(config: "Config") -> None:
    """Serve with the processes of `config` until interrupted; one that dies is replaced.

    Uvicorn opens the socket its workers share without naming TCP, so that asyncio leaves Nagle's algorithm on for
    each connection: the second part of an answer then waits 40 ms for the reader's acknowledgement of the first.
    """
    from uvicorn.supervisors import Multiprocess

    listening = config.bind_socket()
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # what is accepted from it inherits this
    Multiprocess(config, sockets=[listening]).run()
