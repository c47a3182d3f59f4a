"""Draws of chance, one stream per subject, so that a change to one subject leaves the others' rows as they were.

Days are whole numbers, counted from 1 January 1970, because drawing and comparing them is then plain arithmetic. The
functions at the end make whole columns of dates and text of numbers, without a loop over rows.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import date
from typing import TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fs_pipeline.arithmetic.columns import Dates, Flags, Numbers, Positions

NEVER = 1_000_000
"""The day of what does not happen; `FAR` tells it apart, give or take any number of days."""
FAR = 500_000

YEAR = 365.25

Whole: TypeAlias = NDArray[np.int64]
Truths: TypeAlias = NDArray[np.bool_]
Real: TypeAlias = NDArray[np.float64]
"""Arrays of any shape: a column, or a row of slots for each person or family."""

Size: TypeAlias = int | tuple[int, ...]


class Chance:
    """A stream of draws that depends on the seed and its subject alone."""

    def __init__(self, seed: int, *subject: str) -> None:
        self.draw = np.random.default_rng([seed % 2**64, *(zlib.crc32(word.encode()) for word in subject)])

    def happens(self, share: float | Real, size: Size) -> Truths:
        """True for about that share (one for all, or one for each)."""
        happened: Truths = self.draw.random(size) < share
        return happened

    def between(self, low: int | Whole, high: int | Whole, size: Size) -> Whole:
        """Whole numbers from low to high, both inclusive."""
        drawn: Whole = self.draw.integers(low, np.asarray(high) + 1, size=size, dtype=np.int64)
        return drawn

    def lasting(self, mean: float, least: int, most: int, size: Size) -> Whole:
        """Lengths in days, skewed as those of plans and periods are."""
        drawn = self.draw.gamma(1.7, mean / 1.7, size=size)
        return np.clip(drawn, least, most).astype(np.int64)

    def one_of(self, shares: Sequence[float], size: int) -> Whole:
        """Whole in a list whose items have these shares (which need not sum to 1)."""
        limits = np.cumsum(shares) / np.sum(shares)
        return np.searchsorted(limits[:-1], self.draw.random(size), side="right").astype(np.int64)

    def on_edges(self, days: Whole, share: float = 0.04) -> Whole:
        """The days, some of them moved to the first or the last day of their quarter."""
        first, last = quarter_ends(days)
        edge = np.where(self.happens(0.5, days.shape), first, last)
        return np.where(self.happens(share, days.shape) & (days < FAR), edge, days)


def day_number(day: date) -> int:
    """The day as a whole number."""
    return (day - date(1970, 1, 1)).days


def quarter_ends(days: Whole) -> tuple[Whole, Whole]:
    """First and last day of each day's quarter."""
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) // 3 * 3
    first, after = ((months + more).astype("datetime64[M]").astype("datetime64[D]") for more in (0, 3))
    return first.astype(np.int64), after.astype(np.int64) - 1


def working_day(days: Whole) -> Whole:
    """The Friday before a day of a weekend, unless that lies in another quarter; other days as they are."""
    weekday = (days + 3) % 7
    friday = days - np.maximum(weekday - 4, 0)
    return np.where(friday >= quarter_ends(days)[0], friday, days)


def in_turn(starts: Whole, ends: Whole) -> Truths:
    """Which of each row's spells to keep so that none begins before the one kept earlier has ended.

    Args:
        starts: one row per person, one column per spell, earlier spells first; NEVER where there is none.
        ends: likewise.
    """
    kept = np.zeros(starts.shape, dtype=np.bool_)
    busy_until = np.full(len(starts), -NEVER)
    for spell in range(starts.shape[1]):
        kept[:, spell] = (starts[:, spell] > busy_until) & (starts[:, spell] < FAR)
        busy_until = np.where(kept[:, spell], ends[:, spell], busy_until)
    return kept


def numbered(days: Whole) -> Whole:
    """1, 2, 3 ... in order of day, so that the later of two rows has the larger key."""
    numbers = np.empty(len(days), dtype=np.int64)
    numbers[np.argsort(days, kind="stable")] = np.arange(1, len(days) + 1)
    return numbers


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
