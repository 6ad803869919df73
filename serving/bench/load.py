"""How a service is put under load: its processes, what they cost, and what the load generator (wrk) measured."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from data.errors import UsageError

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
#: wrk calls `request` for each request and `done` at the end; bodies and paths are taken in turn.
_SCRIPT = """
local paths = {{{paths}}}
local bodies = {{{bodies}}}
local at = 0
wrk.method = "{method}"
{headers}
request = function()
  at = at + 1
  return wrk.format(nil, paths[at % #paths + 1], nil, bodies[at % #bodies + 1])
end
done = function(summary, latency, requests)
  local errors = summary.errors
  io.write("RESULT " .. string.format(
    '{{"requests": %d, "seconds": %f, "p50": %f, "p95": %f, "p99": %f, "failed": %d}}\\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(95) / 1e3,
    latency:percentile(99) / 1e3, errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What one load did: requests a second, percentiles in ms, answers that were no success."""

    rate: float
    p50: float
    p95: float
    p99: float
    requests: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is asked: paths and bodies in turn, with these headers."""

    base: str
    paths: Sequence[str]
    bodies: Sequence[str] = ("",)
    headers: Mapping[str, str]
    method: str = "GET"


def wrk() -> str:
    """The load generator. Raises UsageError where it is not installed."""
    found = shutil.which("wrk")
    if found is None:
        raise UsageError(
            "wrk_missing",
            "缺少压测工具 wrk；请先安装：apt-get install wrk",
            "the load generator wrk is missing; install it: apt-get install wrk",
        )
    return found


def load(folder: Path, target: Target, *, clients: int, seconds: int) -> Load:
    """Ask as fast as `clients` connections can, for so many seconds, with one thread of the generator.

    Raises UsageError where nothing was answered.
    """
    script = folder / "load.lua"
    script.write_text(
        _SCRIPT.format(
            paths=", ".join(json.dumps(path, ensure_ascii=False) for path in target.paths),
            bodies=", ".join(json.dumps(body) for body in target.bodies),
            method=target.method,
            headers="\n".join(f"wrk.headers[{json.dumps(k)}] = {json.dumps(v)}" for k, v in target.headers.items()),
        ),
        encoding="utf-8",
    )
    command = [wrk(), "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "20s", "-s", str(script), target.base]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 - our own arguments
    line = next(line for line in told.splitlines() if line.startswith("RESULT "))
    found = json.loads(line.removeprefix("RESULT "))
    if found["requests"] == 0:  # percentiles of nothing are 0 and would pass every goal
        raise UsageError(
            "bench_unanswered",
            "评测期间没有一次请求得到回答，因此没有数字；请在空闲的机器上重试，或加长时间（--seconds）",
            "no request was answered while the bench ran, "
            "so there are no figures; try again on an idle machine or longer (--seconds)",
        )
    return Load(
        rate=found["requests"] / found["seconds"],
        p50=found["p50"],
        p95=found["p95"],
        p99=found["p99"],
        requests=found["requests"],
        failed=found["failed"],
    )


@contextmanager
def serving(
    command: Sequence[str], ready: str, *, within_s: float = 120.0, environment: Mapping[str, str] | None = None
) -> Generator[tuple[int, float]]:
    """A service started by `command` until the block ends: its process id, and seconds until `ready` answered 200."""
    began = time.perf_counter()
    # An installed program keeps its bytecode; a shell that forbids this would have it compiled with each start.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(  # noqa: S603 - our own arguments
        [*command],
        env={**kept, **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while True:
            if process.poll() is not None or time.perf_counter() - began > within_s:
                raise UsageError("bench_service", "评测的服务没有启动", "the service of the bench did not start")
            try:
                if httpx.get(ready, timeout=2.0).status_code == 200:
                    break
            except httpx.HTTPError:
                pass
            time.sleep(0.02)
        yield process.pid, time.perf_counter() - began
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


def ours(state: Path, port: int, workers: int) -> list[str]:
    """The command that serves a state directory."""
    begin = [sys.executable, "-c", "from serving.cli import main; main()", "--state", str(state)]
    return [*begin, "serve", "--port", str(port), "--workers", str(workers)]


def cpu_seconds(pid: int) -> float:
    """What a process and all below it have used so far."""
    total = 0.0
    for one in _family(pid):
        fields = Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)[1].split()
        total += (int(fields[11]) + int(fields[12])) / _TICKS
    return total


def largest_mib(pid: int) -> float:
    """The resident memory of the largest process of a family."""
    return max(int(Path(f"/proc/{one}/statm").read_text().split()[1]) * _PAGE / (1 << 20) for one in _family(pid))


def workers_mib(pid: int) -> dict[int, float]:
    """The resident memory of each worker process of a service, by its id; one that has just ended is left out."""
    found: dict[int, float] = {}
    for one in _family(pid)[1:]:
        try:
            if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes():
                found[one] = int(Path(f"/proc/{one}/statm").read_text().split()[1]) * _PAGE / (1 << 20)
        except OSError:
            continue
    return found


def _family(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            with suppress(OSError):  # it has just ended
                found += [int(child) for child in task.read_text().split()]
    return list(dict.fromkeys(found))
