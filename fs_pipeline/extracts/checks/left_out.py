"""What is left out of a delivery, by cause, in words; and whether it is so much that the rest is no extract (Z45)."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from fs_pipeline.extracts.cells.deliveries import Places
from fs_pipeline.toolkit.programme import Quality

_SHOWN = 3
"""So many causes, and so many rows of each, stand in a message; `rejected/` has all of them."""


def unusable_rows(rejected: pd.DataFrame, not_yet_known: Collection[str]) -> pd.DataFrame:
    """Of the rejected rows those with a fault of another rule than these: by them a row may be of use one day (Z42)."""
    is_only_unknown = rejected["rule"].isin(not_yet_known) & ~rejected["reason"].str.contains("; ", regex=False)
    return rejected[~is_only_unknown]


def too_many(unusable: int, distinct: int, quality: Quality) -> bool:
    """Whether so many of the distinct rows cannot be used that the extract is refused (Z45)."""
    share = unusable / distinct if distinct else 0.0
    return share > 1 / 2 or (share > quality.refuse_above and unusable >= quality.refuse_rows)


def causes_in_words(
    rejected: pd.DataFrame, of: int, places: Places | None, named: int = _SHOWN, unless: Collection[str] = ()
) -> str:
    """Why rows were left out, the cause of most rows first: `3 of 119 rows: team is blank, in rows 4, 7, 9`.

    Args:
        rejected: the rows; each stands under its first fault.
        of: how many distinct rows there were.
        places: where they came from, when they were read from a source. Keys of a table are never named.
        named: so many rows of each cause are named.
        unless: rules that stand for a row only when it has no other fault.
    """
    parts = rejected["reason"].str.split("; ")
    reasons = parts.str[0].where(~rejected["rule"].isin(unless), parts.str[-1])
    groups = sorted(rejected.groupby(reasons, sort=False), key=lambda group: -len(group[1]))
    words = []
    for reason, rows in groups[:_SHOWN]:
        labels = rows["row"] if places is None else rows["row"] + " of " + rows["file"]
        first = labels.head(named).tolist() if places is None or places.numbered else []
        where = f", {'first ' * (len(rows) > named)}in row{'s' * (len(first) > 1)} {', '.join(first)}" if first else ""
        words.append(f"{len(rows):,} of {of:,} rows: {reason}{where}")
    if others := sum(len(rows) for _, rows in groups[_SHOWN:]):
        words.append(f"{others:,} of {of:,} rows: for {len(groups) - _SHOWN} other reasons")
    return "; ".join(words)
