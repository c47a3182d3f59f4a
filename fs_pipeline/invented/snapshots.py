"""A whole history as its supplier knew it on a day, by the contract's own words. Nothing about particular extracts."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import days
from fs_pipeline.toolkit.extracts import Extract


def as_known(extract: Extract, history: pd.DataFrame, day: date) -> pd.DataFrame:
    """The rows that had started by the day; what was later (dates, and what came with them) is blank."""
    today = np.datetime64(day)
    columns = [extract.contract(name) for name in extract.names]
    started = np.zeros(len(history), dtype=np.bool_)
    for column in columns:
        if column.starts:
            started |= days(history[column.name]) <= today
    known = history[started].reset_index(drop=True)
    later = {column.name: days(known[column.name]) > today for column in columns if column.starts or column.ends}
    for column in columns:
        source = column.came_with or column.name
        if source in later and later[source].any():
            known[column.name] = known[column.name].mask(later[source])
    return known
