"""Where figures are made: the release of this package, the commit of its source, and what it computes with.

It is recorded beside what is made, and is never a cause: the same rows are the same under any of these.
"""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path

import fs_pipeline

UNKNOWN = "unknown"
_PACKAGE = Path(fs_pipeline.__file__).parent
_BUILT_FROM = _PACKAGE / "commit.txt"
"""Written into a wheel when it is built from a checkout."""


@cache
def environment() -> Mapping[str, str]:
    """By name: the release, its commit (`git checkout` gives the source back), Python, pandas, pyarrow, numpy."""
    libraries = {name: version(name) for name in ("pandas", "pyarrow", "numpy")}
    return {"release": version("fs-pipeline"), "commit": _commit(), "Python": platform.python_version(), **libraries}


def made_by(made_in: Mapping[str, str]) -> str:
    """Which release, of which commit, in words; of what was made up to release 0.7.1 neither is known."""
    if not made_in:
        return "release 0.7.1 or earlier"
    return f"release {made_in['release']}, commit {made_in['commit'][:12]}"


def differences(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """What differs between two environments: `pyarrow 21.0.0 -> 26.0.1`; nothing can be said of one not recorded."""
    both = before.keys() & now.keys()
    return [f"{name} {before[name]} -> {now[name]}" for name in now if name in both and before[name] != now[name]]


def _commit() -> str:
    """The commit of the checkout that this runs from, or that the wheel was built from; UNKNOWN without either."""
    checkout = _PACKAGE.parent
    if (checkout / ".git").exists() and (checkout / "pyproject.toml").exists():
        commit, changed = _git(checkout, "rev-parse", "HEAD"), _git(checkout, "status", "--porcelain", _PACKAGE.name)
        return f"{commit}{' with changes' if changed else ''}" if commit else UNKNOWN
    return _BUILT_FROM.read_text(encoding="ascii").strip() if _BUILT_FROM.exists() else UNKNOWN


def _git(checkout: Path, *arguments: str) -> str:
    try:
        asked = subprocess.run(
            ["git", *arguments], cwd=checkout, capture_output=True, text=True, check=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError):  # there is no git here, or the folder is somebody else's
        return ""
    return asked.stdout.strip()
