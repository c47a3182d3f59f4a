"""Before and after for everyone: of all families in FS, rounded; a row changes only when enough families are new in it.

The rules for small numbers are those of `published`. Here they also hold for what is new since the row shown last.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from fs_pipeline.exports.disclosure import BASE, is_small, range_of_shown, to_base
from fs_pipeline.exports.published import BASE_OF_DAYS, LEAST_OF_MEAN, rounded
from fs_pipeline.toolkit.breakdowns import FS
from fs_pipeline.toolkit.figures import Made, Share, Sum
from fs_pipeline.toolkit.toolkit import Toolkit

_Row = Mapping[Hashable, Any]
_NUMBERS = "people", "families", "before", "after"
SIDES_SHOWN = (*_NUMBERS, "difference", "percentage_change", "interval_low", "interval_high")
"""The numbers of a row of before and after."""


def published_before_after(before_after: pd.DataFrame, quarter: pd.Timestamp, toolkit: Toolkit) -> pd.DataFrame:
    """Before and after for `fs` in a quarter, rounded, with symbols; `quarter` says up to when a row is.

    Whoever subtracts what was shown last learns of those who are new since. So they have to pass the rule that all do,
    or what was shown last stands: 6 families or more, and no 1 to 5 before or after.

    Args:
        before_after: that of every quarter up to this one.
        quarter: this quarter's first day.
        toolkit: what measures declare.
    """
    of_fs = before_after[(before_after["scope"] == FS) & (before_after["quarter"] <= quarter)]
    names = zip(of_fs["indicator"], of_fs["measure"], strict=True)
    rows = of_fs[np.array([toolkit.is_published(*name, FS, "follow_up") for name in names], bool)]
    last: dict[Hashable, dict[Hashable, Any]] = {}
    for _, of_quarter in rows.groupby("quarter", sort=True):
        now = {row["measure"]: row for row in of_quarter.to_dict("records")}
        made = {name: toolkit.measure(row["indicator"], str(name), "follow_up").made for name, row in now.items()}
        passes = {name: _passes(row, last.get(name), made[name]) for name, row in now.items()}
        for name, row in now.items():
            of = made[name]
            if passes[name] and (not isinstance(of, Sum) or passes.get(of.of, True)):
                last[name] = row
    shown = []
    for row in rows[rows["quarter"] == quarter].to_dict("records"):
        standing = last.get(row["measure"])
        symbol = "z" if pd.isna(row["before"]) or pd.isna(row["after"]) else "" if standing else "c"
        of = toolkit.measure(row["indicator"], row["measure"], "follow_up").made
        numbers = dict.fromkeys(SIDES_SHOWN, np.nan) if symbol else _compared(standing or row, of)
        day = row["quarter"] if symbol or not standing else standing["quarter"]
        shown.append(row | numbers | {"quarter": day, "symbol": symbol})
    return pd.DataFrame(shown, columns=[*rows.columns, "symbol"])


def _passes(row: _Row, last: _Row | None, made: Made) -> bool:
    """Whether those who are new since a row that was shown last may be told of; all of them, where none was."""
    new = {name: row[name] - (last[name] if last else 0) for name in _NUMBERS}
    if last and not any(new.values()):
        return True
    few = not isinstance(made, Share) and any(is_small(abs(new[side])) for side in ("before", "after"))
    return abs(new["families"]) >= LEAST_OF_MEAN and not few


def _compared(row: _Row, made: Made) -> dict[str, float]:
    """The numbers of a row as they are shown."""
    sides: dict[str, float] = {
        # shares are of so many sessions that they are rounded to one decimal
        side: float(round(row[side], 1)) if isinstance(made, Share) else rounded(row[side], made)
        for side in ("before", "after", "interval_low", "interval_high")
    }
    difference = sides["after"] - sides["before"]
    percentage = float(np.round(100 * difference / sides["before"])) if sides["before"] else np.nan
    people = {"people": to_base(row["people"]), "families": to_base(row["families"])}
    return people | sides | {"difference": difference, "percentage_change": percentage}


def range_of_side(row: _Row, made: Made, side: str) -> tuple[float, float]:
    """The least and the greatest that people, families, before or after can be, as a row that is shown tells it."""
    base = BASE_OF_DAYS if side in ("before", "after") and isinstance(made, Sum) else BASE
    return range_of_shown(float(row[side]), base)
