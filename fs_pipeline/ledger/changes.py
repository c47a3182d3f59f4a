"""Which figures of a table are other ones than they were, and how people read a figure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pandas as pd

from fs_pipeline.toolkit.tables import Table

_NO_FIGURE = "no figure"


def changed_figures(
    table: Table, before: pd.DataFrame, now: pd.DataFrame
) -> Iterator[tuple[dict[str, object], str, str]]:
    """The figures that are not alike before and now: key, and what they were and are, in words.

    Numbers are alike to nine digits: how a sum is rounded at its sixteenth depends on the order of its parts and on the
    libraries, and is no change to anybody. A column that only one of them has is not compared.
    """
    key = [name for name in table.key if name != "quarter"]
    rows: list[dict[tuple[Any, ...], Any]] = [
        {tuple(row[name] for name in key): row for row in frame.to_dict("records")} for frame in (before, now)
    ]
    for figure in sorted({**rows[0], **rows[1]}):
        was, became = rows[0].get(figure), rows[1].get(figure)
        if not _alike(was, became):
            yield dict(zip(key, figure, strict=True)), _words(was), _words(became)


def _alike(was: dict[str, Any] | None, became: dict[str, Any] | None) -> bool:
    if was is None or became is None:
        return False
    return all(_same(was[name], became[name]) for name in was.keys() & became)


def _same(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12) or (math.isnan(one) and math.isnan(other))
    return one is other or one == other


def _words(row: dict[str, Any] | None) -> str:
    """A figure as people read it, with its parts and its status where that is not final."""
    if row is None:
        return _NO_FIGURE
    if "before" in row:
        numbers = " -> ".join("blank" if pd.isna(row[name]) else f"{row[name]:g}" for name in ("before", "after"))
        return f"{numbers} ({row['people']} people)"
    value = "blank" if pd.isna(row["value"]) else f"{row['value']:g}"
    parts = "" if pd.isna(row["denominator"]) else f" ({row['numerator']:g}/{row['denominator']:g})"
    return value + parts + ("" if row["status"] == "final" else f" {row['status']}")
