"""Tables read last: their columns are kept in memory for as long as their file stays what it is.

Nearly every calculation reads the roster. Who gets the same columns again also finds again what was worked out of them
(`arithmetic/remembering.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import pandas as pd

FileState: TypeAlias = tuple[str, int, int, int]


class KeptTables:
    """The columns of the files read last. Whoever gets one must not write into it."""

    def __init__(self, most: int) -> None:
        """Keeps no more than `most` bytes; a table that is larger by itself is not kept."""
        self._most = most
        self._kept: dict[FileState, dict[str, pd.Series]] = {}
        self._bytes: dict[FileState, int] = {}

    def columns(self, path: Path, names: Sequence[str], read: Callable[[Sequence[str]], pd.DataFrame]) -> pd.DataFrame:
        """The columns of a file; `read` reads those that are not kept. Never columns of two states of the file.

        Raises:
            FileNotFoundError: the file is not there.
        """
        state = _state(path)
        columns = self._kept.get(state, {})
        if missing := [name for name in names if name not in columns]:
            columns = columns | {str(name): column for name, column in read(missing).items()}
            if _state(path) != state:
                return self.columns(path, names, read)
        self._keep(state, columns)
        return pd.DataFrame({name: columns[name] for name in names}, copy=False)

    def _keep(self, state: FileState, columns: dict[str, pd.Series]) -> None:
        if columns is not self._kept.pop(state, None):
            self._bytes[state] = sum(column.nbytes for column in columns.values())
        self._kept[state] = columns  # last in order
        while sum(self._bytes.values()) > self._most:
            self._bytes.pop(first := next(iter(self._kept)))
            self._kept.pop(first)


def _state(path: Path) -> FileState:
    """The file as it is now: a table is replaced by another file, never written into."""
    found = path.stat()
    return str(path), found.st_ino, found.st_mtime_ns, found.st_size
