"""The years that file names and folders carry."""

from __future__ import annotations

import re

_YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")


def year_of(name: str) -> int | None:
    """The year in a file's name, or else in the nearest folder that has one; the first where there are several."""
    for part in reversed(name.replace("\\", "/").split("/")):
        if found := _YEAR.search(part):
            return int(found[1])
    return None
