"""Compares our frames with the oracle's rows, cell by cell."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import pandas as pd

Row = dict[str, Any]


def cell(value: Any) -> Any:
    """A cell as plain Python: blanks None, days as dates, numbers as they are."""
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date()
    return value.item() if hasattr(value, "item") else value


def differences(ours: pd.DataFrame, theirs: Iterable[Row], key: tuple[str, ...]) -> list[str]:
    """Every difference, as a line: rows that only one side has, cells that differ (floats to 1e-9)."""
    mine = {tuple(cell(row[name]) for name in key): row for row in ours.to_dict("records")}
    other = {tuple(row[name] for name in key): row for row in theirs}
    found = [f"only ours: {found}" for found in mine.keys() - other.keys()]
    found += [f"only the oracle's: {found}" for found in other.keys() - mine.keys()]
    for row_key in mine.keys() & other.keys():
        for name, expected in other[row_key].items():
            got = cell(mine[row_key][name])
            if got == expected or (
                isinstance(got, (int, float))
                and isinstance(expected, (int, float))
                and math.isclose(got, expected, rel_tol=1e-9, abs_tol=1e-9)
            ):
                continue
            found.append(f"{row_key} {name}: ours {got!r}, the oracle's {expected!r}")
    return sorted(found)
