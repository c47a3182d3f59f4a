"""Which layout a state folder has, recorded in its `layout.json`: how its files lie, and which form versions have.

1. Up to release 0.7.1, which recorded none. Versions of data hash Parquet pages; those of code depend on the Python.
2. Versions of data are hashes of values; those of code are the same under every Python. Files lie where they lay: every
   table is made again once, by the first run, because its code has a version of another form.
"""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

from fs_pipeline.store.files import replace_file

LAYOUT = 2
_FILE = "layout.json"
_MADE = ("lake", "kept", "dagster")


class LayoutError(Exception):
    """A state folder that a later release has made; says which, and what to do."""


def check_layout(home: Path) -> None:
    """Refuses a state folder of a layout that this release does not know.

    Raises:
        LayoutError: it is a later one, or cannot be read.
    """
    layout, release = _recorded(home)
    if layout > LAYOUT:
        raise LayoutError(
            f"{home} has layout {layout}, made by release {release}; this is release {version('fs-pipeline')}, which "
            f"knows layouts up to {LAYOUT}: install {release} or a later release. Nothing was changed."
        )


def upgrade_layout(home: Path) -> str:
    """Gives a state folder this release's layout; says what that means, and nothing of one that has it, or is new."""
    check_layout(home)
    layout, _ = _recorded(home)
    if layout == LAYOUT:
        return ""
    recorded = {"layout": LAYOUT, "release": version("fs-pipeline")}
    replace_file(home / _FILE, (json.dumps(recorded, indent=1) + "\n").encode())
    if not any((home / name).exists() for name in _MADE):
        return ""
    return (
        f"{home} was made by release 0.7.1 or an earlier one, and now has layout {LAYOUT}. Every table is stale once: "
        "versions have another form. Figures do not change for that, and editions of the same figures stay one."
    )


def _recorded(home: Path) -> tuple[int, str]:
    """The layout and the release that wrote it; layout 1 when none is recorded."""
    try:
        recorded = json.loads((home / _FILE).read_bytes())
        return int(recorded["layout"]), str(recorded["release"])
    except FileNotFoundError:
        return 1, ""
    except (ValueError, KeyError, TypeError):
        raise LayoutError(f"{home / _FILE} cannot be read: restore it from a backup, or remove it") from None
