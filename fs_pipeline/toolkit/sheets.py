"""Reads the toolkit's own sheets: the CSV files beside this module, shipped with the package."""

from __future__ import annotations

import csv
from importlib.resources import files


def sheet(name: str) -> list[dict[str, str]]:
    """The rows of `name`.csv in this folder, in its order, every cell as text."""
    text = files(__package__).joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
