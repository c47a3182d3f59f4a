"""Finds the files of a source: a file, a folder or a pattern, here or at any URL that fsspec knows; keeps nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from errno import ENOENT, ENOTDIR
from pathlib import Path, PurePosixPath
from typing import Any

import fsspec
from fsspec.asyn import AsyncFileSystem
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
        SourceError: the place does not answer, or not to us. That it says that nothing is there is no fault here.
    """
    entries: dict[str, FileEntry] = {}
    for pattern in patterns:
        text = pattern.replace(QUARTER, quarter.key) if quarter else pattern
        try:
            filesystem, path = fsspec.url_to_fs(text if "://" in text else str(home / text))
            filesystem.invalidate_cache()  # of listings, which a process that runs for long would keep
            for about in _listed(filesystem, path):
                inside = filesystem.ls(about["name"], detail=True) if filesystem.isdir(about["name"]) else [about]
                for file in inside:
                    if file["type"] == "file" and not PurePosixPath(file["name"]).name.startswith((".", "~$")):
                        entries[file["name"]] = _entry(filesystem, file)
        except Exception as fault:  # whatever the file system's own library raises; it may hold the URL
            cause = fault.__cause__ or fault
            said = " ".join(map(str, filter(None, (type(cause).__name__, _http_status(cause)))))
            raise SourceError(
                f"{key}: the files cannot be looked at ({said}): see that their place can be reached and read, and "
                "that its address is right"
            ) from None
    return [entries[path] for path in sorted(entries)]


def _listed(filesystem: fsspec.AbstractFileSystem, path: str) -> list[dict[str, Any]]:
    """What there is of a path or a pattern. `exists` and a plain `glob` take a server that is down for an empty one."""
    if "*" not in path:
        try:
            return [filesystem.info(path)]
        except OSError as fault:
            _raise_unless_absent(fault)
            return []
    walks = getattr(type(filesystem), "_find", None) is AsyncFileSystem._find  # others list by their own means
    walks = walks or type(filesystem).find is fsspec.AbstractFileSystem.find
    return list(filesystem.glob(path, detail=True, **({"on_error": _raise_unless_absent} if walks else {})).values())


def _raise_unless_absent(fault: OSError) -> None:
    """Raises what a file system says, unless it is that nothing is there.

    FileNotFoundError alone is not that: over HTTP any failure becomes one, whose cause is what happened.
    """
    cause = fault.__cause__
    says_so = isinstance(fault, FileNotFoundError | NotADirectoryError) or fault.errno in (ENOENT, ENOTDIR)
    absent = says_so and (
        cause is None
        or isinstance(cause, FileNotFoundError | LookupError | StopIteration)
        or _http_status(cause) in (404, 410)
    )
    if not absent:
        raise fault


def _http_status(fault: BaseException) -> int | None:
    """With what an HTTP server or an object store answered, where it did."""
    response = getattr(fault, "response", None)
    if isinstance(response, dict):  # of the library of Amazon's store
        return response.get("ResponseMetadata", {}).get("HTTPStatusCode") or None
    told = (getattr(of, name, None) for of in (fault, response) for name in ("status", "status_code"))
    return next((status for status in told if isinstance(status, int)), None)


def _entry(filesystem: fsspec.AbstractFileSystem, about: dict[str, Any]) -> FileEntry:
    stamps = ("mtime", "ETag", "etag", "LastModified", "last_modified", "created")
    stamp = next((str(about[name]) for name in stamps if about.get(name)), "")
    path, size = str(about["name"]), about.get("size")
    if isinstance(filesystem, LocalFileSystem):
        stamp = str(Path(path).stat().st_mtime_ns)
    name = "/".join(PurePosixPath(path).parts[-2:]).lstrip("/")
    return FileEntry(filesystem, path, name, size if isinstance(size, int) else 0, stamp)
