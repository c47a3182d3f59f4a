"""What the files of sources were found to hold of each quarter, so that `status` need not read them again.

A note of hashes, of no figures: losing it costs time alone. It knows files by their sizes and times, and a database
not at all.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from fs_pipeline.ledger.code_versions import code_version
from fs_pipeline.store.files import replace_file

CODE_OF_SOURCES = code_version("fs_pipeline.extracts.sources.sources")
"""The version of the code that reads sources, with every reader of a format."""


class Seen:
    """The note, `kept/sources.json`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._known: dict[str, list[object]] = json.loads(path.read_bytes())
        except (OSError, ValueError):  # never written, or half a file: it is found out again
            self._known = {}

    def known(self, place: str, marks: str) -> tuple[str, Mapping[str, str]] | None:
        """The version of a delivery and what its source said, when the source was in this state; else None."""
        found = self._known.get(place)
        if not found or found[0] != _state(marks):
            return None
        version, said = found[1:]
        assert isinstance(version, str)
        assert isinstance(said, dict)
        return version, said

    def note(self, place: str, marks: str, version: str, said: Mapping[str, str]) -> None:
        """Notes what was found in this state of the source."""
        self._known[place] = [_state(marks), version, dict(said)]
        replace_file(self._path, json.dumps(self._known, sort_keys=True).encode())


def _state(marks: str) -> str:
    return hashlib.sha256(f"{CODE_OF_SOURCES} {marks}".encode()).hexdigest()
