"""How several worker processes listen on one address, each with its share of the connections."""

import errno
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from data.errors import UsageError

if TYPE_CHECKING:
    from uvicorn import Config


def refuse_taken(host: str, port: int) -> None:
    """Raise UsageError where somebody listens on the address already, as who starts a service a second time finds."""
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        with socket.socket(family, kind, protocol) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind(address)
            except OSError as problem:
                if problem.errno != errno.EADDRINUSE:
                    continue  # what else may be wrong is said by who binds it in earnest
                raise UsageError(
                    "address_taken",
                    f"{host}:{port} 已有程序在用，可能服务已在运行；请直接打开该地址，或用 --port 另选端口",
                    f"{host}:{port} is in use, perhaps by a service that runs already; open it, or choose another with "
                    "--port",
                ) from None


def run_workers(config: "Config") -> None:
    """Serve with the processes of `config` until interrupted; one that dies is replaced.

    Of workers that accept from one socket whoever is awake first takes nearly all connections: of sixteen that came
    at once, fourteen and two were seen.  Here each worker opens its own and the system deals connections out to them.
    """
    from uvicorn.supervisors import Multiprocess

    with config.bind_socket() as asked:  # ends the program, with a word, where somebody has the address already
        family, address = asked.family, asked.getsockname()
    held = _OpenedByEach(family)
    _bind(held, address)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)  # so that a second service is refused from now on
    Multiprocess(config, sockets=[held]).run()


class _OpenedByEach(socket.socket):
    """Holds the address for as long as the service runs and never listens; sent to a worker, it is opened there."""

    def __reduce_ex__(self, _protocol: object) -> tuple[Callable[..., socket.socket], tuple[Any, ...]]:
        return _opened, (int(self.family), self.getsockname())


def _opened(family: int, address: tuple[Any, ...]) -> socket.socket:
    """A socket of the calling process's own on an address that is held."""
    own = socket.socket(socket.AddressFamily(family))
    _bind(own, address)
    return own


def _bind(new: socket.socket, address: tuple[Any, ...]) -> None:
    new.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    new.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    # What is accepted inherits this.  Else the second part of an answer waits 40 ms for the reader's acknowledgement
    # of the first: of a socket it did not name asyncio leaves Nagle's algorithm on.
    new.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    new.bind(address)
