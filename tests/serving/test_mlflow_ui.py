"""MLflow's own page opens on this machine alone, in one process, and is gone when it is stopped."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    state, port = tmp_path_factory.mktemp("state"), free_port()
    code = "from serving.cli import main; main()"
    words = [sys.executable, "-c", code, "--state", str(state), "mlflow-ui", "--port", str(port)]
    root = str(Path(__file__).parents[2])
    environment = {**os.environ, "PYTHONPATH": root, "HTTP_PROXY": "", "http_proxy": ""}
    with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as started:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert started.poll() is None, started.communicate()[0].decode()
            time.sleep(0.2)
        yield port, started
        if started.poll() is None:
            started.kill()


def ask(port: int, path: str, host: str | None = None) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path, headers={} if host is None else {"Host": host})
    answer = connection.getresponse()
    text = answer.read().decode(errors="replace")
    connection.close()
    return answer.status, text


def test_it_answers_here_and_listens_nowhere_else(page: tuple[int, subprocess.Popen[bytes]]) -> None:
    port, started = page
    status, text = ask(port, "/")
    assert status == 200
    assert "MLflow" in text
    assert ask(port, "/health")[0] == 200
    # /proc says on which addresses the port is open: 127.0.0.1 and no other.
    tables = [Path(f"/proc/{started.pid}/net/{name}").read_text().splitlines()[1:] for name in ("tcp", "tcp6")]
    listening = [line.split()[1] for table in tables for line in table if line.split()[3] == "0A"]
    mine = [address.rsplit(":", 1)[0] for address in listening if int(address.rsplit(":", 1)[1], 16) == port]
    assert mine == ["0100007F"]
    children = Path(f"/proc/{started.pid}/task/{started.pid}/children").read_text().split()
    assert children == []


def test_another_host_name_is_turned_away(page: tuple[int, subprocess.Popen[bytes]]) -> None:
    assert ask(page[0], "/", host="elsewhere.example")[0] == 403


def test_it_stops_when_told(page: tuple[int, subprocess.Popen[bytes]]) -> None:
    port, started = page
    started.send_signal(signal.SIGINT)
    started.wait(timeout=30)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
