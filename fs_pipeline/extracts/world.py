"""The world of a quarter: what a supplier's history, pulled late, would have shown on the quarter's last day (Z06)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import Flags, days
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.toolkit.extracts import Extract
from fs_pipeline.toolkit.kinds import Kind


def after_quarter(extract: Extract, quarter: Quarter, frame: pd.DataFrame) -> Flags:
    """Rows of a snapshot that begin after the quarter: a start is given, and none lies on or before its last day.

    Rows whose starts are all blank stay. Quarter extracts have no such rows.
    """
    given, begun = np.zeros((2, len(frame)), dtype=np.bool_)
    if extract.snapshot:
        for column in extract.columns:
            if extract.contract(column.name).starts:
                start = days(frame[column.name])
                given |= ~np.isnat(start)
                begun |= start <= np.datetime64(quarter.last_day)
    later: Flags = given & ~begun
    return later


def blank_later_events(extract: Extract, quarter: Quarter, frame: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """A snapshot without what had not happened yet by the quarter's last day, and in how many rows that was so.

    An end, closure, conclusion or nullable start after it is blank, with the reason or outcome that came with it.
    """
    if not extract.snapshot:
        return frame, 0
    touched = np.zeros(len(frame), dtype=np.bool_)
    blanked: dict[str, pd.Series] = {}
    contracts = [extract.contract(column.name) for column in extract.columns]
    for event in contracts:
        if event.kind is not Kind.DATE or not event.nullable or not (event.starts or event.ends):
            continue
        later = days(frame[event.name]) > np.datetime64(quarter.last_day)
        touched |= later
        for column in contracts:
            if later.any() and event.name in (column.name, column.came_with):
                blanked[column.name] = frame[column.name].mask(later)
    return frame.assign(**blanked), int(touched.sum())
