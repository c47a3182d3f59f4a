"""Whole columns of invented text and dates, made from numbers without a loop over rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from fs_pipeline.arithmetic.columns import Dates, Flags, Numbers, Positions
from fs_pipeline.invented.chance import FAR


def dates(days: Positions) -> Dates:
    """Day numbers as dates; blank where the day never comes."""
    never = np.abs(days) > FAR
    return np.where(never, np.datetime64("NaT", "D"), np.where(never, 0, days).astype("datetime64[D]"))


def identifiers(prefix: str, numbers: Positions, width: int = 0) -> pd.Series:
    """Identifiers such as P000123, of one width; blank where the number is negative."""
    width = max(width, len(str(int(numbers.max(initial=0)))))
    digits = pc.cast(pa.array(numbers, mask=numbers < 0), pa.string())
    return text(pc.binary_join_element_wise(prefix, pc.utf8_lpad(digits, width=width, padding="0"), ""))


def words(choices: Sequence[str] | pd.Series, positions: Positions) -> pd.Series:
    """The choices at the positions; blank where the position is negative."""
    values = pa.array(choices, type=pa.string())
    return text(values.take(pa.array(positions, mask=positions < 0)))


def blank_where(texts: pd.Series, blank: Flags) -> pd.Series:
    """The texts; blank in the places that `blank` marks."""
    return words(texts, np.where(blank, -1, np.arange(len(texts))))


def text(values: pa.Array | pa.ChunkedArray) -> pd.Series:
    """Arrow text as a pandas column."""
    column: pd.Series = values.to_pandas()
    return column.astype("str")


def with_blanks(numbers: Positions | Numbers, blank: Flags) -> Numbers:
    """Numbers as floats, blank (NaN) in the places that `blank` marks."""
    return np.where(blank, np.nan, numbers.astype(np.float64))
