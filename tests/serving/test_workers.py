"""Several worker processes: one that dies is replaced, and a promotion reaches all of them without a lost answer."""

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from data.store import users
from serving.bench.load import serving
from serving.clock import now
from serving.sessions import start_session
from tests.serving.conftest import Desk, make_scorecard
from training.scorecard import Scorecard


def _port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _children(pid: int) -> list[int]:
    found = [int(one) for task in Path(f"/proc/{pid}/task").glob("*/children") for one in task.read_text().split()]
    return [one for one in found if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()]


@pytest.mark.slow
def test_a_killed_worker_is_replaced_and_a_promotion_loses_no_answer(
    desk: Desk, approve: Callable[[Scorecard], int]
) -> None:
    config = desk.state_dir / "settings.toml"
    config.write_text(f'database = "{desk.store.url}"\ndemo = true\n', encoding="utf-8")
    person = users.find_user(desk.store, "petition_head")
    assert person is not None
    cookie = start_session(desk.store, person, desk.settings.service, now=now())
    port = _port()
    command = [sys.executable, "-c", "from serving.cli import main; main()", "--config", str(config)]
    command += ["--state", str(desk.state_dir), "serve", "--workers", "2", "--port", str(port)]
    base = f"http://127.0.0.1:{port}"
    answers: list[tuple[int, int | None]] = []
    done = threading.Event()

    def ask() -> None:
        with httpx.Client(base_url=base, cookies={"pr_session": cookie}, timeout=30) as client:
            while not done.is_set():
                found = client.post("/v1/score", json={"matter_id": desk.matter("A-1")})
                answers.append((found.status_code, found.json().get("model_version")))

    with serving(command, f"{base}/readyz") as (pid, _):
        asking = [threading.Thread(target=ask) for _ in range(3)]
        for one in asking:
            one.start()
        time.sleep(1)
        version = approve(make_scorecard())
        deadline = time.monotonic() + 30
        while (not answers or answers[-1][1] != version) and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(2)
        done.set()
        for one in asking:
            one.join()
        assert {status for status, _ in answers} == {200}
        assert {answer for _, answer in answers} == {None, version}
        before = _children(pid)
        os.kill(before[0], signal.SIGKILL)
        deadline = time.monotonic() + 30
        while (len(_children(pid)) < 2 or before[0] in _children(pid)) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert len(_children(pid)) == 2
        time.sleep(3)
        with httpx.Client(base_url=base, timeout=30) as client:
            assert {client.get("/readyz").status_code for _ in range(10)} == {200}
