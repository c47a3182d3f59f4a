"""The world of a quarter: what a supplier's history, pulled late, would have shown on the quarter's last day (Z06)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import Flags, days
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.toolkit.extracts import Extract
from fs_pipeline.toolkit.tables import Kind


def after_quarter(extract: Extract, quarter: Quarter, frame: pd.DataFrame) -> Flags:
    """Rows of a snapshot that begin after the quarter: a start is given, and none lies on or before its last day.

    Rows whose starts are all blank stay. Quarter extracts have no such rows.
    """
    started, begun = np.zeros((2, len(frame)), dtype=np.bool_)
    if extract.snapshot:
        for column in extract.columns:
            if extract.contract(column.name).starts:
                start = days(frame[column.name])
                started |= ~np.isnat(start)
                begun |= start <= np.datetime64(quarter.last_day)
    later: Flags = started & ~begun
    return later


def blank_later_events(extract: Extract, quarter: Quarter, frame: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """A snapshot without what had not happened yet by the quarter's last day, and in how many rows that was so.

    An end, closure, conclusion or nullable start after it is blank, with the reason or outcome that came with it.
    """
    later = later_events(extract, quarter, frame)
    touched = np.zeros(len(frame), dtype=np.bool_)
    for rows in later.values():
        touched |= rows
    blanked = {column: frame[column].mask(rows) for column, rows in later.items()}
    return frame.assign(**blanked), int(touched.sum())


def later_events(extract: Extract, quarter: Quarter, dates: pd.DataFrame) -> dict[str, Flags]:
    """By column, the rows of a snapshot whose value had not happened yet; only columns that have such rows.

    `dates` needs the columns of dates alone.
    """
    later: dict[str, Flags] = {}
    contracts = [extract.contract(column.name) for column in extract.columns] if extract.snapshot else []
    for event in contracts:
        if event.kind is Kind.DATE and event.nullable and (event.starts or event.ends):
            after = days(dates[event.name]) > np.datetime64(quarter.last_day)
            if after.any():
                later |= {column.name: after for column in contracts if event.name in (column.name, column.came_with)}
    return later
