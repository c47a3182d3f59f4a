"""Which files there are, and in which of them an identifier stands. Says where, never what.

Files are searched byte by byte: unpacked, decompressed, decoded. Symbolic links are followed inside the folders of a
purge, and never beyond them.
"""

from __future__ import annotations

import io
import os
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from fs_pipeline.extracts.cells.cells import as_text
from fs_pipeline.purge.erasing import Sought
from fs_pipeline.store.state import State

_NO_TEXT = re.compile(rb"[\x00-\x08\x0e-\x19\x1b-\x1f]")
_SQLITE, _OF_SQLITE = b"SQLite format 3\0", ("-wal", "-shm", "-journal")
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_DAMAGED = (OSError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error, pa.ArrowException)


class LinksOutside(Exception):
    """Symbolic links lead out of the folders of a purge, where it removes nothing; says which, and what to do."""


class Unreadable(Exception):
    """A file that holds its content in a way that cannot be undone: damaged, locked, closed, of an unknown kind."""


@dataclass(frozen=True)
class Walk:
    """Walks through folders, and remembers where it could not go.

    Attributes:
        within: the folders, resolved, that a symbolic link may lead to.
        outside: the links that lead to another place; they are not followed.
        closed: the folders that may not be looked into.
    """

    within: tuple[Path, ...]
    outside: set[Path] = field(default_factory=set)
    closed: set[Path] = field(default_factory=set)

    @classmethod
    def through(cls, state: State) -> Walk:
        """Through the state folder, and a lake elsewhere on a disk.

        Raises:
            LinksOutside: there are links out of them.
        """
        lake = state.lake.folder
        walk = cls((state.home, *([lake.resolve()] if isinstance(lake, Path) else [])))
        walk.files(*walk.within)
        if walk.outside:
            raise LinksOutside(
                "".join(f"{link} is a symbolic link to {link.resolve()}\n" for link in sorted(walk.outside))
                + "These lead out of the state folder, where a purge removes nothing: put the files themselves into "
                "their places, or remove the links and what they lead to; then purge again. Nothing was removed."
            )
        return walk

    def files(self, *folders: Path) -> list[Path]:
        """Every file under these folders, under the name by which it is reached first; each folder once."""
        files: list[Path] = []
        waiting, seen = list(folders), set()
        while waiting:
            path = waiting.pop()
            true = Path(os.path.realpath(path))  # Path.resolve() stumbles over a link to itself
            try:
                if path.is_symlink() and not any(true.is_relative_to(folder) for folder in self.within):
                    self.outside.add(path)
                elif path.is_file():
                    files.append(path)
                elif path.is_dir() and true not in seen:
                    seen.add(true)
                    waiting += path.iterdir()
            except OSError:
                self.closed.add(path)
        return sorted(files)


def says(path: Path, sought: Sought) -> bool | None:
    """Whether an identifier stands in a file; None when nobody can look into it."""
    pattern = re.compile(sought.telling.encode() or b"(?!)")
    try:
        return any(pattern.search(text) for text in texts(path.name, path.read_bytes()))
    except (Unreadable, OSError):
        return None


def texts(name: str, content: bytes, *, of_office: bool = False) -> Iterator[bytes]:
    """All that a file of that name and content holds, as bytes in which UTF-8 text can be found.

    Of a part of a workbook or another Office file (`of_office`) pictures and printers' settings may be no text.

    Raises:
        Unreadable: it is damaged, locked, or of a kind that is neither text nor known here.
    """
    ending = name.lower().rpartition(".")[2]
    yield content
    plain = content.replace(b"\0", b"") if b"\0" in content[:1_000] else content
    if plain is not content:
        yield plain  # UTF-16
    known = of_office or content.startswith(_SQLITE) or name.endswith(_OF_SQLITE)
    try:
        if ending in ("zst", "gz"):
            with pa.CompressedInputStream(pa.BufferReader(content), {"zst": "zstd", "gz": "gzip"}[ending]) as stream:
                inside = stream.read()
            yield from texts("inside", inside)
        elif content.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                office = "[Content_Types].xml" in archive.namelist()
                for part in archive.namelist():
                    yield from texts(part, archive.read(part), of_office=office)
        elif content.startswith(b"PAR1"):
            for column in pq.read_table(io.BytesIO(content)).columns:
                yield "\n".join(filter(None, as_text(column).to_pylist())).encode("utf-8", errors="replace")
        elif content.startswith(_OLE) or (not known and _NO_TEXT.search(plain)):
            raise Unreadable
    except _DAMAGED as fault:
        raise Unreadable from fault
