"""Reads the package's own sheets: CSV files that are shipped with it, the toolkit's beside this module."""

from __future__ import annotations

import csv
from importlib.resources import files


def sheet(name: str, package: str = __package__) -> list[dict[str, str]]:
    """The rows of `name`.csv in the package's folder, in its order, every cell as text."""
    text = files(package).joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
