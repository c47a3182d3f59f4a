"""Files are replaced in one step; what cannot be made again is on the disk before its name says that it is there."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fs_pipeline.exports.pseudonyms import make_key
from fs_pipeline.store.files import replace_file


@pytest.fixture
def disk_has(monkeypatch) -> list[tuple[str, str]]:
    """Each wait for the disk: the file or folder waited for, and what stands under `figures.csv` at that moment."""
    waits = []
    wait = os.fsync

    def fsync(opened: int) -> None:
        wait(opened)
        path = Path(f"/proc/self/fd/{opened}").readlink()
        figures = (path if path.is_dir() else path.parent) / "figures.csv"
        waits.append((path.suffix or "folder", figures.read_text() if figures.exists() else "nothing"))

    monkeypatch.setattr(os, "fsync", fsync)
    return waits


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """The disk is full after so many bytes of a file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("before", ["nothing", "old"])
def test_the_content_is_on_the_disk_before_the_name_and_the_name_before_it_ends(tmp_path, disk_has, before):
    path = tmp_path / "figures.csv"
    if before == "old":
        path.write_text("old")
    replace_file(path, b"new")
    assert disk_has == [(".part", before), ("folder", "new")]


def test_what_is_there_already_is_not_written_again(tmp_path, disk_has):
    (tmp_path / "figures.csv").write_text("same")
    replace_file(tmp_path / "figures.csv", b"same")
    assert disk_has == []


def test_what_is_made_again_does_not_wait(tmp_path, disk_has):
    replace_file(tmp_path / "figures.csv", b"new", made_again=True)
    assert disk_has == [] and (tmp_path / "figures.csv").read_text() == "new"


def test_a_key_is_on_the_disk_when_people_are_told_of_it(tmp_path, disk_has):
    make_key(tmp_path / "pseudonym.key")
    assert disk_has == [(".key", "nothing")]


@pytest.mark.parametrize("made_again", [False, True])
def test_a_full_disk_is_said_of_the_file_and_leaves_what_was_there_and_nothing_else(tmp_path, made_again):
    path = tmp_path / "figures.csv"
    path.write_text("old")
    with room_for(2), pytest.raises(OSError, match="File too large") as refused:
        replace_file(path, b"new", made_again=made_again)
    assert refused.value.filename == str(path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
