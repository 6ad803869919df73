"""A file stands whole under its name, or what was there stays."""

import os
import resource
import stat
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest

from data.errors import StoreError
from data.whole_file import file_sha256, write_whole, write_whole_by


def test_the_folder_is_made_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.json"
    write_whole(path, b"one")
    write_whole(path, b"two")
    assert path.read_bytes() == b"two"
    assert [one.name for one in path.parent.iterdir()] == ["b.json"]


def test_a_failed_write_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "b.json"
    write_whole(path, b"one")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="disk is full") as refused:
        write_whole(path, b"two")
    assert refused.value.exit_code == 15
    assert path.read_bytes() == b"one"
    monkeypatch.undo()
    write_whole(path, b"three")
    assert path.read_bytes() == b"three"


def test_a_private_file_is_private(tmp_path: Path) -> None:
    path = tmp_path / "b.xlsx"
    (tmp_path / "b.xlsx.partial").write_bytes(b"left by a run that died")
    write_whole(path, b"one", mode=0o600)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_disk_that_fills_leaves_no_half_file(tmp_path: Path) -> None:
    path, frame = tmp_path / "log.parquet", pl.DataFrame({"a": pl.int_range(0, 200_000, eager=True).shuffle(seed=1)})
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))
    try:
        with pytest.raises(StoreError, match="disk is full"):
            write_whole_by(path, frame.write_parquet)
        with pytest.raises(StoreError, match="disk is full"):
            write_whole(path, bytes(100_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []
    write_whole_by(path, frame.write_parquet)
    assert file_sha256(path) == sha256(path.read_bytes()).hexdigest()
