"""How a file comes to stand under its name: whole, or not at all."""

import os
import re
from collections.abc import Callable, Generator
from contextlib import contextmanager
from errno import EDQUOT, EFBIG, ENOSPC
from hashlib import file_digest
from pathlib import Path

from data.errors import StoreError

#: No space, over the quota, larger than a file may be.
_FULL = frozenset({ENOSPC, EDQUOT, EFBIG})


def write_whole(path: Path, content: bytes, *, mode: int = 0o666) -> None:
    """Write `content` under `path`, its folder made where there is none; what was there stays until all is on disk.

    `mode` is what the file may be for others, less the process's umask; a private one is private from its first byte.
    Raises StoreError where the disk is full; what was there stays.
    """
    with _partial(path, mode) as (_, handle), os.fdopen(os.dup(handle), "wb") as file:
        file.write(content)


def write_whole_by(path: Path, write: Callable[[Path], object]) -> None:
    """`write_whole` for what is too large to be held as bytes: `write` puts it into the path it is given."""
    with _partial(path, 0o666) as (partial, _):
        write(partial)


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


@contextmanager
def _partial(path: Path, mode: int) -> Generator[tuple[Path, int]]:
    """An empty file beside `path` that takes its name once all of it is on disk."""
    partial = path.with_name(f"{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.unlink(missing_ok=True)  # of a run that died; its mode must not be inherited
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            yield partial, handle
            os.fsync(handle)
        finally:
            os.close(handle)
        partial.replace(path)
    except Exception as problem:
        if _number(problem) in _FULL:
            partial.unlink(missing_ok=True)
            raise StoreError(
                "disk_full", "磁盘已满，文件未写入", "the disk is full; the file was not written"
            ) from problem
        raise


def _number(problem: Exception) -> int | None:
    """The system's number of an error; libraries written in Rust have it in their message only."""
    if isinstance(problem, OSError):
        return problem.errno
    told = re.search(r"os error (\d+)", str(problem))
    return None if told is None else int(told[1])
