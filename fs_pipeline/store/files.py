"""Writing files so that nobody ever sees half of one, on a disk or in an object store, nor after a power cut."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from upath import UPath  # only where a lake is elsewhere: a disk does not wait for its import

_PUT_IS_ONE_STEP = frozenset({"abfs", "abfss", "az", "gcs", "gs", "oci", "oss", "s3", "s3a"})
"""Protocols of object stores, where an object stands under its name whole, once it has arrived, or not at all."""


def write_privately() -> None:
    """From now on nobody but its user can open what this process, and those that it starts, write anywhere."""
    os.umask(0o077)


def replace_file(path: Path | UPath, content: bytes, *, made_again: bool = False) -> None:
    """Gives the file this content in one step. A file on a disk that has it already is left alone.

    The content is on the disk before the file has its name, and the name before this ends: a machine that goes down
    leaves the earlier file, or this one. What is `made_again` when it is found damaged does not wait for the disk.

    Raises:
        OSError: it could not be written; names the file, also where the system does not (a full disk). What was there
            stays.
    """
    if not isinstance(path, Path):
        _replace_elsewhere(path, content)
        return
    with suppress(FileNotFoundError):
        if path.read_bytes() == content:
            return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(_part_of(path.name))
    try:
        with part.open("wb") as file:
            file.write(content)
            if not made_again:
                file.flush()
                os.fsync(file.fileno())
        part.replace(path)
    except OSError as fault:
        fault.filename = str(path)
        raise
    finally:
        part.unlink(missing_ok=True)
    if not made_again:
        _names_to_disk(path.parent)


def _names_to_disk(folder: Path) -> None:
    """Waits until the disk has the names in a folder; a file system that cannot do that for folders is let be."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    except OSError as fault:
        if fault.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(opened)


def _replace_elsewhere(path: UPath, content: bytes) -> None:
    """On an fsspec file system: one PUT, or a file of another name that is moved to its place."""
    system = path.fs
    if path.protocol in _PUT_IS_ONE_STEP:
        system.pipe_file(path.path, content)
        return
    system.makedirs(path.parent.path, exist_ok=True)
    part = path.parent / _part_of(path.name)
    try:
        system.pipe_file(part.path, content)
        system.mv(part.path, path.path)
    finally:
        if system.exists(part.path):
            system.rm_file(part.path)


def _part_of(name: str) -> str:
    return f".{name}.{os.getpid()}-{uuid4().hex}.part"
