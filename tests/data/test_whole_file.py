"""A file stands whole under its name, or what was there stays."""

import os
import resource
import stat
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest

from data.errors import StoreError
from data.whole_file import create_whole, file_sha256, write_whole, write_whole_by


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
    write_whole(path, b"one", mode=0o600)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_died_is_cleared_away_and_what_is_written_stays(tmp_path: Path) -> None:
    path, other = tmp_path / "b[1].xlsx", tmp_path / "b1.xlsx.partial"
    for name in ("b[1].xlsx.partial", "b[1].xlsx.0a1b2c3d.partial"):
        (tmp_path / name).write_bytes(b"left by a run that died")
    other.write_bytes(b"of another file")

    def meanwhile(partial: Path) -> None:
        partial.write_bytes(b"first")
        write_whole(path, b"second")
        assert partial.read_bytes() == b"first"

    write_whole_by(path, meanwhile)
    assert path.read_bytes() == b"first"
    assert {one.name for one in tmp_path.iterdir()} == {path.name, other.name}


def test_of_several_writers_at_once_each_file_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    texts = [bytes([number]) * 200_000 for number in range(8)]
    with ThreadPoolExecutor(8) as threads:
        for _ in range(20):
            list(threads.map(lambda text: write_whole(path, text), texts))
            assert path.read_bytes() in texts
    assert list(tmp_path.iterdir()) == [path]


def test_what_stands_is_not_created_again(tmp_path: Path) -> None:
    path = tmp_path / "key"
    assert create_whole(path, b"one", mode=0o600)
    assert not create_whole(path, b"two", mode=0o600)
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"one", 0o600)
    assert list(tmp_path.iterdir()) == [path]


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
