"""A program of its own: runs the real command again and again in fresh processes, each on its own copy, and kills each.

Arguments: the prepared state directory, the folder for the copies, and the kills as JSON, one object each:
{"stage": n}, {"before_commit": n}, {"after_commit": n}, {"after_s": seconds}, {"whole": true}.
Prints how each process ended, as one JSON line; every kill is a SIGKILL of a process that went through the command
line's own door.  What can be is imported once, before the processes part; not those of our own modules that make a
frame when they are imported, for the threads of polars do not survive a fork.
"""

import importlib
import json
import os
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event as event_hooks

CUTOFF = "2026-10-30"
_LIBRARIES = (
    "alembic.command",
    "dataframely",
    "fastapi",
    "jinja2",
    "numpy",
    "polars",
    "pyarrow",
    "rich.progress",
    "typer",
    "typst",
    "xlsxwriter",
)
_OURS = (
    "data.store.batches",
    "data.store.inserts",
    "data.store.screenings",
    "features.build",
    "features.cohort",
    "features.point_sheet",
    "features.rules",
    "serving.cli.entry",
    "serving.entry_lines",
    "serving.export_pdf",
    "serving.held",
    "training.score",
    "training.sweep_list",
)
for name in _LIBRARIES:
    importlib.import_module(name)
_BEGUN = len(os.listdir("/proc/self/task"))
for name in _OURS:
    importlib.import_module(name)
assert len(os.listdir("/proc/self/task")) == _BEGUN, "a module of ours began threads"


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def arm(kill: dict[str, Any]) -> dict[str, int]:
    """Make this process kill itself where it is told to; what it passed is counted in what is returned."""
    from serving.cli.session import Session

    passed = {"commits": 0, "stages": 0}

    def before(_: object) -> None:
        passed["commits"] += 1
        if passed["commits"] == kill.get("before_commit"):
            die()

    def begun(_: object) -> None:
        if "after_commit" in kill and passed["commits"] == kill["after_commit"]:
            die()

    event_hooks.listen(sa.Engine, "commit", before)
    event_hooks.listen(sa.Engine, "begin", begun)
    steps = Session.steps

    def stepping(self: Session, total: int | None = None) -> Any:
        from contextlib import contextmanager

        @contextmanager
        def told() -> Any:
            with steps(self, total) as step:

                def counted(zh: str, en: str) -> None:
                    passed["stages"] += 1
                    if passed["stages"] == kill.get("stage"):
                        die()
                    step(zh, en)

                yield counted

        return told()

    Session.steps = stepping  # type: ignore[method-assign]
    return passed


def run(prepared: Path, work: Path, kill: dict[str, Any]) -> dict[str, Any]:
    """Copy the state, run the command in a process of its own, and say how it ended."""
    shutil.copytree(prepared, work)
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        passed, code = arm(kill), 0
        from serving.cli.entry import main

        sys.argv = [
            "petition-risk",
            "--state",
            str(work),
            "screen",
            "--no-monitor",
            "--cutoff",
            CUTOFF,
            "--out",
            str(work / "out"),
        ]
        try:
            main()
        except SystemExit as ended:
            code = int(str(ended.code or 0))
        (work / "passed").write_text(json.dumps(passed))
        os._exit(code)
    if "after_s" in kill:
        time.sleep(kill["after_s"])
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    seconds = time.monotonic() - began
    counted = json.loads((work / "passed").read_text()) if (work / "passed").exists() else {}
    return (
        kill
        | counted
        | {"killed": os.WIFSIGNALED(status), "code": os.waitstatus_to_exitcode(status), "seconds": seconds}
    )


if __name__ == "__main__":
    prepared, folder = Path(sys.argv[1]), Path(sys.argv[2])
    for number, kill in enumerate(json.loads(sys.argv[3])):
        print(json.dumps(run(prepared, folder / str(number), kill)), flush=True)  # noqa: T201
