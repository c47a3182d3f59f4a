"""Searches files byte by byte for identifiers: unpacked, decompressed, decoded. Says where, never what."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from fs_pipeline.extracts.cells.texts import as_text
from fs_pipeline.purge.erasing import Sought

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_DAMAGED = (OSError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error, pa.ArrowException)


class Unreadable(Exception):
    """A file that holds its content in a way that cannot be undone: damaged, or locked."""


def holds(folder: Path, sought: Sought) -> tuple[list[Path], list[Path]]:
    """The files under a folder in which an identifier stands, and those that nobody can look into."""
    held, unread = [], []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            try:
                if _said(path, sought):
                    held.append(path)
            except Unreadable:
                unread.append(path)
    return held, unread


def is_said_in(path: Path, sought: Sought) -> bool:
    """Whether an identifier stands in a file; not so when nobody can look into it."""
    try:
        return _said(path, sought)
    except Unreadable:
        return False


def _said(path: Path, sought: Sought) -> bool:
    if not sought.telling:
        return False
    pattern = re.compile(sought.telling.encode())
    return any(pattern.search(text) for text in texts(path.name, path.read_bytes()))


def texts(name: str, content: bytes) -> Iterator[bytes]:
    """All that a file holds, as bytes in which UTF-8 text can be found.

    Raises:
        Unreadable: it is damaged or locked.
    """
    ending = name.lower().rpartition(".")[2]
    yield content
    if b"\0" in content[:1_000]:
        yield content.replace(b"\0", b"")  # UTF-16
    try:
        if ending in ("zst", "gz"):
            with pa.CompressedInputStream(pa.BufferReader(content), {"zst": "zstd", "gz": "gzip"}[ending]) as stream:
                inside = stream.read()
            yield from texts("inside", inside)
        elif content.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                for part in archive.namelist():
                    yield from texts(part, archive.read(part))
        elif content.startswith(b"PAR1"):
            for column in pq.read_table(io.BytesIO(content)).columns:
                yield "\n".join(filter(None, as_text(column).to_pylist())).encode("utf-8", errors="replace")
        elif content.startswith(_OLE):
            raise Unreadable
    except _DAMAGED as fault:
        raise Unreadable from fault
