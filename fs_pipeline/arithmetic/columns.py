"""Frame columns as NumPy arrays, with their blanks: days, numbers, flags; and values picked by position."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import pandas as pd

from fs_pipeline.toolkit.tables import ArrayLike

Dates: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.datetime64]]"
Numbers: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.float64]]"
Flags: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.bool_]]"
Positions: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.int64]]"


ONE_DAY = np.timedelta64(1, "D")


def days(column: pd.Series) -> Dates:
    """A date column as days; blanks are NaT."""
    return column.to_numpy().astype("datetime64[D]")


def numbers(column: pd.Series) -> Numbers:
    """A number column as floats; blanks are NaN."""
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def flags(column: pd.Series) -> Flags:
    """A boolean column; a blank is not true."""
    return column.to_numpy(dtype=np.bool_, na_value=False)


def pick(column: pd.Series, positions: Positions) -> ArrayLike:
    """The column's values at the positions; blank at position -1."""
    return column.array.take(positions, allow_fill=True)


def flag_or_blank(values: Flags, known: Flags) -> ArrayLike:
    """The flags as a column; blank where they are not known."""
    return pd.arrays.BooleanArray(values & known, ~known)
