"""Finds the files of a source: a file, a folder or a pattern, here or at any URL that fsspec knows; keeps nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import fsspec
from fsspec.implementations.local import LocalFileSystem

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.extracts.cells.format_extracts import SourceError, SourceFile
from fs_pipeline.settings.sources import QUARTER


@dataclass(frozen=True)
class FileEntry:
    """A file of a source as its folder lists it: its name for people, and what shows a change without reading it."""

    filesystem: fsspec.AbstractFileSystem
    path: str
    name: str
    size: int
    stamp: str

    @property
    def mark(self) -> tuple[str, int, str]:
        """Another one when the file is another one."""
        return self.path, self.size, self.stamp

    def here(self, folder: Path) -> SourceFile:
        """The file, to be opened: where it lies, or fetched into the folder.

        Raises:
            SourceError: it cannot be fetched.
        """
        if isinstance(self.filesystem, LocalFileSystem):
            return SourceFile(Path(self.path), self.name)
        fetched = folder / self.name.replace("/", "_")
        try:
            self.filesystem.get_file(self.path, str(fetched))
        except Exception as fault:  # whatever the file system's own library raises; it may hold the URL
            raise SourceError(f"{self.name} cannot be fetched ({type(fault).__name__})") from None
        return SourceFile(fetched, self.name)


def find_files(patterns: Sequence[str], home: Path, quarter: Quarter | None, key: str) -> list[FileEntry]:
    """The files of all the patterns, in order of their paths; hidden ones and Excel's lock files are none.

    Args:
        patterns: paths, folders or patterns (`*`), or URLs of them; a relative path begins at the state folder.
        home: the state folder.
        quarter: whose first day stands for {quarter}.
        key: where the patterns stand in sources.toml, for messages.

    Raises:
        SourceError: the place cannot be looked at. That nothing is there is no fault here.
    """
    entries: dict[str, FileEntry] = {}
    for pattern in patterns:
        text = pattern.replace(QUARTER, quarter.key) if quarter else pattern
        try:
            filesystem, path = fsspec.url_to_fs(text if "://" in text else str(home / text))
            paths = filesystem.glob(path) if "*" in path else [path] if filesystem.exists(path) else []
            for each in paths:
                inside = filesystem.ls(each, detail=True) if filesystem.isdir(each) else [filesystem.info(each)]
                for about in inside:
                    if about["type"] == "file" and not PurePosixPath(about["name"]).name.startswith((".", "~$")):
                        entries[about["name"]] = _entry(filesystem, about)
        except Exception as fault:  # whatever the file system's own library raises; it may hold the URL
            raise SourceError(f"{key}: the files cannot be looked at ({type(fault).__name__})") from None
    return [entries[path] for path in sorted(entries)]


def _entry(filesystem: fsspec.AbstractFileSystem, about: dict[str, object]) -> FileEntry:
    stamps = ("mtime", "ETag", "etag", "LastModified", "last_modified", "created")
    stamp = next((str(about[name]) for name in stamps if about.get(name)), "")
    path, size = str(about["name"]), about.get("size")
    if isinstance(filesystem, LocalFileSystem):
        stamp = str(Path(path).stat().st_mtime_ns)
    name = "/".join(PurePosixPath(path).parts[-2:]).lstrip("/")
    return FileEntry(filesystem, path, name, size if isinstance(size, int) else 0, stamp)
