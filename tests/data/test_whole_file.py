"""A file stands whole under its name, or what was there stays."""

import os
import stat
from pathlib import Path

import pytest

from data.whole_file import write_whole


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
    with pytest.raises(OSError, match="No space"):
        write_whole(path, b"two")
    assert path.read_bytes() == b"one"
    monkeypatch.undo()
    write_whole(path, b"three")
    assert path.read_bytes() == b"three"


def test_a_private_file_is_private(tmp_path: Path) -> None:
    path = tmp_path / "b.xlsx"
    (tmp_path / "b.xlsx.partial").write_bytes(b"left by a run that died")
    write_whole(path, b"one", mode=0o600)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
