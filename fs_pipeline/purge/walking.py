"""Which files there are: symbolic links are followed inside the folders of a purge, and never beyond them."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path


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
