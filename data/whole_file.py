"""How a file comes to stand under its name: whole, or not at all."""

import os
import re
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from errno import EDQUOT, EFBIG, ENOSPC
from fcntl import LOCK_EX, LOCK_NB, flock
from glob import escape
from hashlib import file_digest
from pathlib import Path
from secrets import token_hex

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


def create_whole(path: Path, content: bytes, *, mode: int) -> bool:
    """As `write_whole`, where nothing stands under `path`; False, and nothing is changed, where something does.

    Of several at once one creates it, and nobody ever sees it in part.
    """
    try:
        with _partial(path, mode, os.link) as (_, handle), os.fdopen(os.dup(handle), "wb") as file:
            file.write(content)
    except FileExistsError:
        return False
    return True


def write_whole_by(path: Path, write: Callable[[Path], object]) -> None:
    """`write_whole` for what is too large to be held as bytes: `write` puts it into the path it is given."""
    with _partial(path, 0o666) as (partial, _):
        write(partial)


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def clear_partials(path: Path) -> None:
    """Remove what runs that died left beside `path`; what somebody is writing is locked and stays."""
    name = escape(path.name)
    for rest in [*path.parent.glob(f"{name}.partial"), *path.parent.glob(f"{name}.*.partial")]:
        with suppress(OSError):
            handle = os.open(rest, os.O_RDWR)
            try:
                flock(handle, LOCK_EX | LOCK_NB)
                rest.unlink(missing_ok=True)
            finally:
                os.close(handle)


@contextmanager
def _partial(path: Path, mode: int, put: Callable[[Path, Path], object] = os.replace) -> Generator[tuple[Path, int]]:
    """An empty file beside `path`, nobody else's, that `put` gives its name once all of it is on disk."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        clear_partials(path)
        partial, handle = _own(path, mode)
        try:
            yield partial, handle
            os.fsync(handle)
            put(partial, path)
        finally:
            partial.unlink(missing_ok=True)
            os.close(handle)
    except Exception as problem:
        if _number(problem) in _FULL:
            raise StoreError(
                "disk_full", "磁盘已满，文件未写入", "the disk is full; the file was not written"
            ) from problem
        raise


def _own(path: Path, mode: int) -> tuple[Path, int]:
    """A new file, locked for as long as it is open; who clears away may take one before it is locked."""
    while True:
        partial = path.with_name(f"{path.name}.{token_hex(4)}.partial")
        handle = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)
        # Without locks nobody can tell the dead from the living, and nothing is cleared away.
        with suppress(OSError):
            flock(handle, LOCK_EX)
        if os.fstat(handle).st_nlink:
            return partial, handle
        os.close(handle)


def _number(problem: Exception) -> int | None:
    """The system's number of an error; libraries written in Rust have it in their message only."""
    if isinstance(problem, OSError):
        return problem.errno
    told = re.search(r"os error (\d+)", str(problem))
    return None if told is None else int(told[1])
